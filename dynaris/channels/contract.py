"""What a channel must provide: the only file of `channels/` that the rest of the product knows.

A channel talks to its provider and to nobody else. Arrivals come in two steps: `receive` (or a listener)
verifies and hands over an `Arrival` with the raw bytes, which is committed before anyone gets a 2xx;
`read` turns a stored arrival into an `Inbound`, later and in the worker, where a hostile or broken one
becomes an outcome and not an error page.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dynaris.core.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter, Response

S = TypeVar("S", bound=BaseModel)


class Identity(StrEnum):
    """What the provider proved about the sender of one arrival."""

    VERIFIED = "verified"  # DMARC pass, provider's signature over the sender, one-time code
    CLAIMED = "claimed"  # nothing was proved
    FAILED = "failed"  # proof was offered and is wrong


class AddressKind(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    WHATSAPP = "whatsapp"
    VISITOR = "visitor"  # a chat session, stored as its hash
    SLACK = "slack"
    CRM = "crm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTraits:
    """How channels differ, as data: nobody outside a channel's folder asks for its name."""

    html: bool = False
    attachments: bool = False
    attachment_bytes: int = 20_000_000  # of all files of one outbound message
    max_length: int | None = None  # of one outbound text, in characters
    subject: bool = False
    bursty: bool = False  # people send several short messages: the quiet period applies
    live: bool = False  # someone watches: typing and new messages are announced on the live feed
    resend_safe: bool = False  # sending the same message id twice reaches the contact once
    replies_to_address: bool = False  # a reply reaches the address's owner, whoever wrote the arrival
    shared_addresses: bool = False  # two workspaces may use one address: a signature tells them apart
    starts_conversations: bool = False  # can write to an address that never wrote first
    signature: bool = False  # a closing signature belongs under a reply
    typed_address: bool = False  # of a way back that somebody typed: who is answered may not be who wrote
    spoken: bool = False  # what arrives was said aloud: its transcript goes to the voice specialist
    arrivals: tuple[str, ...] = ("messages",)  # what comes in, in the words of whoever switches Auto mode on


@dataclass(frozen=True, slots=True)
class Account(Generic[S]):
    """A workspace's account on a channel, its secrets decrypted."""

    id: UUID
    workspace_id: UUID
    channel: str
    address: str  # mailbox, widget key, phone number or source name
    settings: S
    agent: str | None = None  # the specialist mapped to this account; `None`: the supervisor decides
    business: str = ""  # the workspace's name, where the account was opened to send from it
    proved: Mapping[str, str] = field(default_factory=dict)  # its proved addresses: "code", "dns" or "operator"
    rehearses: bool = False  # of a hidden copy of a workspace: nothing leaves through it, whoever would send


class Arrival(BaseModel):
    """Something that arrived, verified but not yet read. Stored as it came."""

    model_config = ConfigDict(frozen=True)

    external_id: str  # the provider's id: unique per account, so that a redelivery is recognised
    lane: str  # who it is from, in the channel's terms: arrivals of one lane are handled in order
    raw: bytes
    meta: dict[str, Any] = {}  # what the envelope said (peer, recipients, headers that matter)
    occurred_at: datetime | None = None


class Attachment(BaseModel):
    model_config = ConfigDict(frozen=True)

    filename: str
    mime_type: str
    content: bytes
    content_id: str | None = None  # set when the HTML part shows it inline


class Sender(BaseModel):
    """Who an arrival is from. The first address is where it came from; later ones are what it claims."""

    model_config = ConfigDict(frozen=True)

    kind: AddressKind
    value: str
    name: str | None = None
    identity: Identity = Identity.CLAIMED
    reason: str = ""  # why this identity, in words: "dmarc=pass by mx.example.com"
    claims: tuple[tuple[AddressKind, str], ...] = ()


class ThreadHint(BaseModel):
    """What the provider knows about the conversation an arrival belongs to."""

    model_config = ConfigDict(frozen=True)

    key: str | None = None  # a session or thread id of the provider: same key, same conversation
    references: tuple[str, ...] = ()  # ids of earlier messages, nearest first (RFC 5322)
    subject: str | None = None  # without Re: and the like: the fallback for channels that thread by subject
    is_reply: bool = False  # it says that it answers something: only then may the subject decide


class Errand(BaseModel):
    """What a person does about an arrival instead of an answer: it becomes a task, and the event waits for it."""

    model_config = ConfigDict(frozen=True)

    title: str
    detail: str = ""
    within_minutes: int = 60  # of business hours
    owner: str | None = None  # name or e-mail of a teammate; the workspace's owner where nobody is called that
    acknowledgement: str | None = None  # a short text that leaves at once, where there is a way back
    done_as: str = "done"  # the event's reason once the task is done: "called by Ada"


