"""What HTTP shows and takes of conversations, their messages, timelines, tasks and follow-ups."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.contacts.schemas import ShownAddress
from dynaris.core.moments import Moment

Status = Literal["open", "snoozed", "closed"]
Holder = Literal["agent", "member", "team"]
IdentityState = Literal["verified", "claimed", "failed"]
TaskStatus = Literal["open", "done", "cancelled"]
FollowUpStatus = Literal["waiting", "woken", "ended"]

Delivery = Literal["queued", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled"]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class Tag(BaseModel):
    id: UUID
    name: str
    colour: str = Field(description="One of those that `POST /api/tags` takes.")


class Clock(BaseModel):
    """The SLA target of a conversation that is due first; docs/sla.md."""

    kind: Literal["first_response", "next_response", "resolution"]
    due_at: datetime
    warn_at: datetime | None = Field(description="From then on somebody should look.")
    breached: bool


class ConversationLine(BaseModel):
    """A conversation as the inbox lists it."""

    id: UUID
    contact_id: UUID
    contact_name: str | None
    contact_address: ShownAddress | None = Field(description="Mail address or number, to know who has no name by.")
    channel: str
    account_id: UUID
    subject: str | None
    status: Status
    snoozed_until: datetime | None = Field(description="`null` in a snoozed one: until the contact writes.")
    holder: Holder = Field(description="Who answers: the agents, one teammate, or whoever of the team takes it.")
    holder_id: UUID | None
    holder_name: str | None
    team_id: UUID | None = Field(description="The team that it was given to.")
    team_name: str | None
    hold_until: datetime | None = Field(description="When the agents answer again by themselves.")
    respond_by: datetime | None = Field(description="When a person must have answered.")
    handed_off_for: str | None = Field(
        description="Why people were asked last: asked_for_person, low_confidence, policy, failure, vip, mapping, "
        "no_agent, rejected, undecided."
    )
    disposition: str | None = Field(description="How it ended for who wrapped it up last.")
    awaits_reply: bool = Field(description="Something here still waits for an answer of ours.")
    due_at: datetime | None = Field(description="When a person must have acted: the earliest of all that waits here.")
    sla: Clock | None = Field(default=None, description="The SLA target that is due first; null: no clock runs.")
    identity: IdentityState = Field(description="What was proved about the other side of this conversation.")
    last_message_at: datetime
    last_text: str | None = Field(
        description="The beginning of the newest message; where the contact waits for an answer, of the contact's own."
    )
    last_direction: Literal["inbound", "outbound"] | None
    last_author: Literal["contact", "agent", "member", "system"] | None
    tags: list[Tag]
    pending_approvals: int
    to_run: int = Field(description="Events here that wait until somebody lets the agents answer (Manual Mode).")
    created_at: datetime


class WaitingFollowUp(BaseModel):
    id: UUID
    kind: Literal["wait", "follow_up"]
    reason: str
    due_at: datetime


class Conversation(ConversationLine):
    window_closes_at: datetime | None = Field(
        description="Until then any text may be sent; later only an approved template. null: there is no such window, "
        "or the contact has never written here (then `templates` says that one is needed)."
    )
    templates: bool = Field(description="The channel has approved templates.")
    reactions: bool = Field(description="A sign can be put on a message of the contact's.")
    spoken: bool = Field(description="It is of calls: nothing can be written there but notes.")
    reply_to: str = Field(description="The channel address that answers go to.")
    summary: str | None
    language: str | None
    follow_ups: list[WaitingFollowUp]


class QueueCounts(BaseModel):
    """How many conversations stand in each queue; not of `closed` and `all`, which only grow."""

    mine: int
    team: int
    unassigned: int
    ai: int
    approval: int
    snoozed: int


class MessageAttachment(BaseModel):
    id: UUID
    filename: str
    mime_type: str
    size: int
    content_id: str | None = Field(default=None, description="Set where the HTML part shows it inline.")


class Citation(BaseModel):
    """A passage of the knowledge, as it was when it was used."""

    passage_id: UUID
    title: str
    heading: str = ""
    page: str | None = None
    link: str | None = None


class Approved(BaseModel):
    by: str = Field(description="The teammate's name.")
    edited: bool


class Message(BaseModel):
    id: UUID
    direction: Literal["inbound", "outbound", "note"]
    author: Literal["contact", "agent", "member", "system"]
    author_id: UUID | None
    author_name: str | None = Field(description="The teammate's, or the contact's.")
    approved: Approved | None = Field(default=None, description="Who let an agent's reply be sent, where one asked.")
    text: str
    quoted: str | None = Field(description="Earlier messages and signatures that were split off the text.")
    html: str | None = Field(
        description="Sanitised: without scripts, forms or styles. Images that came with the mail have our address; "
        "those from elsewhere stand in `data-src`, which loads nothing, unless `images=remote` asked for them."
    )
    blocked_images: int = Field(default=0, description="Images from elsewhere that are not shown.")
    subject: str | None
    delivery: Delivery | None = Field(description="Of what we wrote: how far it came.")
    reaction: str | None = Field(default=None, description="The sign that the contact put on it.")
    our_reaction: str | None = Field(default=None, description="The sign that a teammate put on it.")
    quotes: str | None = Field(default=None, description="The beginning of the message that it answers.")
    transcribed_by: str | None = Field(default=None, description="The model that wrote down what was said aloud.")
    not_transcribed: str | None = Field(default=None, description="Why nobody wrote down what was said aloud.")
    call_id: UUID | None = Field(default=None, description="It was said on this call, or stands for it.")
    interrupted: bool = Field(default=False, description="The caller spoke before all of it was said: this was heard.")
    edited: bool = Field(default=False, description="The contact changed its words since.")
    taken_back: bool = Field(default=False, description="The contact deleted it on their side.")
    template: str | None = Field(default=None, description="The approved template that it left as.")
    charged_as: str | None = Field(
        default=None, description="The provider's category of what it charges for it, such as `utility`."
    )
    delivery_error: str | None = Field(default=None, description="Why it has not left, or what nobody knows of it.")
    attachments: list[MessageAttachment]
    event_id: UUID | None
    run_id: UUID | None
    citations: list[Citation] = Field(default=[], description="The passages that an agent's answer rests on.")
    created_at: datetime


ItemKind = Literal[
    "message",
    "note",
    "task",
    "follow_up",
    "approval",
    "hand_off",
    "ignored",
    "failed",
    "merge",
    "conversation",
    "booking",
]


class TimelineItem(BaseModel):
    """One thing that happened with a contact, on any channel. `data` has what only its kind has."""

    id: UUID
    at: datetime
    kind: ItemKind
    conversation_id: UUID | None
    channel: str | None
    text: str = Field(description="At most 4,000 characters.")
    author: str | None
    direction: Literal["inbound", "outbound"] | None
    delivery: str | None
    identity: IdentityState | None = Field(description="`claimed` with `data.claimant`: somebody who only says so.")
    data: dict[str, Any]


class Task(BaseModel):
    id: UUID
    title: str
    detail: str
    owner_id: UUID | None
    owner_name: str | None
    due_at: datetime | None
    status: TaskStatus
    contact_id: UUID | None
    contact_name: str | None
    conversation_id: UUID | None
    run_id: UUID | None
    created_by: str
    created_at: datetime
    done_at: datetime | None


TaskOrder = Literal["created", "due"]


class TaskFilters(BaseModel):
    """Which tasks a list shows; what is left out filters nothing."""

    status: TaskStatus | None = None
    whose: Annotated[
        Literal["mine", "team"] | None,
        Query(description="`mine`: yours. `team`: those too of who is in a team with you, and nobody's."),
    ] = None
    owner_id: UUID | None = None
    contact_id: UUID | None = None
    conversation_id: UUID | None = None
    due_from: Moment | None = None
    due_to: Moment | None = None


class NewTask(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Line
    detail: str = Field(default="", max_length=10_000)
    owner_id: UUID | None = Field(default=None, description="You; for an API key the workspace's owner.")
    due_at: Moment | None = None
    contact_id: UUID | None = Field(default=None, description="The conversation's, if left out.")
    conversation_id: UUID | None = None


class TaskChanges(BaseModel):
    """Only what is named changes; `null` empties owner and due time."""

    model_config = ConfigDict(extra="forbid")

    title: Line = ""
    detail: str = Field(default="", max_length=10_000)
    owner_id: UUID | None = None
    due_at: Moment | None = None
    status: TaskStatus = "open"


class FollowUp(WaitingFollowUp):
    """What wakes as a new turn at its time, unless the contact writes first."""

    contact_id: UUID
    contact_name: str | None
    conversation_id: UUID
    run_id: UUID | None
    status: FollowUpStatus
    ended_because: str | None
    event_id: UUID | None = Field(description="The turn it woke.")
    created_at: datetime


class NewFollowUp(BaseModel):
    model_config = ConfigDict(extra="forbid")

    conversation_id: UUID
    reason: Line = Field(description="What the agent is told at that time: what to come back to.")
    due_at: Moment


class FollowUpChanges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    due_at: Moment
