"""Who called and was not helped is called back: a task that says whom, and why."""

from datetime import datetime
from uuid import UUID

from dynaris.calls.record import Call
from dynaris.contacts.names import readable_name
from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import id_of
from dynaris.core.phone_numbers import spaced
from dynaris.notifications.actions import notify
from dynaris.pipeline.call_back import WITHIN
from dynaris.pipeline.outcome import wait
from dynaris.workspaces.business_time import hours_of, time_after


def call_back_task(call: Call) -> UUID:
    return id_of(f"call_back:{call.id}", call.id)


async def call_back(connection: Connection, call: Call, why: str) -> datetime | None:
    """One task for a call, however often it is asked for; when it is due. `None`: the number was withheld."""
    if call.number is None:
        return None
    cursor = await connection.execute(
        "SELECT name FROM contact WHERE workspace_id = %s AND id = %s", (call.workspace_id, call.contact_id)
    )
    row = await cursor.fetchone()
    name = readable_name(row["name"]) if row else None
    due_at = time_after(await hours_of(connection, call.workspace_id), clock.now(), WITHIN)
    await add_task(
        connection,
        call.workspace_id,
        title=f"Call {name or 'the caller'} back: {spaced(call.number)}",
        detail=why,
        created_by="system",
        due_at=due_at,
        contact_id=call.contact_id,
        conversation_id=call.conversation_id,
        task_id=call_back_task(call),
        event_id=call.event_id,
        done_as="called back",
    )
    return due_at


async def missed(connection: Connection, call: Call, why: str) -> bool:
    """Nobody had them on the line: the call's event waits until somebody has called back. False where nobody can."""
    due_at = await call_back(connection, call, why)
    if due_at is None:
        return False
    await wait(connection, call.workspace_id, [call.event_id], waiting_for="person", reason=why, deadline=due_at)
    await notify(
        connection,
        call.workspace_id,
        topic="errand",
        cause=f"missed:{call.id}",
        title=f"Missed call from {spaced(call.caller or '')}",
        body=why,
        subject=f"conversation:{call.conversation_id}",
    )
    return True
