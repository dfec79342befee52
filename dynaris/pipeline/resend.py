"""A person sends a message again that did not leave, or of which nobody knows whether it arrived."""

from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.jobs import defer
from dynaris.outbox.actions import DELIVER_JOB
from dynaris.pipeline.parts import forget_failed
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record

_AGAIN = """
WITH row AS (
    UPDATE outbox SET status = 'queued', error = NULL, due_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND message_id = %(message)s AND status IN ('failed', 'unknown', 'queued')
    RETURNING id, message_id, conversation_id)
UPDATE message m SET delivery = 'queued' FROM row WHERE m.workspace_id = %(ws)s AND m.id = row.message_id
RETURNING row.id AS outbox_id, row.conversation_id"""

# Where nobody was asked for, only the failed reply waited for a person: for this.
_LOOKED_AT = """UPDATE conversation SET respond_by = NULL, remind_at = NULL
    WHERE workspace_id = %s AND id = %s AND holder <> 'team'"""


async def send_again(services: Services, access: Access, *, message_id: UUID) -> None:
    """Raises `Conflict` for what left, or was called off."""
    async with services.db.transaction(access.workspace_id) as connection:
        cursor = await connection.execute(_AGAIN, {"ws": access.workspace_id, "message": message_id})
        row = await cursor.fetchone()
        if row is None:
            raise await _why_not(connection, access.workspace_id, message_id)
        await connection.execute(_LOOKED_AT, (access.workspace_id, row["conversation_id"]))
        await forget_failed(connection, access.workspace_id, row["outbox_id"])
        told = {"workspace_id": str(access.workspace_id), "outbox_id": str(row["outbox_id"])}
        await defer(connection, DELIVER_JOB, told)
        await record(
            connection,
            access.workspace_id,
            actor=access.actor,
            action="conversation.sent_again",
            subject=f"conversation:{row['conversation_id']}",
            detail={"message": message_id},
        )


async def _why_not(connection: Connection, workspace_id: UUID, message_id: UUID) -> Exception:
    cursor = await connection.execute(
        "SELECT delivery FROM message WHERE workspace_id = %s AND id = %s", (workspace_id, message_id)
    )
    row = await cursor.fetchone()
    if row is None:
        return NotFound(f"no message {message_id}")
    return Conflict(f"expected a message that failed, waits or is unknown; this one is {row['delivery'] or 'not ours'}")
