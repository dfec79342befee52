"""How a turn runs: context, agent, journal, and what came up before its reply left.

A turn is a row of segments: first the contact's text, then each rejection of a draft and each further message.
What began a segment is a note in the journal, so a resumed turn walks through the same ones.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_ai import Agent, DeferredToolRequests, ModelRetry, RunContext, ToolOutput, UsageLimits
from pydantic_ai import Tool as AgentTool
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import (
    AgentStreamEvent,
    ModelMessage,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.run import AgentRunResult
from pydantic_ai.toolsets import FunctionToolset

from dynaris.agents import herald
from dynaris.agents.agent_settings import BUILTIN, AgentSettings
from dynaris.agents.budget import MOST_TOKENS, fitted
from dynaris.agents.builtin.reasons import OWN_LIMITS
from dynaris.agents.builtin_model import REJECTED, WOKEN
from dynaris.agents.calendar_context import SPECIALIST, with_calendar
from dynaris.agents.chain import Chain
from dynaris.agents.citations import settled
from dynaris.agents.context import MOST_PASSAGES, Context, imagined, load
from dynaris.agents.decisions import ESCALATE, FOLLOW_UP, IGNORE, WAIT, Escalate, FollowUp, Ignore, Wait
from dynaris.agents.first_step import first_step, plain_decision, plain_text
from dynaris.agents.guardrails.fence import as_data
from dynaris.agents.handing_over import given_up, nobody_asked
from dynaris.agents.journal import Journal, RunHeader
from dynaris.agents.journal_model import JournalModel
from dynaris.agents.mcp.client import McpServers
from dynaris.agents.mcp.offering import offered, wrapped_tools
from dynaris.agents.own_words import greeted, own_words
from dynaris.agents.providers import Models
from dynaris.agents.rehearsal import Rehearsal
from dynaris.agents.rendering import history, render
from dynaris.agents.specialists import instructions_of, specialists, tools_of
from dynaris.agents.spending import LimitReached
from dynaris.agents.stories import STORY_JOB
from dynaris.agents.toolbox import TurnState, wrapped
from dynaris.agents.tools import built_in_tools
from dynaris.agents.turn import (
    Approved,
    Denied,
    Done,
    Paused,
    SpecialistName,
    TextDelta,
    TurnEvent,
    TurnRequest,
    Verdict,
)
from dynaris.agents.variables import with_variables
from dynaris.core.db import Connection, Database
from dynaris.core.jobs import defer
from dynaris.core.language import detect
from dynaris.knowledge.queries import search

LIMITS = UsageLimits(request_limit=8, tool_calls_limit=12)  # of one segment
_LONGEST_TEXT = 40_000  # characters
_LONGEST_REPLY = 20_000  # characters, where the channel itself sets no limit
_FARTHEST = timedelta(days=400)  # that an agent may plan ahead

_VERDICTS: TypeAdapter[dict[str, Approved | Denied]] = TypeAdapter(dict[str, Verdict])

_DECISIONS = {ESCALATE: Escalate, FOLLOW_UP: FollowUp, WAIT: Wait, IGNORE: Ignore}

Output = str | Escalate | FollowUp | Wait | Ignore | DeferredToolRequests


@dataclass(slots=True, kw_only=True)
class _Turn:
    state: TurnState
    context: Context
    feedback: Sequence[str]
    text: str  # everything that the contact wrote for this turn, as the caller knows it
    more: list[AgentTool[TurnState]]  # of the agent's MCP server
    model: JournalModel = field(init=False)
    stream: bool = False


async def conduct(
    db: Database,
    request: TurnRequest,
    *,
    verdicts: Mapping[str, Any],
    feedback: Sequence[str] = (),
    additions: Sequence[str] = (),
    emit: Callable[[TurnEvent], None] = lambda _: None,
    stream: bool = False,
    seconds: float = herald.SECONDS,
    models: Models | None = None,
    rehearsal: Rehearsal | None = None,
) -> Done | Paused:
    """`rehearsal`: of a turn of which nothing stays."""
    seconds = min(seconds, request.settings.max_seconds or seconds)
    filled = with_variables(request.settings, request.variables)
    request = request.model_copy(update={"text": _bounded(request.text), "settings": filled})
    additions = [_bounded(text) for text in additions]
    servers = models.mcp_servers if models else None
    turn = await _begin(db, request, _VERDICTS.validate_python(dict(verdicts)), emit, rehearsal, servers=servers)
    chain = await Chain.of(db, request.workspace_id, request.model, request.settings, models, seconds=seconds)
    await chain.begin(turn.state.journal)
    turn.model = JournalModel(chain, turn.state.journal)
    turn.feedback, turn.stream = feedback, stream
    if done := await nobody_asked(turn.state):
        return done
    turn.text = as_data("\n\n".join(filter(None, [request.text, *additions])))
    try:
        async with asyncio.timeout(seconds):
            return await _segments(turn)
    except (AgentRunError, UserError, TimeoutError, OSError, ValueError, LimitReached) as error:
        return await given_up(turn.state, turn.text, error)


async def _begin(
    db: Database,
    request: TurnRequest,
    verdicts: dict[str, Approved | Denied],
    emit: Callable[[TurnEvent], None],
    rehearsal: Rehearsal | None,
    *,
    servers: McpServers | None,
) -> _Turn:
    async with db.workspace(request.workspace_id) as connection:
        context = await _context(connection, request, rehearsal)
        if not context.run:  # of a run that goes on the instructions are recorded
            context = await _with_calendar(connection, request, context)
        for behind in () if context.run else context.behind:
            told = {"workspace_id": str(request.workspace_id), "conversation_id": str(behind)}
            await defer(connection, STORY_JOB, told, lock=f"story:{behind}")
    context = fitted(_speaking(context, request), _room(request))
    prompt: dict[str, Any] = {
        "instructions": render(context, f"specialist: {request.specialist}", proactive=bool(request.wake)),
        "input": f"{WOKEN} {as_data(request.wake)}" if request.wake else as_data(request.text) or "(no text)",
        "now": request.now.isoformat(),
    }
    if words := own_words(request.settings, greets=_greets(request, context)):
        prompt["words"] = words
    mcp, no_mcp = (None, None) if context.run else await offered(servers, request)
    if mcp:
        prompt["mcp"] = mcp
    if (allowed := tools_of(request.specialist, request.settings)) is not None:
        prompt["tools"] = sorted([*allowed, *(tool["name"] for tool in (mcp or {}).get("tools", ()))])
    header = RunHeader(
        event_id=request.event_id,
        contact_id=request.contact_id,
        conversation_id=request.conversation_id,
        agent=request.agent,
        model=request.settings.chain(request.model)[0],
        prompt=prompt,
        counted_as=request.specialist,
    )
    if rehearsal:
        journal: Journal = rehearsal.begin(db, request, context, header)
    else:
        journal = Journal(db, request.workspace_id, request.run_id, header)
        journal.recall(context.run, context.steps)
    # A resumed run keeps its time: what was a date in the future when the model said it still is one.
    request = request.model_copy(update={"now": datetime.fromisoformat(header.prompt["now"])})
    state = TurnState(
        db=db,
        request=request,
        journal=journal,
        may_disclose=context.may_disclose,
        own_addresses=context.own_addresses,
        verdicts=verdicts,
        emit=emit,
        allowed=frozenset(journal.header.prompt["tools"]) if "tools" in journal.header.prompt else None,
        rehearsal=rehearsal,
    )
    if no_mcp:
        await journal.note({"kind": "mcp", "error": no_mcp})
    more = wrapped_tools(servers, journal.header.prompt.get("mcp"))
    return _Turn(state=state, context=context, feedback=(), text=request.text, more=more)


async def _context(connection: Connection, request: TurnRequest, rehearsal: Rehearsal | None) -> Context:
    told: dict[str, Any] = {
        "channel": request.channel,
        "traits": request.traits,
        "identity": request.identity,
        "text": request.text,
        "now": request.now,
    }
    if rehearsal:
        return await imagined(connection, request.workspace_id, said=rehearsal.said, **told)
    return await load(
        connection,
        request.workspace_id,
        run_id=request.run_id,
        event_id=request.event_id,
        conversation_id=request.conversation_id,
        contact_id=request.contact_id,
        **told,
    )


def _speaking(context: Context, request: TurnRequest) -> Context:
    own = request.settings.languages
    return replace(context, languages=tuple(own)) if own else context


def _bounded(text: str) -> str:
    """What a contact sends costs a model no more than the context does, and no row megabytes."""
    left_out = len(text) - _LONGEST_TEXT
    return text if left_out <= 0 else f"{text[:_LONGEST_TEXT]}… ({left_out:,} more characters are left out here)"


def _room(request: TurnRequest) -> int:
    return request.settings.max_context_tokens or MOST_TOKENS


async def _with_calendar(connection: Connection, request: TurnRequest, context: Context) -> Context:
    """Who books is told what can be booked; a language model, what is booked. The built-in one asks its tools."""
    books = request.specialist == SPECIALIST
    if not books and request.settings.chain(request.model)[0] == BUILTIN:
        return context
    return await with_calendar(
        connection,
        request.workspace_id,
        context,
        contact_id=request.contact_id,
        conversation_id=request.conversation_id,
        with_services=books,
    )


async def _segments(turn: _Turn) -> Done | Paused:
    prompt = turn.state.journal.header.prompt
    instructions = prompt["instructions"]
    messages = history(turn.context)
    output = await _at_once(turn, messages)
    if output and await _next_note(turn, 0) is None:
        return _ended(turn, output)
    result = await _segment(turn, prompt["input"], instructions, messages)
    taken = 0
    while not isinstance(result.output, DeferredToolRequests):
        note = await _next_note(turn, taken)
        if note is None:
            return _ended(turn, result.output)
        taken += 1
        if note["kind"] == "rejected":
            result = await _segment(turn, f"{REJECTED} {note['text']}", instructions, result.all_messages())
        else:
            instructions = note["instructions"]
            messages = _without_draft(result, messages)
            result = await _segment(turn, note["input"], instructions, messages)
    async with turn.state.db.workspace(turn.state.request.workspace_id) as connection:
        await herald.finish(
            connection, turn.state.request.workspace_id, turn.state.request.run_id, status="waiting", output=None
        )
    return Paused(proposals=turn.state.proposals)


async def _at_once(turn: _Turn, messages: list[ModelMessage]) -> Output | None:
    """The output, where the model's first response is one. What it said is left for an agent to begin with."""
    if turn.stream:
        return None
    prompt = turn.state.journal.header.prompt
    step = await first_step(agent_of(turn.state.request.specialist))
    response = await step.ask(
        turn.model,
        prompt["input"],
        words=prompt.get("words", ""),
        instructions=prompt["instructions"],
        tools=turn.state.allowed,
        more=[tool.tool_def for tool in turn.more],
        before=messages,
    )
    turn.state.journal.responses.appendleft(response)
    output = plain_text(response) or plain_decision(response, _DECISIONS)
    return None if output is None or _misfit(output, turn.state.request) else output


