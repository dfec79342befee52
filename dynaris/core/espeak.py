"""Speech with no provider and no network: eSpeak NG, understood well and heard to be a machine."""

import asyncio
import json
import struct
import sys
from collections.abc import AsyncIterator

_VOICES = {"en": "en-us", "fr": "fr-fr"}  # of a language that has several
_SPEED = 160  # words a minute
_LONGEST = 60  # seconds for a sentence, of which it needs some hundredths


class EspeakFailed(ConnectionError):
    """It died, or says nothing any more; it is begun again when it is next needed."""


class EspeakProcess:
    """One for all calls of this process, begun when it is first needed, and again when it died."""

    def __init__(self) -> None:
        self.rate = 22_050
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def speak(self, text: str, *, language: str = "en", speed: int = _SPEED) -> AsyncIterator[bytes]:
        """Pieces of mono sound with 16 bits, `rate` samples a second. `language`: ISO 639-1; English where it is none
        of the hundred that are known. Raises `EspeakFailed`."""
        voice = _VOICES.get(language, language)
        async with self._turn:
            try:
                async with asyncio.timeout(_LONGEST):
                    async for piece in self._spoken({"text": text, "voice": voice, "speed": speed}):
                        yield piece
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise EspeakFailed(f"eSpeak NG does not answer: {error}") from error
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
            *("-m", "dynaris.core.espeak_process"),
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
