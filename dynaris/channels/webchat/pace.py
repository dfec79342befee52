"""How often visitors may write, and how many may begin: counted in this process, in windows of time."""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from dynaris.channels.contract import Account, ChannelHost
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.errors import TooManyRequests

OPENING_SECONDS = 600
_MOST_REMEMBERED = 20_000  # sessions; a forgotten one is looked up again


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


class Opening:
    """Who may begin a chat: a session id is the client's own choice, so a limit for each holds back nobody."""

    def __init__(self, host: ChannelHost, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._pace = Pace(OPENING_SECONDS, clock)
        self._begun: set[str] = set()

    async def check(self, account: Account[WidgetSettings], key: str, client: str | None) -> None:
        """Lets a session pass that has a message, or was let in here before; counts any other one."""
        known = f"{account.id}:{key}"
        if known in self._begun:
            return
        if not await self._host.thread(account, key, None, 1) and known not in self._begun:
            self._pace.check(*_limits(account, client))
        if len(self._begun) >= _MOST_REMEMBERED:
            self._begun.clear()
        self._begun.add(known)


def _limits(account: Account[WidgetSettings], client: str | None) -> list[Limit]:
    minutes = OPENING_SECONDS // 60
    widget = account.settings
    limits = [Limit(f"{account.id}", widget.new_chats, f"new chats in {minutes} minutes")]
    if client:
        what = f"new chats in {minutes} minutes from one network address"
        limits.append(Limit(f"{account.id} {network_of(client)}", widget.new_chats_per_address, what))
    return limits


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
