"""The specialists: each file is one, as data; the supervisor chooses among them by their purpose."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import get_args

from dynaris.agents.turn import SpecialistName

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
    for name in get_args(SpecialistName):
        found[name] = import_module(f"dynaris.agents.specialists.{name}").specialist
    return found


@cache
def instructions_of(name: SpecialistName) -> str:
    """What a specialist is told in every turn; the turn's own context follows it."""
    specialist = specialists()[name]
    return "\n\n".join([_HOUSE.read_text().strip(), f"Your part: {specialist.purpose}", *specialist.components])
