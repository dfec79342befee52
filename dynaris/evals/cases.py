"""Cases as people write them: TOML files, read and checked (docs/add-an-eval-case.md)."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from dynaris.agents.turn import SpecialistName
from dynaris.core.errors import InvalidInput

FOLDER = Path(__file__).parent / "cases"
SETS = ("dev", "held-out")
MOST_TURNS = 12
MOST_PATTERNS = 30

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SLOTS = ("first_slot", "second_slot", "third_slot")


def _compiles(pattern: str) -> str:
    import regex

    try:
        regex.compile(pattern, regex.IGNORECASE)
    except regex.error as error:
        raise ValueError(f"a regular expression that Python reads ({error})") from error
    return pattern


Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_compiles)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ExpectedBooking(BaseModel):
    """What must stand in the calendar for this customer at the end."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    service: Line
    weekday: Weekday
    week: int = Field(default=0, ge=0, le=52, description="0 is the week of the conversation.")
    earliest: time = Field(default=time(0, 0), alias="from")
    until: time = time(23, 59)
    status: Literal["confirmed", "pending", "cancelled"] = "confirmed"


class Expected(BaseModel):
    model_config = ConfigDict(extra="forbid")

    specialist: list[SpecialistName] = []
    outcome: Literal["answered", "handed_off", "ignored"] | None = None  # none: however it ends
    passages: list[Line] = []
    knowledge: bool = False
    escalate: bool = False
    says: Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)] = []
    never: Annotated[list[Pattern], Field(max_length=MOST_PATTERNS)] = []
    booking: ExpectedBooking | None = None

    @model_validator(mode="after")
    def _agrees(self) -> "Expected":
        if self.knowledge and not self.passages:
            raise ValueError("`passages` with at least one title, because `knowledge` is true")
        if self.escalate and self.outcome != "handed_off":
            raise ValueError("the outcome handed_off, because `escalate` is true")
        return self


class Case(BaseModel):
    """One scripted customer."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,99}$")]
    channel: Literal["email", "webchat", "whatsapp"]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
    title: Line
    subject: Line | None = None
    name: Line
    turns: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=10_000)]],
        Field(min_length=1, max_length=MOST_TURNS),
    ]
    expect: Expected

    @field_validator("turns")
    @classmethod
    def _known_placeholders(cls, turns: list[str]) -> list[str]:
        for number, turn in enumerate(turns):
            for name in _PLACEHOLDER.findall(turn):
                if name not in _SLOTS:
                    raise ValueError(f"no placeholder but {', '.join(_SLOTS)} in braces, not {{{name}}}")
                if number == 0:
                    raise ValueError(f"no {{{name}}} in the first turn: nothing was offered yet")
        return turns

    @model_validator(mode="after")
    def _subject_for_mail(self) -> "Case":
        if (self.subject is not None) != (self.channel == "email"):
            raise ValueError("a `subject` on the channel email, and on no other")
        return self


def placeholders(turn: str) -> list[int]:
    """Which of the offered slots a turn names: 0 is the first."""
    return [_SLOTS.index(name) for name in _PLACEHOLDER.findall(turn)]


def filled(turn: str, slots: Sequence[str]) -> str:
    """With the clock times of the offered slots instead of their placeholders."""
    return _PLACEHOLDER.sub(lambda match: slots[_SLOTS.index(match[1])], turn)


def read_set(name: str) -> list[Case]:
    """`dev`, `held-out` or `all` of the cases that come with the product."""
    wanted = SETS if name == "all" else (name,)
    if not set(wanted) <= set(SETS):
        raise InvalidInput(f"the set is one of {', '.join(SETS)}, all; not {name!r}")
    return read_cases([FOLDER / each.replace("-", "_") for each in wanted])


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """Of TOML files and of folders of them. Raises `InvalidInput`: file, case, field, what was expected."""
    cases: list[Case] = []
    for path in paths:
        files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        for file in files:
            cases += _of_file(file)
    return unique(cases)


def unique(cases: list[Case]) -> list[Case]:
    twice = [case_id for case_id, count in Counter(case.id for case in cases).items() if count > 1]
    if twice:
        raise InvalidInput(f"case {twice[0]!r}: id: one of its own was expected, another case has it")
    return cases


def _of_file(path: Path) -> list[Case]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"{path}: a readable file was expected: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: TOML was expected: {error}") from error
    tables = content.get("case")
    if set(content) != {"case"} or not isinstance(tables, list):
        raise InvalidInput(f"{path}: [[case]] tables and nothing else were expected, not {', '.join(content) or '-'}")
    return [case_of(table, f"{path.name}: ") for table in tables]


def case_of(table: Any, where: str = "") -> Case:
    try:
        return Case.model_validate(table)
    except ValidationError as error:
        named = table.get("id", "without an id") if isinstance(table, dict) else "that is no table"
        raise InvalidInput(f"{where}case {named!r}: {_in_words(error)}") from error


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "its fields together"
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error":
        return f"{field}: expected {said}"
    shown = "" if first["type"] == "missing" else f", not {str(first['input'])[:80]!r}"
    return f"{field}: {said}{shown}"
