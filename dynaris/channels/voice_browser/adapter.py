"""Test calls from a browser: the product itself lets one begin, its page opens a socket, and sound goes both ways."""

from typing import Any, ClassVar
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.websockets import WebSocket

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelTraits,
    Inbound,
    Line,
    NewCall,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Ringing,
    Sender,
    SendReceipt,
    ThreadHint,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.voice_browser.line import opened

_CALLED = "browser"  # where a telephone call has a number


class BrowserSettings(BaseModel):
    """None: its account is made by the first test call of an agent."""

    model_config = ConfigDict(extra="forbid")


class _Began(BaseModel):
    """What is stored of a call's arrival. `who`: by whom the product knows this person again on test calls."""

    call: str
    who: str
    name: str


class BrowserVoiceChannel:
    name: ClassVar[str] = "voice_browser"
    traits: ClassVar[ChannelTraits] = ChannelTraits(spoken=True, trial=True, arrivals=())
    address_kind: ClassVar[AddressKind] = AddressKind.VISITOR
    settings: type[BrowserSettings] = BrowserSettings

    def receive(self, request: WebhookRequest, account: Account[BrowserSettings]) -> Received:  # noqa: ARG002
        raise Rejected("a test call begins in the dashboard: nothing comes in here", 404, "not_found")

    def read(self, arrival: Arrival, account: Account[BrowserSettings]) -> Inbound:  # noqa: ARG002 - contract
        began = _read(arrival)
        sender = Sender(kind=AddressKind.VISITOR, value=began.who, name=began.name, reason="a test call")
        return Inbound(sender=sender, thread=ThreadHint(key=began.call), text="Test call")

    async def send(self, message: OutboundMessage, account: Account[BrowserSettings]) -> SendReceipt:  # noqa: ARG002
        raise Refused("a test call is not written to")

    def call(self, arrival: Arrival, account: Account[BrowserSettings]) -> NewCall:  # noqa: ARG002 - contract
        _read(arrival)
        return NewCall(caller=None, called=_CALLED)

    def is_public(self, account: Account[BrowserSettings]) -> bool:  # noqa: ARG002 - whoever tries can wait
        return False

    async def line(self, socket: WebSocket) -> Line:
        return await opened(socket)

    async def hang_up(self, account: Account[BrowserSettings], external_id: str) -> None:
        """There is nobody to tell: the process that has the call on its line sees that it has ended."""

    async def place(self, account: Account[Any], called: str, ringing: Ringing, call_id: UUID) -> str:  # noqa: ARG002
        raise Refused("a browser cannot be called")

    async def transfer(self, account: Account[Any], external_id: str, number: str) -> None:  # noqa: ARG002 - contract
        raise Refused("a test call in a browser is not put through to a telephone")


def _read(arrival: Arrival) -> _Began:
    """Raises `Unreadable`."""
    try:
        return _Began.model_validate(orjson.loads(arrival.raw))
    except (orjson.JSONDecodeError, ValidationError, RecursionError) as error:
        raise Unreadable(f"a test call's own JSON was expected: {type(error).__name__}") from error
