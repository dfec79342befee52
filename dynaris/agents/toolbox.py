"""How tools are used: every tool is wrapped here, once, by its effect.

Journal (a recorded call is not made again), approval by effect and policy, strangers, other contacts, deletion, what
a sent text carries, time limit, errors told to the model instead of ending the run, results fenced as data, and an
end to calling the same thing over and over.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from pydantic import ValidationError
from pydantic_ai import RunContext
from pydantic_ai import Tool as AgentTool
from pydantic_ai.exceptions import ApprovalRequired, ToolFailed
from pydantic_ai.tools import ToolDefinition

from dynaris.agents.guardrails.fence import as_data, data_in
from dynaris.agents.guardrails.outgoing import Outgoing
from dynaris.agents.journal import Journal, Step
from dynaris.agents.rehearsal import AS_IF, Rehearsal
from dynaris.agents.tool import Tool, ToolContext, ToolRefused
from dynaris.agents.turn import Approved, Denied, Proposal, ToolCall, TurnEvent, TurnRequest
from dynaris.core import tracing
from dynaris.core.db import Database
from dynaris.core.errors import DynarisError, NoDatabase

log = structlog.get_logger()

MOST_IDENTICAL_CALLS = 3


@dataclass(slots=True, kw_only=True)
class TurnState:
    """What the tools of one running turn share."""

    db: Database
    request: TurnRequest
    journal: Journal
    may_disclose: bool
    own_addresses: frozenset[str]
    verdicts: dict[str, Approved | Denied]
    emit: Callable[[TurnEvent], None]
    allowed: frozenset[str] | None = None  # tools by name; none: all that its specialist has
    rehearsal: Rehearsal | None = None
    proposals: list[Proposal] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)  # how often a model used a call id
    identical: Counter[tuple[str, str]] = field(default_factory=Counter)


def wrapped(tool: Tool) -> AgentTool[TurnState]:
    async def call(context: RunContext[TurnState], /, **arguments: Any) -> Any:
        assert context.tool_call_id
        return await use(context.deps, tool, context.tool_call_id, arguments)

    async def offered(context: RunContext[TurnState], definition: ToolDefinition) -> ToolDefinition | None:
        return definition if _may_use(context.deps, tool) else None

    schema = tool.arguments.model_json_schema()
    schema.pop("description", None)
    made: AgentTool[Any] = AgentTool.from_schema(
        call, tool.name, tool.description, schema, takes_ctx=True, sequential=tool.effect != "read"
    )
    made.prepare = offered
    return made


def _may_use(turn: TurnState | None, tool: Tool) -> bool:
    return turn is None or turn.allowed is None or tool.name in turn.allowed


async def use(turn: TurnState, tool: Tool, given_id: str, given: dict[str, Any]) -> Any:
    """The result of one call. Raises ToolFailed (the model is told) or ApprovalRequired (the turn pauses)."""
    call_id = _unique(turn, given_id)
    repeated = _repeated(turn, tool, given)
    recorded = turn.journal.calls.get(call_id)
    if recorded and recorded.done:
        return _told(recorded)
    started = time.perf_counter()
    result, error, arguments = None, None, given
    verdict = turn.verdicts.get(call_id)
    try:
        if not _may_use(turn, tool):
            raise ToolRefused(f"{tool.name} may not be used here.")
        checked = _checked(tool, given, verdict, repeated)
        arguments = checked.model_dump(mode="json")
        why = await _why_ask(turn, tool, checked) if verdict is None else None
        if turn.rehearsal and (why or tool.effect != "read"):
            turn.rehearsal.not_called[call_id] = why
            result = await _as_if(turn, tool, call_id, checked)
        else:
            if why:
                await _propose(turn, tool, call_id, arguments, why=why, started=started)
            result = await _run(turn, tool, call_id, checked)
    except ToolRefused as refused:
        error = str(refused)
    step = await turn.journal.called(
        call_id, tool.name, tool.effect, arguments, started=started, result=result, error=error
    )
    turn.emit(ToolCall(tool=tool.name, effect=tool.effect, arguments=arguments, result=step.response, error=error))
    return _told(step)


def _unique(turn: TurnState, call_id: str) -> str:
    """Some models count their calls from one in every response."""
    turn.ids[call_id] += 1
    times = turn.ids[call_id]
    return call_id if times == 1 else f"{call_id}.{times}"


def _repeated(turn: TurnState, tool: Tool, given: dict[str, Any]) -> bool:
    key = tool.name, json.dumps(given, sort_keys=True, default=str)
    turn.identical[key] += 1
    return turn.identical[key] > MOST_IDENTICAL_CALLS


def _checked(tool: Tool, given: dict[str, Any], verdict: Approved | Denied | None, repeated: bool) -> Any:
    """The arguments as the tool takes them, with a teammate's edits."""
    if isinstance(verdict, Denied):
        raise ToolRefused(f"A teammate rejected this action: {verdict.reason}")
    if repeated:
        raise ToolRefused(
            f"{tool.name} was called {MOST_IDENTICAL_CALLS} times with these arguments; use what you have."
        )
    edits = verdict.edits if verdict else None
    try:
        return tool.arguments.model_validate({**given, **(edits or {})})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise ToolRefused(f"The arguments do not fit: {wrong}") from error


