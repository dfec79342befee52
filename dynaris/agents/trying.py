"""An agent is tried: one turn with the settings that it has, or that somebody is writing, and nothing comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dynaris.agents.agent_schemas import Line, TriedPassage, TriedStep, TriedTurn
from dynaris.agents.agent_settings import SUPERVISOR, AgentSettings, set_parts
from dynaris.agents.guardrails.outgoing import Outgoing
from dynaris.agents.own_words import own_words
from dynaris.agents.providers import Models
from dynaris.agents.rehearsal import Rehearsed, rehearse
from dynaris.agents.roster import Roster
from dynaris.agents.supervisor import asked
from dynaris.agents.turn import Policy, TurnRequest, automatic_effects
from dynaris.agents.usage import Charge
from dynaris.channels.contract import Identity
from dynaris.channels.registry import channel, channels
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict
from dynaris.core.ids import new_id

_USUAL = {"email_sales": "email", "voice": "generic"}  # where who tries them most likely means to write


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What is tried, as one statement read it."""

    name: str
    settings: AgentSettings
    agents: Mapping[str, Any]
    channel: str
    model: str
    auto_mode: Mapping[str, Any]


async def prepared(
    connection: Connection, workspace_id: UUID, name: str, settings: AgentSettings, wanted: str | None
) -> Tried:
    """`wanted`: the channel."""
    cursor = await connection.execute(
        "SELECT model, supervisor_model, agents, auto_mode FROM workspace WHERE id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    agents = {**row["agents"], name: set_parts(settings)}
    return Tried(
        name=name,
        settings=settings,
        agents=agents,
        channel=wanted or _channel(Roster(agents, ""), name, settings),
        model=row["supervisor_model"] if name == SUPERVISOR else row["model"],
        auto_mode=row["auto_mode"],
    )


def _channel(roster: Roster, name: str, settings: AgentSettings) -> str:
    usual = _USUAL.get(roster.specialist_of(name) or "", "webchat")
    served = settings.channels or [usual]
    return usual if usual in served or served[0] not in channels() else served[0]


async def turn(
    db: Database, workspace_id: UUID, tried: Tried, messages: Sequence[Line], *, models: Models, seconds: float
) -> TriedTurn:
    """Raises Conflict for a supervisor that has nobody to choose."""
    if tried.name == SUPERVISOR:
        return await _routed(db, workspace_id, tried, messages[-1].text, models=models)
    from dynaris.agents.context import Said

    now = clock.now()
    said = [Said(line.author, line.text, now.isoformat()) for line in messages[:-1]]
    request = _request(workspace_id, tried, messages[-1].text, now=now)
    done = await rehearse(db, request, said, models=models, seconds=seconds)
    text = (done.done.text or "").strip() or None
    outgoing = Outgoing(db, workspace_id, request.conversation_id)
    journal, cited = done.journal, {citation.passage_id for citation in done.done.citations}
    return TriedTurn(
        text=text,
        decision=done.done.decision,
        reason=done.done.reason,
        route=None,
        channel=tried.channel,
        steps=_steps(done),
        passages=[
            TriedPassage(
                title=one.title,
                heading=one.heading,
                text=one.text,
                score=round(one.score, 2),
                cited=str(one.id) in cited,
            )
            for one in done.context.passages
        ],
        held_back=await outgoing.why_ask(text) if text else None,
        words=journal.header.prompt.get("words", ""),
        input_tokens=journal.input_tokens,
        output_tokens=journal.output_tokens,
        cost=journal.cost,
        seconds=done.seconds,
    )


def _request(workspace_id: UUID, tried: Tried, text: str, *, now: Any) -> TurnRequest:
    specialist = Roster(tried.agents, tried.channel).specialist_of(tried.name)
    traits = channel(tried.channel).traits
    return TurnRequest.model_validate(
        {
            "workspace_id": workspace_id,
            **{name: new_id() for name in ("run_id", "event_id", "conversation_id", "contact_id")},
            "channel": tried.channel,
            "traits": traits,
            "identity": Identity.VERIFIED if traits.replies_to_address else Identity.CLAIMED,
            "agent": tried.name,
            "specialist": specialist,
            "model": tried.model,
            "settings": tried.settings,
            "policy": Policy(automatic=automatic_effects(dict(tried.auto_mode))),
            "text": text,
            "now": now,
        }
    )


def _steps(done: Rehearsed) -> list[TriedStep]:
    steps: list[TriedStep] = []
    for position, kept in enumerate(done.journal.kept):
        step = done.journal.as_step(position, kept)
        if step.kind == "model":
            steps.append(TriedStep(kind="model", name=kept.get("model") or "builtin"))
        elif step.kind == "tool" and step.tool:
            call = step.call_id or ""
            steps.append(
                TriedStep(
                    kind="tool",
                    name=step.tool,
                    effect=step.effect,
                    arguments=step.request,
                    result=step.response,
                    error=step.error,
                    called=call not in done.not_called,
                    needs_yes=done.not_called.get(call),
                )
            )
        elif step.kind == "note":
            steps.append(TriedStep(kind="note", name=step.request["kind"], result=step.request))
    return steps


async def _routed(db: Database, workspace_id: UUID, tried: Tried, text: str, *, models: Models) -> TriedTurn:
    roster = Roster(tried.agents, tried.channel)
    if not roster.choices():
        raise Conflict(f"no agent is active on {tried.channel}: there is nobody to choose")
    began = clock.now()
    route, used = await asked(
        db, workspace_id, text=text, roster=roster, model=tried.model, settings=tried.settings, models=models
    )
    if used.spent:
        await _count(db, workspace_id, used.spent)
    charge: Charge = used.charge
    return TriedTurn(
        text=None,
        decision="route",
        reason=route.reason,
        route=route.agent,
        channel=tried.channel,
        steps=[TriedStep(kind="model", name=charge.model or "builtin")],
        passages=[],
        held_back=None,
        words=own_words(tried.settings),
        input_tokens=charge.input_tokens,
        output_tokens=charge.output_tokens,
        cost=charge.cost,
        seconds=round((clock.now() - began).total_seconds(), 3),
    )


async def _count(db: Database, workspace_id: UUID, spent: dict[str, Any]) -> None:
    from dynaris.agents.spending import SPENT

    async with db.workspace(workspace_id) as connection:
        await connection.execute(f"WITH {SPENT} SELECT 1", {"ws": workspace_id, **spent})
