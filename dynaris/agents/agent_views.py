"""An agent as HTTP shows it, from what is stored and what the house has."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dynaris.agents import agent_settings_store as store
from dynaris.agents.agent_schemas import (
    AgentAccount,
    AgentDetail,
    AgentFigures,
    AgentVersion,
    AgentVersions,
    AgentView,
    ToolView,
)
from dynaris.agents.agent_settings import AGENTS, SUPERVISOR, AgentSettings, Limits
from dynaris.agents.mcp.secrets import has_secret
from dynaris.agents.roster import Roster
from dynaris.agents.specialists import specialists, tools_of
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.ids import first_id

_CHOOSES = "chooses which of the agents answers a message"


async def agents(connection: Connection, workspace_id: UUID) -> list[AgentView]:
    """The house's, then the workspace's own by name."""
    known = await store.current(connection, workspace_id)
    row = await _workspace(connection, workspace_id)
    roster = Roster(row["agents"], "")
    return [
        _view(workspace_id, row, roster, name, known.get(name))
        for name in (*AGENTS, *sorted(known.keys() - set(AGENTS)))
    ]


async def agent(connection: Connection, workspace_id: UUID, known_as: str) -> AgentDetail:
    """`known_as`: its name or its id. Raises NotFound."""
    name = await store.name_of(connection, workspace_id, known_as)
    view = next((one for one in await agents(connection, workspace_id) if one.name == name), None)
    if view is None:
        raise NotFound(f"there is no agent called {known_as[:50]!r}")
    server = view.settings.mcp_server
    return AgentDetail(
        **dict(view),
        toolbox=toolbox(view),
        house_words=list(specialists()[view.specialist].components) if view.specialist else [],
        accounts=await _accounts(connection, workspace_id, name),
        mcp_secret_set=await has_secret(connection, workspace_id, name, server.url if server else None),
    )


async def versions(
    connection: Connection, workspace_id: UUID, known_as: str, *, before: int | None, limit: int
) -> AgentVersions:
    """Raises NotFound."""
    name = (await agent(connection, workspace_id, known_as)).name
    rows = await store.versions(connection, workspace_id, name, before=before, limit=limit + 1)
    items = [AgentVersion(**row) for row in rows[:limit]]
    return AgentVersions(items=items, next_before=items[-1].number if len(rows) > limit else None)


def toolbox(view: AgentView) -> list[ToolView]:
    if view.specialist is None:
        return []
    from dynaris.agents.tools import built_in_tools

    known, allowed = built_in_tools(), tools_of(view.specialist, view.settings)
    return [
        ToolView(
            name=name,
            effect=known[name].effect,
            description=known[name].description,
            allowed=allowed is None or name in allowed,
        )
        for name in specialists()[view.specialist].tools
    ]


async def roster(connection: Connection, workspace_id: UUID, channel: str = "") -> Roster:
    return Roster((await _workspace(connection, workspace_id))["agents"], channel)


# A run that gave up, or one of whose models did not answer, has a note that says why (conduct.py, journal_model.py).
_FIGURES = """WITH recent AS MATERIALIZED (
        SELECT id, agent, status, output->>'decision' AS decision, error, input_tokens + output_tokens AS tokens, cost,
               created_at, EXISTS (
                   SELECT FROM run_step s WHERE s.workspace_id = r.workspace_id AND s.run_id = r.id
                     AND s.kind = 'note' AND s.request->>'kind' IN ('failure', 'fallback')) AS broke
        FROM run r WHERE workspace_id = %(ws)s AND id > %(since)s)
    SELECT agent, count(*) AS runs, count(*) FILTER (WHERE decision = 'escalate') AS handed_off,
           count(*) FILTER (WHERE broke OR status = 'failed') AS failed, sum(tokens)::bigint AS tokens,
           CASE WHEN bool_or(cost IS NULL) THEN NULL ELSE sum(cost) END AS cost, max(created_at) AS last_run_at,
           (array_agg(id ORDER BY id DESC) FILTER (WHERE broke OR status = 'failed'))[1] AS last_error_run
    FROM recent GROUP BY agent ORDER BY agent"""
_ERROR = """SELECT r.id, coalesce(r.error, (
        SELECT concat_ws(': ', s.request->>'model', s.request->>'error') FROM run_step s
        WHERE s.workspace_id = r.workspace_id AND s.run_id = r.id AND s.kind = 'note'
          AND s.request->>'kind' = 'fallback' ORDER BY s.position LIMIT 1),
        r.output->>'reason', 'it broke off') AS error
    FROM run r WHERE r.workspace_id = %s AND r.id = ANY(%s)"""


async def figures(connection: Connection, workspace_id: UUID, *, days: int) -> list[AgentFigures]:
    """Of the agents that ran."""
    since = first_id(clock.now() - timedelta(days=days))
    cursor = await connection.execute(_FIGURES, {"ws": workspace_id, "since": since})
    rows = await cursor.fetchall()
    wrong = [row["last_error_run"] for row in rows if row["last_error_run"]]
    errors: dict[UUID, str] = {}
    if wrong:
        cursor = await connection.execute(_ERROR, (workspace_id, wrong))
        errors = {row["id"]: row["error"] for row in await cursor.fetchall()}
    return [AgentFigures(**row, last_error=errors.get(row["last_error_run"])) for row in rows]


def _view(
    workspace_id: UUID, workspace: dict[str, Any], known: Roster, name: str, row: dict[str, Any] | None
) -> AgentView:
    settings = AgentSettings.model_validate(row["settings"] if row else {})
    specialist = known.specialist_of(name)
    model = workspace["supervisor_model"] if name == SUPERVISOR else workspace["model"]
    return AgentView(
        id=row["id"] if row else store.house_id(workspace_id, name),
        name=name,
        kind="supervisor" if name == SUPERVISOR else "specialist" if name in AGENTS else "own",
        specialist=specialist,
        purpose=specialists()[specialist].purpose if specialist else _CHOOSES,
        active=settings.status != "inactive",
        version=row["version"] if row else 0,
        settings=settings,
        models=list(settings.chain(model)),
        limits=Limits.of(settings),
        changed_by=row["changed_by"] if row else None,
        changed_at=row["changed_at"] if row else None,
    )


async def _workspace(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        "SELECT model, supervisor_model, agents FROM workspace WHERE id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


async def _accounts(connection: Connection, workspace_id: UUID, name: str) -> list[AgentAccount]:
    cursor = await connection.execute(
        """SELECT id, channel, address FROM account
           WHERE workspace_id = %s AND agent = %s AND removed_at IS NULL ORDER BY id LIMIT 100""",
        (workspace_id, name),
    )
    return [AgentAccount(**row) for row in await cursor.fetchall()]
