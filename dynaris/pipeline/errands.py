"""Arrivals that end without an answer: a person does something instead, or nobody needs to answer."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Errand
from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.ids import id_of
from dynaris.notifications.actions import notify
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.answer import signed
from dynaris.pipeline.decide import NobodyAnswers, PersonActs
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.outcome import Outcome, settle, wait
from dynaris.pipeline.services import Services
from dynaris.pipeline.way_back import why_not_again
from dynaris.workspaces.business_time import hours_of, time_after
from dynaris.workspaces.teammates import find_member

# Once done, it is done: an event that comes back (a replay, a conversation handed back) makes no second task.
_TASK = "SELECT status, due_at FROM task WHERE workspace_id = %s AND id = %s"
_ENDED: dict[str, tuple[Outcome, str]] = {
    "done": ("answered", "its task is done"),
    "cancelled": ("ignored", "its task was cancelled"),
}
_SAY = """WITH said AS (
    INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, subject, text, delivery)
    SELECT workspace_id, %(id)s, id, contact_id, 'outbound', 'system', subject, %(text)s, 'queued'
    FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s
    ON CONFLICT DO NOTHING)
    SELECT channel, account_id, subject FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s"""


async def end_without_answer(services: Services, inquiry: Inquiry, decision: NobodyAnswers | PersonActs) -> None:
    async with services.db.transaction(inquiry.workspace_id) as connection:
        if isinstance(decision, NobodyAnswers):
            await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome="ignored", reason=decision.reason)
            return
        errand = Errand.model_validate(inquiry.errand)
        task_id = _task_of(inquiry.event_ids[-1])
        row = await (await connection.execute(_TASK, (inquiry.workspace_id, task_id))).fetchone()
        if row and row["status"] in _ENDED:
            outcome, reason = _ENDED[row["status"]]
            await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome=outcome, reason=reason)
            return
        due_at = row["due_at"] if row else await _begin(services, connection, inquiry, errand, task_id)
        await wait(
            connection,
            inquiry.workspace_id,
            inquiry.event_ids,
            waiting_for="person",
            reason=errand.title,
            deadline=due_at or clock.now() + timedelta(minutes=services.settings.respond_within_minutes),
        )


def _task_of(event_id: UUID) -> UUID:
    return id_of(f"errand:{event_id}", event_id)


async def is_kept_for_a_person(connection: Connection, workspace_id: UUID, event_id: UUID) -> bool:
    """Its task is still to be done."""
    row = await (await connection.execute(_TASK, (workspace_id, _task_of(event_id)))).fetchone()
    return row is not None and row["status"] not in _ENDED


async def _begin(
    services: Services, connection: Connection, inquiry: Inquiry, errand: Errand, task_id: UUID
) -> datetime:
    """The task, the word to the team and perhaps one to the contact: once. When the task is due."""
    due_at = await _due_at(connection, inquiry.workspace_id, errand.within_minutes)
    await add_task(
        connection,
        inquiry.workspace_id,
        title=errand.title,
        detail=errand.detail,
        owner_id=await _owner(connection, inquiry.workspace_id, errand.owner),
        due_at=due_at,
        contact_id=inquiry.contact_id,
        conversation_id=inquiry.conversation_id,
        created_by="system",
        task_id=task_id,
        event_id=inquiry.event_ids[-1],
        done_as=errand.done_as,
    )
    await notify(
        connection,
        inquiry.workspace_id,
        topic="errand",
        cause=f"errand:{task_id}",
        title=errand.title,
        body=errand.detail,
        subject=f"conversation:{inquiry.conversation_id}",
    )
    if errand.acknowledgement and inquiry.answered_elsewhere and not await why_not_again(connection, inquiry):
        await _acknowledge(connection, inquiry, signed(services, inquiry, errand.acknowledgement))
    return due_at


async def _owner(connection: Connection, workspace_id: UUID, who: str | None) -> UUID | None:
    """`None`, so the workspace's owner, where nobody of the team is called that (any more)."""
    if who is None:
        return None
    try:
        return (await find_member(connection, workspace_id, who))["id"]
    except InvalidInput:
        return None


async def _due_at(connection: Connection, workspace_id: UUID, minutes: int) -> datetime:
    return time_after(await hours_of(connection, workspace_id), clock.now(), timedelta(minutes=minutes))


async def _acknowledge(connection: Connection, inquiry: Inquiry, text: str) -> None:
    message_id = id_of(f"acknowledged:{inquiry.event_ids[-1]}", inquiry.event_ids[-1])
    names: dict[str, Any] = {"ws": inquiry.workspace_id, "id": message_id, "conversation": inquiry.conversation_id}
    row = await (await connection.execute(_SAY, {**names, "text": text})).fetchone()
    assert row is not None
    await enqueue(
        connection,
        inquiry.workspace_id,
        audience="contact",
        channel=row["channel"],
        account_id=row["account_id"],
        recipient=inquiry.reply_to,
        content={"text": text, "subject": row["subject"]},
        dedupe_key=f"errand:{inquiry.event_ids[-1]}",
        contact_id=inquiry.contact_id,
        conversation_id=inquiry.conversation_id,
        message_id=message_id,
    )
