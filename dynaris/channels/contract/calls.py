"""Calls: a channel that carries them, and the line on which both sides are heard."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
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

    async def transfer(self, account: Account[Any], external_id: str, number: str) -> None:
        """Takes the call off its line and rings at `number`; `CallUpdate.transfer` tells what becomes of it. Raises
        `TryLater` or `Refused`, and the line stays."""
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


class Ringing(BaseModel):
    """A call that was taken in: what its carrier needs to connect it."""

    ticket: str
    sockets: str  # wss:// address below which `line` is reached, with the channel's name behind it
    duplicate: bool = False
    goes_on: bool = True  # False: it has ended, and is not to be connected again
    transfer_to: str | None = None  # a number that is rung first
    note: str = ""  # what whoever takes a transfer is told before they have the caller
    language: str = "en"
