"""What HTTP shows and takes of agents: how they are set, what they may do, their versions and what these changed."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.agents.agent_settings import AgentSettings, ChannelName, Dollars, Effect, Limits, Name, SpecialistName


class AgentView(BaseModel):
    """An agent as it is set, and what holds: the models it asks, in order, and the limits of a run."""

    id: UUID = Field(description="It stays, and may stand in addresses where the name does.")
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
    mcp_secret_set: bool = Field(description="Whether its MCP server is sent a secret, which nobody is shown.")


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
    item: str | None = Field(
        description="Of a prompt component its title, of a greeting its language, of a group its part."
    )
    before: Any
    after: Any


class Differences(BaseModel):
    before: int
    after: int
    items: list[Difference]


class Line(BaseModel):
    """One message of a rehearsed conversation."""

    model_config = ConfigDict(extra="forbid")

    author: Literal["contact", "agent"]
    text: Annotated[str, StringConstraints(min_length=1, max_length=8_000)]


class TurnToTry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    messages: Annotated[list[Line], Field(min_length=1, max_length=40)] = Field(
        description="Oldest first; the last one is the contact's, and is answered."
    )
    settings: AgentSettings | None = Field(default=None, description="Instead of what the agent is set to.")
    channel: ChannelName | None = Field(default=None, description="On which they write; else one that it answers on.")


class TriedStep(BaseModel):
    """A tool that was called, or would have been; or what happened to a model."""

    kind: Literal["tool", "model", "note"]
    name: str = Field(description="The tool's, the model's that answered, or the note's kind.")
    effect: Effect | None = None
    arguments: Any = None
    result: Any = None
    error: str | None = None
    called: bool = Field(default=True, description="False: it would have been; only what reads is called.")
    needs_yes: str | None = Field(default=None, description="Why a person would have been asked first.")


class TriedPassage(BaseModel):
    title: str
    heading: str
    text: str
    score: float
    cited: bool


class TriedTurn(BaseModel):
    """What an agent would have said and done. Nothing was changed or sent; what models cost is spent."""

    text: str | None
    decision: str
    reason: str
    route: str | None = Field(description="The supervisor's: whom it chose.")
    channel: str
    steps: list[TriedStep]
    passages: list[TriedPassage] = Field(description="That it was told, best first.")
    held_back: str | None = Field(description="Why a person would have to see this text before it leaves.")
    words: str = Field(description="The workspace's own words, as its prompt had them.")
    input_tokens: int
    output_tokens: int
    cost: Dollars | None = Field(description="In US dollars; null where the price of a request is unknown.")
    seconds: float


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