async def _segment(turn: _Turn, prompt: str, instructions: str, messages: list[ModelMessage]) -> AgentRunResult[Output]:
    words = turn.state.journal.header.prompt.get("words")
    return await agent_of(turn.state.request.specialist).run(
        prompt,
        message_history=messages,
        # The text is every run's; what is called is of this run alone: a provider need not keep it.
        instructions=[*([words] if words else []), lambda: instructions],
        model=turn.model,
        deps=turn.state,
        toolsets=[FunctionToolset(turn.more)] if turn.more else None,
        usage_limits=_limits(turn.state.request.settings),
        event_stream_handler=_deltas if turn.stream else None,
    )


def _limits(settings: AgentSettings) -> UsageLimits:
    if settings.max_steps is None and settings.max_tool_calls is None:
        return LIMITS
    return UsageLimits(
        request_limit=settings.max_steps or LIMITS.request_limit,
        tool_calls_limit=LIMITS.tool_calls_limit if settings.max_tool_calls is None else settings.max_tool_calls,
    )


async def _deltas(context: RunContext[TurnState], events: AsyncIterable[AgentStreamEvent]) -> None:
    async for event in events:
        text = ""
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
            text = event.part.content
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
            text = event.delta.content_delta
        if text:
            context.deps.emit(TextDelta(text=text))


