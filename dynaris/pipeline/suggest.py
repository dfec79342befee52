"""A draft on request: the specialist answers what the contact wrote last, and nothing comes of it but the text.

It may only read. The run is kept as any other, so that people see how the draft came about; no event has to do with it.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, LiteralString
from uuid import UUID

from dynaris.agents import herald
from dynaris.agents.guardrails.outgoing import Outgoing, own_hosts
from dynaris.agents.turn import Decision, Done, Paused, Policy, Proposal, Route
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.answer import request_of, route_of
from dynaris.pipeline.decide import AgentAnswers
from dynaris.pipeline.identify import identified_before
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record

_MOST_MESSAGES = 20  # of what the contact wrote in a row

# What the contact wrote last, in a row: the texts oldest first, and the event of the first one.
_ASKED: LiteralString = """
WITH last AS (
    SELECT id FROM message WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
      AND direction = 'inbound' AND event_id IS NOT NULL ORDER BY id DESC LIMIT 1),
before AS (
    SELECT max(m.id::text)::uuid AS id FROM message m, last WHERE m.workspace_id = %(ws)s
      AND m.conversation_id = %(conversation)s AND m.direction = 'outbound' AND m.id < last.id),
said AS (
    SELECT m.id, m.event_id, m.text FROM message m, last, before
    WHERE m.workspace_id = %(ws)s AND m.conversation_id = %(conversation)s AND m.direction = 'inbound'
      AND m.event_id IS NOT NULL AND m.id <= last.id AND (before.id IS NULL OR m.id > before.id)
    ORDER BY m.id DESC LIMIT %(most)s)
SELECT (SELECT string_agg(text, E'\\n\\n' ORDER BY id) FROM said) AS asked,
       e.id, e.workspace_id, e.lane, e.channel, e.account_id, e.external_id, e.kind, ''::bytea AS raw, e.meta,
       e.created_at, e.occurred_at, e.attempts, e.reason, e.conversation_id, e.message_id, %(run)s::uuid AS run_id
FROM event e WHERE e.workspace_id = %(ws)s AND e.id = (SELECT event_id FROM said ORDER BY id LIMIT 1)"""

_READ: LiteralString = """SELECT tool, request AS arguments, error FROM run_step
    WHERE workspace_id = %s AND run_id = %s AND kind = 'tool' AND done ORDER BY position"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`text` is empty where the agent would rather hand over, or do something first that needs a person's yes."""

    run_id: UUID
    text: str
    decision: Decision | Literal["propose"]
    reason: str
    route: Route
    citations: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    caution: str | None = None  # why such a text would not leave by itself


async def suggest(services: Services, access: Access, *, conversation_id: UUID) -> Draft:
    """Raises `Conflict` where the contact has written nothing that could be answered."""
    workspace_id, run_id = access.workspace_id, new_id()
    async with services.db.transaction(workspace_id) as connection:
        event, asked = await _asked(connection, workspace_id, conversation_id, run_id)
        account = await services.accounts.by_id(workspace_id, event.account_id)
        inquiry = replace(await identified_before(connection, event, account), text=asked)
        await record(
            connection,
            workspace_id,
            actor=access.actor,
            action="conversation.draft_asked",
            subject=f"conversation:{conversation_id}",
            detail={"run": run_id},
        )
    route = await route_of(services, inquiry)
    if route is None:
        raise Conflict(f"no agent is active on {inquiry.account.channel}")
    request = request_of(
        inquiry,
        AgentAnswers(Policy(), f"asked by {access.actor}"),
        route,
        text=asked,
        hosts=own_hosts(services.settings),
    )
    ended = await herald.run_turn(services.db, request, seconds=services.settings.run_timeout, models=services.models)
    return await _kept(services, inquiry, route, ended)


async def _asked(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, run_id: UUID
) -> tuple[QueuedEvent, str]:
    cursor = await connection.execute(
        _ASKED, {"ws": workspace_id, "conversation": conversation_id, "run": run_id, "most": _MOST_MESSAGES}
    )
    row = await cursor.fetchone()
    if row is None:
        cursor = await connection.execute(
            "SELECT FROM conversation WHERE workspace_id = %s AND id = %s", (workspace_id, conversation_id)
        )
        if not cursor.rowcount:
            raise NotFound(f"no conversation {conversation_id}")
        raise Conflict("the contact has written nothing here that a draft could answer")
    return QueuedEvent(**{name: value for name, value in row.items() if name != "asked"}), row["asked"]


async def _kept(services: Services, inquiry: Inquiry, route: Route, ended: Done | Paused) -> Draft:
    """The run ends here, whatever it would have done next."""
    workspace_id, run_id = inquiry.workspace_id, inquiry.run_id
    done = ended if isinstance(ended, Done) else None
    proposals = [] if isinstance(ended, Done) else ended.proposals
    output = (
        done.model_dump(mode="json")
        if done
        else {
            "decision": "propose",
            "proposals": [one.model_dump(mode="json") for one in proposals],
        }
    )
    async with services.db.workspace(workspace_id) as connection:
        await herald.finish(connection, workspace_id, run_id, status="done", output={**output, "draft": True})
        cursor = await connection.execute(_READ, (workspace_id, run_id))
        tools = await cursor.fetchall()
    text = (done.text or "").strip() if done else ""
    outgoing = Outgoing(services.db, workspace_id, inquiry.conversation_id, own_hosts=own_hosts(services.settings))
    return Draft(
        run_id=run_id,
        text=text,
        decision=done.decision if done else "propose",
        reason=done.reason if done else "; ".join(sorted({one.why for one in proposals})),
        route=route,
        citations=[one.model_dump() for one in done.citations] if done else [],
        tools=tools,
        proposals=proposals,
        caution=await outgoing.why_ask(text) if text else None,
    )
