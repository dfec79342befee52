"""What a workspace's models cost in a month, and its cap: each request is held before it is made and counted with its
record, so that requests at once cannot pass the cap together."""

import time
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

import orjson

from dynaris.agents.providers import Owned
from dynaris.agents.usage import Charge
from dynaris.core import metrics
from dynaris.core.db import Connection, Database
from dynaris.core.ids import new_id
from dynaris.notifications.actions import notify

HELD_SECONDS = 600  # a request whose worker died counts as long as this

# The row's lock decides between requests at once: the second one sees what the first one holds.
_HOLD = """INSERT INTO model_spending (workspace_id, month, held)
    SELECT %(ws)s, %(month)s, %(held)s::jsonb WHERE %(amount)s::numeric <= %(cap)s::numeric AND %(cap)s::numeric > 0
    ON CONFLICT (workspace_id, month) DO UPDATE SET held = excluded.held || (
            SELECT coalesce(jsonb_object_agg(h.key, h.value), '{}') FROM jsonb_each(model_spending.held) AS h
            WHERE (h.value->>1)::float8 > %(now)s::float8)
        WHERE model_spending.spent < %(cap)s::numeric AND model_spending.spent + %(amount)s::numeric + (
            SELECT coalesce(sum((h.value->>0)::numeric), 0) FROM jsonb_each(model_spending.held) AS h
            WHERE (h.value->>1)::float8 > %(now)s::float8) <= %(cap)s::numeric
    RETURNING spent"""

_COUNT: LiteralString = """INSERT INTO model_spending (workspace_id, month, spent, requests, unpriced)
        VALUES (%(ws)s, %(month)s, coalesce(%(cost)s::numeric, 0), 1, (%(cost)s::numeric IS NULL)::int)
        ON CONFLICT (workspace_id, month) DO UPDATE SET spent = model_spending.spent + excluded.spent,
            requests = model_spending.requests + 1, unpriced = model_spending.unpriced + excluded.unpriced,
            held = model_spending.held - %(reservation)s::text"""
# A part of the statement that records a response (agents/journal.py).
SPENT: LiteralString = f"spent AS ({_COUNT})"


class LimitReached(Exception):
    """A run, or its workspace, may not go on: a person takes over. The text is the reason, for the team."""

    def __init__(self, limit: str, reason: str) -> None:
        super().__init__(reason)
        self.limit = limit
        metrics.limits_reached.labels(limit).inc()


async def hold(db: Database, has: Owned, amount: Decimal) -> str | None:
    """The reservation's key; `None` where there is no cap. Raises `LimitReached`."""
    if has.cap is None:
        return None
    async with db.workspace(has.workspace_id) as connection:
        return await hold_on(connection, has, amount)


async def hold_on(connection: Connection, has: Owned, amount: Decimal) -> str | None:
    """As `hold`, outside any transaction: a refusal is told even though it is raised."""
    if has.cap is None:
        return None
    key, now = new_id().hex, time.time()
    cursor = await connection.execute(
        _HOLD,
        {
            "ws": has.workspace_id,
            "month": has.month,
            "held": orjson.dumps({key: [str(amount), now + HELD_SECONDS]}).decode(),
            "amount": amount,
            "cap": has.cap,
            "now": now,
        },
    )
    if await cursor.fetchone():
        return key
    async with connection.transaction():
        await _tell(connection, has)
    raise LimitReached("spending_cap", f"the spending cap of {money(has.cap)} for {has.month} is reached")


async def let_go(db: Database, has: Owned, key: str | None) -> None:
    """The request was not answered."""
    if key is None:
        return
    async with db.workspace(has.workspace_id) as connection:
        await let_go_on(connection, has, key)


async def let_go_on(connection: Connection, has: Owned, key: str | None) -> None:
    if key is not None:
        await connection.execute(
            "UPDATE model_spending SET held = held - %s WHERE workspace_id = %s AND month = %s",
            (key, has.workspace_id, has.month),
        )


async def count(connection: Connection, has: Owned, cost: Decimal | None, key: str | None) -> None:
    """What nothing else records."""
    of_month = {"ws": has.workspace_id, "month": has.month, "cost": cost, "reservation": key or ""}
    await connection.execute(_COUNT, of_month)


def spent(has: Owned, charge: Charge, key: str | None) -> dict[str, Any]:
    """Parameters of `SPENT`."""
    return {"month": has.month, "cost": charge.cost, "reservation": key or ""}


async def _tell(connection: Connection, has: Owned) -> None:
    """Owner and admins, once for a month and a cap."""
    assert has.cap is not None
    await notify(
        connection,
        has.workspace_id,
        topic="spending_cap",
        cause=f"spending_cap:{has.month}:{has.cap}",
        title="The month's spending cap for models is reached",
        body=f"No paid model is asked any more in {has.month}: inquiries are acknowledged and handed to you. The cap "
        f"is {money(has.cap)}; it can be raised under Agents, Models.",
        subject="model_spending",
    )


async def this_month(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT w.spending_cap AS monthly_cap, w.timezone, m.month, coalesce(s.spent, 0) AS spent,
                  coalesce(s.requests, 0) AS requests, coalesce(s.unpriced, 0) AS unpriced
           FROM workspace w
           CROSS JOIN LATERAL (SELECT to_char(now() AT TIME ZONE w.timezone, 'YYYY-MM') AS month) AS m
           LEFT JOIN model_spending s ON s.workspace_id = w.id AND s.month = m.month
           WHERE w.id = %s""",
        (workspace_id,),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


def money(amount: Decimal) -> str:
    """Small amounts to the last place that says something."""
    cents = f"{amount:,.2f}"
    return f"${cents if Decimal(cents.replace(',', '')) == amount else f'{amount.normalize():,f}'}"
