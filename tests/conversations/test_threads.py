"""A chat session's place: bound to its widget and web site at first use."""

import asyncio

import pytest

from dynaris.conversations import threads
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace

SITE, OTHER, ACCOUNT, SECOND = "https://clinic.example", "https://evil.example", new_id(), new_id()


async def bound(db: Database, workspace: NewWorkspace, key: str, origin: str | None, account_id=ACCOUNT) -> bool:
    async with db.workspace(workspace.id) as connection:
        return await threads.bind(connection, workspace.id, account_id=account_id, key=key, origin=origin)


@pytest.mark.parametrize(
    ("uses", "allowed"),
    [
        ([(SITE, ACCOUNT), (SITE, ACCOUNT), (None, ACCOUNT)], [True, True, True]),
        ([(SITE, ACCOUNT), (OTHER, ACCOUNT), (SITE, SECOND), (None, SECOND)], [True, False, False, False]),
        # A read on the widget's own site has no origin; the message that follows has one.
        ([(None, ACCOUNT), (SITE, ACCOUNT), (OTHER, ACCOUNT), (SITE, ACCOUNT)], [True, True, False, True]),
        ([(None, ACCOUNT), (SITE, SECOND), (SITE, ACCOUNT)], [True, False, True]),
        # Who wrote without one is no web page: no page may go on with that session.
        ([("", ACCOUNT), (SITE, ACCOUNT), ("", ACCOUNT), (None, ACCOUNT)], [True, False, True, True]),
        ([(None, ACCOUNT), ("", ACCOUNT), (SITE, ACCOUNT)], [True, True, False]),
    ],
)
async def test_a_session_belongs_to_its_first_use(
    db: Database, workspace: NewWorkspace, uses: list, allowed: list[bool]
) -> None:
    key = new_id().hex
    assert [await bound(db, workspace, key, origin, account_id) for origin, account_id in uses] == allowed


async def test_first_uses_at_once_are_all_let_in(db: Database, workspace: NewWorkspace) -> None:
    for _ in range(20):
        key = new_id().hex
        answers = await asyncio.gather(*(bound(db, workspace, key, SITE) for _ in range(6)))
        assert answers == [True] * 6
