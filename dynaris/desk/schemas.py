"""What HTTP takes and shows of the agent desktop."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynaris.conversations.schemas import Line, Status
from dynaris.core.moments import Moment


class ConversationChanges(BaseModel):
    """Only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    snoozed_until: Moment | None = Field(
        default=None, description="With `status: snoozed`: when it opens by itself. Else only when the contact writes."
    )
    subject: Line | None = None

    @model_validator(mode="after")
    def _only_the_snoozed_have_a_time(self) -> Self:
        if self.snoozed_until and self.status != "snoozed":
            raise ValueError("`snoozed_until` needs `status`: `snoozed`")
        return self


class Assignment(BaseModel):
    """To one member, to a team, or with neither to whoever takes it."""

    model_config = ConfigDict(extra="forbid")

    member_id: UUID | None = None
    team_id: UUID | None = None
    expected_holder: Literal["agent", "team"] | UUID | None = Field(
        default=None,
        description="Who has it on your screen: `agent`, `team` or a member's id. Refused (409) if that is over.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.member_id and self.team_id:
            raise ValueError("expected `member_id` or `team_id`, got both")
        return self


class BulkAction(BaseModel):
    """One thing that is done with each of several conversations."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] = Field(min_length=1, max_length=100)
    changes: ConversationChanges | None = None
    assign: Assignment | None = None
    add_tag: UUID | None = None
    take_tag: UUID | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        named = [each for each in (self.changes, self.assign, self.add_tag, self.take_tag) if each is not None]
        if len(named) != 1:
            raise ValueError(f"expected one of `changes`, `assign`, `add_tag`, `take_tag`, got {len(named)}")
        return self


class BulkResult(BaseModel):
    id: UUID
    result: Literal["done", "not_found", "refused"]
    reason: str | None = Field(default=None, description="Why it was refused.")


class BulkResults(BaseModel):
    items: list[BulkResult]
