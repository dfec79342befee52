"""A figure with its target, and how all figures are shown: a table for people, one line of JSON for machines."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Figure:
    """One result. Without a target it is only stated; without a value it could not be measured, so it fails."""

    name: str
    value: float | None
    target: float | None = None
    at_least: bool = False  # else the value must be at most the target
    unit: str = ""
    note: str = ""

    @property
    def holds(self) -> bool:
        if self.value is None:
            return False
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target


def median(values: Sequence[float]) -> float | None:
    """The middle one; None of nothing."""
    return statistics.median(values) if values else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank, so that the result is a value that was really seen."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def paired_ratio(numerators: Sequence[float | None], denominators: Sequence[float | None]) -> float | None:
    """The median of the rounds' own ratios: what disturbs a whole round cancels out."""
    pairs = zip(numerators, denominators, strict=True)
    return median([top / bottom for top, bottom in pairs if top is not None and bottom])


def as_json(figures: Sequence[Figure]) -> str:
    shown = {f.name: {"value": _rounded(f.value), "target": f.target, "holds": f.holds} for f in figures}
    return orjson.dumps(shown).decode()


def as_table(figures: Sequence[Figure]) -> str:
    rows = [_row(figure) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)] if rows else []
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    value = "not measured" if figure.value is None else f"{_rounded(figure.value):g} {figure.unit}".strip()
    sign = ">=" if figure.at_least else "<="
    target = "stated" if figure.target is None else f"{sign} {figure.target:g}"
    return figure.name, value, target, "holds" if figure.holds else "FAILS", figure.note


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
