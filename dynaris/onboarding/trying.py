"""A message to the workspace itself, by the way that its customers' messages come in, to see what becomes of it."""

import asyncio
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, PostHere, Refused, Triable, Trial, Tried
from dynaris.channels.registry import channels
from dynaris.connections import queries as connections
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict
from dynaris.core.ids import new_id
from dynaris.onboarding import queries
from dynaris.onboarding.schemas import NewTry, TryView, WayIn
from dynaris.people.throttle import Rate, take
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import record

TRIES = Rate("test messages of one workspace", 30, 3_600)
_NAME, _SUBJECT = "Launch test", "Launch test"
_LOOKS, _PAUSE = 12, 0.5  # for a mail that a mailbox has to be asked for


def ways_in(accounts: list[dict[str, Any]]) -> list[WayIn]:
    found: list[WayIn] = []
    for each in accounts:
        channel = channels().get(each["channel"])
        if isinstance(channel, Triable):
            where = {"channel": each["channel"], "address": each["address"]}
            found.append(WayIn(kind=channel.trial, account_id=UUID(each["id"]), **where))
    return found


async def try_out(services: Services, workspace_id: UUID, new: NewTry, *, post: PostHere, by: str) -> TryView:
    """Raises `Conflict` with what is missing for it."""
    async with services.db.system() as system:
        await take(system, TRIES, str(workspace_id))
    account = await _account(services, workspace_id, new)
    channel = channels()[account.channel]
    assert isinstance(channel, Triable)
    try_id = new_id()  # before anything is sent: its event's id is greater
    try:
        tried = await channel.try_out(account, Trial(name=_NAME, subject=_SUBJECT, text=new.text), post)
    except Refused as error:
        raise Conflict(error.reason) from error
    async with services.db.transaction(workspace_id) as connection:
        await _store(connection, account, try_id, tried, kind=new.kind, by=by)
    return TryView(**await _come_in(services.db, workspace_id, try_id))


async def _account(services: Services, workspace_id: UUID, new: NewTry) -> Account[Any]:
    async with services.db.workspace(workspace_id) as connection:
        if new.account_id:
            await connections.shown(connection, workspace_id, new.account_id)  # `NotFound`, rather than that it is none
        known = ways_in((await queries.facts(connection, workspace_id)).accounts)
    fitting = [each for each in known if each.kind == new.kind and new.account_id in (None, each.account_id)]
    if not fitting:
        what = "mailbox" if new.kind == "mail" else "chat widget"
        raise Conflict(f"there is no {what} that a test {new.kind} could be sent to: connect one first")
    return await services.accounts.by_id(workspace_id, fitting[0].account_id)


async def _store(
    connection: Connection, account: Account[Any], try_id: UUID, tried: Tried, *, kind: str, by: str
) -> None:
    await connection.execute(
        """INSERT INTO onboarding_try (workspace_id, id, kind, account_id, channel, event_id, external_id, tried_by)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (account.workspace_id, try_id, kind, account.id, account.channel, tried.event_id, tried.message_id, by),
    )
    await record(
        connection,
        account.workspace_id,
        actor=by,
        action="onboarding.tried",
        subject=f"account:{account.id}",
        detail={"kind": kind},
    )


async def _come_in(db: Database, workspace_id: UUID, try_id: UUID) -> dict[str, Any]:
    """Waits a little for what has to be fetched first."""
    looks = 0
    while True:
        looks += 1
        async with db.workspace(workspace_id) as connection:
            row = await queries.one_try(connection, workspace_id, try_id)
            if row["event_id"]:
                await connection.execute(
                    "UPDATE onboarding_try SET event_id = %s WHERE workspace_id = %s AND id = %s",
                    (row["event_id"], workspace_id, try_id),
                )
                return row
        if looks == _LOOKS:
            return row
        await asyncio.sleep(_PAUSE)
