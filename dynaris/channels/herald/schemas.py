"""The body of a turn, and the answer to it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AnyHttpUrl, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator

from dynaris.core.callbacks import fault_of

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=100_000)]


class Spoken(BaseModel):
    """What was said before, as the service has it."""

    model_config = ConfigDict(extra="ignore")

    author: Literal["contact", "agent", "member"]
    text: Text
    at: AwareDatetime | None = None


class Whom(BaseModel):
    """Whom the conversation is with; what is said here is claimed, not proved."""

    model_config = ConfigDict(extra="ignore")

    name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=40)


class TurnContext(BaseModel):
    model_config = ConfigDict(extra="ignore")

    contact: Whom = Whom()
    messages: list[Spoken] = Field(default=[], max_length=50, description="Oldest first, without the one to answer.")
    summary: str | None = Field(default=None, max_length=10_000)
    data: dict[str, Any] = Field(default={}, description="Kept with the message.")


class TurnIn(BaseModel):
    model_config = ConfigDict(extra="ignore")

    turn_id: Name | None = Field(default=None, description="Yours: sent again with it, it is the same turn.")
    conversation_id: Name = Field(description="Yours: one turn at a time is answered in it.")
    agent_id: Name | None = Field(
        default=None, description="Who answers, by name or id; whom the supervisor chooses, if left out."
    )
    message: Text = Field(description="What the contact wrote now.")
    context: TurnContext = TurnContext()
    reply_url: AnyHttpUrl = Field(description="Where callbacks are posted.")

    @field_validator("message")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("`message` is empty")
        return text

    @field_validator("reply_url")
    @classmethod
    def _can_be_sent_to(cls, url: AnyHttpUrl) -> AnyHttpUrl:
        if fault := fault_of(str(url)):
            raise ValueError(f"nothing can be sent to this `reply_url`: {fault}")
        return url


class TurnTaken(BaseModel):
    turn_id: str = Field(description="In every callback; made for you where you named none.")
    event_id: UUID
    duplicate: bool


class TurnCancelled(BaseModel):
    cancelled: bool = Field(description="False: it had ended, or its answer was on its way already.")


class TurnCallback(BaseModel):
    """What is posted to `reply_url`, in this order; one that comes again has the same `turn_id` and `number`."""

    event: Literal["typing", "message", "done"]
    turn_id: str
    conversation_id: str
    number: int = Field(description="0 is `typing`, which may be missing; 1 the message; then `done`.")
    text: str | None = Field(default=None, description="Of `message`.")
    escalate: bool | None = Field(default=None, description="Of `done`: a person has to answer.")
    summary: str | None = Field(default=None, description="Of `done`: for the next reader of the conversation.")
    outcome: Literal["answered", "handed_off", "ignored", "failed"] | None = None
    reason: str | None = None
    because: str | None = Field(default=None, description="Of an escalation: its reason in a word, as low_confidence.")
    at: datetime | None = None
