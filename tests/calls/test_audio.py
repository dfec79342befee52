"""Sound between a call and a session: telephone code, what is heard, what is played and taken back."""

import asyncio
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
from livekit.agents.voice.io import PlaybackFinishedEvent
from livekit.rtc import AudioFrame

from dynaris.calls.audio.heard import HeardAudio
from dynaris.calls.audio.played import SLICE, PlayedAudio
from dynaris.core import mulaw

RATE = 8_000


def tone(seconds: float) -> bytes:
    at = np.arange(round(RATE * seconds)) / RATE
    return (8_000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16).tobytes()


def test_mu_law_is_that_of_the_standard() -> None:
    """Values of ITU-T G.711, table 2a: the ends of the first segments, both signs, and both zeros."""
    known = {0x00: -32124, 0x80: 32124, 0x7F: 0, 0xFF: 0, 0x70: -120, 0xF0: 120, 0x10: -15996, 0x90: 15996}
    for code, sample in known.items():
        assert np.frombuffer(mulaw.decode(bytes([code])), np.int16)[0] == sample
    codes = bytes(code for code in range(256) if code != 0x7F)  # the negative zero
    assert mulaw.encode(mulaw.decode(codes)) == codes


def test_mu_law_changes_a_sound_by_less_than_three_percent() -> None:
    sound = tone(0.5)
    before, after = (np.frombuffer(each, np.int16).astype(float) for each in (sound, mulaw.decode(mulaw.encode(sound))))
    assert np.sqrt(np.mean((before - after) ** 2)) < 0.03 * np.sqrt(np.mean(before**2))
    assert mulaw.encode(sound + b"x") == mulaw.encode(sound), "half a sample is none"


async def test_what_is_said_comes_out_in_order_and_ends_with_the_call() -> None:
    heard = HeardAudio(RATE)
    heard.push(b"")
    heard.push(b"\1\0" * 160)
    heard.push(b"\2\0" * 160 + b"x")
    heard.end()
    heard.push(b"\3\0" * 160)
    assert [bytes(frame.data)[:2] async for frame in heard] == [b"\1\0", b"\2\0"]
    assert heard.seconds == pytest.approx(0.04)


async def test_a_session_that_falls_behind_hears_what_is_said_now() -> None:
    heard = HeardAudio(RATE)
    for number in range(12):
        heard.push(number.to_bytes(2, "little") * RATE)
    heard.end()
    assert [frame.data[0] async for frame in heard] == list(range(2, 12))
    assert heard.dropped == pytest.approx(2)


@dataclass
class Telephone:
    """Plays as a telephone does: one second of sound a second."""

    played: list[tuple[float, int]] = field(default_factory=list)  # when, and how many samples
    cleared: int = 0

    def play(self, samples: bytes) -> None:
        self.played.append((time.monotonic(), len(samples) // 2))

    def clear(self) -> None:
        self.cleared += 1

    @property
    def seconds(self) -> float:
        return sum(count for _, count in self.played) / RATE


@dataclass
class Call:
    telephone: Telephone
    output: PlayedAudio
    ended: list[PlaybackFinishedEvent] = field(default_factory=list)

    async def says(self, seconds: float) -> None:
        samples = tone(seconds)
        await self.output.capture_frame(AudioFrame(samples, RATE, 1, len(samples) // 2))


@pytest.fixture
async def call():
    telephone = Telephone()
    output = PlayedAudio(telephone, rate=RATE, ahead=0.06)
    made = Call(telephone, output)
    output.on("playback_finished", made.ended.append)
    yield made
    await output.aclose()


async def test_speech_leaves_as_it_is_heard_and_its_end_is_when_all_was(call: Call) -> None:
    began = time.monotonic()
    await call.says(0.4)
    call.output.flush()
    ended = await call.output.wait_for_playout()
    assert (ended.interrupted, ended.playback_position) == (False, pytest.approx(0.4))
    assert time.monotonic() - began >= 0.4
    assert call.telephone.seconds == pytest.approx(0.4)
    for number, (at, _) in enumerate(call.telephone.played):
        assert at - began >= number * SLICE - 0.06 - 0.01, "never further ahead than was said"


async def test_what_is_taken_back_was_heard_up_to_there(call: Call) -> None:
    await call.says(2)
    await asyncio.sleep(0.3)
    call.output.clear_buffer()
    call.output.flush()
    (ended,) = call.ended
    assert ended.interrupted
    assert 0.25 <= ended.playback_position <= call.telephone.seconds <= 0.6
    assert call.telephone.cleared == 1
    before = call.telephone.seconds
    await asyncio.sleep(0.1)
    assert call.telephone.seconds == before
    call.output.clear_buffer()
    assert (len(call.ended), call.telephone.cleared) == (1, 1), "a segment ends once"


async def test_what_is_held_back_goes_on_where_it_was(call: Call) -> None:
    await call.says(0.5)
    call.output.flush()
    await asyncio.sleep(0.15)
    call.output.pause()
    held = call.telephone.seconds
    await asyncio.sleep(0.3)
    assert call.telephone.seconds <= held + SLICE
    assert not call.ended
    call.output.resume()
    ended = await call.output.wait_for_playout()
    assert (ended.interrupted, ended.playback_position) == (False, pytest.approx(0.5))
    assert call.telephone.seconds == pytest.approx(0.5)


async def test_what_was_held_back_and_then_taken_back_was_not_heard(call: Call) -> None:
    await call.says(1)
    await asyncio.sleep(0.1)
    call.output.pause()
    await asyncio.sleep(0.3)
    call.output.clear_buffer()
    (ended,) = call.ended
    assert ended.playback_position <= 0.2
    call.output.flush()
    call.output.resume()
    await call.says(0.1)
    call.output.flush()
    again = await call.output.wait_for_playout()
    assert (again.interrupted, again.playback_position) == (False, pytest.approx(0.1))


async def test_a_voice_that_comes_late_is_heard_whole(call: Call) -> None:
    """The far end waits for it, and the end is counted from there."""
    await call.says(0.1)
    await asyncio.sleep(0.4)
    began = time.monotonic()
    await call.says(0.2)
    call.output.flush()
    ended = await call.output.wait_for_playout()
    assert ended.playback_position == pytest.approx(0.3)
    assert time.monotonic() - began >= 0.19
