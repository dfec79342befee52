"""Days: what a rule matched, as days of the calendar.

Rules for what can be read in two ways, which the offer makes visible by naming the full date:

- "Tuesday" and "next Tuesday" are the coming one, and on a Tuesday the one in seven days (who means today says so).
  Said beside "this Tuesday" or a plain "Tuesday", "next Tuesday" is the one after.
- "Tuesday week", "mardi en huit", "übernächsten Dienstag" are the coming one and seven days.
- After "next Tuesday or Thursday", as after "Monday 30 or else Tuesday", the second is that of the same week, where
  it is still to come.
- "Next week" is Monday to Sunday; "in two weeks" the week that holds that day, but none of it more
  than three days before it; "end of the month" its last eight days.
- A day without a year is the next one that comes; with a year, and past, it is none.
- "6/3" is day and month as the business writes them, unless only the other reading is a date.
"""

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dynaris.scheduling.dates.words import Words

HORIZON = 400  # days; nobody means what is further away
WORKDAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Weekdays:
    days: frozenset[int]  # 0 is Monday
    which: str = ""  # this, next, week_after, two_weeks, plural


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last, both in it."""

    first: date
    last: date

    @property
    def is_day(self) -> bool:
        return self.first == self.last


Days = Weekdays | Span


def weekday_in(words: Words, said: str) -> int:
    if said.startswith("@"):
        return int(said[1])
    named = enumerate(zip(words.weekdays, words.weekday_names, strict=True))
    # "sat" and "mer." are days by the words around them, which are not here.
    short = said.rstrip(".")
    return next(number for number, (word, name) in named if re.fullmatch(word, said) or name.startswith(short))


def weekdays_through(first: int, last: int, which: str = "") -> Weekdays:
    return Weekdays(frozenset((first + number) % 7 for number in range((last - first) % 7 + 1)), which)


def month_in(words: Words, said: str) -> int:
    return next(number for number, pattern in enumerate(words.months, 1) if re.fullmatch(pattern, said))


def count_in(words: Words, said: str | None) -> int:
    if not said:
        return 3
    if said.isdecimal():
        return int(said)
    return words.counts.get(said) or words.numbers.get(said, 3)


def coming(weekday: int, today: date, *, today_counts: bool = False) -> date:
    ahead = (weekday - today.weekday()) % 7
    return today + timedelta(days=ahead if ahead or today_counts else 7)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


NEVER = Span(date(1970, 1, 1), date(1970, 1, 1))  # "31 February": no day to come, and not the 31st of another month


def dated(day: int, month: int, year: int | None, today: date) -> date | None:
    """Without a year the next one that comes; `None` where there is no such day."""
    for candidate in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if found >= today or year:
            return found
    return None


def numeric(first: int, second: int, year: int | None, today: date, *, month_first: bool) -> date | None:
    day, month = (second, first) if month_first else (first, second)
    return dated(day, month, year, today) or dated(month, day, year, today)


def day_of_month(day: int, today: date) -> date | None:
    """The next one that comes."""
    month = today.replace(day=1)
    for _ in range(3):
        found = dated(day, month.month, month.year, today)
        if found and found >= today:
            return found
        month = _next_month(month)
    return None


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month(months: int, today: date) -> tuple[date, date]:
    first = today.replace(day=1)
    for _ in range(months):
        first = _next_month(first)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _part(first: date, last: date, part: str) -> Span:
    starts = {"start": first, "middle": first.replace(day=11), "end": last - timedelta(days=7)}
    ends = {"start": first.replace(day=10), "middle": first.replace(day=20), "end": last}
    return Span(starts[part], ends[part]) if part in starts else Span(first, last)


def month_span(months: int, part: str, today: date) -> Span:
    """`part`: start, middle, end or the whole; of the month in so many months, of the next one where it is over."""
    found = _part(*_month(months, today), part)
    return found if found.last >= today else _part(*_month(months + 1, today), part)


def named_month(month: int, year: int | None, part: str, today: date) -> Span | None:
    for candidate in (year,) if year else (today.year, today.year + 1):
        first = date(candidate, month, 1)
        found = _part(first, first.replace(day=calendar.monthrange(candidate, month)[1]), part)
        if found.last >= today:
            return found
    return None


def nth_weekday(weekday: int, which: int, months: Iterable[date], today: date) -> Span | None:
    """The second Tuesday of a month, the last where `which` is -1: the first to come; `months`: their first days."""
    for first in months:
        days = (first + timedelta(days=number) for number in range(calendar.monthrange(first.year, first.month)[1]))
        found = [day for day in days if day.weekday() == weekday]
        if abs(which) <= len(found) and (day := found[which - (which > 0)]) >= today:
            return Span(day, day)
    return None


def months_from(months: int, today: date, *, several: int = 1) -> list[date]:
    """The first day of the month in so many months, and of those after it."""
    return [_month(months + number, today)[0] for number in range(several)]


def week_span(weeks: int, part: str, today: date) -> Span:
    monday = monday_of(today) + timedelta(weeks=weeks)
    first, last = {"": (0, 6), "start": (0, 1), "middle": (1, 3), "end": (3, 6)}[part]
    return Span(monday + timedelta(days=first), monday + timedelta(days=last))


def weekend_span(weeks: int, today: date) -> Span:
    saturday = monday_of(today) + timedelta(days=5, weeks=weeks)
    return Span(saturday, saturday + timedelta(days=1))


def _after(days: int, today: date) -> Span | None:
    if not 0 <= days <= HORIZON:
        return None
    day = today + timedelta(days=days)
    return Span(day, day)


def _week_around(days: int, today: date) -> Span | None:
    if not 0 <= days <= HORIZON:
        return None
    day = today + timedelta(days=days)
    first = max(monday_of(day), day - timedelta(days=3), today)
    return Span(first, first + timedelta(days=6))


def _from_today(days: int, today: date) -> Span:
    return Span(today, today + timedelta(days=min(days, HORIZON)))


Maker = Callable[[int, date], Span | None]

# By the rule's kind, with the number behind its colon or in {N}.
BY_NUMBER: Mapping[str, Maker] = {
    "plus": _after,
    "in_days": _after,
    "in_weeks": lambda weeks, today: _week_around(weeks * 7, today),
    "in_months": lambda months, today: _week_around(months * 30, today),
    "next_days": _from_today,
    "next_weeks": lambda weeks, today: _from_today(weeks * 7, today),
    "week": lambda weeks, today: week_span(weeks, "", today),
    "week_start": lambda weeks, today: week_span(weeks, "start", today),
    "week_middle": lambda weeks, today: week_span(weeks, "middle", today),
    "week_end": lambda weeks, today: week_span(weeks, "end", today),
    "weekend": weekend_span,
    "month": lambda months, today: month_span(months, "", today),
    "month_start": lambda months, today: month_span(months, "start", today),
    "month_middle": lambda months, today: month_span(months, "middle", today),
    "month_end": lambda months, today: month_span(months, "end", today),
}


def ends_of(days: Days, today: date) -> tuple[date, date]:
    """The first and the last of them."""
    if isinstance(days, Span):
        return days.first, days.last
    found = sorted(resolved(days, today, None))
    return found[0], found[-1]


def days_in(span: Span, today: date) -> Iterator[date]:
    """Those that are still to come, and that anybody means."""
    first, last = max(span.first, today), min(span.last, today + timedelta(days=HORIZON))
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def resolved(weekdays: Weekdays, today: date, span: Span | None, *, later: bool = False) -> list[date]:
    """The dates of these weekdays: in the span, else the coming ones; `later`: "next" means the one after."""
    if span is not None:
        return [day for day in days_in(span, today) if day.weekday() in weekdays.days]
    weeks = {"week_after": 1, "two_weeks": 2, "next": 1 if later else 0}.get(weekdays.which, 0)
    this = weekdays.which in ("this", "any")
    first = [coming(day, today, today_counts=this) + timedelta(weeks=weeks) for day in weekdays.days]
    repeated = range({"plural": 4, "any": 2}.get(weekdays.which, 1))
    return sorted(day + timedelta(weeks=n) for day in first for n in repeated)
