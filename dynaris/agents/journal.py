"""The journal of a run: each model response and each tool call with its result is a row before the next step.

A crash between two steps is resumed by running the turn again under the same run id: what was recorded is
returned instead of done again. A tool call that was running when the process died has no row and runs again
with the same idempotency key.
"""

import time
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

import orjson
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse

from dynaris.agents.spending import SPENT
from dynaris.agents.turn import Effect
from dynaris.agents.usage import FREE, Charge, count_usage
from dynaris.core.db import Database
from dynaris.core.errors import Unavailable
from dynaris.workspaces.actions import RECORDED, recording

_STEP = """INSERT INTO run_step (workspace_id, id, run_id, position, kind, tool, call_id, effect, request, response,
                                 error, done, duration_ms, model, input_tokens, output_tokens, cached_tokens, cost,
                                 price_source)
    SELECT %(ws)s, gen_random_uuid(), %(run)s, %(position)s, %(kind)s, %(tool)s, %(call_id)s, %(effect)s,
           %(request)s::jsonb, %(response)s::jsonb, %(error)s, %(done)s, %(duration_ms)s, %(model)s, %(sent)s, %(said)s,
           %(cached)s, %(cost)s, %(price_source)s"""

_BEGUN = """begun AS (
        INSERT INTO run (workspace_id, id, event_id, contact_id, conversation_id, agent, model, prompt, input_tokens,
                         output_tokens, cached_tokens, cost)
        VALUES (%(ws)s, %(run)s, %(event)s, %(contact)s, %(conversation)s, %(agent)s, %(run_model)s, %(prompt)s::jsonb,
                %(input_tokens)s, %(output_tokens)s, %(cached_tokens)s, %(run_cost)s))"""

_COUNTED = """counted AS (
        UPDATE run SET input_tokens = %(input_tokens)s, output_tokens = %(output_tokens)s, status = 'running',
               cached_tokens = %(cached_tokens)s, cost = %(run_cost)s
        WHERE workspace_id = %(ws)s AND id = %(run)s AND status <> 'done')"""

_AGAIN = """UPDATE run_step SET request = %(request)s::jsonb, response = %(response)s::jsonb, error = %(error)s,
        done = %(done)s, duration_ms = %(duration_ms)s
    WHERE workspace_id = %(ws)s AND run_id = %(run)s AND position = %(position)s"""

