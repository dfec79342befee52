"""Both sides of a call as they were heard, each at its time: the caller on the left, we on the right."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
import structlog

from dynaris.calls.audio.played import FarEnd
from dynaris.core.errors import NoStorage

log = structlog.get_logger()

CHUNK_SECONDS = 10.0
_SETTLED = 0.5  # seconds that may still be taken back
_UNEVEN = 0.25  # seconds by which sound may come early or late without a gap
_MOST_SECONDS = 120.0  # that wait for a storage that is away

Keep = Callable[[int, bytes], Awaitable[None]]
"""Keeps frames of two interleaved samples of 16 bits, the first one so many frames after the call was answered."""


@dataclass(slots=True)
class _Side:
    begin: int = 0  # of what is not kept yet, in frames after the line was opened
    sound: bytearray = field(default_factory=bytearray)

    @property
    def end(self) -> int:
        return self.begin + len(self.sound) // 2

    def put(self, at: int, samples: bytes, *, uneven: int) -> None:
        if (gap := at - self.end) > uneven:
            self.sound += bytes(2 * gap)
        self.sound += samples

    def cut(self, at: int) -> None:
        del self.sound[2 * max(0, at - self.begin) :]

    def take(self, until: int) -> bytes:
        size = 2 * (until - self.begin)
        taken = bytes(self.sound[:size]).ljust(size, b"\0")
        del self.sound[:size]
        self.begin = until
        return taken


class Recorder:
    """Of one line. `at`: seconds after the call was answered when the line was opened."""

    def __init__(self, keep: Keep, *, rate: int, at: float) -> None:
        self._keep, self._rate, self._at = keep, rate, round(at * rate)
        self._began = monotonic()
        self._caller, self._ours = _Side(), _Side()
        self._uneven = round(_UNEVEN * rate)
        self._keeping = asyncio.create_task(self._run())

    def caller(self, samples: bytes) -> None:
        """Said until now."""
        samples = samples[: len(samples) // 2 * 2]
        self._caller.put(self._now - len(samples) // 2, samples, uneven=self._uneven)

    def ours(self, samples: bytes) -> None:
        """Heard from now on, or after what is heard."""
        self._ours.put(self._now, samples, uneven=0)

    def cleared(self) -> None:
        self._ours.cut(self._now)

    async def aclose(self, *, drop: bool = False) -> None:
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        if not drop:
            await self._keep_until(max(self._caller.end, min(self._ours.end, self._now)))

    @property
    def _now(self) -> int:
        return round((monotonic() - self._began) * self._rate)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(CHUNK_SECONDS)
            await self._keep_until(self._now - round(_SETTLED * self._rate))

    async def _keep_until(self, until: int) -> None:
        begin = self._caller.begin
        if until <= begin:
            return
        sides = [np.frombuffer(side.take(until), np.int16) for side in (self._caller, self._ours)]
        chunk = np.stack(sides, axis=1).tobytes()
        try:
            await self._keep(self._at + begin, chunk)
        except NoStorage as error:
            if until - begin < _MOST_SECONDS * self._rate:
                log.warning("recording.kept_later", error=error)
                for side, sound in zip((self._caller, self._ours), sides, strict=True):
                    side.begin, side.sound[:0] = begin, sound.tobytes()
            else:
                log.error("recording.lost", seconds=(until - begin) / self._rate, error=error)


class Recorded:
    """A far end whose hearing is recorded."""

    def __init__(self, far_end: FarEnd, recorder: Recorder) -> None:
        self._far_end, self._recorder = far_end, recorder

    def play(self, samples: bytes) -> None:
        self._recorder.ours(samples)
        self._far_end.play(samples)

    def clear(self) -> None:
        self._recorder.cleared()
        self._far_end.clear()
