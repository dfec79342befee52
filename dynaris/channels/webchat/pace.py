"""How often visitors may write, and how many may begin."""

import time
from collections.abc import Callable

from dynaris.channels.contract import Account, ChannelHost
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.pace import Limit, Pace, network_of

OPENING_SECONDS = 600
_MOST_REMEMBERED = 20_000  # sessions; a forgotten one is looked up again


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
