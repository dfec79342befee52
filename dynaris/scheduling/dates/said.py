"""What a text says about days and times: groups, each one thing that was said, wanted or not."""

from dataclasses import dataclass, field

from dynaris.scheduling.dates.days import Days, Span, Weekdays
from dynaris.scheduling.dates.times import Clock


@dataclass(slots=True)
class Group:
    start: int
    end: int
    joint: str = "none"  # what stands before it: none, or, comma, comma_or, stop, but
    wanted: bool = True
    preferred: bool = False
    span: Span | None = None
    weekdays: Weekdays | None = None
    clocks: list[Clock] = field(default_factory=list)
    time_first: bool = False
    beyond: str = ""  # after or before: not these days, but those behind or ahead of them

    @property
    def has_day(self) -> bool:
        return self.span is not None or self.weekdays is not None

    def takes(self, days: Days) -> bool:
        if isinstance(days, Weekdays):
            if self.weekdays is not None:
                return False
            return self.span is None or not self.span.is_day or self.span.first.weekday() in days.days
        return self.span is None or self.span == days

    def add(self, days: Days) -> None:
        if isinstance(days, Span):
            self.span = days
        elif self.span is None or not self.span.is_day:
            self.weekdays = days


@dataclass(slots=True)
class Said:
    """Everything that a text says about days and times."""

    groups: list[Group]
    any_time: bool
    soonest: bool
