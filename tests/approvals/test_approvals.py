"""Approvals: asked for once, decided once, expired together, cancelled when a person takes over."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dynaris.approvals import actions
from dynaris.approvals.queries import get_approval, list_approvals
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace

RUN, CONVERSATION = new_id(), new_id()


async def asked(
    db: Database, workspace: NewWorkspace, *calls: str, run_id: UUID = RUN, minutes: int = 60
) -> list[UUID]:
    async with db.workspace(workspace.id) as connection:
        return await actions.request(
            connection,
            workspace.id,
            event_id=new_id(),
            run_id=run_id,
            conversation_id=CONVERSATION,
            contact_id=None,
            proposals=[
                {"call_id": call, "action": "reply", "effect": "send", "arguments": {"text": "Hello"}, "why": "Manual"}
                for call in calls
            ],
            owner_id=workspace.owner_id,
            deadline=clock.now() + timedelta(minutes=minutes),
        )


async def decided(db: Database, workspace: NewWorkspace, approval_id: UUID, decision: str, **given: Any) -> Any:
    async with db.workspace(workspace.id) as connection:
        return await actions.decide(
            connection,
            workspace.id,
            approval_id,
            **{"edits": None, "reason": None, "by": "member:1", "decision": decision, **given},
        )


async def verdicts(db: Database, workspace: NewWorkspace) -> Any:
    async with db.workspace(workspace.id) as connection:
        return await actions.verdicts_of(connection, workspace.id, RUN)


async def test_asking_again_for_the_same_call_asks_once(db: Database, workspace: NewWorkspace) -> None:
    first = await asked(db, workspace, "a", "b")
    assert await asked(db, workspace, "a", "b") == first
    assert await asked(db, workspace) == []


async def test_verdicts_are_there_when_every_call_is_decided(db: Database, workspace: NewWorkspace) -> None:
    first, second = await asked(db, workspace, "a", "b")
    await decided(db, workspace, first, "approve", edits={"text": "Hi"})
    assert await verdicts(db, workspace) is None
    await decided(db, workspace, second, "reject", reason="too long")
    assert await verdicts(db, workspace) == {
        "a": {"kind": "approved", "edits": {"text": "Hi"}},
        "b": {"kind": "denied", "reason": "too long"},
    }


async def test_of_two_who_decide_at_once_one_is_told(db: Database, workspace: NewWorkspace) -> None:
    [approval] = await asked(db, workspace, "a")
    results = await asyncio.gather(
        *(decided(db, workspace, approval, "approve", by=f"member:{n}") for n in range(4)), return_exceptions=True
    )
    assert sum(isinstance(result, dict) for result in results) == 1
    conflicts = [result for result in results if isinstance(result, Conflict)]
    assert len(conflicts) == 3
    assert "approved already by member:" in conflicts[0].detail


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"decision": "maybe"}, "`approve` or `reject`"),
        ({"decision": "approve", "edits": ["x"]}, "`edits` is an object"),
        ({"decision": "approve", "edits": {"recipient": "x"}}, "edits may change text, not recipient"),
        ({"decision": "reject", "edits": {"text": "x"}}, "cannot be edited"),
    ],
)
async def test_a_verdict_that_makes_no_sense_is_refused(
    db: Database, workspace: NewWorkspace, given: dict[str, Any], message: str
) -> None:
    [approval] = await asked(db, workspace, "a")
    with pytest.raises(InvalidInput, match=message):
        await decided(db, workspace, approval, **given)


async def test_an_unknown_approval_is_not_found(db: Database, workspace: NewWorkspace) -> None:
    with pytest.raises(NotFound):
        await decided(db, workspace, new_id(), "approve")


async def test_what_nobody_decided_expires_with_the_rest_of_its_run(db: Database, workspace: NewWorkspace) -> None:
    first, second = await asked(db, workspace, "a", "b", minutes=-1)
    async with db.workspace(workspace.id) as connection:
        expired = await actions.expire(connection, workspace.id, first)
        assert expired
        assert expired["status"] == "expired"
        assert await actions.expire(connection, workspace.id, second) is None
    assert (await verdicts(db, workspace))["b"] == {"kind": "denied", "reason": "the approval was expired"}


async def test_an_approval_before_its_deadline_does_not_expire(db: Database, workspace: NewWorkspace) -> None:
    [approval] = await asked(db, workspace, "a")
    async with db.workspace(workspace.id) as connection:
        assert await actions.expire(connection, workspace.id, approval) is None


async def test_a_person_who_takes_the_conversation_cancels_what_was_proposed(
    db: Database, workspace: NewWorkspace
) -> None:
    [approval] = await asked(db, workspace, "a")
    async with db.workspace(workspace.id) as connection:
        await actions.cancel_for_conversation(
            connection, workspace.id, conversation_id=CONVERSATION, reason="a teammate replied"
        )
        assert (await get_approval(connection, workspace.id, approval))["status"] == "cancelled"
    with pytest.raises(Conflict, match="cancelled already"):
        await decided(db, workspace, approval, "approve")


async def test_approvals_are_listed_by_status_newest_first(db: Database, workspace: NewWorkspace) -> None:
    first, second = await asked(db, workspace, "a", "b")
    await decided(db, workspace, first, "approve")
    async with db.workspace(workspace.id) as connection:
        everything = await list_approvals(connection, workspace.id)
        pending = await list_approvals(connection, workspace.id, status="pending")
    assert [row["id"] for row in everything] == [second, first]
    assert [row["id"] for row in pending] == [second]
