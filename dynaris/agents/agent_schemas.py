"""What HTTP shows and takes of agents: how they are set, what they may do, their versions and what these changed."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.agents.agent_settings import AgentSettings, Dollars, Effect, Limits, Name, SpecialistName


class AgentView(BaseModel):
    """An agent as it is set, and what holds: the models it asks, in order, and the limits of a run."""

    id: UUID | None = Field(description="Null: nothing was ever set of it.")
    name: str
    kind: Literal["specialist", "supervisor", "own"] = Field(description="`own`: this workspace made it.")
    specialist: SpecialistName | None = Field(description="Whose behaviour and tools it has; null: the supervisor.")
    purpose: str = Field(description="In one sentence, where the workspace wrote no role.")
    active: bool
    version: int = Field(description="0: nothing was ever changed.")
    settings: AgentSettings
    models: list[str] = Field(description="In the order in which they are asked; the built-in one is the last.")
    limits: Limits
    changed_by: str | None = None
    changed_at: datetime | None = None


class ToolView(BaseModel):
    name: str
    effect: Effect
    description: str
    allowed: bool


class AgentAccount(BaseModel):
    """An account whose messages go to this agent alone."""

    id: UUID
    channel: str
    address: str


class AgentDetail(AgentView):
    toolbox: list[ToolView] = Field(description="All that its specialist has.")
    house_words: list[str] = Field(description="What it is told beside the house's rules, before the workspace's own.")
    accounts: list[AgentAccount]


class Agents(BaseModel):
    items: list[AgentView]


class NewAgent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="It stays, and stands in addresses; people read the title of its settings.")
    based_on: SpecialistName
    settings: AgentSettings = AgentSettings()


class AgentVersion(BaseModel):
    number: int
    settings: AgentSettings
    restores: int | None = Field(description="The version that this one brought back.")
    changed_by: str
    changed_at: datetime


class AgentVersions(BaseModel):
    items: list[AgentVersion]
    next_before: int | None = Field(default=None, description="For `before`: the versions before these.")


class Difference(BaseModel):
    """One thing that two versions do not have in common; null is the default, or that it was not there."""

    field: str
    item: str | None = Field(description="Of a prompt component its title, of a greeting its language.")
    before: Any
    after: Any


class Differences(BaseModel):
    before: int
    after: int
    items: list[Difference]


class AgentFigures(BaseModel):
    """What an agent did in the days asked for."""

    agent: str
    runs: int
    handed_off: int
    failed: int = Field(description="Runs that broke off, or whose models did not answer: a person had to.")
    tokens: int
    cost: Dollars | None = Field(description="In US dollars; null where the price of a request is unknown.")
    last_run_at: datetime | None
    last_error: str | None = Field(description="Of its latest run that went wrong.")
    last_error_run: UUID | None


class FiguresOfAgents(BaseModel):
    days: int
    items: list[AgentFigures]
