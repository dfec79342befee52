"""The values that travel through the flow: a queued event, and an inquiry that somebody must answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, ChannelTraits, Identity
from dynaris.channels.registry import channel
from dynaris.contacts.consent import ChannelKind, Wish, kind_of, why_blocked


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """A row of `event` as the lane takes it."""

    id: UUID
    workspace_id: UUID
    lane: str
    channel: str
    account_id: UUID
    external_id: str
    kind: str
    raw: bytes
    meta: dict[str, Any]
    created_at: datetime
    occurred_at: datetime | None
    attempts: int
    reason: str | None
    conversation_id: UUID | None
    message_id: UUID | None
    run_id: UUID | None

    @property
    def resumed(self) -> bool:
        """It was worked on before: a crash, an approval or a teammate brought it back."""
        return self.attempts > 1 or bool(self.meta.get("resume"))


@dataclass(frozen=True, slots=True)
class MappedTeam:
    team_id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One turn's worth of events in one conversation, with everything that decides who answers."""

    workspace_id: UUID
    event_ids: tuple[UUID, ...]
    lane: str
    account: Account[Any]
    contact_id: UUID
    conversation_id: UUID
    run_id: UUID
    text: str
    reply_to: str
    identity: Identity
    answered_on: str  # the conversation's channel: another one than the account's where a form is answered by mail
    in_reply_to: str | None = None
    wake: str | None = None
    resumed: bool = False
    meta: dict[str, Any] = field(default_factory=dict)
    needs_person: str | None = None
    unanswerable: str | None = None
    wanted_on: dict[str, Any] | None = None  # the other channel it should be answered on, while there is no account
    errand: dict[str, Any] | None = None  # what a person does instead of an answer (contract.Errand)
    unanswered: str | None = None
    ready_reply: str | None = None  # what the product itself answers, without an agent
    # of the conversation
    holder: str
    held: bool  # by a teammate, now
    subject: str | None = None
    contact_status: str
    blocked_channels: tuple[str, ...] = ()  # by the contact's own wish (contacts/consent.py)
    wish: Wish | None = None  # what this message asks for, and nothing else
    # of the workspace
    auto_mode: dict[str, Any]
    model: str
    supervisor_model: str
    handed_back: bool = False  # by people who want agents to answer here
    vip: str | None = None  # the contact's tag for which people answer first; not where they gave it back
    agents: dict[str, Any] = field(default_factory=dict)  # by name, what the workspace set (agents/agent_settings.py)
    trusted_recipients: frozenset[str] = frozenset()
    signature: str | None = None
    has_own_signature: bool = False  # written for this channel
    signature_facts: dict[str, Any] | None = None  # profile and name, where the signature is made from them
    agent_name: str | None = None  # under which agents write
    mapped_agent: str | None = None
    mapped_team: MappedTeam | None = None  # that answers on this number now, instead of any agent

    @property
    def traits(self) -> ChannelTraits:
        """Of the channel that answers leave on."""
        return channel(self.answered_on).traits

    @property
    def answered_elsewhere(self) -> bool:
        return self.answered_on != self.account.channel

    @property
    def kind(self) -> ChannelKind:
        """The word for the answering channel that a contact's wishes use."""
        return kind_of(channel(self.answered_on).address_kind)

    @property
    def blocked(self) -> str | None:
        """Why nothing may be sent by itself."""
        return why_blocked(self.contact_status, self.blocked_channels, self.kind, wake=self.wake is not None)

    def goes_with(self, other: "Inquiry") -> bool:
        """One answer can serve both: it is read in the same conversation, at the same address."""
        same = (self.conversation_id, self.reply_to) == (other.conversation_id, other.reply_to)
        return same and not (self.wish or other.wish)

    def joined(self, later: "Inquiry") -> "Inquiry":
        """Both as one turn."""
        came_back = self.meta.get("came_back")  # the contact was told about a colleague (pipeline/comebacks.py)
        return replace(
            later,
            meta={"came_back": came_back, **later.meta} if came_back else later.meta,
            event_ids=(*self.event_ids, *later.event_ids),
            run_id=self.run_id,
            text=f"{self.text}\n\n{later.text}",
            needs_person=self.needs_person or later.needs_person,
            identity=min(self.identity, later.identity, key=_TRUST.index),
            resumed=self.resumed or later.resumed,
        )


_TRUST = [Identity.FAILED, Identity.CLAIMED, Identity.VERIFIED]
