"""Which providers failed a moment ago: they are left alone, so that not every sentence of every call waits for them."""

import time
from collections.abc import Hashable
from functools import cache

FIRST_REST, LONGEST_REST = 10.0, 120.0


class Rests:
    """Each time in a row that a provider fails, its rest is twice as long. After it, whoever comes next tries."""

    def __init__(self, first: float = FIRST_REST, longest: float = LONGEST_REST) -> None:
        self._first, self._longest = first, longest
        self._until: dict[Hashable, tuple[float, float]] = {}  # when it ends, how long it is

    def holds(self, key: Hashable) -> bool:
        until, _ = self._until.get(key, (0.0, 0.0))
        return time.monotonic() < until

    def failed(self, key: Hashable) -> float:
        """How long it rests."""
        _, last = self._until.get(key, (0.0, 0.0))
        seconds = min(last * 2, self._longest) if last else self._first
        self._until[key] = (time.monotonic() + seconds, seconds)
        return seconds

    def answered(self, key: Hashable) -> None:
        self._until.pop(key, None)


@cache
def rests() -> Rests:
    """Of this process."""
    return Rests()
