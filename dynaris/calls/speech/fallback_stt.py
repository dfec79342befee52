"""Ears that are several in turn: what one did not understand because it failed is given to the next one, whole.

The library's own adapter notices an error, but not a provider that merely says nothing any more, and what was said
until then is lost with it. Here the bundled detector finds where a sentence ends; its sound is kept until somebody
understood it. A provider that takes sound as it comes has usually understood by then.
"""

import asyncio
import time
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from typing import Literal

import structlog
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, LanguageCode, inference, stt, utils, vad
from livekit.agents.metrics import STTMetrics
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from dynaris.calls.speech.resting import Rests
from dynaris.calls.speech.source import Source, in_turn, named, note_failure

log = structlog.get_logger()

_MORE = 0.3  # seconds after some words until there are no more of them
_CLICK, _WORD = 0.2, 0.5  # seconds: what is shorter holds no word; nobody is asked to say it again
_MENDED = 5.0  # seconds between two lines to the same one, where it is not known whether it fails
_GOODBYE = 1.0  # seconds for lines that are still open when the call ends
_FIRST_HALF = 0.5  # of the patience with a provider: for its open line; then a new one is tried

HeardNothing = Literal["not_understood"]


class FallbackSTT(stt.STT[HeardNothing]):
    """Says `not_understood` where somebody spoke, and those who might have understood it failed."""

    def __init__(self, sources: list[Source[stt.STT]], rests: Rests, language: str) -> None:
        """The last one is always there."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=False))
        self.sources, self.rests, self.language = sources, rests, LanguageCode(language)
        self._closing: set[asyncio.Task[None]] = set()
        for source in sources:
            source.made.on("metrics_collected", lambda metrics, source=source: self._count(source, metrics))

    @property
    def model(self) -> str:
        return in_turn(self.sources, self.rests)[0].made.model

    @property
    def provider(self) -> str:
        return in_turn(self.sources, self.rests)[0].name

    def _count(self, source: Source[stt.STT], metrics: STTMetrics) -> None:
        self.emit("metrics_collected", named(source, metrics))

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - of the whole call
        conn_options: APIConnectOptions,  # noqa: ARG002 - each source has its own
    ) -> stt.SpeechEvent:
        return self.said(await self.words_in(rtc.combine_audio_frames(buffer)) or "")

    async def words_in(self, sound: rtc.AudioFrame, broke: Source[stt.STT] | None = None) -> str | None:
        """Of the first one that answers; `None` where somebody failed, and nobody after it understood a word. `broke`:
        whose open line did; plugins take a line that breaks at the end for one that understood nothing."""
        asked = in_turn(self.sources, self.rests)
        failed = len(asked) < len(self.sources)
        for source in asked:
            try:
                async with asyncio.timeout(source.patience):
                    text = await self._words_by(source, sound)
                if source is broke and not text:
                    raise APIConnectionError("it broke off, and then understood nothing")
            except Exception as error:  # whatever a plugin stumbles over, the next one is asked
                note_failure(source, self.rests, error)
                failed = True
                continue
            self.rests.answered(source.key)
            return None if failed and source.is_last and not text else text
        return None

    async def _words_by(self, source: Source[stt.STT], sound: rtc.AudioFrame) -> str:
        """Of a whole sentence. Raises what the plugin does."""
        if not source.made.capabilities.streaming:
            return _text_of(await source.made.recognize(sound, conn_options=source.options)).strip()
        line = Line(source)
        try:
            line.push(sound)
            if not source.told_of_pauses:
                line.push(_quiet(sound))
            return await line.all_words()
        finally:
            self.close_later(line)

    def close_later(self, line: "Line") -> None:
        """Nobody waits for a server to say goodbye that says nothing else."""
        self._closing.add(task := asyncio.create_task(line.aclose()))
        task.add_done_callback(self._closing.discard)

    def said(self, text: str) -> stt.SpeechEvent:
        data = stt.SpeechData(language=self.language, text=text)
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[data])

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - of the whole call
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _Ears(self, conn_options)

    async def aclose(self) -> None:
        if self._closing:
            _, late = await asyncio.wait(self._closing, timeout=_GOODBYE)
            for task in late:
                task.cancel()
        for source in self.sources:
            await source.made.aclose()


def _quiet(sound: rtc.AudioFrame) -> rtc.AudioFrame:
    """By which those who find the end of a turn by themselves know it."""
    return rtc.AudioFrame.create(sound.sample_rate, sound.num_channels, sound.sample_rate)


def _text_of(event: stt.SpeechEvent) -> str:
    return event.alternatives[0].text if event.alternatives else ""


class Line:
    """An open line to a provider that takes sound as it comes."""

    def __init__(self, source: Source[stt.STT], takes: Callable[[str], bool] = lambda _: False) -> None:
        """`takes`: who is given words as they come; where it says no, they are kept until they are asked for."""
        self.source, self._takes = source, takes
        self.fault: Exception | None = None
        self._finals: list[str] = []
        self._is_whole, self._is_ended, self._is_partial = False, False, False
        self._news = asyncio.Event()
        self._stream = source.made.stream(conn_options=source.options)
        self._reading = asyncio.create_task(self._read())

    def push(self, frame: rtc.AudioFrame) -> None:
        with suppress(RuntimeError):  # it has failed, which `words` says
            self._stream.push_frame(frame)

    async def words(self) -> str:
        """What was understood until now. Raises what the plugin does, and TimeoutError where nothing was."""
        if self.source.told_of_pauses:
            with suppress(RuntimeError):
                self._stream.flush()
        async with asyncio.timeout(self.source.patience * _FIRST_HALF):
            while self._is_partial or not self._finals:
                await self._more()
        return self._taken()

    async def all_words(self) -> str:
        """After which nothing comes any more; empty where it answered, and understood nothing."""
        await asyncio.sleep(0)  # some plugins do not begin for what has ended already
        self._is_whole = True
        with suppress(RuntimeError):
            self._stream.end_input()
        while not self._is_ended:
            try:
                async with asyncio.timeout(_MORE if self._finals and not self._is_partial else None):
                    await self._more()
            except TimeoutError:
                break
        return self._taken()

    async def aclose(self) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        await self._stream.aclose()

    def _taken(self) -> str:
        words, self._finals = " ".join(self._finals), []
        return words

    async def _more(self) -> None:
        if self.fault:
            raise self.fault
        self._news.clear()
        await self._news.wait()
        if self.fault:
            raise self.fault

    async def _read(self) -> None:
        try:
            async for event in self._stream:
                self._note(event)
            self._is_ended = True
            self.fault = None if self._is_whole else APIConnectionError("it hung up")
        except Exception as error:
            self.fault = error
        self._news.set()

    def _note(self, event: stt.SpeechEvent) -> None:
        text = _text_of(event).strip()
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT and text:
            self._is_partial = False
            if not self._takes(text):
                self._finals.append(text)
        elif event.type in (stt.SpeechEventType.INTERIM_TRANSCRIPT, stt.SpeechEventType.PREFLIGHT_TRANSCRIPT):
            self._is_partial = self._is_partial or bool(text)
        elif event.type == stt.SpeechEventType.END_OF_SPEECH and self._is_whole and not self._finals:
            self._is_ended = True  # some leave the line open, and have understood nothing
        self._news.set()


class _Ears(stt.RecognizeStream):
    def __init__(self, owner: FallbackSTT, conn_options: APIConnectOptions) -> None:
        super().__init__(stt=owner, conn_options=conn_options)
        self._owner = owner
        self._line: Line | None = None
        self._opened_at = 0.0
        self._is_spoken = False  # somebody speaks, or it is not settled what they said

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[stt.SpeechEvent]) -> None:
        """Whoever hears counts it."""
        async for _ in event_aiter:
            pass

    async def _run(self) -> None:
        detector = inference.VAD(model="silero").stream()
        self._open_line()
        tasks = [asyncio.create_task(self._forward(detector)), asyncio.create_task(self._hear(detector))]
        try:
            await asyncio.gather(*tasks)
        finally:
            await utils.aio.cancel_and_wait(*tasks)
            await detector.aclose()
            self._close_line()

    async def _forward(self, detector: vad.VADStream) -> None:
        async for each in self._input_ch:
            if isinstance(each, rtc.AudioFrame):
                detector.push_frame(each)
                self._mend_line()
                if self._line:
                    self._line.push(each)
        detector.end_input()

    async def _hear(self, detector: vad.VADStream) -> None:
        async for event in detector:
            if event.type == vad.VADEventType.START_OF_SPEECH:
                self._is_spoken = True
                self._event_ch.send_nowait(stt.SpeechEvent(stt.SpeechEventType.START_OF_SPEECH))
            elif event.type == vad.VADEventType.END_OF_SPEECH:
                ended = time.time() - event.silence_duration - event.inference_duration
                self._event_ch.send_nowait(
                    stt.SpeechEvent(type=stt.SpeechEventType.END_OF_SPEECH, speech_end_time=ended)
                )
                text = await self._understood(event)
                self._is_spoken = False
                if text:
                    self._say(text, ended)
                elif text is None and event.speech_duration >= _WORD:
                    self._owner.emit("not_understood")

    def _say(self, text: str, ended: float | None = None) -> None:
        final = self._owner.said(text)
        final.speech_end_time = ended
        self._event_ch.send_nowait(final)

    def _takes(self, text: str) -> bool:
        """Its last words, which come when the rest is said already."""
        if self._is_spoken:
            return False
        self._say(text)
        return True

    async def _understood(self, event: vad.VADEvent) -> str | None:
        """What an open line did not understand is heard again, by itself on a new line and by the others: they tell a
        mere noise from a line that is dead."""
        line = self._line
        if line:
            try:
                return await line.words()
            except Exception as error:
                log.info("speech.heard_again", provider=line.source.name, why=type(error).__name__)
            if not line.fault and event.speech_duration < _CLICK:
                return ""
        broke = line.source if line and line.fault else None
        text = await self._owner.words_in(rtc.combine_audio_frames(event.frames), broke)
        if line and (line.fault or text != ""):
            self._close_line()
        self._open_line()
        return text

    def _open_line(self) -> None:
        """To the first one, unless it fails at present or wants whole sentences."""
        first = in_turn(self._owner.sources, self._owner.rests)[0]
        if self._line and self._line.source is not first:
            self._close_line()
        if self._line is None and first.made.capabilities.streaming:
            self._line, self._opened_at = Line(first, self._takes), time.monotonic()

    def _mend_line(self) -> None:
        """While nobody speaks; now and then, as it may break again at once."""
        broke = self._line and self._line.fault and not self._is_spoken
        if broke and time.monotonic() - self._opened_at > _MENDED:
            self._close_line()
            self._open_line()

    def _close_line(self) -> None:
        line, self._line = self._line, None
        if line:
            self._owner.close_later(line)