async def _next_note(turn: _Turn, taken: int) -> dict[str, Any] | None:
    """What begins the next segment: as recorded, else a rejection or a message that is not taken in yet."""
    journal = turn.state.journal
    recorded = [note for note in journal.notes if note["kind"] in ("rejected", "addition")]
    if taken < len(recorded):
        return recorded[taken]
    rejected = sum(note["kind"] == "rejected" for note in recorded)
    if len(turn.feedback) > rejected:
        note = {"kind": "rejected", "text": turn.feedback[rejected]}
    else:
        so_far = next((note["input"] for note in reversed(recorded) if note["kind"] == "addition"), None)
        so_far = so_far or ("" if turn.state.request.wake else journal.header.prompt["input"])
        addition = _missing(so_far, turn.text)
        if not addition:
            return None
        text = f"{so_far}\n\n{addition}".strip()
        note = {"kind": "addition", "input": text, "instructions": await _instructions_for(turn, text)}
    await journal.note(note)
    return note


def _missing(known: str, text: str) -> str:
    """The paragraphs of `text` that `known` does not have."""
    left = Counter(known.split("\n\n"))
    missing: list[str] = []
    for paragraph in text.split("\n\n"):
        if left[paragraph] > 0:
            left[paragraph] -= 1
        else:
            missing.append(paragraph)
    return "\n\n".join(missing).strip()


