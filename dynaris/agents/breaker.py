"""Which models are left alone for a while because they failed, so that not each inquiry waits for them again.

Of one process, in memory. After the pause one request tries: if it is answered all go there again, else the pause is
longer.
"""

import time
from collections.abc import Hashable
from dataclasses import dataclass

FIRST_PAUSE = 10.0  # seconds; doubled with each failure after it
LONGEST_PAUSE = 120.0
_MOST = 10_000


@dataclass(slots=True)
class _Failing:
    failures: int
    until: float
    why: str
    passes: bool


class Breaker:
    def __init__(self) -> None:
        self._failing: dict[Hashable, _Failing] = {}

    def why_not(self, key: Hashable) -> str | None:
        """Why it is not asked now. Who gets `None` after a pause is the one that tries: others wait on meanwhile."""
        known = self._failing.get(key)
        if known is None:
            return None
        left = known.until - time.monotonic()
        if left > 0:
            return f"not asked: it failed before ({known.why}) and is tried again in {left:.0f} s"
        known.until = time.monotonic() + FIRST_PAUSE
        return None

    def is_outage(self, key: Hashable) -> bool:
        """It is left alone for what passes by itself."""
        known = self._failing.get(key)
        return bool(known and known.passes)

    def failed(self, key: Hashable, why: str, *, seconds: float = 0, passes: bool = False) -> None:
        """`seconds`: how long it asked to be left alone. `passes`: it is down, other than for a refused key."""
        known = self._failing.get(key)
        failures = known.failures + 1 if known else 1
        pause = max(min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE), min(seconds, LONGEST_PAUSE))
        if len(self._failing) >= _MOST:
            self._failing.clear()
        self._failing[key] = _Failing(failures, time.monotonic() + pause, why[:200], passes)

    def answered(self, key: Hashable) -> None:
        if self._failing:
            self._failing.pop(key, None)