_FIRST = f"WITH {_BEGUN} {_STEP}"
_NEXT = f"WITH {_COUNTED} {_STEP}"
# What an agent changes or sends is in the audit log with its step, in one statement.
_RECORDED: dict[LiteralString, LiteralString] = {
    _FIRST: f"WITH {RECORDED}, {_BEGUN} {_STEP}",
    _NEXT: f"WITH {RECORDED}, {_COUNTED} {_STEP}",
    _AGAIN: f"WITH {RECORDED} {_AGAIN}",
}
# What was paid for counts in the workspace's month with its record.
_PAID: dict[LiteralString, LiteralString] = {
    _FIRST: f"WITH {SPENT}, {_BEGUN} {_STEP}",
    _NEXT: f"WITH {SPENT}, {_COUNTED} {_STEP}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    position: int
    kind: str
    tool: str | None = None
    call_id: str | None = None
    effect: Effect | None = None
    request: Any = None
    response: Any = None
    error: str | None = None
    done: bool = True


@dataclass(slots=True, kw_only=True)
class RunHeader:
    """What the run's row says; written with its first step."""

    event_id: UUID
    contact_id: UUID
    conversation_id: UUID
    agent: str
    model: str
    prompt: dict[str, Any]
    counted_as: str = ""  # in the metrics, where an agent of the workspace's own is its specialist


@dataclass(slots=True)
class Journal:
    db: Database
    workspace_id: UUID
    run_id: UUID
    header: RunHeader
    begun: bool = False  # the run's row exists
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost: Decimal | None = Decimal(0)  # in US dollars; `None` once the price of a request was unknown
    known_cost: Decimal = Decimal(0)  # without what is unknown
    requests: int = 0  # to models, recorded
    position: int = 1  # of the next step; 0 is the supervisor's
    responses: deque[ModelResponse] = field(default_factory=deque)  # recorded, not yet returned again
    calls: dict[str, Step] = field(default_factory=dict)  # tool calls by call id
    notes: list[dict[str, Any]] = field(default_factory=list)  # what was added to the prompt, in order

    def recall(self, run: dict[str, Any] | None, steps: list[dict[str, Any]]) -> None:
        """Takes in what `context.load` found."""
        if run is not None:
            self.begun = True
            self.header.prompt = run["prompt"]
            self.input_tokens, self.output_tokens = run["input_tokens"], run["output_tokens"]
            self.cached_tokens = run["cached_tokens"]
            self.cost = None if run["cost"] is None else Decimal(run["cost"])
            self.known_cost = Decimal(run["known_cost"])
        for row in steps:
            step = Step(**row)
            self.position = max(self.position, step.position + 1)
            if step.kind == "route" and run is None:
                self._count(_charge_of_route(step.response))
            elif step.kind == "model":
                self.requests += 1
                self.responses.extend(ModelMessagesTypeAdapter.validate_python([step.response]))  # type: ignore[arg-type]
            elif step.kind == "tool" and step.call_id:
                self.calls[step.call_id] = step
            elif step.kind == "note":
                self.notes.append(step.request)

    def _count(self, charge: Charge) -> None:
        self.input_tokens += charge.input_tokens
        self.output_tokens += charge.output_tokens
        self.cached_tokens += charge.cached_tokens
        self.known_cost += charge.cost or 0
        self.cost = None if self.cost is None or charge.cost is None else self.cost + charge.cost

    async def responded(
        self, response: ModelResponse, started: float, charge: Charge = FREE, spent: dict[str, Any] | None = None
    ) -> ModelResponse:
        """Writes what a model said; returns it as it was stored, which is what a resumed run will see.

        `spent`: the parameters of `SPENT`, for what is paid for.
        """
        said = ModelMessagesTypeAdapter.dump_json([response], exclude_none=True)
        raw = _storable(said)
        self._count(charge)
        self.requests += 1
        await self._write(
            kind="model", response=raw[1:-1], duration_ms=_since(started), **as_columns(charge), spent=spent
        )
        count_usage(charge, self.header.counted_as or self.header.agent)
        if raw is said:
            return response
        return ModelMessagesTypeAdapter.validate_json(raw)[0]  # type: ignore[return-value]

    async def wasted(self, charge: Charge, spent: dict[str, Any], why: dict[str, Any]) -> None:
        """A response that says nothing: it counts, and a resumed run does not see it."""
        self._count(charge)
        await self._write(kind="note", request=_stored({"kind": "wasted", **why}), **as_columns(charge), spent=spent)
        count_usage(charge, self.header.counted_as or self.header.agent)

    async def called(
        self,
        call_id: str,
        tool: str,
        effect: Effect,
        arguments: dict[str, Any],
        *,
        started: float,
        result: Any = None,
        error: str | None = None,
        done: bool = True,
    ) -> Step:
        """Writes a tool call with its result; `done=False`: it waits for a person, `error` says why."""
        known = self.calls.get(call_id)
        position = known.position if known else None
        changed = done and error is None and effect != "read"
        step = await self._write(
            recorded=self._recorded(tool, call_id, effect) if changed else None,
            position=position,
            kind="tool",
            tool=tool,
            call_id=call_id,
            effect=effect,
            request=_stored(arguments),
            response=_stored(result) if error is None else None,
            error=error.replace("\x00", "") if error else None,
            done=done,
            duration_ms=_since(started) if done else None,
        )
        self.calls[call_id] = step
        return step

    def _recorded(self, tool: str, call_id: str, effect: Effect) -> dict[str, Any]:
        """What it changed stands in the journal, under the run and call."""
        return recording(
            actor=f"agent:{self.header.agent}",
            action=f"tool.{tool}",
            subject=f"conversation:{self.header.conversation_id}",
            detail={"run": self.run_id, "call": call_id, "effect": effect},
        )

    async def note(self, content: dict[str, Any]) -> None:
        """Something that the run must see again when it is resumed."""
        await self._write(kind="note", request=_stored(content))
        self.notes.append(content)

    async def _write(
        self,
        *,
        position: int | None = None,
        recorded: dict[str, Any] | None = None,
        spent: dict[str, Any] | None = None,
        **step: Any,
    ) -> Step:
        again = position is not None
        where = position if position is not None else self.position
        if not again:
            self.position += 1  # before the write: tools that only read are called at the same time
        parameters: dict[str, Any] = {
            "ws": self.workspace_id,
            "run": self.run_id,
            "position": where,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cached_tokens": self.cached_tokens,
            "run_cost": self.cost,
            **_NOTHING,
            "done": True,
            **step,
        }
        statement = _AGAIN if again else _NEXT
        if not self.begun:
            statement = _FIRST
            parameters |= {
                "event": self.header.event_id,
                "contact": self.header.contact_id,
                "conversation": self.header.conversation_id,
                "agent": self.header.agent,
                "run_model": self.header.model,
                "prompt": _stored(self.header.prompt),
            }
        if spent:
            statement = _PAID[statement]
            parameters |= spent
        if recorded:
            statement = _RECORDED[statement]
            parameters |= recorded
        try:
            async with self.db.workspace(self.workspace_id) as connection:
                await connection.execute(statement, _as_text(parameters))
        except UniqueViolation as error:
            raise Unavailable(f"another worker goes on with run {self.run_id}") from error
        self.begun = True
        return self.as_step(where, step)

    @staticmethod
    def as_step(position: int, step: dict[str, Any]) -> Step:
        return Step(
            position=position,
            kind=step["kind"],
            tool=step.get("tool"),
            call_id=step.get("call_id"),
            effect=step.get("effect"),
            request=_loaded(step.get("request")),
            response=_loaded(step.get("response")),
            error=step.get("error"),
            done=step.get("done", True),
        )


_ROUTE: LiteralString = """INSERT INTO run_step (workspace_id, id, run_id, position, kind, response, done, duration_ms,
                                              model, input_tokens, output_tokens, cached_tokens, cost, price_source)
    VALUES (%(ws)s, gen_random_uuid(), %(run)s, 0, 'route', %(route)s, true, %(duration_ms)s, %(model)s, %(sent)s,
            %(said)s, %(cached)s, %(cost)s, %(price_source)s)
    ON CONFLICT (workspace_id, run_id, position) DO NOTHING"""


async def write_route(
    db: Database,
    workspace_id: UUID,
    run_id: UUID,
    route: dict[str, Any],
    started: float,
    *,
    charge: Charge = FREE,
    spent: dict[str, Any] | None = None,
) -> None:
    """The supervisor's decision is the run's step 0; a second one changes nothing. What it cost is the run's."""
    if spent:
        route = {**route, "usage": {**as_columns(charge), "cost": None if charge.cost is None else str(charge.cost)}}
    parameters: dict[str, Any] = {
        "ws": workspace_id,
        "run": run_id,
        "route": Jsonb(route),
        "duration_ms": _since(started),
        **as_columns(charge),
        **(spent or {}),
    }
    async with db.workspace(workspace_id) as connection:
        await connection.execute(f"WITH {SPENT} {_ROUTE}" if spent else _ROUTE, parameters)


_MOST_BITS = 63
_UNUSED = ("sent", "said", "cached", "cost", "price_source", "model")
_NOTHING = dict.fromkeys((*_UNUSED, "tool", "call_id", "effect", "request", "response", "error", "duration_ms"))


def as_columns(charge: Charge) -> dict[str, Any]:
    return {
        "model": charge.model,
        "sent": charge.input_tokens,
        "said": charge.output_tokens,
        "cached": charge.cached_tokens,
        "cost": charge.cost,
        "price_source": charge.source,
    }


def _charge_of_route(route: dict[str, Any]) -> Charge:
    used = route.get("usage")
    if not used:
        return FREE
    return Charge(
        model=used["model"],
        input_tokens=used["sent"],
        output_tokens=used["said"],
        cached_tokens=used["cached"],
        cost=None if used["cost"] is None else Decimal(used["cost"]),
    )


def _stored(value: Any) -> bytes:
    try:
        raw = orjson.dumps(value, default=str)
    except TypeError:  # an endless number or half a character, as a model may make them up
        raw = orjson.dumps(_plain(value), default=str)
    return _storable(raw)


def _storable(raw: bytes) -> bytes:
    """JSON without the one character that PostgreSQL cannot store."""
    return orjson.dumps(_plain(orjson.loads(raw))) if b"\\u0000" in raw else raw


def _plain(value: Any) -> Any:
    """What JSON and PostgreSQL hold: numbers of 64 bits, others as text, and text that is one."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="replace").decode()
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    return value


def _as_text(parameters: dict[str, Any]) -> dict[str, Any]:
    return {key: value.decode() if isinstance(value, bytes) else value for key, value in parameters.items()}


def _loaded(raw: bytes | None) -> Any:
    return None if raw is None else orjson.loads(raw)


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1_000, 3)
