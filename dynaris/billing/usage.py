"""Usage events as they are kept: one for each call, with its cost by the prices of its time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.billing.costs import Price, cost_of
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

_PRICES: LiteralString = """SELECT id, provider, model, unit, amount, effective_from, effective_to FROM price
    WHERE workspace_id = %s ORDER BY provider, model, unit, effective_from"""
_COLUMNS: LiteralString = """id, call_id, at, channel, agent, transcript, seconds, metrics, metadata, cost, evidence,
    created_at"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    call_id: str
    at: datetime
    channel: str
    agent: str
    seconds: float
    metrics: Mapping[str, Sequence[Mapping[str, Any]]]
    transcript: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


async def prices(connection: Connection, workspace_id: UUID) -> list[Price]:
    rows = await (await connection.execute(_PRICES, (workspace_id,))).fetchall()
    return [Price(**row) for row in rows]


async def replace_prices(
    connection: Connection, workspace_id: UUID, wanted: Sequence[Mapping[str, Any]], *, by: str
) -> None:
    """What was computed before stays as it is, with the prices that it was computed with."""
    await connection.execute("DELETE FROM price WHERE workspace_id = %s", (workspace_id,))
    for one in wanted:
        await connection.execute(
            """INSERT INTO price (workspace_id, id, provider, model, unit, amount, effective_from, effective_to)
               VALUES (%(ws)s, %(id)s, %(provider)s, %(model)s, %(unit)s, %(amount)s, %(effective_from)s,
                       %(effective_to)s)""",
            {"ws": workspace_id, "id": new_id(), **one},
        )
    detail = {"prices": len(wanted)}
    await record(connection, workspace_id, actor=by, action="usage.prices_changed", subject="workspace", detail=detail)


async def take(connection: Connection, workspace_id: UUID, usage: Usage) -> tuple[dict[str, Any], bool]:
    """The kept event, and whether this is the first of its call: what comes again changes nothing."""
    cost, evidence = cost_of(usage.metrics, await prices(connection, workspace_id), usage.at)
    cursor = await connection.execute(
        f"""INSERT INTO usage_event (workspace_id, id, call_id, at, channel, agent, transcript, seconds, metrics,
                                     metadata, cost, evidence)
            VALUES (%(ws)s, %(id)s, %(call_id)s, %(at)s, %(channel)s, %(agent)s, %(transcript)s, %(seconds)s,
                    %(metrics)s, %(metadata)s, %(cost)s, %(evidence)s)
            ON CONFLICT (workspace_id, call_id) DO NOTHING RETURNING {_COLUMNS}""",
        {
            "ws": workspace_id,
            "id": new_id(),
            "call_id": usage.call_id,
            "at": usage.at,
            "channel": usage.channel,
            "agent": usage.agent,
            "transcript": usage.transcript,
            "seconds": usage.seconds,
            "metrics": Jsonb(dict(usage.metrics)),
            "metadata": Jsonb(dict(usage.metadata)),
            "cost": cost,
            "evidence": Jsonb(evidence),
        },
    )
    if row := await cursor.fetchone():
        return row, True
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM usage_event WHERE workspace_id = %s AND call_id = %s", (workspace_id, usage.call_id)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row, False


async def events(
    connection: Connection, workspace_id: UUID, *, call_id: str | None, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; one more than `limit` when there are more."""
    conditions: list[LiteralString] = ["workspace_id = %(ws)s"]
    if call_id:
        conditions.append("call_id = %(call)s")
    if before:
        conditions.append("id < %(before)s")
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM usage_event WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %(limit)s",
        {"ws": workspace_id, "call": call_id, "before": before, "limit": limit + 1},
    )
    return await cursor.fetchall()
