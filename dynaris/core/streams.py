"""How many live streams may be open at once: counted in this process, by whom they are for."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from dynaris.core.errors import TooManyRequests
from dynaris.core.pace import Limit

MOST = 600  # in one process
PER_NETWORK = 200  # an office behind one address
PER_SESSION = 4  # a visitor's tabs
_AGAIN_SECONDS = 10
_ALL = Limit("", MOST, "live streams in all")


class Streams:
    def __init__(self, all_together: Limit = _ALL) -> None:
        self._all = all_together
        self._open: Counter[str] = Counter()

    def check(self, *limits: Limit) -> None:
        """Before a stream is answered. Raises `TooManyRequests`."""
        for limit in (self._all, *limits):
            if self._open[limit.key] >= limit.most:
                raise TooManyRequests(f"at most {limit.most} {limit.what}", retry_after=_AGAIN_SECONDS)

    @contextmanager
    def held(self, *limits: Limit) -> Iterator[bool]:
        """While it runs: a stream that was answered and never read from has not begun. False where others, answered in
        the same moment, took the last place: this one ends at once."""
        fits = all(self._open[limit.key] < limit.most for limit in (self._all, *limits))
        keys = [limit.key for limit in (self._all, *limits)]
        self._open.update(keys)
        try:
            yield fits
        finally:
            self._open.subtract(keys)
            for key in keys:
                if self._open[key] <= 0:
                    del self._open[key]
