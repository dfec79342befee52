"""The result of cases: verdicts by measure, figures, and how they add up."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from dynaris.evals.cases import Case
from dynaris.evals.playing import Played


class Verdict(BaseModel):
    model_config = ConfigDict(frozen=True)

    holds: bool
    why: str = ""


class CaseResult(BaseModel):
    model_config = ConfigDict(frozen=True)

    case: Case
    set: str = "own"
    played: Played
    verdicts: dict[str, Verdict]

    @property
    def failed(self) -> list[str]:
        return [name for name, verdict in self.verdicts.items() if not verdict.holds]


class Measured(BaseModel):
    """How often a measure held among the cases it applies to."""

    model_config = ConfigDict(frozen=True)

    held: int
    of: int

    @property
    def share(self) -> float:
        return self.held / self.of if self.of else 1.0


class Report(BaseModel):
    model_config = ConfigDict(frozen=True)

    label: str  # which agent this was
    model: str
    moment: datetime  # of the conversations
    made_at: datetime
    seconds: float
    results: list[CaseResult]


def measured(results: Sequence[CaseResult]) -> dict[str, Measured]:
    names = list(dict.fromkeys(name for result in results for name in result.verdicts))
    verdicts = {name: [result.verdicts[name] for result in results if name in result.verdicts] for name in names}
    return {
        name: Measured(held=sum(verdict.holds for verdict in found), of=len(found)) for name, found in verdicts.items()
    }


class Totals(BaseModel):
    model_config = ConfigDict(frozen=True)

    cases: int
    turns: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    seconds: float


def totals(results: Sequence[CaseResult]) -> Totals:
    turns = [turn for result in results for turn in result.played.turns]
    return Totals(
        cases=len(results),
        turns=len(turns),
        input_tokens=sum(turn.input_tokens for turn in turns),
        output_tokens=sum(turn.output_tokens for turn in turns),
        cost=sum((turn.cost for turn in turns), Decimal(0)),
        seconds=sum(turn.seconds for turn in turns),
    )
