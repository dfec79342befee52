"""What HTTP takes and shows of a workspace's rehearsals."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.evals.cases import Case
from dynaris.evals.results import Measured

MOST_CASES = 200
Status = Literal["queued", "running", "done", "failed", "cancelled"]


class NewRun(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cases: Annotated[list[Case], Field(min_length=1, max_length=MOST_CASES)]
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="For every agent, instead of the models that the workspace has set."
    )
    agent_versions: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default={}, max_length=10, description='Agents as in that version of their settings; "*" is every agent.'
    )


class Run(BaseModel):
    id: UUID
    status: Status
    total: int = Field(description="Cases to be played.")
    played: int
    model: str | None = Field(description="The workspace's, where it was not named.")
    moment: datetime | None = Field(description="Of the conversations: the coming Monday at ten.")
    error: str | None = Field(description="Why it failed.")
    started_by: str
    created_at: datetime
    ended_at: datetime | None


class RunWithFigures(Run):
    measures: dict[str, Measured] = Field(description="Of the cases played so far.")
    failed: list[str] = Field(description="Cases in which a measure did not hold.")
    turns: int
    input_tokens: int
    output_tokens: int
    cost: str = Field(description="US dollars.")


class PlayedCase(BaseModel):
    case_id: str
    holds: bool
    verdicts: dict[str, Any]
    played: dict[str, Any]
