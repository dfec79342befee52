"""How often strangers may do something: counted in this process, in windows of time."""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from dynaris.core.errors import TooManyRequests


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of `what` under `key` in one window."""

    key: str
    most: int
    what: str


class Pace:
    """Counts by key in windows of `seconds`, one after the other; all counts end with their window."""

    def __init__(self, seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._ends = -math.inf
        self._counts: dict[str, int] = {}

    def check(self, *limits: Limit) -> None:
        """Counts one under each limit's key; under none of them, and raises, when one is reached."""
        now = self._clock()
        if now >= self._ends:
            self._ends, self._counts = now + self._seconds, {}
        for limit in limits:
            if self._counts.get(limit.key, 0) >= limit.most:
                raise TooManyRequests(f"at most {limit.most} {limit.what}", retry_after=math.ceil(self._ends - now))
        for limit in limits:
            self._counts[limit.key] = self._counts.get(limit.key, 0) + 1


def network_of(client: str) -> str:
    """An IPv4 address, or the /64 that one household or phone has of IPv6."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client[:100]
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