async def _instructions_for(turn: _Turn, text: str) -> str:
    """With the passages that fit the longer text, and the calendar as it is now."""
    request = turn.state.request
    async with turn.state.db.workspace(request.workspace_id) as connection:
        passages = await search(connection, request.workspace_id, text, limit=MOST_PASSAGES)
        context = await _with_calendar(connection, request, replace(turn.context, passages=tuple(passages)))
    return render(fitted(context, _room(request)), f"specialist: {request.specialist}")


def _without_draft(result: AgentRunResult[Output], before: list[ModelMessage]) -> list[ModelMessage]:
    """The messages that a further text from the contact follows: the unsent draft was never said."""
    new = result.new_messages()
    if isinstance(new[-1], ModelResponse) and not any(isinstance(part, ToolCallPart) for part in new[-1].parts):
        new = new[:-1]
    return before if len(new) == 1 else [*before, *new]


def _done(output: Any) -> Done:
    match output:
        case Escalate():
            return Done(
                decision="escalate",
                escalate=True,
                reason=output.reason,
                because=output.because,
                summary=output.summary,
                text=output.message,
            )
        case FollowUp():
            return Done(decision="follow_up", reason=output.reason, due_at=output.due_at, text=output.message)
        case Wait():
            return Done(decision="wait", reason=output.reason, due_at=output.due_at)
        case Ignore():
            return Done(decision="ignore", reason=output.reason)
        case _:
            return Done(decision="reply", text=str(output).strip())


def _cited(turn: _Turn, done: Done) -> Done:
    journal = turn.state.journal
    told = [journal.header.prompt["instructions"]]
    told += [note["instructions"] for note in journal.notes if note["kind"] == "addition"]
    results = [step.response for step in journal.calls.values() if step.tool == "search_knowledge"]
    if down := turn.model.stands_in_for:
        wanting = done.escalate and done.reason in OWN_LIMITS
        done = done.model_copy(update={"stood_in_for": down, "for_want_of_them": wanting})
    # The latest first: a number that is cited is a passage's place in those.
    return settled(done, reversed(told), results, turn.state.request.traits)


def _ended(turn: _Turn, output: Any) -> Done:
    done = _cited(turn, _done(output))
    request = turn.state.request
    if not (done.text and _greets(request, turn.context)):
        return done
    text = greeted(done.text, request.settings, detect(request.text), most=request.traits.max_length)
    return done.model_copy(update={"text": text})


def _greets(request: TurnRequest, context: Context) -> bool:
    """At the beginning of a conversation; a letter has a salutation of its own."""
    said = context.story or any(said.author != "contact" for said in context.messages)
    return bool(request.settings.greeting) and not (said or request.wake or request.traits.subject)


@cache
def agent_of(name: SpecialistName) -> Agent[TurnState, Output]:
    """A specialist as the agent library knows it, built once per process."""
    tools = built_in_tools()
    agent: Agent[TurnState, Output] = Agent(
        output_type=[
            str,
            ToolOutput(Escalate, name=ESCALATE),
            ToolOutput(FollowUp, name=FOLLOW_UP),
            ToolOutput(Wait, name=WAIT),
            ToolOutput(Ignore, name=IGNORE),
            DeferredToolRequests,
        ],
        deps_type=TurnState,
        name=name,
        instructions=instructions_of(name),
        tools=[wrapped(tools[tool]) for tool in specialists()[name].tools],
        retries=2,
    )
    agent.output_validator(_fits)
    return agent


async def _fits(context: RunContext[TurnState], output: Output) -> Output:
    if why := _misfit(output, context.deps.request):
        raise ModelRetry(why)
    return output


def _misfit(output: Output, request: TurnRequest) -> str | None:
    now, most = request.now, request.traits.max_length or _LONGEST_REPLY
    if isinstance(output, str) and not output.strip():
        return "Nothing was said: answer with text, or call one of the decisions."
    if isinstance(output, str) and len(output) > most:
        return f"The text has {len(output):,} characters, and {most:,} at most can be sent: say it shorter."
    if isinstance(output, FollowUp | Wait) and not now < output.due_at <= now + _FARTHEST:
        return f"`due_at` must be after {now.isoformat(timespec='minutes')}, at most a year ahead."
    return None
