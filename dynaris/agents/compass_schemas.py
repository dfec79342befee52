"""What Compass shows and takes over HTTP: an agent as runtimes read it, and as other services manage it.

The names are those that voice and text runtimes know; `compass_record.py` says which parts of an agent they are."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dynaris.agents.agent_parts import (
    CallLimits,
    McpAddress,
    OutboundVariable,
    TransferTarget,
    VoiceConfig,
    Words,
)
from dynaris.agents.agent_settings import (
    ChannelName,
    Dollars,
    Effect,
    Greeting,
    Language,
    Limits,
    Line,
    ModelString,
    Name,
    PromptComponent,
    SpecialistName,
    ToolName,
)
from dynaris.agents.mcp.routes import McpSecretText
from dynaris.core.invalid import written

Status = Literal["active", "inactive", "provisioning", "failed"]
Category = Literal["ai_ivr", "ai_agent", "human_agent"]
AgentType = Literal["inbound", "outbound"]
Skill = Literal["knowledge", "contacts", "conversations", "templates", "scheduling"]
Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]
Greetings = dict[
    Annotated[str, StringConstraints(pattern=written("^([a-z]{2}|default)$", "de, another language, or default"))],
    Greeting,
]


class PartOfPrompt(BaseModel):
    title: str
    priority: int = Field(description="The lowest comes first; the house's parts come before the workspace's.")
    source: Literal["house", "workspace", "context"]
    text: str


class ToolForRuntimes(BaseModel):
    name: str
    description: str
    effect: Effect
    arguments: dict[str, Any] = Field(description="A JSON schema.")
    needs_approval: bool = Field(description="A person says yes first, as Auto mode is set now.")


class LimitsForRuntimes(CallLimits):
    run: Limits


class RuntimeAgent(BaseModel):
    """All that a runtime needs to speak or write as this agent."""

    agent_id: UUID
    tenant_id: UUID
    agent_name: str
    title: str | None
    version: int = Field(description="0: nothing was ever changed.")
    status: Status
    agent_category: Category
    agent_type: AgentType
    agent: str = Field(description="What it is there for.")
    system_prompt: str = Field(description="The components' texts, with an empty line between them.")
    components: list[PartOfPrompt]
    prompt_realtime: str | None
    model: str = Field(description="That is asked first.")
    models: list[str]
    voice_model: str | None = Field(description="What speaks: the text-to-speech model; in realtime mode the model.")
    voice_config: VoiceConfig
    language: list[str] = Field(description="The first one is the usual one.")
    base_greeting: dict[str, str]
    greeting: str | None = Field(description="For the language that was asked for.")
    tools: list[ToolForRuntimes]
    transfer_to: str | None
    limits: LimitsForRuntimes
    outbound_purpose: str | None
    outbound_variables: list[OutboundVariable]
    mcp_server_url: str | None


class PromptWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    variables: dict[str, str | int | float | bool] = Field(default={}, max_length=100)
    language: Language | None = None
    channel: ChannelName | None = None


class RecordLimits(BaseModel):
    """Null is the default."""

    model_config = ConfigDict(extra="forbid")

    max_call_duration_minutes: int | None = Field(default=None, ge=1, le=600)
    silence_timeout_seconds: int | None = Field(default=None, ge=1, le=600)
    silence_max_retries: int | None = Field(default=None, ge=0, le=50)
    silence_check_interval: int | None = Field(default=None, ge=1, le=60)
    max_steps: int | None = Field(default=None, ge=1, le=100)
    max_tool_calls: int | None = Field(default=None, ge=0, le=200)
    max_tokens: int | None = Field(default=None, ge=100, le=10_000_000)
    max_cost: Dollars | None = None
    max_seconds: float | None = Field(default=None, gt=0, le=3_600)


class AgentFields(BaseModel):
    """What can be set; what is left out stays, null is the default again."""

    model_config = ConfigDict(extra="forbid")

    title: Line | None = None
    agent: Words | None = Field(default=None, description="Its role, in words: the agent is told so.")
    agent_prompt: Prompt | None = Field(default=None, description="One component of its prompt, called so.")
    prompt_components: list[PromptComponent] | None = Field(default=None, max_length=29)
    prompt_realtime: Prompt | None = None
    agent_type: AgentType | None = None
    agent_category: Category | None = Field(
        default=None, description="`human_agent` cannot be set: people are members, invited at /api/invitations."
    )
    status: Status | None = Field(default=None, description="`active` and `inactive` can be set.")
    skills: list[Skill] | None = Field(default=None, max_length=5, description="Groups of tools that it may use.")
    tools: list[ToolName] | None = Field(
        default=None, max_length=100, description="Single tools, beside those of `skills`; neither: all of them."
    )
    model: ModelString | None = None
    language: list[Language] | None = Field(default=None, min_length=1, max_length=20)
    base_greeting: Greetings | None = Field(default=None, max_length=21)
    voice_config: VoiceConfig | None = Field(default=None, description="Its parts that are left out stay.")
    transfer_to: TransferTarget | None = None
    limits: RecordLimits | None = Field(default=None, description="The same.")
    outbound_purpose: Words | None = None
    outbound_variables: list[OutboundVariable] | None = Field(default=None, max_length=50)
    mcp_server_url: McpAddress | None = None


class AgentChanges(AgentFields):
    mcp_server_secret: McpSecretText | None = Field(default=None, description="It is never shown.")


class NewRecord(AgentChanges):
    agent_name: Name = Field(description="Unique in the workspace; it stays.")
    specialist: SpecialistName | None = Field(
        default=None, description="Whose behaviour it has; else `voice` for an `ai_ivr`, and `chat` for others."
    )


class AgentRecord(AgentFields):
    agent_id: UUID
    tenant_id: UUID
    agent_name: str
    specialist: SpecialistName
    version: int
    mcp_secret_set: bool
    changed_by: str | None
    changed_at: datetime | None
