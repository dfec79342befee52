"""Calls as people look at them."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.phone_numbers import spaced

_LINE: LiteralString = """SELECT c.id, c.channel, c.account_id, c.external_id, c.direction, c.caller, c.called,
        c.contact_id, c.conversation_id, c.event_id, c.agent, c.language, c.status, c.outcome, c.reason, c.created_at,
        c.answered_at, c.ended_at, c.carrier_seconds, c.answered_by, c.purpose, c.transfer, c.recorded,
        c.summary, (c.sentiment->>'mean')::float8 AS sentiment,
        (SELECT a.id FROM attachment a WHERE a.workspace_id = c.workspace_id AND a.id = c.recording) AS recording,
        (SELECT a.address FROM account a WHERE a.workspace_id = c.workspace_id AND a.id = c.account_id) AS account,
        (SELECT k.name FROM contact k WHERE k.workspace_id = c.workspace_id AND k.id = c.contact_id) AS contact_name,
        round(extract(epoch FROM coalesce(c.ended_at, clock_timestamp()) - c.answered_at))::int AS seconds,
        (SELECT u.cost FROM usage_event u WHERE u.workspace_id = c.workspace_id AND u.call_id = c.id::text
            AND NOT u.evidence @? '$[*] ? (@.cost == null)') AS cost
    FROM call c"""

_CONDITIONS: dict[str, LiteralString] = {
    "status": "c.status = %(status)s",
    "outcome": "c.outcome = %(outcome)s",
    "direction": "c.direction = %(direction)s",
    "agent": "c.agent = %(agent)s",
    "account_id": "c.account_id = %(account_id)s",
    "contact_id": "c.contact_id = %(contact_id)s",
    "conversation_id": "c.conversation_id = %(conversation_id)s",
}


async def calls(
    connection: Connection, workspace_id: UUID, wanted: dict[str, Any], *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; one more than `limit` when there are more."""
    conditions: list[LiteralString] = ["c.workspace_id = %(ws)s"]
    conditions.extend(condition for name, condition in _CONDITIONS.items() if wanted.get(name) is not None)
    if before:
        conditions.append("c.id < %(before)s")
    cursor = await connection.execute(
        f"{_LINE} WHERE {' AND '.join(conditions)} ORDER BY c.id DESC LIMIT %(limit)s",
        {**wanted, "ws": workspace_id, "before": before, "limit": limit + 1},
    )
    return [_readable(row) for row in await cursor.fetchall()]


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    cost, caller = row["cost"], row["caller"]
    transfer = row["transfer"] or {}
    return {
        **row,
        "transfer": {
            "to": spaced(transfer["to"]),
            "state": transfer["state"],
            "reason": transfer["reason"],
            "failed_because": transfer.get("failed_because"),
        }
        if transfer
        else None,
        "cost": None if cost is None else f"{cost:f}",
        "caller_display": caller and spaced(caller),
        "called_display": spaced(row["called"]),
    }


async def call(connection: Connection, workspace_id: UUID, call_id: UUID) -> dict[str, Any]:
    """With its legs and what was said. Raises `NotFound`."""
    names = {"ws": workspace_id, "call": call_id}
    row = await (
        await connection.execute(f"{_LINE} WHERE c.workspace_id = %(ws)s AND c.id = %(call)s", names)
    ).fetchone()
    if row is None:
        raise NotFound(f"no call {call_id}")
    legs = await connection.execute(
        """SELECT party, name, member_id, joined_at, left_at, left_because FROM call_leg
           WHERE workspace_id = %(ws)s AND call_id = %(call)s ORDER BY joined_at, id""",
        names,
    )
    said = await connection.execute(
        """SELECT m.id AS message_id, m.event_id, m.author, m.text, (m.data->>'at')::float8 AS at,
                  m.data ? 'interrupted' AS interrupted, (m.data->>'sentiment')::float8 AS sentiment, m.run_id,
                  m.created_at,
                  (SELECT r.agent FROM run r WHERE r.workspace_id = m.workspace_id AND r.id = m.run_id) AS agent
           FROM message m WHERE m.workspace_id = %(ws)s AND m.conversation_id = %(conversation)s
             AND m.data->>'call' = %(call)s::text AND m.data ? 'at' ORDER BY m.id""",
        {**names, "conversation": row["conversation_id"]},
    )
    return {**_readable(row), "legs": await legs.fetchall(), "transcript": await said.fetchall()}