class Inbound(BaseModel):
    """A message from a contact, in the product's words."""

    model_config = ConfigDict(frozen=True)

    sender: Sender
    thread: ThreadHint = ThreadHint()
    text: str  # what the person wrote now: quotes and signature split off
    quoted: str | None = None  # what was split off, so that nothing is lost
    html: str | None = None  # sanitised
    subject: str | None = None
    message_id: str | None = None  # the provider's id that replies refer to
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None  # where an answer must go, when not to the sender
    ignore: str | None = None  # why nobody may answer: auto-reply, bounce, list mail, our own mail
    failed_message_id: str | None = None  # a bounce: the id of our message that did not arrive
    needs_person: str | None = None  # why actions on this arrival need a person's approval
    unanswerable: str | None = None  # why a reply cannot leave by itself: the event waits for a person
    # Answered on another channel: a new conversation there, with `reply_to`, on the account named in `answer_from`,
    # else on the workspace's first one that writes to addresses of this kind.
    answer_on: AddressKind | None = None
    answer_from: str | None = None
    errand: Errand | None = None  # a person does this instead of an answer
    unanswered: str | None = None  # why it is kept on the timeline and nobody answers
    invitation_answer: dict[str, Any] | None = None  # a calendar program's word about an appointment
    contact_fields: dict[str, str] = {}  # what they say about themselves: fills gaps of a contact nobody proved
    data: dict[str, Any] = {}  # what else the channel wants to keep with the message


class CalendarPart(BaseModel):
    """An appointment beside the words of a mail (iCalendar): an invitation, its update, or its cancellation."""

    model_config = ConfigDict(frozen=True)

    method: Literal["REQUEST", "CANCEL"]
    text: str


class OutboundMessage(BaseModel):
    """What leaves. `id` is ours, the provider's idempotency key wherever it has one."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    to: str  # an address in the channel's terms
    text: str
    html: str | None = None
    subject: str | None = None
    from_name: str | None = None  # who of the business writes: shown where the account has no name of its own
    in_reply_to: str | None = None  # provider's id of the message this answers
    references: tuple[str, ...] = ()  # oldest first
    is_reply: bool = False  # it answers something, even where that had no id
    attachments: tuple[Attachment, ...] = ()
    calendar: CalendarPart | None = None  # for channels whose readers have calendars; others leave it out
    automatic: bool = True  # written by a machine: marked so that other machines do not answer
    data: dict[str, Any] = {}


class SendReceipt(BaseModel):
    model_config = ConfigDict(frozen=True)

    external_id: str | None = None  # the provider's id of the sent message
    detail: str = ""


class TryLater(Exception):
    """Nothing was sent; the same send may succeed `after` seconds from now."""

    def __init__(self, reason: str, after: float = 30.0) -> None:
        super().__init__(reason)
        self.reason, self.after = reason, after


class CannotSend(TryLater):
    """As `TryLater`, and it is about the account, not about this message: the account shows the reason until a send
    succeeds."""


class Refused(Exception):
    """Nothing was sent and never will be: the provider or a rule says no. `reason` is shown to people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rejected(Exception):
    """An arrival that is not let in: bad signature, malformed, too large. Answered with `status`."""

    def __init__(self, reason: str, status: int = 401, code: str = "unauthenticated") -> None:
        super().__init__(reason)
        self.reason, self.status, self.code = reason, status, code


class Unreadable(Exception):
    """A stored arrival that `read` cannot understand: its event ends as `failed(reason)`."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    method: str
    headers: Mapping[str, str]  # names in lower case
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What one webhook call brought, and the answer that the provider expects."""

    arrivals: Sequence[Arrival] = ()
    status: int = 202
    answer: dict[str, Any] | str | None = None  # `None`: the accepted events' ids


@dataclass(frozen=True, slots=True)
class Accepted:
    event_id: UUID
    duplicate: bool


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


@dataclass(frozen=True, slots=True)
class Examination:
    """What a look at one part of an account found; with a `remedy`, words for whoever has to repair it."""

    part: str  # "smtp", "imap", "dns" ...
    status: Literal["ok", "warning", "failed"]
    found: str
    remedy: str | None = None


class ChannelHost(Protocol):
    """What `app` hands to a channel that has its own routes, socket or mailbox. Addresses are the channel's."""

    async def account(self, channel: str, address: str) -> Account[Any] | None: ...

    async def accounts(self, channel: str) -> list[Account[Any]]:
        """Every enabled account of a channel, across workspaces (listeners only)."""
        ...

    async def accept(self, account: Account[Any], arrival: Arrival) -> Accepted:
        """Commit an arrival with its job. After this returns it is safe to say 2xx, 250 or SEEN."""
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


@runtime_checkable
class Examinable(Protocol):
    """A channel that can ask its provider whether an account works, without sending or changing anything."""

    async def examine(self, account: Account[Any]) -> Sequence[Examination]:
        """Within four seconds, whatever the provider does; never raises for what the provider does."""
        ...
