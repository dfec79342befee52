"""What a played case leaves behind: turns, replies, tools, bookings; and what could be known in its workspace."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dynaris.evals.facts import Facts


class UsedTool(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    arguments: Any = None
    result: Any = None
    error: str | None = None


class Turn(BaseModel):
    """One message of the customer with what came of it."""

    model_config = ConfigDict(frozen=True)

    wrote: str
    outcome: str | None = None
    waiting_for: str | None = None
    reason: str | None = None
    agent: str | None = None
    why_agent: str | None = None
    tools: list[UsedTool] = []
    replies: list[str] = []
    cites: list[str] = []  # headings of the passages that the answer says it rests on
    models: list[str] = []  # that answered: another one than was asked for is a fallback
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    seconds: float = 0.0

    @property
    def ended_as(self) -> str:
        """What waits for the person who was asked to take over is that person's already."""
        return self.outcome or ("handed_off" if self.waiting_for == "person" else f"waiting for {self.waiting_for}")


class Booked(BaseModel):
    model_config = ConfigDict(frozen=True)

    service: str
    starts_at: datetime
    ends_at: datetime
    status: str
    staff: str = ""
    address: str = ""  # of its own page, which the mail about it names

    def __str__(self) -> str:
        return f"{self.service} {self.starts_at:%a %Y-%m-%d %H:%M %Z}, {self.status}"


class Played(BaseModel):
    model_config = ConfigDict(frozen=True)

    case_id: str
    turns: list[Turn]
    bookings: list[Booked] = []
    stopped: str | None = None  # why the rest of the case could not be played

    @property
    def said(self) -> str:
        """To the customer, over all turns, white space made one."""
        return " ".join(" ".join(reply.split()) for turn in self.turns for reply in turn.replies)

    @property
    def letters(self) -> str:
        """The same as it was laid out."""
        return "\n\n".join(reply for turn in self.turns for reply in turn.replies)

    @property
    def ended_as(self) -> str:
        return self.turns[-1].ended_as if self.turns else "nothing"

    @property
    def learnt(self) -> list[str]:
        """What tools and the calendar told the agent: slots, bookings, passages. What a tool only gives back of what
        it was handed is the agent's own word."""
        results = [_of_its_own(tool) for turn in self.turns for tool in turn.tools if tool.error is None]
        return [
            *results,
            *(
                f"{each.starts_at.isoformat()} {each.ends_at.isoformat()} {each.staff} {each.address}"
                for each in self.bookings
            ),
        ]


def _of_its_own(tool: UsedTool) -> str:
    told = " ¦ ".join(_texts_in(tool.result))
    for handed in sorted(_texts_in(tool.arguments), key=len, reverse=True):
        if re.search(r"\s", handed.strip()):  # one word alone may be a time or a name that the tool confirms
            told = told.replace(handed, " ")
    return told


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)
    elif value is not None:
        yield str(value)


@dataclass(frozen=True, slots=True)
class Known:
    """What could be known in the workspace when the conversation began, as far as it matters."""

    moment: datetime
    zone: ZoneInfo
    answers: dict[str, str]  # of FAQ entries, by question
    facts: Facts

    @property
    def today(self) -> date:
        return self.moment.astimezone(self.zone).date()
