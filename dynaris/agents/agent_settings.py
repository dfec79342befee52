"""What a workspace may set of an agent: its words, tools and languages, where it answers, its model and limits; what
is left out is the workspace's or the house's."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from dynaris.agents.agent_parts import McpServer, OutboundSettings, VoiceSettings
from dynaris.core.invalid import written

BUILTIN = "builtin"
SUPERVISOR = "supervisor"
SpecialistName = Literal["email_sales", "scheduling", "voice", "research", "chat"]
AgentName = Literal[SpecialistName, "supervisor"]
SPECIALISTS: tuple[SpecialistName, ...] = get_args(SpecialistName)
AGENTS: tuple[AgentName, ...] = (*SPECIALISTS, SUPERVISOR)  # that every workspace has; it may add its own
Effect = Literal["read", "write", "send", "spend"]
MOST_FALLBACKS = 5
MOST_COMPONENTS = 30
DEFAULT_GREETING = "default"  # in all languages that have none of their own

_SIXTH = Decimal("0.000001")


def to_sixth(amount: Decimal) -> Decimal:
    return amount.quantize(_SIXTH, ROUND_HALF_UP)


ModelString = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Dollars = Annotated[
    Decimal,
    Field(ge=0, lt=Decimal(10) ** 9, allow_inf_nan=False),
    AfterValidator(to_sixth),
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str, when_used="json-unless-none"),
]


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Language = Annotated[str, StringConstraints(pattern=written("^[a-z]{2}$", "a language's two letters, such as de"))]
Greeting = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
ToolName = Annotated[str, StringConstraints(pattern=written("^[a-z][a-z0-9_]{0,63}$", "a tool's name"))]
ChannelName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[
    str,
    StringConstraints(
        pattern=written("^[a-z][a-z0-9_-]{1,39}$", "a name of small letters, figures, - and _, such as front_line")
    ),
]


class PromptComponent(BaseModel):
    """A part of what an agent is told, after the house's rules, which always come first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]
    priority: int = Field(default=50, ge=0, le=999, description="The lowest comes first.")
    enabled: bool = True


class AgentSettings(BaseModel):
    """Every part is optional; null is the default again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line | None = Field(default=None, description="What people read as its name.")
    role: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] | None = Field(
        default=None, description="What it is there for: the agent is told so, and who chooses among agents."
    )
    category: Line | None = Field(default=None, description="A word of the workspace's own, to sort agents by.")
    agent_category: Literal["ai_agent", "ai_ivr"] | None = Field(
        default=None, description="What runtimes take it for: an agent (default), or the menu of a telephone line."
    )
    agent_type: Literal["inbound", "outbound"] | None = Field(
        default=None,
        description="`outbound`: it gets in touch by itself, and is never chosen for who writes or calls.",
    )
    based_on: SpecialistName | None = Field(
        default=None, description="Whose behaviour and tools an agent of the workspace's own has; it stays."
    )
    status: Literal["active", "inactive"] | None = Field(default=None, description="Inactive: it is never chosen.")
    components: list[PromptComponent] | None = Field(default=None, max_length=MOST_COMPONENTS)
    tools: list[ToolName] | None = Field(
        default=None, max_length=100, description="Those it may use, of its specialist's; else all of them."
    )
    effects: list[Effect] | None = Field(
        default=None, max_length=4, description="Of the tools that it may use; else all of them."
    )
    languages: list[Language] | None = Field(
        default=None, min_length=1, max_length=20, description="It answers in these; else in the workspace's."
    )
    other_languages: Literal["first", "hand_off"] | None = Field(
        default=None,
        description="Where the contact writes in another: answered in the first one (default), or a person's.",
    )
    channels: list[ChannelName] | None = Field(
        default=None, min_length=1, max_length=20, description="On which it answers; else on all."
    )
    greeting: dict[Annotated[str, StringConstraints(pattern="^([a-z]{2}|default)$")], Greeting] | None = Field(
        default=None,
        max_length=21,
        description="What its first text in a conversation begins with, by language; not in letters.",
    )
    chooses_from: list[Name] | None = Field(
        default=None, min_length=1, max_length=60, description="The supervisor's: whom it may choose; else anybody."
    )
    voice: VoiceSettings | None = Field(default=None, description="In a change, its parts that are left out stay.")
    outbound: OutboundSettings | None = Field(default=None, description="The same.")
    mcp_server: McpServer | None = Field(default=None, description="Replaced as a whole.")

    model: ModelString | None = Field(
        default=None, description="`builtin`, `provider:name`, or `<provider entry>:name`; else the workspace's model."
    )
    fallbacks: list[ModelString] | None = Field(
        default=None,
        max_length=MOST_FALLBACKS,
        description="Models that are asked when the one before failed, in order. The built-in one always comes last.",
    )
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_output_tokens: int | None = Field(default=None, ge=16, le=200_000, description="Of one response.")
    max_context_tokens: int | None = Field(
        default=None, ge=2_000, le=1_000_000, description="That what an agent is told takes of a model's context."
    )
    max_steps: int | None = Field(default=None, ge=1, le=100, description="Model requests of one run.")
    max_tool_calls: int | None = Field(default=None, ge=0, le=200, description="Of one run.")
    max_tokens: int | None = Field(default=None, ge=100, le=10_000_000, description="Input and output, of one run.")
    max_cost: Dollars | None = Field(default=None, description="Of one run, in US dollars; the price list's.")
    max_seconds: float | None = Field(
        default=None, gt=0, le=3_600, description="Of one turn; at most `DYNARIS_RUN_TIMEOUT`."
    )

    def chain(self, model: str) -> tuple[str, ...]:
        """Which models are asked, in order; `model` is what the workspace uses. The built-in one is the last."""
        named = [self.model or model, *(self.fallbacks or ())]
        upto = named.index(BUILTIN) if BUILTIN in named else len(named)
        return (*dict.fromkeys(named[:upto]), BUILTIN)


class Limits(BaseModel):
    """Of one run, as they hold."""

    model_config = ConfigDict(frozen=True)

    steps: int = 24
    tool_calls: int = 36
    tokens: int = 500_000
    cost: Dollars = Decimal("2.000000")
    seconds: float | None = None  # nothing but the process's own limit

    @classmethod
    def of(cls, settings: AgentSettings) -> "Limits":
        chosen = {
            "steps": settings.max_steps,
            "tool_calls": settings.max_tool_calls,
            "tokens": settings.max_tokens,
            "cost": settings.max_cost,
            "seconds": settings.max_seconds,
        }
        return cls(**{name: value for name, value in chosen.items() if value is not None})


NOTHING_SET = AgentSettings()
_GROUPS = ("voice", "outbound")


def set_parts(settings: AgentSettings) -> dict[str, Any]:
    """As it is stored: what is set, and nothing else."""
    stored = settings.model_dump(mode="json", exclude_none=True)
    return {name: part for name, part in stored.items() if part or name not in _GROUPS}


def merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> AgentSettings:
    """`None` is the default again; of a group (`voice`, `outbound`) what is left out stays as well."""
    parts = {**stored, **changes}
    for name in _GROUPS:
        if changes.get(name) is not None:
            parts[name] = {**(stored.get(name) or {}), **changes[name]}
    return AgentSettings.model_validate(parts)


def settings_of(agents: Mapping[str, Any], name: str) -> AgentSettings:
    """From `workspace.agents`. What an older release stored and this one does not know is left out."""
    stored = agents.get(name)
    if not stored:
        return NOTHING_SET
    known = {key: value for key, value in stored.items() if key in AgentSettings.model_fields}
    return AgentSettings.model_validate(known)
