"""What providers say, later, of messages that they took: shown on the message, and where it failed people are told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, DeliveryUpdate
from dynaris.core import clock, metrics
from dynaris.core.db import Connection
from dynaris.pipeline.deliver import settle_refused, settle_told, tell_people
from dynaris.pipeline.parts import show_receipts
from dynaris.pipeline.services import Services
from dynaris.pipeline.window import shut_window

log = structlog.get_logger()

_FIND = """SELECT o.* FROM outbox o WHERE o.workspace_id = %(ws)s AND o.account_id = %(account)s AND o.id = coalesce(
        %(outbox)s::uuid,
        (SELECT r.id FROM outbox r JOIN message m ON m.workspace_id = r.workspace_id AND m.id = r.message_id
         WHERE m.workspace_id = %(ws)s AND m.external_id = %(external)s AND m.direction = 'outbound'
         ORDER BY r.id DESC LIMIT 1))
    FOR NO KEY UPDATE"""
_NOTE = """INSERT INTO receipt (workspace_id, outbox_id, part, status, external_id, said_at, reason, price)
    VALUES (%(ws)s, %(id)s, %(part)s, %(status)s, %(external)s, %(at)s, %(reason)s, %(price)s)
    ON CONFLICT DO NOTHING"""


async def note_updates(services: Services, account: Account[Any], updates: Sequence[DeliveryUpdate]) -> None:
    """Committed when it returns; what was said before changes nothing."""
    for update in updates:
        async with services.db.transaction(account.workspace_id) as connection:
            row = await _noted(services, connection, account, update)
        # Its receipt was lost; now we know what came of it. Whoever is sending it still settles it.
        if row and row["status"] == "unknown":
            if update.status == "failed":
                await settle_refused(services, row, update.reason or "the provider does not say why")
            else:
                await settle_told(services, row)


async def _noted(
    services: Services, connection: Connection, account: Account[Any], update: DeliveryUpdate
) -> dict[str, Any] | None:
    """The outbox row, where this was news of it."""
    names = {
        "ws": account.workspace_id,
        "account": account.id,
        "outbox": update.outbox_id,
        "external": update.external_id,
    }
    row = await (await connection.execute(_FIND, names)).fetchone()
    if row is None:
        log.info("receipt.not_ours", channel=account.channel, account=str(account.id), status=update.status)
        return None
    cursor = await connection.execute(_NOTE, {**names, **_values(row, update)})
    if not cursor.rowcount:
        return None
    metrics.receipts.labels(account.channel, update.status).inc()
    await show_receipts(connection, account.workspace_id, row["id"])
    if update.status == "failed" and row["audience"] == "contact" and row["status"] != "unknown":
        respond_by = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
        why = f"it was taken, but did not arrive: {update.reason or 'the provider does not say why'}"
        await tell_people(connection, row, why, respond_by)
    if update.window_closed:
        await shut_window(connection, row, update.at or clock.now())
    return row


def _values(row: dict[str, Any], update: DeliveryUpdate) -> dict[str, Any]:
    return {
        "id": row["id"],
        "part": update.part,
        "status": update.status,
        "at": update.at,
        "reason": update.reason,
        "price": Jsonb(update.price),
    }
