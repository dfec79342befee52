"""Whose account on a channel, how channels differ, and what is proved about a sender."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel

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
    BROWSER = "browser"  # a teammate's, for what our own people are told


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTraits:
    """How channels differ, as data: nobody outside a channel's folder asks for its name."""

    html: bool = False
    attachments: bool = False
    attachment_bytes: int = 20_000_000  # of all files of one outbound message
    max_length: int | None = None  # of one outbound text, in characters
    subject: bool = False
    bursty: bool = False  # people send several short messages: the quiet period applies
    quiet_periods: float = 1.0  # of silence end a burst: who types on a telephone pauses for longer
    live: bool = False  # someone watches: typing and new messages are announced on the live feed
    resend_safe: bool = False  # sending the same message id twice reaches the contact once
    replies_to_address: bool = False  # a reply reaches the address's owner, whoever wrote the arrival
    shared_addresses: bool = False  # two workspaces may use one address: a signature tells them apart
    starts_conversations: bool = False  # can write to an address that never wrote first
    signature: bool = False  # a closing signature belongs under a reply
    typed_address: bool = False  # of a way back that somebody typed: who is answered may not be who wrote
    reply_window_hours: int | None = None  # after the contact's last message; later only a template leaves
    templates: bool = False  # texts that the provider approved beforehand: they may leave at any time
    receipts: bool = False  # the provider tells later what became of what it took: delivered, read, failed
    reports: bool = False  # whoever sent an arrival is told how it ended
    reactions: bool = False  # a sign can be put on a message of the contact's
    choices: bool = False  # a reply may offer answers that are tapped
    tells: Literal["member", "workspace"] | None = None  # our own people alone: each by themselves, or all at once
    spoken: bool = False  # what arrives was said aloud: its transcript goes to the voice specialist
    transfers: bool = False  # whom a person has to help can be put through to one at once
    trial: bool = False  # our own people try the agents out: nobody connects an account, no figure counts it
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
