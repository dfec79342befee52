"""The turn API, one for all channels: what goes into a turn, what comes out while it runs, how it ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.agents.agent_settings import NOTHING_SET, AgentSettings, Effect, SpecialistName
from dynaris.channels.contract import ChannelTraits, Identity

Priority = Literal["low", "normal", "high", "urgent"]


class _Answering(BaseModel):
    """An agent by its name: a specialist's own, or that of the workspace's own agent with a specialist's behaviour."""

    agent: str
    specialist: SpecialistName

    @model_validator(mode="before")
    @classmethod
    def _is_one_itself(cls, given: Any) -> Any:
        return {"specialist": given.get("agent"), **given} if isinstance(given, dict) else given


class Route(_Answering):
    """Who answers, and why: the supervisor's structured decision, or a rule's."""

    reason: str
    priority: Priority = "normal"
    language: str = "en"  # ISO 639-1, of the contact's text
    decided_by: Literal["rule", "supervisor"] = "supervisor"


class Policy(BaseModel):
    """What an agent may do without asking, settled before the turn starts; text from outside cannot widen it."""

    model_config = ConfigDict(frozen=True)

    automatic: frozenset[Effect] = frozenset({"read"})  # effects that need no person
    needs_person: str | None = None  # why this arrival's actions need a person even in Auto ("dmarc=fail")
    trusted_recipients: frozenset[str] = frozenset()  # addresses that are not strangers: members, teams, channels


def automatic_effects(auto_mode: dict[str, Any]) -> frozenset[Effect]:
    """Reading and, unless narrowed, writing and sending; money only where it was switched on."""
    effects = auto_mode.get("effects", {})
    unless_narrowed: tuple[Effect, ...] = ("write", "send")
    chosen: set[Effect] = {"read", *(effect for effect in unless_narrowed if effects.get(effect, True))}
    if effects.get("spend", False):
        chosen.add("spend")
    return frozenset(chosen)


class TurnRequest(_Answering):
    """One turn: a burst of messages from a contact, or a wake-up, to be answered by one agent."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    workspace_id: UUID
    run_id: UUID
    event_id: UUID
    conversation_id: UUID
    contact_id: UUID
    channel: str
    traits: ChannelTraits
    identity: Identity
    model: str  # that the workspace uses, where `settings` name no other
    settings: AgentSettings = NOTHING_SET
    policy: Policy
    text: str  # what the contact wrote now, the messages of a burst joined by blank lines
    wake: str | None = None  # set when nobody wrote: why this turn was due
    now: datetime
    variables: Mapping[str, str] = {}  # that fill the agent's `{{places}}`, checked by `variables.checked`
    own_hosts: frozenset[str] = frozenset()  # of this installation: its links may stand in what is said


class Approved(BaseModel):
    kind: Literal["approved"] = "approved"
    edits: dict[str, Any] | None = None  # replaces the proposed arguments where set


class Denied(BaseModel):
    kind: Literal["denied"] = "denied"
    reason: str


Verdict = Annotated[Approved | Denied, Field(discriminator="kind")]


# What comes out while a turn runs ---------------------------------------------------------------


class Typing(BaseModel):
    kind: Literal["typing"] = "typing"


class TextDelta(BaseModel):
    kind: Literal["text"] = "text"
    text: str


class ToolCall(BaseModel):
    """A tool was called and returned (or failed); its row is already written."""

    kind: Literal["tool"] = "tool"
    tool: str
    effect: Effect
    arguments: dict[str, Any]
    result: Any = None
    error: str | None = None


class Message(BaseModel):
    """The reply, whole. The pipeline sends it; nothing has left yet."""

    kind: Literal["message"] = "message"
    text: str


class Proposal(BaseModel):
    """An action that waits for a person."""

    call_id: str
    action: str  # the tool's name
    effect: Effect
    arguments: dict[str, Any]
    why: str


class Paused(BaseModel):
    """The turn stops here until each proposal has a verdict; it resumes from its journal."""

    kind: Literal["paused"] = "paused"
    proposals: list[Proposal]


Decision = Literal["reply", "follow_up", "escalate", "wait", "ignore"]
AgentsReason = Literal["asked_for_person", "low_confidence", "policy"]
HandOffReason = Literal[
    AgentsReason,
    "failure",  # no model came to an answer
    "vip",  # the contact has a tag that the workspace wants people to answer
    "mapping",  # a team answers on this number now
    "no_agent",  # none is active on the channel
    "rejected",  # a teammate rejected its drafts
    "undecided",  # nobody decided on what it proposed
]
"""Why a conversation was handed to people, beside the sentence that says it."""


class Citation(BaseModel):
    """A passage that an answer rests on, as it was when it was used."""

    passage_id: str
    title: str
    heading: str = ""
    page: str | None = None
    link: str | None = None


class Done(BaseModel):
    """How the turn ended. `reply` and `escalate` may carry text for the contact (the preceding `Message`)."""

    kind: Literal["done"] = "done"
    decision: Decision
    reason: str = ""
    because: HandOffReason = "low_confidence"  # of an escalation
    due_at: datetime | None = None  # follow_up and wait
    escalate: bool = False
    summary: str = ""  # one or two sentences for the next reader of this conversation
    text: str | None = None
    citations: list[Citation] = []  # the passages that the text rests on
    # Where models did not answer and the built-in one stood in: which, and whether it only lacked what they know.
    stood_in_for: list[str] = Field(default=[], exclude=True)
    for_want_of_them: bool = Field(default=False, exclude=True)


TurnEvent = Typing | TextDelta | ToolCall | Message | Paused | Done
