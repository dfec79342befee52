"""Calls: a channel that carries them, and the line on which both sides are heard."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from starlette.websockets import WebSocket

from dynaris.channels.contract.account import Account
from dynaris.channels.contract.arriving import Arrival

Direction = Literal["inbound", "outbound"]
CallEnd = Literal["completed", "busy", "no_answer", "cancelled", "failed"]


class NewCall(BaseModel):
    """Who calls whom, as the carrier says."""

    model_config = ConfigDict(frozen=True)

    direction: Direction = "inbound"
    caller: str | None  # E.164; None: withheld
    called: str  # E.164


TransferState = Literal["talking", "failed", "done"]


class Leg(BaseModel):
    """Somebody was on the line, by the carrier's clock: told of twice, it is one."""

    model_config = ConfigDict(frozen=True)

    party: Literal["contact", "member", "number"]
    name: str
    joined_at: datetime
    left_at: datetime | None = None
    left_because: str | None = None


class CallUpdate(BaseModel):
    """What the carrier tells of a call that it knows by `external_id`."""

    model_config = ConfigDict(frozen=True)

    external_id: str
    call_id: UUID | None = None  # ours, of one that we placed: the carrier may tell of it before it has said its own
    ended: CallEnd | None = None  # None: it rings, or somebody talks
    seconds: int | None = None  # that both sides were connected, by the carrier's clock
    at: datetime | None = None
    transfer: TransferState | None = None  # what became of whoever it was transferred to
    reason: str | None = None  # why it failed, in the carrier's words
    answered_by: Literal["person", "machine"] | None = None
    leg: Leg | None = None
    # They left, which they also do once they are put through: while that is tried, its end says what became of them.
    left: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """What the other side says: mono, linear samples of 16 bits."""

    samples: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A key of their telephone: 0 to 9, * or #."""

    pressed: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What they wrote where they would have said it."""

    text: str


LineEvent = Sound | Key | Typed


class Line(Protocol):
    """One call's sound both ways, for as long as it is iterated: it ends when the other side is gone."""

    rate: int  # samples a second, both ways
    ticket: str  # by which the product knows the call
    hung_up: bool  # once it ended: the other side did so; else the line itself was lost

    def __aiter__(self) -> AsyncIterator[LineEvent]: ...

    def play(self, samples: bytes) -> None:
        """Mono, linear samples of 16 bits, to be heard after what was given before."""
        ...

    def clear(self) -> None:
        """Nothing more of what was given is to be heard."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class WithScreen(Protocol):
    """A line whose other side also looks at the call, and tells how far it has played what it was given."""

    @property
    def unheard(self) -> float:
        """Seconds of what was given, and not cleared, that they have not heard yet."""
        ...

    def show(self, what: str, **about: Any) -> None: ...


@runtime_checkable
class Carrier(Protocol):
    """A channel whose arrivals are calls: each is taken at once, and lasts."""

    def call(self, arrival: Arrival, account: Account[Any]) -> NewCall:
        """Pure, as `read`, which gives the caller and what stands on the timeline. Raises `Unreadable`."""
        ...

    def is_public(self, account: Account[Any]) -> bool:
        """Anybody may call it at any time; not so at a stand-in on this machine."""
        ...

    async def line(self, socket: WebSocket) -> Line:
        """Of an accepted socket that the carrier opened. Raises `Rejected` for what no carrier would say."""
        ...

    async def hang_up(self, account: Account[Any], external_id: str) -> None:
        """Raises `TryLater` or `Refused`; of a call that has ended it does nothing."""
        ...

    async def place(self, account: Account[Any], called: str, ringing: "Ringing", call_id: UUID) -> str:
        """Calls somebody; the carrier's id of the call. Raises `TryLater`, `Refused`, or `Uncertain`."""
        ...

    async def transfer(self, account: Account[Any], external_id: str, number: str) -> TransferState | None:
        """Takes the call off its line and rings at `number`; what became of it, else `CallUpdate.transfer` tells it
        later. Raises `TryLater` or `Refused`, and the line stays."""
        ...


@dataclass(frozen=True, slots=True)
class NumberThere:
    """A telephone number, as its carrier knows it."""

    number: str  # E.164
    name: str
    leads_here: bool  # its calls are told to this installation


@runtime_checkable
class Numbered(Protocol):
    """A carrier that says which numbers an account has, and can be told where their calls go."""

    async def numbers(self, account: Account[Any]) -> Sequence[NumberThere]:
        """All that its credentials can see, whatever its own address. Raises `TryLater` or `Refused`."""
        ...

    async def lead(self, account: Account[Any], *, here: bool) -> None:
        """Its address' calls to this installation, or nowhere any more. Raises `TryLater` or `Refused`."""
        ...


@dataclass(frozen=True, slots=True)
class TextBack:
    """What they are written. By mail where an address of theirs is known, else as a text message."""

    text: str
    by_mail: bool = False


@runtime_checkable
class TextsBack(Protocol):
    """Whoever called and reached nobody is written: `send` gets a text message whose `data` says `text_back`."""

    def text_back(self, account: Account[Any]) -> TextBack | None: ...


@dataclass(frozen=True, slots=True)
class RoomServer:
    """Where calls are rooms that our agents join."""

    url: str  # ws:// or wss://
    key: str
    secret: str = field(repr=False)
    trusted: bool = False  # the operator named it, no tenant


class RoomAccess(BaseModel):
    """With which a browser joins the room of its call."""

    room_name: str
    token: str
    ws_url: str
    expires_at: datetime


class Visitor(BaseModel):
    """Who calls from a web page."""

    model_config = ConfigDict(frozen=True)

    key: str  # of their chat, so that both are one contact's
    name: str | None = None
    agent: str | None = None
    minutes: int = 30


@runtime_checkable
class Roomed(Carrier, Protocol):
    """A carrier whose calls are rooms: agents are sent for by name, and join them."""

    def server(self, account: Account[Any]) -> RoomServer | None:
        """`None`: neither the account nor the installation names one."""
        ...

    async def invite(self, account: Account[Any], visitor: Visitor) -> RoomAccess:
        """A room for a call from a web page, which begins once they have joined. Raises `TryLater` or `Refused`."""
        ...

    async def dismiss(self, account: Account[Any], visitor: str) -> None:
        """Ends a visitor's calls from web pages. Raises `TryLater` or `Refused`."""
        ...

    async def signal(self, account: Account[Any], external_id: str, attributes: dict[str, str]) -> None:
        """Sets attributes of the caller, as Media Bot reads them. Raises `TryLater` or `Refused`."""
        ...


class OpenCall(BaseModel):
    """One that has not ended, as far as the product knows."""

    external_id: str
    held: bool  # a process has it on its line
    lost: bool = False  # one had, and is gone
    dialling: bool  # it is being put through to a person
    ringing: "Ringing"


class Ringing(BaseModel):
    """A call that was taken in: what its carrier needs to connect it."""

    ticket: str
    sockets: str  # wss:// address below which `line` is reached, with the channel's name behind it
    duplicate: bool = False
    goes_on: bool = True  # False: it has ended, and is not to be connected again
    transfer_to: str | None = None  # a number that is rung first
    note: str = ""  # what whoever takes a transfer is told before they have the caller
    language: str = "en"
