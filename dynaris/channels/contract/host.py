"""What `app` hands to a channel that has its own routes, socket or mailbox."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel

from dynaris.channels.contract.account import Account
from dynaris.channels.contract.arriving import Accepted, Arrival, DeliveryUpdate
from dynaris.channels.contract.calls import CallUpdate, OpenCall, Ringing, RoomAccess, Visitor

if TYPE_CHECKING:
    from fastapi import Response


class ThreadMessage(BaseModel):
    """A message as a channel's own pages show it."""

    id: UUID
    direction: Literal["inbound", "outbound"]  # seen from the business
    text: str
    author: str  # "contact", "agent" or "member"
    created_at: datetime
    attachments: list[dict[str, Any]] = []
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something that happened on a thread just now: `message` is stored, `typing` is not."""

    type: Literal["message", "typing"]
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a typed one-time code proved."""

    verified: bool
    reason: str = ""  # why not: "wrong code", "expired", "too many tries", "no code was sent"


class ChannelHost(Protocol):
    """What `app` hands to a channel that has its own routes, socket or mailbox. Addresses are the channel's."""

    async def account(self, channel: str, address: str) -> Account[Any] | None: ...

    async def accounts(self, channel: str) -> list[Account[Any]]:
        """Every enabled account of a channel, across workspaces (listeners only)."""
        ...

    async def accept(self, account: Account[Any], arrival: Arrival) -> Accepted:
        """Commit an arrival with its job. After this returns it is safe to say 2xx, 250 or SEEN."""
        ...

    async def delivered(self, account: Account[Any], updates: Sequence[DeliveryUpdate]) -> None:
        """Commits what became of messages that were sent. Saying it again changes nothing."""
        ...

    async def call_off(self, account: Account[Any], external_id: str) -> bool:
        """Who sent an arrival wants no answer any more. False where it ended, or an answer is on its way."""
        ...

    async def ring(self, account: Account[Any], arrival: Arrival) -> Ringing:
        """A call came in: committed, and whose it is found out, before the carrier is told where to connect it."""
        ...

    async def call_told(self, account: Account[Any], update: CallUpdate) -> Ringing | None:
        """Commits what the carrier says of a call; saying it again changes nothing. `None`: no such call is known."""
        ...

    async def open_calls(self, account: Account[Any]) -> list[OpenCall]: ...

    async def invite_call(self, account: Account[Any], visitor: Visitor) -> RoomAccess:
        """A call from a web page, on the workspace's account for such. Raises `Conflict` where there is none."""
        ...

    async def end_calls(self, account: Account[Any], key: str) -> None:
        """From web pages, of whoever has that chat."""
        ...

    async def templates_changed(self, account: Account[Any]) -> None:
        """The provider changed a template: they are asked for again soon."""
        ...

    async def thread(
        self, account: Account[Any], key: str, after: UUID | None, limit: int = 100
    ) -> list[ThreadMessage]: ...

    def subscribe(self, account: Account[Any], key: str) -> AsyncIterator[LiveEvent]: ...

    async def bind(self, account: Account[Any], key: str, origin: str | None) -> bool:
        """Binds a session to its account and web site at first use; false where it belongs to another.

        Without an origin, "" is a client that is no web page, for good; `None` binds no web site yet.
        """
        ...

    async def save_contact(self, account: Account[Any], key: str, fields: dict[str, str]) -> None:
        """Names and addresses that a visitor typed: claims, until proved."""
        ...

    async def verify(self, account: Account[Any], key: str, code: str) -> Verification: ...

    async def vouch(
        self, account: Account[Any], key: str, *, email: str, name: str | None, user_id: str | None
    ) -> None:
        """The address is proved by that. Raises `Conflict` where another was proved in the thread."""

    async def typing(self, account: Account[Any], key: str) -> None: ...
    async def file(self, account: Account[Any], key: str, file_id: UUID) -> "Response | None": ...
    def fingerprint(self, text: str) -> str: ...
    # The business's name; whether it is open now, `None` without hours; whether agents answer by themselves.
    async def standing(self, account: Account[Any]) -> tuple[str, bool | None, bool]: ...

    async def transcript(self, account: Account[Any], key: str, email: str) -> None:
        """Mails the thread to an address that was proved in it; another one is sent a code, and `NotProved` raised."""
        ...

    async def health(self, account: Account[Any], error: str | None) -> None:
        """A listener says how it is: `None` is well."""
        ...

    async def checkpoint(self, account: Account[Any], value: dict[str, Any] | None = None) -> dict[str, Any]:
        """Where a listener stands (read without `value`, written with it)."""
        ...
