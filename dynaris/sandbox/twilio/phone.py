"""A telephone: what is said into it, and what is heard."""

import asyncio
import io
import wave
from collections import deque
from collections.abc import Callable

import numpy as np

from dynaris.core import mulaw
from dynaris.core.espeak import EspeakProcess

AT_ONCE = 160  # samples: 20 ms, as lines carry them
SLICE = 0.02  # seconds
_LOUD = 300  # of 32,767
_NOISE = 15.0  # of a quiet line
_MOST_HEARD = 60 * 60 * mulaw.RATE * 2  # bytes


class Handset:
    """One end of a call. Sound comes and goes in pieces of 20 ms."""

    def __init__(self, voice: EspeakProcess, language: str = "en") -> None:
        self.language = language
        self.keys: deque[str] = deque()
        self._voice = voice
        self._mouth = bytearray()
        self._waiting: deque[bytes | Callable[[], None]] = deque()
        self._heard = bytearray()
        self._noise = np.random.default_rng(1)
        self.beeps = 0

    async def say(self, text: str) -> None:
        """Until it is made; it is said from then on."""
        made = b"".join([piece async for piece in self._voice.speak(text, language=self.language)])
        self.utter(resampled(made, self._voice.rate))

    def utter(self, samples: bytes) -> None:
        """Mono, 16 bits, 8,000 samples a second."""
        self._mouth += samples

    async def spoken(self) -> None:
        """Until all of it is said."""
        while self._mouth:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(SLICE)

    @property
    def speaks(self) -> bool:
        return bool(self._mouth)

    def said(self) -> bytes:
        """The next 20 ms, with the noise of a line."""
        now = bytes(self._mouth[: AT_ONCE * 2])
        del self._mouth[: AT_ONCE * 2]
        sound = np.frombuffer(now.ljust(AT_ONCE * 2, b"\0"), np.int16) + self._noise.normal(0, _NOISE, AT_ONCE)
        return np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes()

    def arrives(self, samples: bytes) -> None:
        """Sound that will be heard after what came before."""
        self._waiting.extend(samples[at : at + AT_ONCE * 2] for at in range(0, len(samples), AT_ONCE * 2))

    def mark(self, reached: Callable[[], None]) -> None:
        """Called once all that came before is heard, or was taken back."""
        self._waiting.append(reached)

    def clear(self) -> None:
        marks = [each for each in self._waiting if callable(each)]
        self._waiting.clear()
        for reached in marks:
            reached()

    def hears(self) -> bytes:
        """The next 20 ms of what came, or quiet."""
        while self._waiting and callable(self._waiting[0]):
            mark = self._waiting.popleft()
            assert callable(mark)
            mark()
        now = self._waiting.popleft() if self._waiting else b""
        assert isinstance(now, bytes)
        now = now.ljust(AT_ONCE * 2, b"\0")
        if len(self._heard) < _MOST_HEARD:
            self._heard += now
        return now

    @property
    def waiting(self) -> float:
        """Seconds that came and are not yet heard."""
        return SLICE * sum(not callable(each) for each in self._waiting)

    def heard(self) -> bytes:
        """All of it since the call began."""
        return bytes(self._heard)

    def as_wav(self) -> bytes:
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(mulaw.RATE)
            file.writeframes(self._heard)
        return out.getvalue()

    @staticmethod
    def from_wav(content: bytes) -> bytes:
        """Raises `ValueError` for what is no sound of mono samples with 16 bits."""
        try:
            with wave.open(io.BytesIO(content), "rb") as file:
                if file.getnchannels() != 1 or file.getsampwidth() != 2:
                    raise ValueError("one channel with samples of 16 bits is expected")
                return resampled(file.readframes(file.getnframes()), file.getframerate())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"a WAV file is expected: {error}") from error

    def heard_seconds(self) -> tuple[float, float]:
        """How long it was on the line, and for how much of that something was to be heard."""
        sound = np.abs(np.frombuffer(self._heard, np.int16).astype(np.int32))
        pieces = sound[: len(sound) // AT_ONCE * AT_ONCE].reshape(-1, AT_ONCE)
        return len(pieces) * SLICE, float((pieces.max(axis=1, initial=0) > _LOUD).sum()) * SLICE


def resampled(samples: bytes, rate: int) -> bytes:
    """To a telephone's 8,000 a second: by means over as much as each new sample covers, so that nothing folds back."""
    sound = np.frombuffer(samples, np.int16).astype(np.float64)
    if not len(sound):
        return b""
    sums = np.concatenate([[0.0], np.cumsum(sound)])
    edges = np.arange(0, len(sound), rate / mulaw.RATE)
    begins, ends = edges[:-1], edges[1:]
    found = np.interp(ends, np.arange(len(sums)), sums) - np.interp(begins, np.arange(len(sums)), sums)
    return (found * mulaw.RATE / rate).astype(np.int16).tobytes()


def beep() -> bytes:
    """A voicemail's: 1 kHz for 0.4 s."""
    at = np.arange(round(0.4 * mulaw.RATE)) / mulaw.RATE
    return (8_000 * np.sin(2 * np.pi * 1_000 * at)).astype(np.int16).tobytes()
