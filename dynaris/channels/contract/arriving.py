"""What comes in: an arrival as it is stored, and the message that is read from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dynaris.channels.contract.account import AddressKind, Identity


class Arrival(BaseModel):
    """Something that arrived, verified but not yet read. Stored as it came."""

    model_config = ConfigDict(frozen=True)

    external_id: str  # the provider's id: unique per account, so that a redelivery is recognised
    lane: str  # who it is from, in the channel's terms: arrivals of one lane are handled in order
    raw: bytes
    # what the envelope said (peer, recipients, headers that matter); `echo` goes back with each answer to it
    meta: dict[str, Any] = {}
    occurred_at: datetime | None = None


class Attachment(BaseModel):
    model_config = ConfigDict(frozen=True)

    filename: str
    mime_type: str
    content: bytes
    content_id: str | None = None  # set when the HTML part shows it inline


class RemoteFile(BaseModel):
    """A file that the provider keeps for a while: fetched (`Fetching`) before the message is filed."""

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str
    mime_type: str
    url: str | None = None  # where it is, if the provider said so; else it is asked
    sha256: str | None = None  # base64, as the provider gives it
    spoken: bool = False  # a voice note: its transcript is what was written


class Sender(BaseModel):
    """Who an arrival is from. The first address is where it came from; later ones are what it claims."""

    model_config = ConfigDict(frozen=True)

    kind: AddressKind
    value: str
    name: str | None = None
    identity: Identity = Identity.CLAIMED
    reason: str = ""  # why this identity, in words: "dmarc=pass by mx.example.com"
    claims: tuple[tuple[AddressKind, str], ...] = ()
    also: tuple[str, ...] = ()  # other addresses of the same kind that the provider says are this sender's
    former: str | None = None  # the address that this sender had until now: whoever uses it next is somebody else


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


class Reaction(BaseModel):
    """A sign put on one message of the conversation."""

    model_config = ConfigDict(frozen=True)

    to: str  # the provider's id of that message
    emoji: str | None  # `None`: it was taken away


class Earlier(BaseModel):
    """What was said before in a conversation that another system had until now."""

    model_config = ConfigDict(frozen=True)

    author: Literal["contact", "agent", "member"]
    text: str


class Change(BaseModel):
    """An earlier message of the same sender was edited, or taken back."""

    model_config = ConfigDict(frozen=True)

    of: str  # the provider's id of that message
    text: str | None  # `None`: it was taken back


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
    files: tuple[RemoteFile, ...] = ()
    quotes: str | None = None  # the provider's id of the message that this one answers
    reaction: Reaction | None = None  # no message at all, but a sign on one
    change: Change | None = None  # no new message, but another text of one
    earlier: tuple[Earlier, ...] = ()  # oldest first: stored where the conversation is new here
    agent: str | None = None  # who answers this one, by name or id
    from_us: bool = False  # written by our own people in the provider's app: the sender is whom they wrote to
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
    updates: "Sequence[DeliveryUpdate]" = ()
    templates_changed: bool = False
    trouble: str | None = None  # what the provider says is wrong with the account; "" is that it is well again
    status: int = 202
    answer: dict[str, Any] | str | None = None  # `None`: the accepted events' ids


@dataclass(frozen=True, slots=True)
class Accepted:
    event_id: UUID
    duplicate: bool


class DeliveryUpdate(BaseModel):
    """What the provider says, later, of a message that it took. They come in any order, and more than once."""

    model_config = ConfigDict(frozen=True)

    status: Literal["sent", "delivered", "read", "failed"]
    external_id: str  # the provider's id of the sent message
    outbox_id: UUID | None = None  # ours, where the provider gives back what we named the message
    part: int = 0  # of a message that left as several
    at: datetime | None = None
    reason: str | None = None  # why it failed, for people
    window_closed: bool = False  # it failed as the reply window is closed, by the provider's clock
    price: dict[str, Any] = {}  # what it is charged as: {"category": "utility", "billable": true, ...}
