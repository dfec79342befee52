"""Reads of runs."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_NARROWED: dict[str, LiteralString] = {
    "agent": "AND r.agent = %(agent)s",
    "status": "AND r.status = %(status)s",
    "before": "AND r.id < %(before)s",
}


async def listed(
    connection: Connection,
    workspace_id: UUID,
    *,
    agent: str | None,
    status: str | None,
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first, one more than `limit`."""
    given = {"agent": agent, "status": status, "before": before}
    narrowed: LiteralString = " ".join(_NARROWED[name] for name, value in given.items() if value is not None)
    cursor = await connection.execute(
        f"""SELECT r.id, r.event_id, r.contact_id, c.name AS contact_name, r.conversation_id, o.channel, r.agent,
                  r.model, r.status, r.output->>'decision' AS decision, nullif(r.output->>'reason', '') AS reason,
                  r.error,
                  r.input_tokens, r.output_tokens, r.cost, r.created_at, r.ended_at
           FROM run r
           LEFT JOIN contact c ON c.workspace_id = r.workspace_id AND c.id = r.contact_id
           LEFT JOIN conversation o ON o.workspace_id = r.workspace_id AND o.id = r.conversation_id
           WHERE r.workspace_id = %(ws)s {narrowed} ORDER BY r.id DESC LIMIT %(most)s""",
        {"ws": workspace_id, "most": limit + 1, **given},
    )
    return await cursor.fetchall()


async def get_run(connection: Connection, workspace_id: UUID, run_id: UUID) -> dict[str, Any]:
    """The run with its steps in order. Raises NotFound."""
    cursor = await connection.execute(
        """SELECT r.id, r.event_id, r.contact_id, r.conversation_id, r.agent, r.model, r.status, r.prompt, r.output,
                  r.error, r.input_tokens, r.output_tokens, r.cached_tokens, r.cost, r.created_at, r.ended_at,
                  (SELECT coalesce(jsonb_agg(to_jsonb(s) - 'workspace_id' - 'run_id' ORDER BY s.position), '[]')
                   FROM run_step s WHERE s.workspace_id = r.workspace_id AND s.run_id = r.id) AS steps
           FROM run r WHERE r.workspace_id = %s AND r.id = %s""",
        (workspace_id, run_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no run {run_id}: an event that the product answered by itself, without an agent, has none")
