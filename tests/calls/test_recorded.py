"""What is kept of a call's sound: each side at its time, and nothing that the caller did not hear."""

import asyncio

import numpy as np
import pytest

from dynaris.calls.audio import recorded
from dynaris.calls.audio.recorded import Recorder
from dynaris.core.errors import NoStorage

RATE = 8000


def tone(seconds: float) -> bytes:
    return np.full(round(seconds * RATE), 1000, np.int16).tobytes()


class Kept:
    """`away`: how often the storage is not there."""

    def __init__(self, away: int = 0) -> None:
        self.away = away
        self.chunks: dict[int, bytes] = {}

    async def __call__(self, begin: int, chunk: bytes) -> None:
        if self.away:
            self.away -= 1
            raise NoStorage("away")
        self.chunks[begin] = chunk

    def sides(self) -> tuple[list[float], list[float]]:
        """The tenths of a second that are heard of each."""
        whole = b"".join(self.chunks[begin] for begin in sorted(self.chunks))
        both = np.frombuffer(whole, np.int16).reshape(-1, 2)
        parts = [both[i : i + RATE // 10] for i in range(0, len(both), RATE // 10)]
        heard = [[n / 10 for n, part in enumerate(parts) if np.abs(part[:, side]).mean() > 500] for side in (0, 1)]
        return heard[0], heard[1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is."""
    now = [100.0]
    monkeypatch.setattr(recorded, "monotonic", lambda: now[0])
    return now


async def test_each_side_is_at_its_time(clock: list[float]) -> None:
    kept = Kept()
    recorder = Recorder(kept, rate=RATE, at=3.0)
    recorder.ours(tone(1.0))
    clock[0] += 2.0
    recorder.caller(tone(0.5))
    clock[0] += 1.0
    await recorder.aclose()
    assert list(kept.chunks) == [3 * RATE], "seconds after the call was answered"
    caller, ours = kept.sides()
    assert (caller[0], caller[-1]) == (1.5, 1.9)
    assert (ours[0], ours[-1]) == (0.0, 0.9)


async def test_what_was_taken_back_was_not_heard(clock: list[float]) -> None:
    kept = Kept()
    recorder = Recorder(kept, rate=RATE, at=0.0)
    recorder.ours(tone(5.0))
    clock[0] += 1.0
    recorder.cleared()
    clock[0] += 1.0
    recorder.caller(tone(1.0))
    await recorder.aclose()
    assert kept.sides()[1][-1] == 0.9


async def test_nothing_is_lost_while_the_storage_is_away(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "CHUNK_SECONDS", 0.01)
    kept = Kept(away=2)
    recorder = Recorder(kept, rate=RATE, at=0.0)
    for _ in range(4):
        clock[0] += 1.0
        recorder.caller(tone(1.0))
        left = kept.away
        while left and kept.away == left:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    await recorder.aclose()
    caller, _ = kept.sides()
    assert caller == [n / 10 for n in range(40)]
