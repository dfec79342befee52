"""A channel, and what it may offer besides: each protocol is one more thing that it can do."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable
from uuid import UUID

from dynaris.channels.contract.account import Account, AddressKind, ChannelTraits, S
from dynaris.channels.contract.arriving import Arrival, Attachment, Inbound, Received, RemoteFile, WebhookRequest
from dynaris.channels.contract.host import ChannelHost
from dynaris.channels.contract.leaving import OutboundMessage, SendReceipt
from dynaris.channels.contract.templates import Template
from dynaris.core.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter


class Channel(Protocol[S]):
    """One folder under `channels/` with `channel: Channel[ItsSettings] = ItsChannel()` in `__init__.py`."""

    name: ClassVar[str]
    traits: ClassVar[ChannelTraits]
    address_kind: ClassVar[AddressKind]  # of its senders
    settings: type[S]  # drives the connect form; `SecretStr` fields are stored encrypted

    def receive(self, request: WebhookRequest, account: Account[S]) -> Received:
        """Verify, then translate: no database, no network. Raises `Rejected`."""
        ...

    def read(self, arrival: Arrival, account: Account[S]) -> Inbound:
        """The stored arrival in the product's words. Raises `Unreadable`; pure, so reading twice is the same."""
        ...

    async def send(self, message: OutboundMessage, account: Account[S]) -> SendReceipt:
        """Raises `TryLater` or `Refused` when nothing was sent; any other error means it may have been."""
        ...


@runtime_checkable
class Configured(Protocol):
    """A channel that reads settings of the product or holds connections of its own."""

    def configure(self, settings: Settings) -> None:
        """Once per process, before anything else."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Dialling(Protocol):
    """A channel whose accounts name servers that are called from here."""

    def faults_of(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Of settings as they were given: by field, why the server that it names is never called."""
        ...


@runtime_checkable
class Naming(Protocol):
    """A channel whose messages bear a name of our own (Message-ID): it is stored before the send, so that an answer
    to the message is recognised even when no receipt came."""

    def name_of(self, message: OutboundMessage, account: Account[Any]) -> str:
        """What `send` will give as the receipt's `external_id`, the same for each try. Raises `Refused`."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A channel that sends one message as several: each is sent once, in order, whatever happens between them."""

    def parts(self, message: OutboundMessage) -> Sequence[OutboundMessage]:
        """One or more, numbered by `part`; the same for each try."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A channel whose files must be fetched from its provider."""

    async def fetch(self, file: RemoteFile, account: Account[Any], *, most: int) -> Attachment:
        """Of `most` bytes at most. Raises `TryLater`, or `Refused` where it cannot be had any more."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """A channel that can show the contact that what they wrote was read, and that somebody is writing."""

    async def attend(self, account: Account[Any], *, to: str, message_id: str, typing: bool) -> None:
        """Of the contact's last message. Best effort: raises nothing for what the provider does."""
        ...


@runtime_checkable
class Templated(Protocol):
    """A channel with texts that its provider approves beforehand."""

    async def templates(self, account: Account[Any]) -> Sequence[Template]:
        """All that the provider has for the account, whatever their status. Raises `TryLater` or `Refused`."""
        ...


@runtime_checkable
class Addressed(Protocol):
    """A channel whose accounts can write to each other: what is from one of the workspace's own is not answered."""

    def own_addresses(self, account: Account[Any]) -> frozenset[str]:
        """Every address that the account sends from, as `Sender.value` has them."""
        ...


@runtime_checkable
class Provable(Addressed, Protocol):
    """A channel whose addresses anybody could name: what is ours is used for one only once it is proved."""

    def is_reserved(self, address: str) -> bool:
        """Whether it is for whoever runs the installation alone to say whose it is."""
        ...


@runtime_checkable
class Listener(Protocol):
    """A channel that is polled or keeps a connection open: one `listen` per account, in the worker."""

    async def listen(self, account: Account[Any], host: ChannelHost) -> None:
        """Runs until cancelled; reconnects by itself; reports through `host.health`."""
        ...


@runtime_checkable
class Serving(Protocol):
    """A channel with a server of its own (SMTP), for all accounts at once, in the worker."""

    async def serve(self, host: ChannelHost, bind: str, port: int) -> None: ...


@runtime_checkable
class Routed(Protocol):
    """A channel with HTTP routes of its own, mounted by `app`."""

    def routes(self, host: ChannelHost) -> "APIRouter": ...


@runtime_checkable
class Called(Protocol):
    """A channel that other systems or web pages send to over HTTP."""

    def called_at(self, account: Account[Any]) -> dict[str, str]:
        """{what it is for: path below the product's gateway address}."""
        ...


@runtime_checkable
class Embeddable(Protocol):
    """A channel that a web site uses: what to paste there."""

    def snippet(self, account: Account[Any], base_url: str) -> dict[str, str]:
        """{"html": ..., "fetch": ...}; `base_url` is where people reach the product."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that the product writes to itself as a customer would."""

    name: str  # of who writes
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Tried:
    """By what its event is found: the id that the way in answered with, or the message's own."""

    event_id: UUID | None = None
    message_id: str | None = None  # the event's external id is this, a colon and more


PostHere = Callable[[str, dict[str, str], bytes], Awaitable[tuple[int, bytes]]]
"""Path below the gateway, headers, body -> status and body: a request to the product's own HTTP, as from outside."""


@runtime_checkable
class Triable(Protocol):
    """A channel that can write to an account of ours by the way that its customers' messages come in."""

    trial: ClassVar[Literal["mail", "chat"]]

    async def try_out(self, account: Account[Any], trial: Trial, post: PostHere) -> Tried:
        """Raises `Refused` with what is missing for it here."""
        ...


@dataclass(frozen=True, slots=True)
class Examination:
    """What a look at one part of an account found; with a `remedy`, words for whoever has to repair it."""

    part: str  # "smtp", "imap", "dns" ...
    status: Literal["ok", "warning", "failed"]
    found: str
    remedy: str | None = None


@runtime_checkable
class Examinable(Protocol):
    """A channel that can ask its provider whether an account works, without sending or changing anything."""

    async def examine(self, account: Account[Any]) -> Sequence[Examination]:
        """Within four seconds, whatever the provider does; never raises for what the provider does."""
        ...


@runtime_checkable
class SettingUp(Protocol):
    """A channel that can set up at its provider what an account needs there."""

    async def set_up(self, account: Account[Any]) -> Sequence[Examination]:
        """What there is now; again, it changes nothing. Raises `TryLater` or `Refused`."""
        ...
