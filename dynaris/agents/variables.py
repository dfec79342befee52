"""Words that are filled in where an outbound agent is used: `{{name}}` in its prompt and greeting."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from dynaris.agents.agent_parts import OutboundVariable
from dynaris.agents.agent_settings import AgentSettings
from dynaris.agents.guardrails.fence import as_data
from dynaris.core.errors import InvalidInput

MOST_CHARACTERS = 500  # of a value

_PLACE = re.compile(r"\{\{\s{0,5}([a-z][a-z0-9_]{0,39})\s{0,5}\}\}")


def declared(settings: AgentSettings) -> tuple[OutboundVariable, ...]:
    return tuple(settings.outbound.variables or ()) if settings.outbound else ()


def refuse_undeclared(settings: AgentSettings) -> None:
    """An agent that declares variables, or is outbound, uses no others. Raises InvalidInput."""
    names = [variable.name for variable in declared(settings)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise _wrong("outbound.variables", f"declared twice: {', '.join(sorted(twice))}")
    if not names and settings.agent_type != "outbound":
        return  # such brackets are text like any other
    for field, text in _texts(settings):
        if unknown := [name for name in _PLACE.findall(text) if name not in names]:
            raise _wrong(field, f"{{{{{unknown[0]}}}}} is no variable of `outbound.variables`")


def missing(settings: AgentSettings, values: Mapping[str, Any]) -> list[str]:
    """Required variables without a value."""
    return [one.name for one in declared(settings) if one.required and not str(values.get(one.name, "")).strip()]


def checked(settings: AgentSettings, values: Mapping[str, Any]) -> dict[str, str]:
    """As they are told to a model. Raises InvalidInput, with a line for each that is missing, unknown or of another
    type."""
    known = {variable.name: variable for variable in declared(settings)}
    errors = [{"field": f"variables.{name}", "message": "is required"} for name in missing(settings, values)]
    told: dict[str, str] = {}
    for name, value in values.items():
        try:
            told[name] = _told(known[name], value)
        except KeyError:
            errors.append({"field": f"variables.{name[:50]}", "message": "is not declared by this agent"})
        except ValueError as error:
            errors.append({"field": f"variables.{name}", "message": str(error)})
    if errors:
        said = "; ".join(f"{error['field']} {error['message']}" for error in errors[:10])
        raise InvalidInput(f"the agent's variables: {said}", errors=errors)
    return told


def with_variables(settings: AgentSettings, values: Mapping[str, str]) -> AgentSettings:
    """The same agent with its places filled; what has no value is left out. A value is data and one line long."""
    if not declared(settings):
        return settings

    def fill(text: str) -> str:
        return _PLACE.sub(lambda place: values.get(place[1], ""), text)

    changes: dict[str, Any] = {}
    if settings.role:
        changes["role"] = fill(settings.role)
    if settings.components:
        changes["components"] = [one.model_copy(update={"text": fill(one.text)}) for one in settings.components]
    if settings.greeting:
        changes["greeting"] = {language: fill(text).strip() for language, text in settings.greeting.items()}
    if settings.outbound and settings.outbound.purpose:
        changes["outbound"] = settings.outbound.model_copy(update={"purpose": fill(settings.outbound.purpose)})
    if settings.voice and settings.voice.prompt_realtime:
        changes["voice"] = settings.voice.model_copy(update={"prompt_realtime": fill(settings.voice.prompt_realtime)})
    return settings.model_copy(update=changes)


def _texts(settings: AgentSettings) -> Iterator[tuple[str, str]]:
    yield "role", settings.role or ""
    yield from _each("components", (component.text for component in settings.components or ()))
    yield from _each("greeting", (settings.greeting or {}).values())
    yield "outbound.purpose", (settings.outbound and settings.outbound.purpose) or ""
    yield "voice.prompt_realtime", (settings.voice and settings.voice.prompt_realtime) or ""


def _each(field: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((field, text) for text in texts)


def _told(variable: OutboundVariable, value: Any) -> str:
    """Raises ValueError."""
    if variable.type == "boolean":
        if not isinstance(value, bool):
            raise ValueError("true or false is expected")
        return "yes" if value else "no"
    if variable.type == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("a number is expected")
        return f"{value}"
    if not isinstance(value, str):
        raise ValueError("a text is expected")
    if len(value) > MOST_CHARACTERS:
        raise ValueError(f"{MOST_CHARACTERS} characters at most are expected, not {len(value):,}")
    if variable.type == "date":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError("a date such as 2026-11-30 is expected") from None
    return as_data(" ".join(value.split()))


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", errors=[{"field": field, "message": message}])
