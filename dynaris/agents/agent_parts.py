"""Parts of an agent's settings: how it speaks on the telephone, what it calls people for, and its server of tools."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

MOST_VARIABLES = 50
MOST_MCP_TOOLS = 40

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
QUEUE = "queue:"


def _is_target(target: str) -> str:
    if _E164.fullmatch(target) or target.removeprefix(QUEUE) != target:
        return target
    try:
        return str(UUID(target))
    except ValueError:
        raise ValueError(
            f"a telephone number such as +4930123456, `queue:` with a team's name, or a team's id is expected, "
            f"not {target[:50]!r}"
        ) from None


def _is_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or "@" in parts.netloc:
        raise ValueError("an address such as https://tools.example/mcp is expected, without a user or a password")
    return url


ServiceName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
TransferTarget = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_is_target)
]
McpAddress = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(_is_address)
]
StopWord = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
VariableName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class VoiceConfig(BaseModel):
    """How it hears, thinks and speaks; what is left out is the runtime's own choice, unless a default is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pipeline_mode: Literal["stt_llm_tts", "realtime"] | None = Field(
        default=None, description="Speech to text, model, text to speech (default); or one model that hears and speaks."
    )
    stt_provider: ServiceName | None = Field(default=None, description="Speech to text: deepgram, openai, …")
    stt_model: ServiceName | None = None
    llm_model: ServiceName | None = Field(default=None, description="On calls; else the agent's model.")
    tts_provider: ServiceName | None = Field(default=None, description="Text to speech: elevenlabs, openai, …")
    tts_model: ServiceName | None = None
    voice: ServiceName | None = Field(default=None, description="The voice's name or id at its provider.")
    speed: float | None = Field(default=None, ge=0.25, le=4, description="Of speech; 1 is the voice's own.")


class VoiceSettings(VoiceConfig):
    """What a voice runtime needs."""

    prompt_realtime: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)] | None = (
        Field(default=None, description="Told to a realtime model beside the prompt.")
    )
    transfer_to: TransferTarget | None = Field(
        default=None, description="Where a call goes on that a person takes: a number, `queue:<team>`, a team's id."
    )
    stop_words: list[StopWord] | None = Field(
        default=None,
        max_length=50,
        description="Said by a caller, the agent stops and a person is called, as where somebody is in danger.",
    )
    record_calls: bool | None = Field(
        default=None, description="Both sides are kept; callers are told, and press 9 where they do not want it."
    )
    after_call: Literal["task", "mail"] | None = Field(
        default=None,
        description="What follows a call: a task that somebody looks after it, or a mail to the contact about what "
        "was said. Nothing if left out.",
    )
    max_call_duration_minutes: int | None = Field(default=None, ge=1, le=600, description="Default 30.")
    silence_timeout_seconds: int | None = Field(default=None, ge=1, le=600, description="Default 10.")
    silence_max_retries: int | None = Field(
        default=None, ge=0, le=50, description="How often silence is asked about before the call ends; default 2."
    )
    silence_check_interval: int | None = Field(default=None, ge=1, le=60, description="In seconds; default 1.")


class OutboundVariable(BaseModel):
    """A word that is filled in where the agent is used: `{{name}}` in its prompt and greeting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: VariableName
    type: Literal["text", "number", "date", "boolean"] = "text"
    required: bool = True
    description: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class OutboundSettings(BaseModel):
    """Of an agent that gets in touch by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purpose: Words | None = Field(default=None, description="Why it gets in touch; the agent is told so.")
    variables: list[OutboundVariable] | None = Field(default=None, max_length=MOST_VARIABLES)


class McpServer(BaseModel):
    """A server whose tools the agent has beside its specialist's, as `mcp_<name>` (streamable HTTP)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: McpAddress
    tools: list[Annotated[str, StringConstraints(min_length=1, max_length=128)]] | None = Field(
        default=None, max_length=MOST_MCP_TOOLS, description="Those of the server's that it has; else all of them."
    )


class CallLimits(BaseModel):
    """Of one call, as they hold."""

    model_config = ConfigDict(frozen=True)

    max_call_duration_minutes: int = 30
    silence_timeout_seconds: int = 10
    silence_max_retries: int = 2
    silence_check_interval: int = 1

    @classmethod
    def of(cls, voice: VoiceSettings | None) -> "CallLimits":
        if voice is None:
            return cls()
        chosen = {name: getattr(voice, name) for name in cls.model_fields}
        return cls(**{name: value for name, value in chosen.items() if value is not None})
