"""The supervisor's models: one after the other until one decides, each request bounded, counted and within the cap."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from dynaris.agents.agent_settings import AgentSettings
from dynaris.agents.chain import Asked, Chain
from dynaris.agents.failures import PROVIDER_FAILED, at_the_edge, in_words, length_of, remedy
from dynaris.agents.model_choice import ModelUnavailable
from dynaris.agents.providers import Models
from dynaris.agents.spending import LimitReached, let_go, spent
from dynaris.agents.usage import FREE, Charge, charge_of, count_usage
from dynaris.core import metrics
from dynaris.core.db import Database

log = structlog.get_logger()

REQUEST_SECONDS = 20.0  # for a decision that the contact waits for before anybody has begun
_Made = TypeVar("_Made")


@dataclass
class Tried:
    """What came of asking: `problems` of those that failed, and what it all used."""

    problems: list[str] = field(default_factory=list)
    charge: Charge = FREE
    spent: dict[str, Any] | None = None

    def add(self, charge: Charge, parameters: dict[str, Any]) -> None:
        before = self.charge
        known = before.cost is not None and charge.cost is not None
        self.charge = Charge(
            model=charge.model,
            input_tokens=before.input_tokens + charge.input_tokens,
            output_tokens=before.output_tokens + charge.output_tokens,
            cached_tokens=before.cached_tokens + charge.cached_tokens,
            cost=before.cost + charge.cost if known else None,  # type: ignore[operator]
            source=charge.source,
        )
        self.spent = {**parameters, "cost": self.charge.cost}


async def decided_by(
    db: Database,
    workspace_id: UUID,
    ask: Callable[[Model], Awaitable[_Made]],
    *,
    model: str,
    settings: AgentSettings,
    models: Models | None,
    agent: str = "supervisor",
) -> tuple[_Made | None, Tried]:
    """The first answer."""
    chain = await Chain.of(db, workspace_id, model, settings, models, seconds=REQUEST_SECONDS)
    tried = Tried()
    for name in chain.names:
        try:
            asked = await chain.take(name)
            found = await ask(asked.model if asked.is_builtin else _Counted(asked, chain, tried))
        except (*PROVIDER_FAILED, ModelUnavailable, LimitReached) as error:
            log.warning("agents.routing_failed", model=name, error=error)
            metrics.provider_errors.labels(metrics.model_label(name), type(error).__name__).inc()
            tried.problems.append(f"{name}: {in_words(error)}"[:300])
        else:
            count_usage(tried.charge, agent)
            return found, tried
    return None, tried


class _Counted(WrapperModel):
    def __init__(self, asked: Asked, chain: Chain, tried: Tried) -> None:
        super().__init__(asked.model)
        self._asked, self._chain, self._tried = asked, chain, tried

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        asked, chain = self._asked, self._chain
        held = await chain.hold(length_of(messages, model_request_parameters))
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                settings = chain.settings_over(model_settings)
                with at_the_edge():
                    response = await self.wrapped.request(messages, settings, model_request_parameters)
        except BaseException as error:
            with suppress(Exception):
                await let_go(chain.db, chain.has, held)
            if isinstance(error, PROVIDER_FAILED):
                await chain.failed(asked, error, remedy(error, tries=1, shortened=False))
            raise
        await chain.answered(asked)
        charge = charge_of(response, asked.name, asked.entry)
        if before := self._tried.spent:  # counted with this one, whose record lets go of nothing else
            await let_go(chain.db, chain.has, before["reservation"] or None)
        self._tried.add(charge, spent(chain.has, charge, held))
        return response
