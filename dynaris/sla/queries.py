"""Reads of SLA clocks, and the figures of what was met and how long it took."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection

_KINDS: LiteralString = """SELECT kind,
        count(*) FILTER (WHERE status = 'stopped' AND breached_at IS NULL) AS met,
        count(*) FILTER (WHERE breached_at IS NOT NULL) AS breached,
        count(*) FILTER (WHERE status IN ('running', 'paused') AND breached_at IS NULL) AS running
    FROM sla_clock WHERE workspace_id = %(ws)s AND started_at >= %(since)s AND started_at < %(until)s
      AND target_minutes IS NOT NULL
    GROUP BY kind"""
_MEASURED: LiteralString = """count(*) AS count,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY k.seconds) AS median_seconds,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY k.seconds) AS p90_seconds
    FROM sla_clock k WHERE k.workspace_id = %(ws)s AND k.started_at >= %(since)s AND k.started_at < %(until)s
      AND k.status = 'stopped' AND k.seconds IS NOT NULL AND k.channel IS NOT NULL"""
_CHANNELS: LiteralString = f"SELECT k.kind, k.channel, {_MEASURED} GROUP BY k.kind, k.channel ORDER BY 2, 1"
_TEAMS: LiteralString = f"""SELECT k.kind, k.team_id, (SELECT t.name FROM team t WHERE t.workspace_id = %(ws)s
        AND t.id = k.team_id) AS team_name, {_MEASURED} GROUP BY k.kind, k.team_id ORDER BY 3 NULLS LAST, 2, 1"""
ORDER = ("first_response", "next_response", "resolution")


async def report(connection: Connection, workspace_id: UUID, *, since: datetime, until: datetime) -> dict[str, Any]:
    """Of the clocks that were started in that time."""
    names = {"ws": workspace_id, "since": since, "until": until}
    counted = {row["kind"]: row for row in await (await connection.execute(_KINDS, names)).fetchall()}
    return {
        "since": since,
        "until": until,
        "kinds": [
            _with_share(counted.get(kind, {"kind": kind, "met": 0, "breached": 0, "running": 0})) for kind in ORDER
        ],
        "channels": await (await connection.execute(_CHANNELS, names)).fetchall(),
        "teams": await (await connection.execute(_TEAMS, names)).fetchall(),
    }


def _with_share(row: dict[str, Any]) -> dict[str, Any]:
    over = row["met"] + row["breached"]
    return {**row, "share_met": row["met"] / over if over else None}


async def breach_is_told(
    connection: Connection, workspace_id: UUID, conversation_id: UUID | None, *, within: int
) -> bool:
    """Whether a target for an answer was missed within so many minutes: who is told of that need no other reminder."""
    cursor = await connection.execute(
        """SELECT FROM sla_clock WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
             AND kind <> 'resolution' AND status = 'running' AND due_at <= clock_timestamp()
             AND due_at > clock_timestamp() - make_interval(mins => %(within)s)""",
        {"ws": workspace_id, "conversation": conversation_id, "within": within},
    )
    return await cursor.fetchone() is not None
