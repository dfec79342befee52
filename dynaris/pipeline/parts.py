"""Of a message that a provider took: its parts, and what was said of them since."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Channel, Divisible, OutboundMessage, SendReceipt
from dynaris.core.db import Connection, Database

_TAKEN = """SELECT part, min(external_id) AS external_id FROM receipt WHERE workspace_id = %s AND outbox_id = %s
    GROUP BY part HAVING NOT bool_or(status = 'failed')"""

# The least of its parts is what the whole is: delivered when all of it was, failed when any of it did.
_SHOW = """WITH far AS (
        SELECT part, max(array_position(ARRAY['taken', 'sent', 'delivered', 'read', 'failed'], status)) AS far
        FROM receipt WHERE workspace_id = %(ws)s AND outbox_id = %(id)s GROUP BY part),
    whole AS (SELECT CASE WHEN max(far) = 5 THEN 'failed'
                     ELSE (ARRAY['sent', 'sent', 'delivered', 'read'])[min(far)] END AS delivery FROM far),
    unsent AS (
        UPDATE outbox SET status = 'failed', error = (
            SELECT reason FROM receipt WHERE workspace_id = %(ws)s AND outbox_id = %(id)s AND status = 'failed' LIMIT 1)
        WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'sent'
          AND (SELECT delivery FROM whole) = 'failed')
    UPDATE message SET delivery = whole.delivery FROM whole
    WHERE workspace_id = %(ws)s AND whole.delivery IS NOT NULL AND message.delivery IS DISTINCT FROM whole.delivery
      AND id = (SELECT message_id FROM outbox WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'sent')"""


@cache
def _divisible(sender: Channel) -> Divisible | None:
    return sender if isinstance(sender, Divisible) else None


def parts_of(sender: Channel, message: OutboundMessage) -> Sequence[OutboundMessage]:
    divisible = _divisible(sender)
    return divisible.parts(message) if divisible else [message]


async def taken_parts(db: Database, row: dict[str, Any]) -> dict[int, str | None]:
    """The provider's ids of the parts that it has, by their numbers."""
    async with db.workspace(row["workspace_id"]) as connection:
        cursor = await connection.execute(_TAKEN, (row["workspace_id"], row["id"]))
        return {one["part"]: one["external_id"] for one in await cursor.fetchall()}


async def note_taken(db: Database, row: dict[str, Any], part: int, receipt: SendReceipt) -> None:
    async with db.workspace(row["workspace_id"]) as connection:
        await connection.execute(
            """INSERT INTO receipt (workspace_id, outbox_id, part, status, external_id)
               VALUES (%s, %s, %s, 'taken', %s) ON CONFLICT DO NOTHING""",
            (row["workspace_id"], row["id"], part, receipt.external_id or ""),
        )


async def show_receipts(connection: Connection, workspace_id: UUID, outbox_id: UUID) -> None:
    """The sent message shows how far it came, in whatever order that was said."""
    await connection.execute(_SHOW, {"ws": workspace_id, "id": outbox_id})


async def forget_failed(connection: Connection, workspace_id: UUID, outbox_id: UUID) -> None:
    """It is sent again: what was said of its failed parts is over."""
    await connection.execute(
        """DELETE FROM receipt r WHERE r.workspace_id = %(ws)s AND r.outbox_id = %(id)s AND r.part IN (
               SELECT part FROM receipt WHERE workspace_id = %(ws)s AND outbox_id = %(id)s AND status = 'failed')""",
        {"ws": workspace_id, "id": outbox_id},
    )
