"""What HTTP shows of the ledger, the overview, the navigation's counts, a story and the preview of Auto mode."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.agents.agent_settings import Dollars
from dynaris.agents.turn import Effect
from dynaris.contacts.schemas import ShownAddress
from dynaris.pipeline.outcome import Outcome, WaitingFor
from dynaris.pipeline.schemas import AutoMode
from dynaris.pipeline.trace import Step

Owner = Literal["agent", "member", "team"]
State = Literal["answered", "handed_off", "ignored", "failed", "open"]


class LedgerLine(BaseModel):
    """One inquiry: who asked, whose it is, until when, what became of it."""

    id: UUID
    kind: Literal["message", "wake", "delivery", "call", "spoken"]
    channel: str
    account_id: UUID
    account: str | None = Field(description="The account's address.")
    contact_id: UUID | None
    contact_name: str | None
    contact_address: ShownAddress | None = Field(description="By which one without a name is called.")
    subject: str | None
    text: str | None = Field(description="Its first words.")
    status: Literal["queued", "waiting", "live", "done"]
    waiting_for: WaitingFor | None
    deadline: datetime | None = Field(description="Until when somebody has to have answered.")
    owner: Owner | None = Field(description="Whose it is, or who answered; null: nobody needs to.")
    owner_id: UUID | None = Field(description="The member.")
    owner_name: str | None = Field(description="The member's, or the agent's.")
    outcome: Outcome | None
    reason: str | None
    first_response_seconds: float | None = Field(
        description="From its arrival to the first words that reached the contact; an acknowledgement of a hand-off is "
        "none."
    )
    attempts: int
    conversation_id: UUID | None
    message_id: UUID | None
    run_id: UUID | None
    created_at: datetime
    settled_at: datetime | None


class OpenGroup(BaseModel):
    """Inquiries that need somebody, by what they wait for and whose they are."""

    waiting_for: WaitingFor
    owner: Owner | None
    owner_id: UUID | None
    owner_name: str | None
    events: int
    overdue: int
    deadline: datetime | None = Field(description="The earliest.")


class Responses(BaseModel):
    """First responses on a channel, in seconds."""

    channel: str
    responses: int
    p50: float
    p95: float
    worst: list[LedgerLine]


class Volume(BaseModel):
    part: str = Field(description="One of `parts`.")
    channel: str
    state: State = Field(description="The outcome; `open` has none yet.")
    events: int
    by_agent: int = Field(description="Of them, answered without a person's words.")


class Spending(BaseModel):
    month: str
    spent: Dollars
    monthly_cap: Dollars | None
    requests: int
    unpriced: int = Field(description="Requests whose price is unknown.")


class Overview(BaseModel):
    timezone: str
    unit: Literal["hour", "day"]
    since: datetime
    parts: list[str] = Field(description="Beginnings of the hours or days, in the workspace's time zone.")
    open: list[OpenGroup] = Field(description="What needs somebody now, most urgent first.")
    urgent: list[LedgerLine] = Field(description="The ten whose deadline comes first, or passed longest ago.")
    volume: list[Volume]
    responses: list[Responses]
    answered: int
    answered_by_agents: int
    spending: Spending


class Counts(BaseModel):
    """Beside the navigation; each is at most 1,000."""

    events_waiting: int
    events_failed: int = Field(description="In the last 30 days.")
    approvals_pending: int
    tasks_due: int = Field(description="Due by now, one's own or nobody's.")
    tasks_mine: int = Field(description="Open, one's own.")


class ArrivalField(BaseModel):
    name: str
    value: str


class ArrivalSummary(BaseModel):
    size: int = Field(description="Of what is stored as it came, in bytes; 0: erased, or no longer kept.")
    fields: list[ArrivalField] = Field(description="What it says of itself, without its text.")


class StoryRun(BaseModel):
    """One turn of an agent; `/api/runs/{id}` has all of it."""

    id: UUID
    agent: str
    model: str
    status: Literal["running", "waiting", "done", "failed"]
    error: str | None
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost: Dollars | None = Field(description="In US dollars; null where the price of a request is unknown.")
    created_at: datetime
    ended_at: datetime | None


class EventStory(BaseModel):
    event: LedgerLine
    match: dict[str, Any] | None = Field(description="Why this contact and this conversation.")
    decision: dict[str, Any] | None = Field(description="Who answers, and why.")
    arrival: ArrivalSummary
    runs: list[StoryRun]
    steps: list[Step] = Field(description="By time; `detail` has what each kind of step is made of.")


class PreviewedAccount(BaseModel):
    id: UUID
    address: str
    enabled: bool
    agent: str | None
    error: str | None = Field(description="Why nothing is read from it now.")
    send_error: str | None = Field(description="Why nothing can be sent from it now.")
    last_event_at: datetime | None


class PreviewedChannel(BaseModel):
    channel: str
    automatic: bool = Field(description="With the wished mode.")
    automatic_now: bool
    event_types: list[str] = Field(description="What comes in there, and would be answered.")
    accounts: list[PreviewedAccount]
    waiting: int = Field(description="Events that wait for a run.")
    oldest_waiting: datetime | None


class PreviewedEffect(BaseModel):
    effect: Effect
    automatic: bool = Field(description="Needs nobody's yes.")
    tools: list[str]


class Warning(BaseModel):
    code: Literal["no_account", "account_unhealthy", "no_knowledge", "model_down", "spending_cap"]
    text: str


class AutoModePreview(BaseModel):
    """What the wished mode would do; nothing is changed."""

    enabled: bool
    channels: list[PreviewedChannel]
    effects: list[PreviewedEffect]
    waiting: int = Field(description="Events that wait for a run, on all channels.")
    to_process: int = Field(description="Of them, those that `queue`: `process` would release.")
    warnings: list[Warning]


class WishedMode(AutoMode):
    """As `PUT /api/settings/auto-mode` would be sent it, without `queue`."""
