"""The model as a run sees it: recorded responses come back as they were, new ones are written first."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import CompletedStreamedResponse, Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from dynaris.agents.journal import Journal
from dynaris.core import metrics

log = structlog.get_logger()

# What a provider's failure looks like; anything else is a mistake of ours and is not papered over.
PROVIDER_FAILED = (AgentRunError, UserError, OSError, TimeoutError, ValueError)


REQUEST_SECONDS = 60.0  # a provider that is silent for longer counts as down


class JournalModel(WrapperModel):
    """The n-th request of a run returns the n-th recorded response if there is one. When the provider fails, the
    fallback answers the same request and the rest of the run; that it did is recorded."""

    def __init__(self, wrapped: Model, journal: Journal, fallback: Model | None) -> None:
        super().__init__(wrapped)
        self._journal = journal
        self._fallback = fallback

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if self._journal.responses:
            return self._journal.responses.popleft()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                response = await self.wrapped.request(messages, model_settings, model_request_parameters)
        except PROVIDER_FAILED as error:
            response = await self._from_fallback(error, messages, model_settings, model_request_parameters)
        return await self._journal.responded(response, started)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: Any = None,
    ) -> AsyncGenerator[StreamedResponse]:
        if self._journal.responses:
            yield _whole(self._journal.responses.popleft(), model_request_parameters)
            return
        started = time.perf_counter()
        opened = False
        try:
            async with self.wrapped.request_stream(
                messages, model_settings, model_request_parameters, run_context
            ) as stream:
                opened = True
                yield stream
                await self._journal.responded(stream.get(), started)
        except PROVIDER_FAILED as error:
            if opened:  # part of it was heard already: a second answer would contradict it
                raise
            response = await self._from_fallback(error, messages, model_settings, model_request_parameters)
            yield _whole(await self._journal.responded(response, started), model_request_parameters)

    async def _from_fallback(
        self,
        error: Exception,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if self._fallback is None:
            raise error
        failed, self.wrapped, self._fallback = self.wrapped, self._fallback, None
        log.warning("agents.model_failed", model=failed.model_name, error=error)
        metrics.provider_errors.labels(f"{failed.system}:{failed.model_name}", type(error).__name__).inc()
        await self._journal.note({"kind": "fallback", "model": failed.model_name, "error": repr(error)[:1_000]})
        return await self.wrapped.request(messages, model_settings, parameters)


def _whole(response: ModelResponse, parameters: ModelRequestParameters) -> StreamedResponse:
    return CompletedStreamedResponse(response, model_request_parameters=parameters, replay_events=True)