async def _why_ask(turn: TurnState, tool: Tool, arguments: Any) -> str | None:
    """Where a tool cannot say of its arguments whom they reach, with what, the call makes no sense."""
    with _failures_told(turn, tool):
        return why_ask(turn, tool, arguments) or await _why_not_say(turn, tool, arguments)


def why_ask(turn: TurnState, tool: Tool, arguments: Any) -> str | None:
    """Why a person must say yes to this call; `None`: nobody needs to."""
    if missing := _unstated(tool):
        return f"{tool.name} does not state {missing}"
    if others := _others(turn, tool, arguments):
        return f"{tool.name} is about somebody else than the contact: {', '.join(others)}"
    if tool.effect == "read":
        return None
    policy = turn.request.policy
    if policy.needs_person:
        return policy.needs_person
    if tool.effect not in policy.automatic:
        return f"{tool.name} ({tool.effect}) needs a person's yes here"
    if tool.destructive(arguments) if callable(tool.destructive) else tool.destructive:
        return f"{tool.name} takes something away that cannot be brought back"
    known = {address.casefold() for address in turn.own_addresses | policy.trusted_recipients}
    reached = tool.recipients(arguments) if tool.recipients else ()
    strangers = [address for address in reached if address.casefold() not in known]
    if strangers:
        return f"{', '.join(strangers)} is neither the contact's proven address nor one that this workspace trusts"
    return None


def _unstated(tool: Tool) -> str | None:
    """What a tool must say of itself before anything of it runs without a person."""
    if tool.about is None:
        return "whom it is about"
    if tool.effect != "read" and tool.destructive is None:
        return "whether it deletes"
    if tool.effect == "send" and (tool.recipients is None or tool.says is None):
        return "whom it reaches with what"
    return None


def _others(turn: TurnState, tool: Tool, arguments: Any) -> list[str]:
    assert tool.about is not None
    own = {address.casefold() for address in turn.own_addresses} | {str(turn.request.contact_id)}
    return [one for one in tool.about(arguments) if one.casefold() not in own]


async def _why_not_say(turn: TurnState, tool: Tool, arguments: Any) -> str | None:
    if tool.effect != "send" or tool.says is None:
        return None
    request = turn.request
    outgoing = Outgoing(turn.db, request.workspace_id, request.conversation_id, own_hosts=request.own_hosts)
    return await outgoing.why_ask("\n\n".join(tool.says(arguments)))


async def _propose(
    turn: TurnState, tool: Tool, call_id: str, arguments: dict[str, Any], *, why: str, started: float
) -> None:
    if call_id not in turn.journal.calls:
        waits = f"waits for a person: {why}"
        await turn.journal.called(call_id, tool.name, tool.effect, arguments, started=started, error=waits, done=False)
    turn.proposals.append(Proposal(call_id=call_id, action=tool.name, effect=tool.effect, arguments=arguments, why=why))
    raise ApprovalRequired


async def _as_if(turn: TurnState, tool: Tool, call_id: str, arguments: Any) -> dict[str, Any]:
    """The result of a call that is not made, as like it as the tool can say."""
    before = {step.tool: step.response for step in turn.journal.calls.values() if step.tool and step.error is None}
    with _failures_told(turn, tool):
        told = await tool.as_if(_where(turn, call_id), arguments, before) if tool.as_if else {}
    return {"rehearsal": AS_IF, **told}


async def _run(turn: TurnState, tool: Tool, call_id: str, arguments: Any) -> Any:
    context = _where(turn, call_id)
    with _failures_told(turn, tool), tracing.span(f"tool {tool.name}", tool=tool.name, effect=tool.effect):
        try:
            async with asyncio.timeout(tool.seconds):
                return await tool.run(context, arguments)
        except TimeoutError as error:
            unsure = "" if tool.effect == "read" else "; it may have happened all the same"
            raise ToolRefused(f"{tool.name} gave no result within {tool.seconds:g} seconds{unsure}") from error


def _where(turn: TurnState, call_id: str) -> ToolContext:
    request = turn.request
    return ToolContext(
        db=turn.db,
        workspace_id=request.workspace_id,
        run_id=request.run_id,
        call_id=call_id,
        event_id=request.event_id,
        conversation_id=request.conversation_id,
        contact_id=request.contact_id,
        channel=request.channel,
        agent=request.agent,
        may_disclose=turn.may_disclose,
        now=request.now,
        provable=request.traits.live and not turn.may_disclose,
    )


@contextmanager
def _failures_told(turn: TurnState, tool: Tool) -> Iterator[None]:
    """A tool is the edge to somebody else's code: its failure is the model's to deal with, never the turn's end."""
    try:
        yield
    except (ToolRefused, psycopg.OperationalError, NoDatabase):
        raise  # without the database nothing can be recorded: the whole step is tried again
    except DynarisError as error:
        raise ToolRefused(error.detail) from error
    except Exception as error:
        log.exception("agents.tool_failed", tool=tool.name, run_id=str(turn.request.run_id))
        raise ToolRefused(f"{tool.name} failed: {type(error).__name__}") from error


def _told(step: Step) -> Any:
    """What the model reads of a recorded call."""
    if step.error is not None:
        raise ToolFailed(as_data(step.error))
    return data_in(step.response)
