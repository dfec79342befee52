"""A voice that is several in turn: where one fails or falls silent, the next one says the sentence.

The library's own adapter gives up the rest of an answer whose beginning was heard, and waits for a silent provider as
long as its plugin does. Here each sentence is a request of its own, so that one that broke off is said again, whole,
and no pause is longer than the patience with a provider.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing

from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, tts, utils
from livekit.agents.metrics import TTSMetrics
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from dynaris.calls.speech.resting import Rests
from dynaris.calls.speech.source import Source, in_turn, named, note_failure

RATE = 24_000
_FRAME_MS = 20
_PAUSE = bytes(RATE // 10 * 2)  # what a sentence without words sounds like


class FallbackTTS(tts.TTS):
    def __init__(self, sources: list[Source[tts.TTS]], rests: Rests) -> None:
        """The last one is always there."""
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1)
        self.sources, self.rests = sources, rests
        for source in sources:
            source.made.on("metrics_collected", lambda metrics, source=source: self._count(source, metrics))

    @property
    def model(self) -> str:
        return in_turn(self.sources, self.rests)[0].made.model

    @property
    def provider(self) -> str:
        return in_turn(self.sources, self.rests)[0].name

    def _count(self, source: Source[tts.TTS], metrics: TTSMetrics) -> None:
        self.emit("metrics_collected", named(source, metrics))

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(tts=self, input_text=text, conn_options=conn_options)

    async def aclose(self) -> None:
        for source in self.sources:
            await source.made.aclose()


class _Sentence(tts.ChunkedStream):
    _tts: FallbackTTS

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[tts.SynthesizedAudio]) -> None:
        """Whoever speaks counts it."""
        async for _ in event_aiter:
            pass

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=RATE,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=_FRAME_MS,
        )
        if not any(sign.isalnum() for sign in self.input_text):
            output_emitter.push(_PAUSE)
            return
        for source in in_turn(self._tts.sources, self._tts.rests):
            try:
                async with aclosing(self._spoken_by(source)) as pieces:
                    async for piece in pieces:
                        output_emitter.push(piece)
            except Exception as error:  # whatever a plugin stumbles over, the caller hears the next one
                note_failure(source, self._tts.rests, error)
            else:
                self._tts.rests.answered(source.key)
                output_emitter.flush()
                return
        raise APIConnectionError("nobody could say it")

    async def _spoken_by(self, source: Source[tts.TTS]) -> AsyncGenerator[bytes]:
        resampler = rtc.AudioResampler(source.made.sample_rate, RATE) if source.made.sample_rate != RATE else None
        async with source.made.synthesize(self.input_text, conn_options=source.options) as stream:
            coming = aiter(stream)
            while True:
                try:
                    heard = await asyncio.wait_for(anext(coming), source.patience)
                except StopAsyncIteration:
                    break
                for frame in resampler.push(heard.frame) if resampler else [heard.frame]:
                    yield bytes(frame.data)
        for frame in resampler.flush() if resampler else ():
            yield bytes(frame.data)
