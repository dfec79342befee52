"""The models that a run may ask, in order, where it stands among them, and what it may use up."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import structlog
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings

from dynaris.agents import model_choice
from dynaris.agents.agent_settings import BUILTIN, AgentSettings, Limits
from dynaris.agents.failures import Remedy, in_words
from dynaris.agents.journal import Journal
from dynaris.agents.model_choice import ModelUnavailable
from dynaris.agents.providers import Entry, Models, Owned, nothing_owned
from dynaris.agents.spending import LimitReached, hold, money
from dynaris.agents.usage import expected, is_free
from dynaris.core.db import Database

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Asked:
    """One model of the chain."""

    name: str
    model: Model
    entry: Entry | None = None

    @property
    def is_builtin(self) -> bool:
        return self.name == BUILTIN


@dataclass(slots=True, kw_only=True)
class Chain:
    db: Database
    names: list[str]  # still to come
    has: Owned
    models: Models | None
    settings: AgentSettings
    deadline: float  # by time.monotonic
    at: Asked = field(init=False)
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.limits = Limits.of(self.settings)

    @classmethod
    async def of(
        cls,
        db: Database,
        workspace_id: UUID,
        model: str,
        settings: AgentSettings,
        models: Models | None,
        *,
        seconds: float,
    ) -> "Chain":
        """`model`: that the workspace uses. Where only the built-in one is asked, nothing is looked up."""
        names = list(settings.chain(model))
        has = await models.of(workspace_id) if models and names != [BUILTIN] else nothing_owned(workspace_id)
        return cls(db=db, names=names, has=has, models=models, settings=settings, deadline=time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds of the run."""
        return self.deadline - time.monotonic()

    def settings_over(self, given: ModelSettings | None) -> ModelSettings:
        chosen: dict[str, Any] = {"cache": True}  # of the stable part, where the provider can be told to
        if self.settings.temperature is not None:
            chosen["temperature"] = self.settings.temperature
        if self.settings.max_output_tokens is not None:
            chosen["max_tokens"] = self.settings.max_output_tokens
        return cast("ModelSettings", {**(given or {}), **chosen})

    async def begin(self, journal: Journal) -> None:
        """At the first model that can be asked. Those that failed in this run before are out."""
        out = {note["model"] for note in journal.notes if note["kind"] == "fallback"}
        self.names = [name for name in self.names if name not in out]
        await self.go_on(journal, None)

    async def go_on(self, journal: Journal, error: str | None, *, passes: bool = False) -> None:
        """To the next one; `error`: why the present one is left; `passes`: it is down (agents/failures.py)."""
        failed = self.at.name if error else None
        while True:
            if failed is not None:
                note = {"kind": "fallback", "model": failed, "error": error, "to": self.names[0]}
                await journal.note({**note, "outage": True} if passes else note)
            name = self.names.pop(0)
            try:
                await self.take(name)
            except ModelUnavailable as unavailable:
                log.warning("agents.model_unavailable", model=name, error=unavailable)
                failed, error = name, str(unavailable)
                passes = bool(self.models and self.models.breaker.is_outage(self.has.key_of(name)))
            else:
                return

    async def take(self, name: str) -> Asked:
        """Raises `ModelUnavailable`."""
        # Loading a provider's library takes a second, at its first use: not of everybody's.
        made = self._made(name) if name == BUILTIN else await asyncio.to_thread(self._made, name)
        self.at = Asked(name, made, self.has.entry_of(name)[0])
        return self.at

    def _made(self, name: str) -> Model:
        if name != BUILTIN and self.models and (why := self.models.breaker.why_not(self.has.key_of(name))):
            raise ModelUnavailable(f"{name}: {why}")
        return self.models.named(self.has, name) if self.models else model_choice.model_named(name)

    def check(self, journal: Journal) -> None:
        """Before each request. Raises `LimitReached`."""
        limits = self.limits
        if journal.requests >= limits.steps:
            raise LimitReached("steps", f"the agent needed more than {limits.steps} steps")
        if len(journal.calls) > limits.tool_calls:
            raise LimitReached("tool_calls", f"the agent made more than {limits.tool_calls} tool calls")
        if journal.input_tokens + journal.output_tokens >= limits.tokens:
            raise LimitReached("tokens", f"the run used its {limits.tokens:,} tokens")
        if journal.known_cost >= limits.cost and not is_free(self.at.name, self.at.entry):
            raise LimitReached("cost", f"the run cost its {money(limits.cost)}")

    async def hold(self, characters: int) -> str | None:
        """Of the month's cap, for the present model. Raises `LimitReached`."""
        asked = self.at
        if self.has.cap is None or is_free(asked.name, asked.entry):
            return None
        most = self.settings.max_output_tokens
        amount = expected(asked.name, asked.entry, characters=characters, most_output=most)
        return await hold(self.db, self.has, amount)

    async def failed(self, asked: Asked, error: Exception, cure: Remedy) -> None:
        if self.models is None:
            return
        if cure.rests:
            key = self.has.key_of(asked.name)
            self.models.breaker.failed(key, in_words(error), seconds=cure.pause, passes=cure.passes)
        if cure.rests and asked.entry:
            await self.models.set_error(self.has, asked.name, in_words(error))

    def down(self, journal: Journal) -> list[str]:
        """The models that did not answer, where the built-in one stands in for them."""
        if not (journal.notes and self.at.is_builtin):
            return []
        return [note["model"] for note in journal.notes if note["kind"] == "fallback" and note.get("outage")]

    async def answered(self, asked: Asked) -> None:
        if self.models is None:
            return
        self.models.breaker.answered(self.has.key_of(asked.name))
        if asked.entry and asked.entry.error:
            await self.models.set_error(self.has, asked.name, None)
