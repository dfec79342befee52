"""What a member does with an offer: takes the conversation, or lets it go to the next one."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations import actions as conversations
from dynaris.conversations.naming import with_whom
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.pipeline.person import claim_in
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access, own_member

_OFFER: LiteralString = """SELECT o.id, o.conversation_id, o.team_id, t.name AS team_name, o.member_id,
        m.name AS member_name, o.status, o.offered_at, o.rings_until, o.ended_at, c.channel, c.subject, c.summary,
        q.waiting_since,
        (SELECT left(x.text, 500) FROM message x WHERE x.workspace_id = o.workspace_id
           AND x.conversation_id = o.conversation_id AND x.direction = 'inbound' ORDER BY x.id DESC LIMIT 1) AS said
    FROM offer o JOIN conversation c ON c.workspace_id = o.workspace_id AND c.id = o.conversation_id
    JOIN team t ON t.workspace_id = o.workspace_id AND t.id = o.team_id
    JOIN member m ON m.workspace_id = o.workspace_id AND m.id = o.member_id
    LEFT JOIN queue_entry q ON q.workspace_id = o.workspace_id AND q.conversation_id = o.conversation_id
    WHERE o.workspace_id = %(ws)s"""
_END: LiteralString = """UPDATE offer SET status = %(status)s, ended_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'ringing'"""
_NOW: LiteralString = """SELECT CASE c.holder WHEN 'member' THEN (SELECT m.name FROM member m
               WHERE m.workspace_id = c.workspace_id AND m.id = c.holder_id) END AS name,
        c.holder, c.holder_id, c.status FROM conversation c WHERE c.workspace_id = %s AND c.id = %s"""


async def ringing_at(connection: Connection, workspace_id: UUID, member_id: UUID) -> list[dict[str, Any]]:
    """One at most."""
    cursor = await connection.execute(
        f"{_OFFER} AND o.member_id = %(member)s AND o.status = 'ringing' ORDER BY o.id",
        {"ws": workspace_id, "member": member_id},
    )
    return [await _with_whom(connection, workspace_id, row) for row in await cursor.fetchall()]


async def offers_of(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Who was asked to take it, newest first, up to `limit + 1`."""
    cursor = await connection.execute(
        f"""{_OFFER} AND o.conversation_id = %(conversation)s AND (%(before)s::uuid IS NULL OR o.id < %(before)s)
            ORDER BY o.id DESC LIMIT %(most)s""",
        {"ws": workspace_id, "conversation": conversation_id, "before": before, "most": limit + 1},
    )
    return [await _with_whom(connection, workspace_id, row) for row in await cursor.fetchall()]


async def accept(services: Services, access: Access, *, offer_id: UUID) -> dict[str, Any]:
    """The conversation is theirs, as by a claim; twice is as good as once. Raises `Conflict`, with who has it, where it
    rings at them no more."""
    workspace_id, member_id = access.workspace_id, own_member(access)
    async with services.db.transaction(workspace_id) as connection:
        offer = await _own(connection, workspace_id, member_id, offer_id)
        # The conversation first, as everybody who takes it: of two at once the second one waits here.
        await conversations.lock(connection, workspace_id, offer["conversation_id"])
        names = {"ws": workspace_id, "id": offer_id, "status": "accepted"}
        if (await connection.execute(_END, names)).rowcount:
            await claim_in(services, connection, access, conversation_id=offer["conversation_id"])
        else:
            await _check_theirs(connection, workspace_id, offer["conversation_id"], member_id)
        return await _own(connection, workspace_id, member_id, offer_id)


async def decline(services: Services, access: Access, *, offer_id: UUID) -> dict[str, Any]:
    """It rings at somebody else next. One that is over stays as it ended."""
    workspace_id, member_id = access.workspace_id, own_member(access)
    async with services.db.transaction(workspace_id) as connection:
        await _own(connection, workspace_id, member_id, offer_id)
        await connection.execute(_END, {"ws": workspace_id, "id": offer_id, "status": "declined"})
        return await _own(connection, workspace_id, member_id, offer_id)


async def _own(connection: Connection, workspace_id: UUID, member_id: UUID, offer_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"{_OFFER} AND o.id = %(id)s AND o.member_id = %(member)s",
        {"ws": workspace_id, "id": offer_id, "member": member_id},
    )
    if row := await cursor.fetchone():
        return await _with_whom(connection, workspace_id, row)
    raise NotFound(f"you have no offer {offer_id}")


async def _check_theirs(connection: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID) -> None:
    row = await (await connection.execute(_NOW, (workspace_id, conversation_id))).fetchone()
    assert row is not None, "the conversation is locked"
    if row["holder_id"] == member_id:
        return
    if row["name"]:
        has = f"{row['name']} has this conversation"
    elif row["status"] == "open" and row["holder"] == "team":
        has = "it is offered to somebody else"
    else:
        has = "nobody is asked any more"
    raise Conflict(f"this offer is over: {has} now", holder=row["holder"], holder_id=row["holder_id"])


async def _with_whom(connection: Connection, workspace_id: UUID, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "whom": await with_whom(connection, workspace_id, row["conversation_id"])}
