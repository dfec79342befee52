"""The specialists: each file is one, as data; the supervisor chooses among them by their purpose."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from dynaris.agents.agent_settings import SPECIALISTS, AgentSettings, SpecialistName
from dynaris.agents.own_words import BASE, SPECIALIST, PromptPart

_HOUSE = Path(__file__).parents[1] / "prompts" / "house.md"


@dataclass(frozen=True, slots=True)
class Specialist:
    name: SpecialistName
    purpose: str  # one sentence: what the supervisor sends here
    tools: tuple[str, ...]  # by name, from `agents/tools.py`
    components: tuple[str, ...] = ()  # its own paragraphs of the prompt, most important first


@cache
def specialists() -> dict[SpecialistName, Specialist]:
    found: dict[SpecialistName, Specialist] = {}
    for name in SPECIALISTS:
        found[name] = import_module(f"dynaris.agents.specialists.{name}").specialist
    return found


def tools_of(name: SpecialistName, settings: AgentSettings) -> frozenset[str] | None:
    """Those that an agent with these settings may use, by name; `None`: all of its specialist's."""
    if settings.tools is None and settings.effects is None:
        return None
    from dynaris.agents.tools import built_in_tools

    known = built_in_tools()
    return frozenset(
        tool
        for tool in specialists()[name].tools
        if (settings.tools is None or tool in settings.tools)
        and (settings.effects is None or known[tool].effect in settings.effects)
    )


@cache
def parts_of(name: SpecialistName) -> tuple[PromptPart, ...]:
    """What a specialist is told in every turn; the turn's own context follows it."""
    specialist = specialists()[name]
    house = [PromptPart(_title(text), BASE, "house", text) for text in _HOUSE.read_text().strip().split("\n\n")]
    own = "\n\n".join([f"Your part: {specialist.purpose}", *specialist.components])
    return (*house, PromptPart(f"base_prompt_{name}", SPECIALIST, "house", own))


def _title(text: str) -> str:
    """A section's heading; the beginning has none."""
    heading, _, rest = text.partition("\n- ")
    return heading if rest else "base"


@cache
def instructions_of(name: SpecialistName) -> str:
    return "\n\n".join(part.text for part in parts_of(name))
