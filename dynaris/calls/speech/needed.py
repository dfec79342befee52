"""Which providers hear and speak on calls, and what the operator sets for each; loads no voice library."""

from collections.abc import Mapping
from typing import Literal

from pydantic import SecretStr

from dynaris.core.settings import Settings

Kind = Literal["stt", "tts"]

_VARIABLES: Mapping[str, tuple[str, str]] = {
    "deepgram": ("deepgram_api_key", "DEEPGRAM_API_KEY"),
    "elevenlabs": ("elevenlabs_api_key", "ELEVENLABS_API_KEY"),
    "cartesia": ("cartesia_api_key", "CARTESIA_API_KEY"),
    "openai": ("openai_api_key", "OPENAI_API_KEY"),
    "openai-compatible": ("speech_url", "DYNARIS_SPEECH_URL"),
    "whisper": ("whisper_directory", "DYNARIS_WHISPER_DIRECTORY"),
}
NAMES: Mapping[Kind, tuple[str, ...]] = {
    "stt": tuple(_VARIABLES),
    "tts": tuple(name for name in _VARIABLES if name != "whisper"),
}


def why_not(settings: Settings, kind: Kind, name: str) -> str | None:
    """What keeps a provider from being asked, as far as settings tell."""
    if name not in NAMES[kind]:
        return f"there is none of this name; there are {', '.join(NAMES[kind])}"
    field, variable = _VARIABLES[name]
    return None if _text(getattr(settings, field)) else f"{variable} is not set"


def key_of(settings: Settings, name: str) -> str:
    return _text(getattr(settings, _VARIABLES[name][0]))


def order(own: str | None, model: str | None, providers: str | None) -> list[tuple[str, str | None]]:
    """Who is asked, and for which model: the agent's own first, then the installation's; nobody twice."""
    found = {own.lower(): model} if own else {}
    for each in (providers or "").split(","):
        name, _, its = each.strip().partition(":")
        if name:
            found.setdefault(name.lower(), its or None)
    return list(found.items())


def _text(value: object) -> str:
    return value.get_secret_value().strip() if isinstance(value, SecretStr) else str(value or "")
