"""What HTTP shows and takes of SLA policies, clocks and figures."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.workspaces.profile import Line

Kind = Literal["first_response", "next_response", "resolution"]

MOST_POLICIES = 20
_MOST_MINUTES = 90 * 24 * 60
_MOST_CHOSEN = 100

Minutes = Annotated[int, Field(ge=1, le=_MOST_MINUTES)]
Ids = Annotated[list[UUID], Field(max_length=_MOST_CHOSEN)]
Words = Annotated[list[Line], Field(max_length=_MOST_CHOSEN)]


class NewPolicy(BaseModel):
    """Targets, and the conversations that they count for: those which fit all that is named; what is empty fits all."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="A workspace has it once. One that keeps its name stays the same policy.")
    channels: Words = []
    team_ids: Ids = Field(default=[], description="The conversation was given to one of these teams.")
    contact_tags: Words = Field(default=[], description="The contact has one of these tags, as `vip`.")
    tag_ids: Ids = Field(default=[], description="The conversation has one of these tags.")
    first_response_minutes: Minutes | None = None
    next_response_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None
    business_hours: bool = Field(
        default=True, description="Whether the clocks stand still outside the workspace's opening hours."
    )
    warn_percent: Annotated[int, Field(ge=1, le=99)] | None = Field(
        default=None, description="Somebody is told when so much of a target is used up, as 80."
    )
    warn_minutes: Minutes | None = Field(default=None, description="Or so many minutes before.")

    @property
    def targets(self) -> list[int]:
        each = (self.first_response_minutes, self.next_response_minutes, self.resolution_minutes)
        return [minutes for minutes in each if minutes is not None]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.targets:
            raise ValueError(
                "a policy needs a target: first_response_minutes, next_response_minutes or resolution_minutes"
            )
        first, resolution = self.first_response_minutes, self.resolution_minutes
        if first is not None and resolution is not None and resolution < first:
            raise ValueError(
                f"resolution_minutes {resolution} must not be less than first_response_minutes {first}: what is solved"
                " is answered"
            )
        if self.warn_percent is not None and self.warn_minutes is not None:
            raise ValueError("expected warn_percent or warn_minutes, and both came")
        if self.warn_minutes is not None and self.warn_minutes >= min(self.targets):
            raise ValueError(
                f"warn_minutes {self.warn_minutes} must be less than the shortest target, {min(self.targets)} minutes"
            )
        return self


class Policy(NewPolicy):
    id: UUID


class NewPolicies(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policies: Annotated[list[NewPolicy], Field(max_length=MOST_POLICIES)] = Field(
        description="All of them: the first one that fits a conversation counts for it. What is not named is gone."
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [policy.name.casefold() for policy in self.policies]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two policies are called {twice!r}: each needs a name of its own")
        return self


class Policies(BaseModel):
    policies: list[Policy]


class KindFigures(BaseModel):
    kind: Kind
    met: int
    breached: int
    running: int = Field(description="Still open and not breached: neither met nor missed so far.")
    share_met: float | None = Field(description="Of those with a target that are met or breached; from 0 to 1.")


class Durations(BaseModel):
    """How long clocks ran until they stopped, in the time that counts for them."""

    kind: Kind
    count: int
    median_seconds: float
    p90_seconds: float


class ChannelDurations(Durations):
    channel: str


class TeamDurations(Durations):
    team_id: UUID | None = Field(description="null: conversations that no team was given.")
    team_name: str | None


class Report(BaseModel):
    since: datetime
    until: datetime
    kinds: list[KindFigures]
    channels: list[ChannelDurations]
    teams: list[TeamDurations]
