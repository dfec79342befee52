"""Dates in free text: "next Tuesday after 3, or Thursday morning" as stretches of time, in four languages.

`find_dates` is pure: a text, the time now, a time zone. How what can be read in two ways is read stands in `days.py`,
what alternatives share in `groups.py`, how a bare hour is meant in `times.py`; the words are data, a file for each
language. A library for dates is not used: it knows dates, but no "after three", no "or" and no "but not on Friday".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from operator import attrgetter

from dynaris.core.language import detect
from dynaris.scheduling.dates.days import HORIZON, days_in, resolved
from dynaris.scheduling.dates.groups import grouped
from dynaris.scheduling.dates.said import Group, Said
from dynaris.scheduling.dates.scan import LONGEST, Scanned, scan
from dynaris.scheduling.dates.times import DAY, Stretch, settle, wanted_minute
from dynaris.scheduling.dates.words import LANGUAGES
from dynaris.workspaces.opening_hours import zone

__all__ = ["Window", "Wish", "find_dates"]

_SHORT = 100  # characters: in a text no longer, a single word may have told the language wrongly
_CLEARLY = 2
_BY_START = attrgetter("start")
_MOST_WINDOWS = 80
_TITLE = 60  # characters
_NAMED = 3  # days of the week: more are meant where none is named
_MOST_SAID = 500  # windows, wanted or avoided, that one text is read into: a day each of more than a year


@dataclass(frozen=True, slots=True)
class Window:
    """A start in it would fit."""

    start: datetime
    end: datetime  # not in it
    said: str = ""  # the words of the text
    best: datetime | None = None  # the time that was named, where one was


@dataclass(frozen=True, slots=True)
class Wish:
    windows: tuple[Window, ...] = ()  # in the order of the text, the days of each in their own
    avoided: tuple[Window, ...] = ()  # what was said not to fit, within the next weeks
    understood: tuple[str, ...] = ()  # words of the text that named a day or a time
    soonest: bool = False  # as soon as possible
    any_time: bool = False
    language: str = "en"
    gone: bool = False  # something was named that is past, or further away than anybody plans

    @property
    def is_empty(self) -> bool:
        """Nothing was said about when."""
        return not (self.windows or self.avoided or self.soonest or self.any_time or self.gone)


def find_dates(
    text: str,
    *,
    now: datetime,
    timezone: str,
    language: str | None = None,
    month_first: bool | None = None,
    days_ahead: int = 14,
) -> Wish:
    """Never raises. `language`: of the business, for texts too short to tell their own. `month_first`: how the business
    writes 6/3; without it, only English in America does. `days_ahead`: meant where a time is named and no day."""
    if month_first is None:
        month_first = (language or "en") == "en" and timezone.startswith(("America/", "US/"))
    return _found(text[:LONGEST], now, timezone, language, month_first=month_first, days_ahead=days_ahead)


@lru_cache(maxsize=128)
def _found(
    text: str, now: datetime, timezone: str, language: str | None, *, month_first: bool, days_ahead: int
) -> Wish:
    """Kept, because a turn asks for the same text several times."""
    local = now.astimezone(zone(timezone))

    def wish(part: str) -> Wish:
        today, minutes = local.date(), local.hour * 60 + local.minute
        spoken, scanned = _best(part, language, today, minutes, month_first=month_first)
        return _Reader(grouped(scanned, today), scanned, local, days_ahead).wish(spoken)

    title, _, letter = text.partition("\n")
    if len(title) <= _TITLE and letter.strip() and (short := wish(title)).windows:
        whole = wish(letter)
        if _says_no_more(short, whole):
            return whole
    return wish(text)


def _says_no_more(title: Wish, letter: Wish) -> bool:
    """A mail's subject names the day of which its letter says the rest: "Tuesday", "Can I come next Tuesday at 3?"."""
    if (
        title.avoided
        or title.soonest
        or any(window.best or window.start.time() != time.min for window in title.windows)
    ):
        return False
    days = {window.start.weekday() for window in letter.windows}
    return len(days) <= _NAMED and {window.start.weekday() for window in title.windows} <= days


def _best(text: str, language: str | None, today: date, minutes: int, *, month_first: bool) -> tuple[str, Scanned]:
    """In the text's own language; in another one only if that understands clearly more of it."""
    own = detect(text)
    first = own if own in LANGUAGES else language if language in LANGUAGES else "en"
    found = {first: scan(text, first, today, minutes, month_first=month_first)}
    if own == first and found[first].understood and len(text) > _SHORT:
        return first, found[first]
    for other in LANGUAGES:
        if other != first:
            found[other] = scan(text, other, today, minutes, month_first=month_first)
    best = max(found, key=lambda name: found[name].understood + _CLEARLY * ((name == first) + (name == language)))
    return best, found[best]


