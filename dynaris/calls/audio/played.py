"""What we say, on its way to the caller: as fast as it is heard, so that it can be held back and taken back."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from livekit.agents.utils.audio import AudioByteStream
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities
from livekit.rtc import AudioFrame

from dynaris.calls.audio.tones import Sound

SLICE = 0.02  # seconds, what telephone lines carry at once


class FarEnd(Protocol):
    """Where the caller hears us."""

    def play(self, samples: bytes) -> None:
        """Mono, linear samples of 16 bits, to be heard after what was given before."""
        ...

    def clear(self) -> None:
        """Nothing more of what was given is to be heard."""
        ...


class PlayedAudio(AudioOutput):
    """A session makes speech much faster than it is heard. It leaves here `ahead` seconds before it is due: enough for
    a network's unevenness, and little enough that a pause is heard at once."""

    def __init__(
        self, far_end: FarEnd, *, rate: int, ahead: float = 0.08, unheard: Callable[[], float] | None = None
    ) -> None:
        """`unheard`: seconds of what was given that the far end has not played yet, where it tells."""
        super().__init__(label="call", capabilities=AudioOutputCapabilities(pause=True), sample_rate=rate)
        self._far_end, self._ahead, self.rate, self._unheard = far_end, ahead, rate, unheard
        self._slices = AudioByteStream(rate, 1, samples_per_channel=round(rate * SLICE))
        self._waiting: deque[AudioFrame | None] = deque()  # None: here a segment ends
        self._open = False  # more of the last segment may come
        self._to_do = asyncio.Event()
        self._paused = False
        self.late = 0.0  # seconds of what was last taken back that were due, and were not heard
        self._given = 0.0  # seconds of the segment that are at the far end
        self._began: float | None = None  # when its first one was heard, had nothing been held back
        self._behind: Sound | None = None  # what is heard where we say nothing
        self._behind_due = 0.0
        self._pump = asyncio.create_task(self._play())

    async def capture_frame(self, frame: AudioFrame) -> None:
        await super().capture_frame(frame)
        self._open = self._pending_playback_count > 0
        if not self._open:
            return  # the rest of what was taken back
        self._waiting.extend(self._slices.push(frame.data))
        self._to_do.set()

    def flush(self) -> None:
        super().flush()
        if self._open:
            self._waiting.extend(self._slices.flush())
            self._waiting.append(None)
            self._open = False
            self._to_do.set()

    def clear_buffer(self) -> None:
        self._slices.clear()
        self._waiting.clear()
        self._open = False
        if self._pending_playback_count:
            due = heard = self._heard()
            if self._unheard:
                heard = min(heard, max(0.0, self._given - self._unheard()))
            self.late = due - heard
            self._far_end.clear()
            self._end(heard, interrupted=True)

    def pause(self) -> None:
        super().pause()
        self._paused = True

    def resume(self) -> None:
        super().resume()
        self._paused = False
        self._to_do.set()

    def behind(self, sound: Sound | None) -> None:
        """Heard from here on wherever nothing is said; `None`: quiet."""
        if sound is None and self._behind is not None and not self._pending_playback_count:
            self._far_end.clear()
        if sound is not None and self._behind is None:
            self._behind_due = time.monotonic()
        self._behind = sound
        self._to_do.set()

    @property
    def left(self) -> float:
        """Seconds that are still to be heard of what was given so far."""
        return sum(frame.duration for frame in self._waiting if frame) + max(0.0, self._given - self._heard())

    async def aclose(self) -> None:
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)

    def _heard(self) -> float:
        """Seconds of the segment."""
        return 0.0 if self._began is None else min(self._given, time.monotonic() - self._began)

    def _end(self, heard: float, *, interrupted: bool) -> None:
        self._given, self._began = 0.0, None
        while self._pending_playback_count:  # of several that were taken back, the first was heard
            self.on_playback_finished(playback_position=heard, interrupted=interrupted)
            heard = 0.0
            if not interrupted:
                return

    async def _play(self) -> None:
        while True:
            if self._paused or not self._waiting:
                self._to_do.clear()
                if self._behind and not self._paused and self._heard() >= self._given:
                    await self._play_behind(self._behind)
                else:
                    await self._to_do.wait()
            elif (early := self._until_due()) > 0:
                await asyncio.sleep(min(early, SLICE))  # what is taken back meanwhile is not played
            else:
                self._pass_on()

    async def _play_behind(self, sound: Sound) -> None:
        now = time.monotonic()
        self._behind_due = max(self._behind_due, now - SLICE)
        if self._behind_due - now > self._ahead:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._to_do.wait(), SLICE)
            return
        self._far_end.play(sound(round(self.rate * SLICE)))
        self._behind_due += SLICE

    def _until_due(self) -> float:
        """Seconds until the next one leaves; a segment's end when all of it was heard."""
        left = self._given - self._heard()
        return left if self._waiting[0] is None else left - self._ahead

    def _pass_on(self) -> None:
        frame = self._waiting.popleft()
        if frame is None:
            self._end(self._given, interrupted=False)
            return
        now = time.monotonic()
        if self._began is None:
            self._began = now
            self.on_playback_started(created_at=time.time())
        elif now - self._began > self._given:
            self._began = now - self._given  # the far end had nothing to play
        self._given += frame.duration
        self._far_end.play(bytes(frame.data))
