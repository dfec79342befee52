"""Speaking with no provider and no network: eSpeak NG, understood well and heard to be a machine."""

import asyncio
import json
import struct
import sys
from collections.abc import AsyncIterator

from livekit.agents import APIConnectionError, APIConnectOptions, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

_VOICES = {"en": "en-us", "fr": "fr-fr"}  # of a language that has several
_SPEED = 160  # words a minute
_LONGEST = 60  # seconds for a sentence, of which it needs some hundredths


class EspeakProcess:
    """One for all calls of this process, begun when it is first needed, and again when it died."""

    def __init__(self) -> None:
        self.rate = 22_050
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def speak(self, text: str, *, voice: str, speed: int) -> AsyncIterator[bytes]:
        """Pieces of mono sound with 16 bits. Raises `APIConnectionError`."""
        async with self._turn:
            try:
                async with asyncio.timeout(_LONGEST):
                    async for piece in self._spoken({"text": text, "voice": voice, "speed": speed}):
                        yield piece
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise APIConnectionError(f"eSpeak NG does not answer: {error}") from error
            except BaseException:  # left in the middle: the rest of the sentence would begin the next one
                await self._end()
                raise

    async def aclose(self) -> None:
        async with self._turn:
            await self._end()

    async def _spoken(self, asked: dict[str, str | int]) -> AsyncIterator[bytes]:
        process = self._process if self._process and self._process.returncode is None else await self._begin()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        while length := await _number(process.stdout):
            yield await process.stdout.readexactly(length)

    async def _begin(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "dynaris.calls.speech.espeak_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        self.rate = await _number(process.stdout)
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process and process.returncode is None:
            process.kill()
            await process.wait()


async def _number(stream: asyncio.StreamReader) -> int:
    return struct.unpack("<I", await stream.readexactly(4))[0]


class EspeakTTS(tts.TTS):
    def __init__(self, process: EspeakProcess, *, language: str = "en", speed: int = _SPEED) -> None:
        """`language`: ISO 639-1; eSpeak NG knows over a hundred, and speaks English where it knows none."""
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=process.rate, num_channels=1)
        self.process, self.language, self.speed = process, language, speed

    @property
    def model(self) -> str:
        return "espeak-ng"

    @property
    def provider(self) -> str:
        return "local"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return _Sentence(tts=self, input_text=text, conn_options=conn_options)


class _Sentence(tts.ChunkedStream):
    _tts: EspeakTTS

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        mine = self._tts
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=mine.process.rate,
            num_channels=1,
            mime_type="audio/pcm",
            frame_size_ms=20,
        )
        voice = _VOICES.get(mine.language, mine.language)
        async for piece in mine.process.speak(self.input_text, voice=voice, speed=mine.speed):
            output_emitter.push(piece)
        output_emitter.flush()
