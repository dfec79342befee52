"""What channels get from the product, kept in memory: shows what arrived, and can be unavailable."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from fastapi import Response

from dynaris.channels.contract import (
    Accepted,
    Account,
    Arrival,
    CallUpdate,
    DeliveryUpdate,
    LiveEvent,
    OpenCall,
    Ringing,
    RoomAccess,
    ThreadMessage,
    Verification,
    Visitor,
)
from dynaris.core.errors import NotProved, Unavailable
from dynaris.core.ids import new_id


class FakeHost:
    """A `ChannelHost` for channels that listen, serve or have pages of their own."""

    def __init__(self, *accounts: Account[Any]) -> None:
        self.known = list(accounts)
        self.arrivals: list[tuple[Account[Any], Arrival]] = []
        self.events: dict[tuple[UUID, str], UUID] = {}
        self.duplicates = 0
        self.updates: list[tuple[Account[Any], DeliveryUpdate]] = []
        self.calls: list[tuple[Account[Any], CallUpdate]] = []
        self.open: list[tuple[Account[Any], OpenCall]] = []
        self.invited: list[tuple[Account[Any], Visitor]] = []
        self.dismissed: list[str] = []
        self.templates_asked: list[UUID] = []
        self.healths: list[str | None] = []
        self.checkpoints: dict[UUID, dict[str, Any]] = {}
        self.is_down = False
        self.threads: dict[tuple[UUID, str], list[ThreadMessage]] = defaultdict(list)
        self.watching: dict[tuple[UUID, str], set[asyncio.Queue[LiveEvent]]] = defaultdict(set)
        self.unwatched = asyncio.Event()  # somebody stopped watching
        self.sessions: dict[str, tuple[UUID, str | None]] = {}
        self.saved: list[tuple[str, dict[str, str]]] = []
        self.code = "123456"
        self.proved: set[str] = set()
        self.transcripts: list[tuple[str, str]] = []
        self.vouched: list[tuple[str, str, str | None, str | None]] = []
        self.typed: list[str] = []
        self.files: dict[tuple[str, UUID], str] = {}
        self.business: tuple[str, bool | None, bool] = ("Demo Clinic", None, True)
        self._changed = asyncio.Condition()

    async def account(self, channel: str, address: str) -> Account[Any] | None:
        self._answer()
        return next((one for one in self.known if (one.channel, one.address) == (channel, address)), None)

    async def accounts(self, channel: str) -> list[Account[Any]]:
        self._answer()
        return [one for one in self.known if one.channel == channel]

    async def accept(self, account: Account[Any], arrival: Arrival) -> Accepted:
        self._answer()
        key = (account.id, arrival.external_id)
        duplicate = key in self.events
        async with self._changed:
            if duplicate:
                self.duplicates += 1
            else:
                self.events[key] = new_id()
                self.arrivals.append((account, arrival))
            self._changed.notify_all()
        return Accepted(self.events[key], duplicate)

    async def delivered(self, account: Account[Any], updates: Sequence[DeliveryUpdate]) -> None:
        self._answer()
        self.updates += [(account, update) for update in updates]

    async def call_off(self, account: Account[Any], external_id: str) -> bool:
        self._answer()
        return (account.id, external_id) in self.events

    async def ring(self, account: Account[Any], arrival: Arrival) -> Ringing:
        accepted = await self.accept(account, arrival)
        ticket = f"ticket of {arrival.external_id}"
        return Ringing(ticket=ticket, sockets="wss://dynaris.test/calls", duplicate=accepted.duplicate)

    async def call_told(self, account: Account[Any], update: CallUpdate) -> Ringing | None:
        self.calls.append((account, update))
        if (account.id, update.external_id) not in self.events:
            return None
        ticket = f"ticket of {update.external_id}"
        return Ringing(ticket=ticket, sockets="wss://dynaris.test/calls", goes_on=update.ended is None)

    async def open_calls(self, account: Account[Any]) -> list[OpenCall]:
        return [call for owner, call in self.open if owner.id == account.id]

    async def invite_call(self, account: Account[Any], visitor: Visitor) -> RoomAccess:
        self._answer()
        self.invited.append((account, visitor))
        expires = datetime(2030, 1, 1, tzinfo=UTC)
        return RoomAccess(room_name="a room", token="a token", ws_url="wss://livekit.test", expires_at=expires)

    async def end_calls(self, account: Account[Any], key: str) -> None:
        self._answer()
        self.dismissed.append(key)

    async def templates_changed(self, account: Account[Any]) -> None:
        self._answer()
        self.templates_asked.append(account.id)

    async def health(self, account: Account[Any], error: str | None) -> None:
        self._answer()
        async with self._changed:
            self.healths.append(error)
            self._changed.notify_all()

    async def checkpoint(self, account: Account[Any], value: dict[str, Any] | None = None) -> dict[str, Any]:
        self._answer()
        if value is not None:
            async with self._changed:
                self.checkpoints[account.id] = value
                self._changed.notify_all()
        return self.checkpoints.get(account.id, {})

    async def until_arrived(self, count: int, *, within: float = 5.0) -> list[Arrival]:
        await self._until(lambda: len(self.arrivals) >= count, within)
        return [arrival for _, arrival in self.arrivals]

    async def until_health(self, count: int, *, within: float = 5.0) -> str | None:
        """The last of at least `count` reports."""
        await self._until(lambda: len(self.healths) >= count, within)
        return self.healths[-1]

    async def until_place_moved(self, account_id: UUID, last_uid: int, *, within: float = 5.0) -> None:
        await self._until(lambda: self.checkpoints.get(account_id, {}).get("last_uid") == last_uid, within)

    async def until_duplicates(self, count: int, *, within: float = 5.0) -> None:
        await self._until(lambda: self.duplicates >= count, within)

    async def _until(self, holds: Any, within: float) -> None:
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(holds)

    def _answer(self) -> None:
        if self.is_down:
            raise Unavailable("no database connection")

    async def thread(
        self, account: Account[Any], key: str, after: UUID | None, limit: int = 100
    ) -> list[ThreadMessage]:
        said = self.threads[account.id, key]
        return [message for message in said if after is None or message.id > after][:limit]

    async def subscribe(self, account: Account[Any], key: str) -> AsyncIterator[LiveEvent]:
        queue: asyncio.Queue[LiveEvent] = asyncio.Queue()
        watching = self.watching[account.id, key]
        watching.add(queue)
        try:
            async with self._changed:
                self._changed.notify_all()
            while True:
                yield await queue.get()
        finally:
            watching.discard(queue)
            self.unwatched.set()

    async def say(
        self, account: Account[Any], key: str, text: str, direction: Literal["inbound", "outbound"] = "outbound"
    ) -> ThreadMessage:
        """A message on a thread, told to who watches it."""
        author = "agent" if direction == "outbound" else "contact"
        message = ThreadMessage(
            id=new_id(), direction=direction, text=text, author=author, created_at=datetime.now(UTC)
        )
        self.threads[account.id, key].append(message)
        self.happens(account, key, LiveEvent("message", {"id": str(message.id)}))
        return message

    def happens(self, account: Account[Any], key: str, event: LiveEvent) -> None:
        for queue in self.watching[account.id, key]:
            queue.put_nowait(event)

    async def until_watched(self, account: Account[Any], key: str, *, within: float = 5.0) -> None:
        await self._until(lambda: self.watching[account.id, key], within)

    async def bind(self, account: Account[Any], key: str, origin: str | None) -> bool:
        bound = self.sessions.setdefault(key, (account.id, origin))
        if bound == (account.id, None):
            bound = self.sessions[key] = (account.id, origin)
        return bound[0] == account.id and origin in (None, "", bound[1])

    async def save_contact(self, account: Account[Any], key: str, fields: dict[str, str]) -> None:
        self.saved.append((key, fields))

    async def vouch(
        self, account: Account[Any], key: str, *, email: str, name: str | None = None, user_id: str | None = None
    ) -> None:
        self.vouched.append((key, email, name, user_id))

    async def typing(self, account: Account[Any], key: str) -> None:
        self.typed.append(key)

    async def file(self, account: Account[Any], key: str, file_id: UUID) -> Response | None:
        content = self.files.get((key, file_id))
        return Response(content) if content else None

    def fingerprint(self, text: str) -> str:
        return sha256(text.encode()).hexdigest()

    async def standing(self, account: Account[Any]) -> tuple[str, bool | None, bool]:
        return self.business

    async def transcript(self, account: Account[Any], key: str, email: str) -> None:
        if email not in self.proved:
            raise NotProved("type the code that was sent to this address, then ask again")
        self.transcripts.append((key, email))

    async def verify(self, account: Account[Any], key: str, code: str) -> Verification:
        return Verification(True) if code == self.code else Verification(False, "wrong code")
