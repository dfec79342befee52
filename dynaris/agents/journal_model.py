"""The model as a run sees it: recorded responses come back as they were, new ones are written first.

New ones come from the run's chain: where a model fails, the next one answers the same request and the rest of the run.
That it did, and why, is recorded.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from typing import Any

import structlog
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import CompletedStreamedResponse, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from dynaris.agents.chain import Asked, Chain
from dynaris.agents.failures import (
    PROVIDER_FAILED,
    Remedy,
    at_the_edge,
    checked,
    in_words,
    is_empty,
    length_of,
    remedy,
    shortened,
)
from dynaris.agents.journal import Journal
from dynaris.agents.spending import let_go, spent
from dynaris.agents.usage import charge_of
from dynaris.core import metrics

log = structlog.get_logger()

REQUEST_SECONDS = 60.0  # a provider that is silent for longer counts as down
_FAIR_SHARE = 6  # so does one that was given a part of it; one that was given less was not waited for


class JournalModel(WrapperModel):
    """The n-th request of a run returns the n-th recorded response if there is one."""

    def __init__(self, chain: Chain, journal: Journal) -> None:
        super().__init__(chain.at.model)
        self._chain, self._journal = chain, journal
        self._said_nothing = False  # in its last response: the agent has told it so once

    @property
    def stands_in_for(self) -> list[str]:
        """Models that were down in this run, where the built-in one answers for them."""
        return self._chain.down(self._journal)

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        if self._journal.responses:
            return self._journal.responses.popleft()
        started = time.perf_counter()
        if self._chain.at.is_builtin:
            self._chain.check(self._journal)
            response = await self.wrapped.request(messages, model_settings, model_request_parameters)
            return await self._journal.responded(response, started)
        return await self._asked(messages, self._chain.settings_over(model_settings), model_request_parameters, started)

    async def _asked(
        self, messages: list[ModelMessage], settings: ModelSettings, parameters: ModelRequestParameters, started: float
    ) -> ModelResponse:
        """From the first model of the chain that answers."""
        whole = messages, parameters
        tries, was_cut = 0, False
        while True:
            tries += 1
            asked, patience = self._chain.at, self._patience
            try:
                self._chain.check(self._journal)
                return await self._once(asked, messages, settings, parameters, started, patience=patience)
            except PROVIDER_FAILED as error:
                cure = remedy(error, tries=tries, shortened=was_cut)
                if isinstance(error, TimeoutError) and patience < REQUEST_SECONDS / _FAIR_SHARE:
                    cure = replace(cure, rests=False, passes=False)  # others have more time: it is not down for them
                if asked.is_builtin:
                    raise
                if cure.again and cure.wait < self._chain.left / 2:
                    await self._note_again(asked, error, cure)
                    if cure.shorten:
                        messages, parameters = shortened(messages, parameters)
                        was_cut = True
                    await asyncio.sleep(cure.wait)
                else:
                    await self._go_on(asked, error, cure)
                    tries, was_cut = 0, False
                    messages, parameters = whole  # the next one may take more

    @property
    def _patience(self) -> float:
        """Seconds that a provider may be silent for."""
        return min(REQUEST_SECONDS, max(self._chain.left / 2, 1.0))

    async def _once(
        self,
        asked: Asked,
        messages: list[ModelMessage],
        settings: ModelSettings,
        parameters: ModelRequestParameters,
        started: float,
        *,
        patience: float,
    ) -> ModelResponse:
        held = await self._chain.hold(length_of(messages, parameters))
        try:
            async with asyncio.timeout(patience):
                with nullcontext() if asked.is_builtin else at_the_edge():
                    response = await asked.model.request(messages, settings, parameters)
        except BaseException:
            # Cancelled, too: what is held is let go in any case, or counts no more in a few minutes.
            with suppress(Exception):
                await let_go(self._journal.db, self._chain.has, held)
            raise
        return await self._recorded(asked, response, started, held)

    async def _recorded(self, asked: Asked, response: ModelResponse, started: float, held: str | None) -> ModelResponse:
        """Written down, whatever it is worth: it was paid for. Raises for one that says nothing."""
        if asked.is_builtin:
            return await self._journal.responded(response, started)
        charge = charge_of(response, asked.name, asked.entry)
        paid = spent(self._chain.has, charge, held)
        try:
            checked(response, once_more=not self._said_nothing)
            self._said_nothing = is_empty(response)
        except PROVIDER_FAILED as error:
            await self._journal.wasted(charge, paid, {"model": asked.name, "error": in_words(error)})
            raise
        await self._chain.answered(asked)
        return await self._journal.responded(response, started, charge, paid)

    async def _note_again(self, asked: Asked, error: Exception, cure: Remedy) -> None:
        metrics.provider_errors.labels(metrics.model_label(asked.name), type(error).__name__).inc()
        log.warning("agents.model_asked_again", model=asked.name, error=error)
        note = {"kind": "again", "model": asked.name, "error": in_words(error), "waited": cure.wait}
        await self._journal.note({**note, "shortened": True} if cure.shorten else note)

    async def _go_on(self, failed: Asked, error: Exception, cure: Remedy) -> None:
        log.warning("agents.model_failed", model=failed.name, error=error)
        metrics.provider_errors.labels(metrics.model_label(failed.name), type(error).__name__).inc()
        await self._chain.failed(failed, error, cure)
        await self._chain.go_on(self._journal, in_words(error), passes=cure.passes)
        self.wrapped = self._chain.at.model

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
        asked, was_heard, held = self._chain.at, False, None
        settings = self._chain.settings_over(model_settings)
        try:
            self._chain.check(self._journal)
            if not asked.is_builtin:
                held = await self._chain.hold(length_of(messages, model_request_parameters))
            async with AsyncExitStack() as open_streams:
                async with asyncio.timeout(self._patience):
                    with nullcontext() if asked.is_builtin else at_the_edge():
                        stream = await open_streams.enter_async_context(
                            asked.model.request_stream(messages, settings, model_request_parameters, run_context)
                        )
                        was_heard = await _until_heard(stream)
                if was_heard:
                    yield stream
                response = await self._recorded(asked, stream.get(), started, held)
            if not was_heard:
                was_heard = True
                yield _whole(response, model_request_parameters)
        except PROVIDER_FAILED as error:
            if held:
                await let_go(self._journal.db, self._chain.has, held)
            if was_heard or asked.is_builtin:  # part of it was heard already: a second answer would contradict it
                raise
            await self._go_on(asked, error, remedy(error, tries=1, shortened=False))
            response = await self._asked(messages, settings, model_request_parameters, started)
            yield _whole(response, model_request_parameters)


def _whole(response: ModelResponse, parameters: ModelRequestParameters) -> StreamedResponse:
    return CompletedStreamedResponse(response, model_request_parameters=parameters, replay_events=True)


async def _until_heard(stream: StreamedResponse) -> bool:
    """Reads up to its first words, which its reader sees all the same. False: it ended, and without any."""
    read: list[ModelResponseStreamEvent] = []
    rest = aiter(stream)
    async for event in rest:
        read.append(event)
        if _is_heard(event):
            # As the library's own fallback does it: there is no other way to look into a stream first.
            stream._event_iterator = _both(read, rest)  # pyright: ignore[reportPrivateUsage]
            return True
    return False


def _is_heard(event: ModelResponseStreamEvent) -> bool:
    match event:
        case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return bool(text)
        case _:
            return False


async def _both(
    first: list[ModelResponseStreamEvent], rest: AsyncIterator[ModelResponseStreamEvent]
) -> AsyncIterator[ModelResponseStreamEvent]:
    for event in first:
        yield event
    async for event in rest:
        yield event
