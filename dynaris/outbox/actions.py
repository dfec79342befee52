"""Writes to the outbox: everything that is ever sent enters here."""

from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.jobs import DEFER, deferral

Audience = Literal["contact", "member", "system"]

DELIVER_JOB = "outbox.deliver.v1"  # handled in pipeline/deliver.py

# An inline sender has this long before the watchdog believes that it died.
INLINE_GRACE = "10 seconds"

# Every process goes by an account's new settings by then (connections/queries.py).
_KNOWN_EVERYWHERE = "4 seconds"

INSERT = """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, contact_id,
       conversation_id, message_id, event_id, run_id, dedupe_key, content, due_at)"""


async def enqueue(
    connection: Connection,
    workspace_id: UUID,
    *,
    audience: Audience,
    channel: str,
    account_id: UUID,
    recipient: str,
    content: dict[str, Any],
    dedupe_key: str,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    message_id: UUID | None = None,
    event_id: UUID | None = None,
    run_id: UUID | None = None,
) -> UUID | None:
    """Queues one send with its job, in the caller's transaction. `None`: this cause was queued before.

    `content` holds the fields of `OutboundMessage` besides id and recipient. `dedupe_key` names the cause.
    """
    outbox_id = new_id()
    cursor = await connection.execute(
        f"""WITH queued AS ({INSERT}
            VALUES (%(workspace_id)s, %(id)s, %(audience)s, %(channel)s, %(account_id)s, %(recipient)s, %(contact_id)s,
                    %(conversation_id)s, %(message_id)s, %(event_id)s, %(run_id)s, %(dedupe_key)s, %(content)s,
                    clock_timestamp() + interval '{INLINE_GRACE}')
            ON CONFLICT (workspace_id, dedupe_key) DO NOTHING RETURNING id)
        SELECT id, {DEFER} FROM queued""",
        {
            "workspace_id": workspace_id,
            "id": outbox_id,
            "audience": audience,
            "channel": channel,
            "account_id": account_id,
            "recipient": recipient,
            "contact_id": contact_id,
            "conversation_id": conversation_id,
            "message_id": message_id,
            "event_id": event_id,
            "run_id": run_id,
            "dedupe_key": dedupe_key,
            "content": Jsonb(content),
            **deferral(DELIVER_JOB, {"workspace_id": str(workspace_id), "outbox_id": str(outbox_id)}),
        },
    )
    row = await cursor.fetchone()
    return row["id"] if row else None


async def send_soon(connection: Connection, workspace_id: UUID, *, account_id: UUID) -> None:
    """What waits for this account to be repaired is tried again, though its next try may be an hour away."""
    await connection.execute(
        f"""UPDATE outbox SET due_at = clock_timestamp() + interval '{_KNOWN_EVERYWHERE}'
            WHERE workspace_id = %s AND account_id = %s AND status = 'queued'
              AND due_at > clock_timestamp() + interval '{_KNOWN_EVERYWHERE}'""",
        (workspace_id, account_id),
    )
