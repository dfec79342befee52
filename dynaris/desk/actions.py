"""Assigning, snoozing and closing conversations, with what waits in them; and the same with many at once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any, LiteralString
from uuid import UUID

from dynaris.approvals import actions as approvals
from dynaris.conversations import handling, tags
from dynaris.conversations.naming import with_whom
from dynaris.conversations.wrap_up import begin_wrap_up
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError, NotFound
from dynaris.core.ids import new_id
from dynaris.desk.schemas import Assignment, BulkAction, BulkResult, ConversationChanges
from dynaris.notifications.actions import notify
from dynaris.pipeline.outcome import OWNER, settle, wait
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record
from dynaris.workspaces.audit import in_words

Change = Callable[[Connection, UUID], Awaitable[None]]
"""What is done with one conversation, in a transaction of its own."""

# What is on its way was answered, and what waits for a task ends with the task.
_WAITING: LiteralString = """workspace_id = %(ws)s AND conversation_id = %(conversation)s AND status = 'waiting'
    AND waiting_for IN ('run', 'approval', 'person') AND NOT EXISTS (
        SELECT FROM task t WHERE t.workspace_id = event.workspace_id AND t.event_id = event.id AND t.status = 'open')"""


async def assign(
    services: Services, access: Access, connection: Connection, conversation_id: UUID, *, to: Assignment
) -> None:
    """What agents proposed is void, and what waits there waits for who has it now, who is told."""
    workspace_id = access.workspace_id
    row = await handling.assign(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        member_id=to.member_id,
        team_id=to.team_id,
        hold_minutes=services.settings.hold_minutes,
        expected=str(to.expected_holder) if to.expected_holder else None,
    )
    event_ids = await approvals.cancel_for_conversation(
        connection, workspace_id, conversation_id=conversation_id, reason="a teammate took the conversation"
    )
    await wait(
        connection,
        workspace_id,
        event_ids,
        waiting_for="person",
        reason="the conversation was assigned",
        deadline=clock.now() + timedelta(minutes=services.settings.respond_within_minutes),
    )
    await connection.execute(
        f"""UPDATE event SET owner_id = {OWNER} WHERE workspace_id = %s AND conversation_id = %s
            AND status = 'waiting'""",
        (workspace_id, conversation_id),
    )
    await record(
        connection,
        workspace_id,
        actor=access.actor,
        action="conversation.assigned",
        subject=f"conversation:{conversation_id}",
        detail={"member": to.member_id and str(to.member_id), "team": to.team_id and str(to.team_id)},
    )
    if to.member_id and to.member_id != access.member_id:
        await _tell(connection, access, row, to.member_id)


async def _tell(connection: Connection, access: Access, row: dict[str, Any], member_id: UUID) -> None:
    name = await _name(connection, access)
    whom = await with_whom(connection, access.workspace_id, row["id"])
    await notify(
        connection,
        access.workspace_id,
        topic="assigned",
        cause=f"assigned:{row['id']}:{new_id()}",
        title=f"{name} gave you the conversation with {whom}",
        body=row["subject"] or "",
        subject=f"conversation:{row['id']}",
        member_id=member_id,
    )


async def _name(connection: Connection, access: Access) -> str:
    cursor = await connection.execute(
        f"SELECT {in_words('%(by)s::text')} AS name", {"ws": access.workspace_id, "by": access.actor}
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["name"]


async def change(access: Access, connection: Connection, conversation_id: UUID, *, to: ConversationChanges) -> None:
    """Who closes a conversation says that nobody has to answer what waits in it."""
    workspace_id = access.workspace_id
    changes = to.model_dump(exclude_none=True)
    await handling.update_conversation(
        connection, workspace_id, conversation_id=conversation_id, changes=changes, by=access.actor
    )
    if to.status == "closed":
        if access.member_id:
            member_id = access.member_id
            await begin_wrap_up(connection, workspace_id, conversation_id=conversation_id, member_id=member_id)
        await _end_what_waits(access, connection, conversation_id)


async def _end_what_waits(access: Access, connection: Connection, conversation_id: UUID) -> None:
    workspace_id = access.workspace_id
    reason = "the conversation was closed"
    await approvals.cancel_for_conversation(connection, workspace_id, conversation_id=conversation_id, reason=reason)
    cursor = await connection.execute(
        f"SELECT id FROM event WHERE {_WAITING} FOR UPDATE", {"ws": workspace_id, "conversation": conversation_id}
    )
    if event_ids := [row["id"] for row in await cursor.fetchall()]:
        closed = f"{await _name(connection, access)} closed the conversation without an answer"
        await settle(connection, workspace_id, event_ids, outcome="ignored", reason=closed)


async def each(services: Services, access: Access, body: BulkAction) -> list[BulkResult]:
    """The action with every one of `ids`, each by itself: what one is refused for stops no other."""
    act = _act(services, access, body)
    return [await _one(services, access, act, conversation_id) for conversation_id in dict.fromkeys(body.ids)]


def _act(services: Services, access: Access, body: BulkAction) -> Change:
    if body.changes:
        return partial(change, access, to=body.changes)
    if body.assign:
        return partial(assign, services, access, to=body.assign)
    tag_id, act = (body.add_tag, tags.add_tag) if body.add_tag else (body.take_tag, tags.take_tag)
    assert tag_id is not None

    async def tag(connection: Connection, conversation_id: UUID) -> None:
        await act(connection, access.workspace_id, conversation_id=conversation_id, tag_id=tag_id, by=access.actor)

    return tag


async def _one(services: Services, access: Access, act: Change, conversation_id: UUID) -> BulkResult:
    try:
        async with services.db.transaction(access.workspace_id) as connection:
            await act(connection, conversation_id)
    except NotFound as error:
        return BulkResult(id=conversation_id, result="not_found", reason=error.detail)
    except DynarisError as error:
        return BulkResult(id=conversation_id, result="refused", reason=error.detail)
    return BulkResult(id=conversation_id, result="done")
