"""Bodies of the usage API. Runtimes send their names as they have them: `callId` or `call_id`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

from dynaris.billing.costs import ANY_MODEL, Unit

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class _Sent(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid")


class _Used(_Sent):
    provider: Name = Field(description="`local`: it runs here, and costs nothing.")
    model: Name


class HearingUsed(_Used):
    duration_seconds: float = Field(ge=0, le=10**7)
    transcript_chars: Count = 0


class ThinkingUsed(_Used):
    input_tokens: Count
    output_tokens: Count
    turn_count: Count = 0


class SpeakingUsed(_Used):
    characters: Count
    response_chars: Count = 0


class Metrics(_Sent):
    """Of each kind one, or several where a call went from one provider to another."""

    stt: list[HearingUsed] = Field(default=[], max_length=20)
    llm: list[ThinkingUsed] = Field(default=[], max_length=20)
    tts: list[SpeakingUsed] = Field(default=[], max_length=20)

    @model_validator(mode="before")
    @classmethod
    def _one_is_a_list_of_one(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {kind: [used] if isinstance(used, dict) else used or [] for kind, used in given.items()}


class NewUsage(_Sent):
    call_id: Name = Field(description="The runtime's id of the call: sent again with it, it is the same event.")
    channel_id: Name
    agent_id: Name
    timestamp: AwareDatetime = Field(description="When the call ended: prices of that time hold.")
    duration_seconds: float = Field(default=0, ge=0, le=10**7)
    transcript_reference: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    metrics: Metrics
    metadata: dict[str, Any] = Field(default={}, description="Kept with it: language, transferred, realtime.")


class CostPart(BaseModel):
    part: str
    provider: str
    model: str
    counted: str
    quantity: str
    unit: Unit
    price: str | None = Field(description="US dollars for one unit; null: none was known, and it counts nothing.")
    price_id: UUID | None
    cost: str | None


class UsageEvent(BaseModel):
    id: UUID
    call_id: str
    at: datetime
    channel: str
    agent: str
    transcript: str | None
    seconds: float
    metrics: dict[str, Any]
    metadata: dict[str, Any]
    cost: str = Field(description="US dollars, six places; of the parts that have a price.")
    evidence: list[CostPart]
    created_at: datetime


class PriceIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: Name
    model: Name = Field(default=ANY_MODEL, description="`*`: all of the provider's without a price of their own.")
    unit: Unit
    amount: Annotated[Decimal, Field(ge=0, lt=10**9, decimal_places=6, allow_inf_nan=False)] = Field(
        description="US dollars for one unit: a minute of speech, a thousand tokens or characters."
    )
    effective_from: AwareDatetime
    effective_to: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_a_period(self) -> "PriceIn":
        if self.effective_to and self.effective_to <= self.effective_from:
            raise ValueError("`effective_to` must be after `effective_from`")
        return self


class NewPrices(BaseModel):
    model_config = ConfigDict(extra="forbid")

    prices: list[PriceIn] = Field(max_length=500)


class PriceOut(BaseModel):
    id: UUID
    provider: str
    model: str
    unit: Unit
    amount: str
    effective_from: datetime
    effective_to: datetime | None


class Prices(BaseModel):
    prices: list[PriceOut]