class _Reader:
    def __init__(self, said: Said, scanned: Scanned, local: datetime, ahead: int) -> None:
        self.said = said
        self.text = scanned.text
        self.now = local
        self.today = local.date()
        self.zone = local.tzinfo
        self.ahead = ahead
        self.anchor: date | None = None  # of "next Tuesday" or a date, for the weekdays named after it

    def wish(self, language: str) -> Wish:
        groups = self.said.groups
        refused = [group for group in groups if not group.wanted]
        avoided = list(islice((window for group in refused for window in self._avoided(group)), _MOST_SAID))
        wanted = sorted((group for group in groups if group.wanted), key=lambda group: not group.preferred)
        windows = list(islice((window for group in wanted for window in self._windows(group)), _MOST_SAID))
        named = bool(windows)
        if not windows and not wanted and refused:
            windows = list(self._whole(self._days_ahead(), ""))
        if not windows and self.said.soonest:
            windows = list(self._whole(self._days_ahead(), ""))
        kept = _without(windows, avoided)[:_MOST_WINDOWS]
        return Wish(
            windows=tuple(kept),
            avoided=tuple(avoided),
            understood=tuple(self._words(group) for group in groups),
            soonest=self.said.soonest,
            any_time=self.said.any_time,
            language=language,
            gone=bool(wanted) and not named,
        )

    def _words(self, group: Group) -> str:
        return " ".join(self.text[group.start : group.end].split())

    def _windows(self, group: Group) -> Iterator[Window]:
        stretches = settle(group.clocks)
        days = self._dates(group) if group.has_day else self._days_ahead()
        said = self._words(group)
        if stretches is None:
            yield from self._whole(days, said)
            return
        minute = wanted_minute(group.clocks)
        for day in days:
            for stretch in stretches:
                if window := self._window(day, stretch, said, minute):
                    yield window

    def _avoided(self, group: Group) -> Iterator[Window]:
        stretches = settle(group.clocks) or [(0, DAY)]
        weekdays = group.weekdays
        if weekdays and group.span is None and weekdays.which in ("", "plural", "any"):
            days = [day for day in self._days_ahead(8 * 7) if day.weekday() in weekdays.days]
        else:
            days = self._dates(group) if group.has_day else self._days_ahead(8 * 7)
        for day in days:
            for stretch in stretches:
                if window := self._window(day, stretch, self._words(group), None):
                    yield window

    def _dates(self, group: Group) -> list[date]:
        if group.weekdays is None:
            assert group.span is not None
            if group.wanted and group.span.is_day:
                self.anchor = group.span.first
            return list(days_in(group.span, self.today))
        later = group.weekdays.which == "next" and self._is_contrasted(group)
        found = resolved(group.weekdays, self.today, group.span, later=later)
        if group.weekdays.which == "next":
            self.anchor = found[0] if found else None
        elif group.span is None and not group.weekdays.which and self.anchor:
            found = [self._same_week(day) for day in found]
        return [day for day in found if (day - self.today).days <= HORIZON]

    def _same_week(self, day: date) -> date:
        assert self.anchor is not None
        moved = self.anchor + timedelta(days=day.weekday() - self.anchor.weekday())
        return moved if moved > self.today else day

    def _is_contrasted(self, group: Group) -> bool:
        """ "This Tuesday or next Tuesday"."""
        assert group.weekdays is not None
        others = (
            other.weekdays.which in ("this", "") and other.weekdays.days == group.weekdays.days
            for other in self.said.groups
            if other is not group and other.weekdays and other.span is None
        )
        return any(others)

    def _days_ahead(self, days: int | None = None) -> list[date]:
        return [self.today + timedelta(days=number) for number in range(days or self.ahead)]

    def _whole(self, days: Iterable[date], said: str) -> Iterator[Window]:
        """Days that follow each other are one window."""
        open_from: date | None = None
        last: date | None = None
        for day in [*days, None]:
            if open_from and last and (day is None or day != last + timedelta(days=1)):
                if window := self._window(open_from, (0, DAY), said, None, last):
                    yield window
                open_from = None
            open_from, last = open_from or day, day

    def _window(
        self, day: date, stretch: Stretch, said: str, minute: int | None, last: date | None = None
    ) -> Window | None:
        start, end = self._at(day, stretch[0]), self._at(last or day, stretch[1])
        start = max(start, self.now, key=datetime.timestamp)
        if (day - self.today).days > HORIZON or end.timestamp() <= start.timestamp():
            return None
        best = self._at(day, minute) if minute is not None else None
        return Window(start, end, said, best if best and best.timestamp() >= start.timestamp() else None)

    def _at(self, day: date, minutes: int) -> datetime:
        days, rest = divmod(minutes, DAY)
        clock = time(rest // 60, rest % 60)
        return datetime.combine(day + timedelta(days=days), clock, self.zone)


def _without(windows: Sequence[Window], avoided: Sequence[Window]) -> list[Window]:
    """What is left of the windows, and of each only once."""
    kept: list[Window] = []
    away = sorted(avoided, key=_BY_START)
    for window in windows:
        kept += _left(window, sorted([*away, *kept], key=_BY_START))
        if len(kept) >= _MOST_WINDOWS:
            break
    return kept


def _left(window: Window, taken: Iterable[Window]) -> Iterator[Window]:
    """`taken`: by their start."""
    start = window.start
    for other in taken:
        if other.start >= window.end:
            break
        if start < other.start:
            yield _from(window, start, other.start)
        start = max(start, other.end)
    if start < window.end:
        yield _from(window, start, window.end)


def _from(window: Window, start: datetime, end: datetime) -> Window:
    return Window(start, end, window.said, window.best if window.best and window.best >= start else None)
