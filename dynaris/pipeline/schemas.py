"""What HTTP shows of events, approvals and the switch between Auto and Manual."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from dynaris.agents.turn import Effect
from dynaris.conversations.schemas import Citation
from dynaris.conversations.uploads import MOST_FILES
from dynaris.templates.schemas import TemplateChoice


class Event(BaseModel):
    """One line of the inquiry ledger."""

    id: UUID
    channel: str
    account_id: UUID
    external_id: str
    kind: Literal["message", "wake", "delivery", "call", "spoken"]
    status: Literal["queued", "waiting", "live", "done"]
    waiting_for: Literal["run", "approval", "person", "delivery"] | None
    deadline: datetime | None
    owner_id: UUID | None
    outcome: Literal["answered", "handed_off", "ignored", "failed"] | None
    reason: str | None
    contact_id: UUID | None
    conversation_id: UUID | None
    message_id: UUID | None
    run_id: UUID | None
    match: dict[str, Any] | None = Field(description="Why this contact and this conversation.")
    decision: dict[str, Any] | None = Field(description="Who answers, and why.")
    attempts: int
    occurred_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


class Replayed(BaseModel):
    event: Event
    reply_stands: bool = Field(description="An earlier reply stands: none will be sent.")


class HandOff(BaseModel):
    model_config = ConfigDict(extra="forbid")

    member_id: UUID | None = Field(default=None, description="Who answers.")
    team_id: UUID | None = Field(default=None, description="Or which team; with neither, whoever takes it.")
    note: str | None = Field(default=None, max_length=10_000, description="For the colleague, kept as a note.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "HandOff":
        if self.member_id and self.team_id:
            raise ValueError("send either `member_id` or `team_id`")
        return self


class Accepted(BaseModel):
    event_id: UUID
    duplicate: bool


class AutoMode(BaseModel):
    """Auto mode is `enabled`, narrowed per channel and per effect of an action."""

    enabled: StrictBool
    channels: dict[str, StrictBool] = {}
    effects: dict[Literal["write", "send", "spend"], StrictBool] = {}


class AutoModeChange(AutoMode):
    model_config = ConfigDict(extra="forbid")  # a mistyped name must not leave a channel on

    queue: Literal["keep", "process"] | None = Field(
        default=None, description="What happens to events that wait for a run when Auto mode is switched on."
    )


class AutoModeState(AutoMode):
    waiting: int = Field(description="Events that wait for a run.")


class ReactionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    emoji: str | None = Field(max_length=40, description="null: none any more.")


class ReplyBody(BaseModel):
    text: str = Field(default="", max_length=100_000)
    note: bool = Field(default=False, description="A note for colleagues: it is not sent.")
    message_id: UUID | None = Field(default=None, description="Yours: sent twice, it is stored once.")
    seen: UUID | None = Field(
        default=None,
        description="The newest message that you saw. 409 with the `newer` one where somebody else's reply came after "
        "it: to send all the same, name that one.",
    )
    expected_holder: UUID | None = Field(
        default=None,
        description="The member who has the conversation as far as you know: you, or a colleague from whom you take "
        "it. 409 with the `holder` (id, name) where another member has it.",
    )
    attachments: list[UUID] = Field(default=[], max_length=MOST_FILES, description="Uploaded for this conversation.")
    template: TemplateChoice | None = Field(
        default=None,
        description="Instead of a text: what may leave when the reply window is closed (409 with `window_closed`).",
    )

    @model_validator(mode="after")
    def _says_something(self) -> "ReplyBody":
        if self.template and (self.text.strip() or self.attachments or self.note):
            raise ValueError("a template leaves by itself: without a text, a file, and not as a note")
        if not (self.text.strip() or self.attachments or self.template):
            raise ValueError("a message needs a text, an attachment or a template")
        return self


class Posted(BaseModel):
    id: UUID
    warning: str | None = Field(default=None, description="The reply leaves, though the contact asked for none.")


class ReadTool(BaseModel):
    tool: str
    arguments: Any
    error: str | None


class Proposed(BaseModel):
    """What the agent would do before it answers; a person's yes would be needed."""

    action: str
    effect: Effect
    arguments: dict[str, Any]
    why: str


class AgentDraft(BaseModel):
    """A draft that an agent wrote on request. Nothing was sent or changed."""

    run_id: UUID = Field(description="How it came about: `/api/runs/{run_id}`.")
    text: str = Field(description="Empty where the agent would hand over, or do something first: see `reason`.")
    decision: Literal["reply", "follow_up", "escalate", "wait", "ignore", "propose"]
    reason: str
    agent: str
    agent_reason: str = Field(description="Why this specialist.")
    citations: list[Citation]
    tools: list[ReadTool] = Field(description="What was looked up for it.")
    proposals: list[Proposed]
    caution: str | None = Field(description="Why such a text would not leave without a person.")


class Holder(BaseModel):
    id: UUID
    holder: Literal["agent", "member", "team"]
    holder_id: UUID | None
    hold_until: datetime | None


class BatchLine(BaseModel):
    """Many events that are brought back to the agents."""

    id: UUID
    status: Literal["running", "done", "cancelled"]
    total: int
    asked: dict[str, Any] = Field(description="The filter, or how many ids were named.")
    started_by: str = Field(description="An actor, as in the audit log.")
    created_at: datetime
    ended_at: datetime | None


class BatchEvent(BaseModel):
    event_id: UUID
    result: Literal["run", "replayed", "skipped", "not_found"]
    reason: str | None = Field(description="Why it was left alone, or why nothing will be sent.")
    done_at: datetime


class Batch(BatchLine):
    done: int = Field(description="Events looked at so far.")
    by_result: dict[str, int] = Field(description="How many were run, replayed, skipped, not found.")
    left_alone: list[BatchEvent] = Field(
        description="Those skipped or not found, with the reason: the first 1000; all of them are at `…/events`."
    )
