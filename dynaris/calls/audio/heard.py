"""What the caller says, on its way into an agent session."""

import asyncio
from collections import deque

import numpy as np
from livekit.agents.voice.io import AudioInput
from livekit.rtc import AudioFrame

_MOST_SECONDS = 10.0  # that wait: a session that falls behind further hears what is said now, not what was
# Of 32,767: speech is louder than this, and than so many times what the line sounds like when nobody speaks.
_SPEECH, _ABOVE_NOISE = 200.0, 3.0
_FORGETS = 1.002  # a line that becomes noisier is known by it after some seconds


class HeardAudio(AudioInput):
    """The transport pushes, the session pulls. Mono, linear samples of 16 bits."""

    def __init__(self, rate: int) -> None:
        super().__init__(label="caller")
        self.rate = rate
        self.seconds = 0.0  # heard so far
        self.loud_at = 0.0  # of these seconds, when somebody last spoke, or something was as loud
        self.dropped = 0.0  # seconds of it that nobody took in time
        self._frames: deque[AudioFrame] = deque()
        self._waiting = 0.0
        self._arrived = asyncio.Event()
        self._ended = False
        self._noise = _SPEECH

    def push(self, samples: bytes) -> None:
        """A half sample at the end is left out."""
        count = len(samples) // 2
        if self._ended or not count:
            return
        frame = AudioFrame(samples[: count * 2], self.rate, 1, count)
        self._frames.append(frame)
        self.seconds += frame.duration
        if self._is_loud(samples, count):
            self.loud_at = self.seconds
        self._waiting += frame.duration
        while self._waiting > _MOST_SECONDS:
            dropped = self._frames.popleft().duration
            self._waiting -= dropped
            self.dropped += dropped
        self._arrived.set()

    def _is_loud(self, samples: bytes, count: int) -> bool:
        sound = np.frombuffer(samples, np.int16, count).astype(np.float32)
        level = float(np.sqrt(np.mean(sound * sound)))
        self._noise = min(self._noise * _FORGETS + 0.1, max(level, 1.0))
        return level > max(_SPEECH, _ABOVE_NOISE * self._noise)

    def end(self) -> None:
        """The caller is gone; what was said still comes out."""
        self._ended = True
        self._arrived.set()

    async def __anext__(self) -> AudioFrame:
        while not self._frames:
            if self._ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        frame = self._frames.popleft()
        self._waiting -= frame.duration
        return frame
