"""Reads of runs."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound


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
