"""Tokens put together: each group is one thing that was said, a day with its time, wanted or not.

How groups share what was said once:

- "Tuesday or Thursday next week": a weekday without a week takes the one that is named beside it.
- "Next week, Tuesday or Thursday": the weekdays say which days of the week.
- "Tuesday or Thursday after 3", "after 3 on Tuesday or Thursday": the time holds for both. After a comma before the
  "or" ("Tuesday, or Thursday morning") it does not.
- "Tomorrow morning or afternoon", "Tuesday at 10 or 11": a time without a day belongs to the day before it.
- "Tuesday or Wednesday. After 3 please.": a time in a sentence of its own holds for all days before it without one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from dynaris.scheduling.dates.days import Days, Span, Weekdays, coming, weekdays_through
from dynaris.scheduling.dates.scan import Scanned, Token
from dynaris.scheduling.dates.times import Clock, settle
from dynaris.scheduling.dates.words import fold

_EDGE_DAYS = 14
_ARTICLES = frozenset({"the", "den", "dem", "der", "el", "la", "le", "au", "du"})
_NEAR = 12  # characters between "from" and its day, an article at most
_OF_A_WEEK = frozenset({"", "plural", "any"})  # may take the week that is named beside them
_WHERE_TO = re.compile(r"to|al?|au|-")  # "to Monday", "a lunes": where something is moved to


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


def _beyond(group: Group, today: date) -> None:
    days = group.weekdays or group.span
    if not group.beyond or days is None:
        return
    first, last = _ends(days, today)
    day = timedelta(days=1)
    after = Span(last + day, last + day * (_EDGE_DAYS + 1))
    group.span = after if group.beyond == "after" else Span(today, max(first - day, today))
    group.weekdays = None


def grouped(scanned: Scanned, today: date) -> Said:
    tokens = _with_edges(scanned, today)
    builder = _Builder(scanned.text)
    for token in tokens:
        builder.take(token)
    groups = builder.closed()
    for group in groups:
        _beyond(group, today)
    _share_weeks(groups)
    groups = _refined(groups)
    _share_days_and_times(groups)
    groups = [group for group in groups if not any(_says_more(other, group) for other in groups)]
    kinds = {token.kind for token in tokens}
    return Said(groups, "any" in kinds, "asap" in kinds)


class _Builder:
    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[Group] = []
        self.current: Group | None = None
        self.joint = "none"
        self.negated = False
        self.refusing = False  # "does not work" with nothing before it: what follows is meant, else what was before
        self.preferred = False
        self.all_but = False
        self.beyond = ""  # "after that", "before that": of what was named last
        self.excepting = False  # "except …": never what stood before it

    def take(self, token: Token) -> None:
        if self.beyond and token.kind in ("neg", "neg_after"):  # "after that I am away" says nothing of the day itself
            self.beyond, self.negated, self.excepting = "", True, True
            return
        if self.beyond:
            self._beyond_the_last()
        if token.kind in ("day", "time", "or_at"):
            self._named(token)
        elif token.kind in ("comma", "stop", "or", "but"):
            self._separated(token.kind)
        elif token.kind in ("neg", "except"):
            self._close()
            self.negated, self.excepting = True, token.kind == "except"
        elif token.kind in ("then_after", "then_before"):
            self._close()
            self.beyond = token.kind.removeprefix("then_")
        elif token.kind == "neg_after":
            self._refused_afterwards()
        elif token.kind == "prefer":
            self.preferred = True
        elif token.kind == "any":
            self.all_but = True

    def _named(self, token: Token) -> None:
        if token.kind == "or_at":
            if not self._follows_a_time():
                return
            self._separated("or")
        if self.current is None and self._dates_the_last(token):
            self.current = self.groups.pop()
            self.joint = "none"
        if self.current and token.days and not self.current.takes(token.days):
            self._close()
        if self.current and token.kind == "time" and self._is_whole(token):
            self._close()
        if self.current is None:
            self.current = Group(token.start, token.end, self.joint, wanted=not self.negated, preferred=self.preferred)
            self.current.time_first = token.days is None
            self.joint, self.preferred, self.refusing = "none", False, False
        group = self.current
        if token.days:
            group.add(token.days)
        if token.clock:
            group.clocks.append(token.clock)
        group.end = token.end

    def _dates_the_last(self, token: Token) -> bool:
        """ "Friday, the 27th of November": one day."""
        last = self.groups[-1] if self.groups else None
        if not (last and last.weekdays and isinstance(token.days, Span) and self.joint == "comma"):
            return False
        named = last.wanted != self.negated and last.span is None and not last.clocks and len(last.weekdays.days) == 1
        return named and token.days.is_day and token.days.first.weekday() in last.weekdays.days

    def _beyond_the_last(self) -> None:
        """ "I work until five, after that any day": what was named is where the wish begins, or ends."""
        side, self.beyond = self.beyond, ""
        named = [group for group in self.groups if any(clock.kind != "part" for clock in group.clocks)] or self.groups
        if not named:
            return
        last = named[-1]
        timed = [clock for clock in last.clocks if clock.kind != "part"]
        if timed:
            end = (timed[-1].last or timed[-1].first) if side == "after" else timed[-1].first
            last.clocks = [Clock(side, end)]
        elif last.has_day:
            last.beyond = side
        last.wanted, self.negated, self.refusing = True, False, False

    def _is_whole(self, token: Token) -> bool:
        """Two times of the same kind ("10:00 11:00") are two groups."""
        assert self.current is not None
        named = [clock for clock in self.current.clocks if clock.kind != "part"]
        return bool(named and token.clock and token.clock.kind != "part" and token.clock.kind == named[-1].kind)

    def _follows_a_time(self) -> bool:
        last = self.current or (self.groups[-1] if self.groups else None)
        return bool(last and any(clock.kind != "part" for clock in last.clocks))

    def _separated(self, kind: str) -> None:
        if self.negated and self.current is None and kind != "or" and not self.excepting:
            self._turn_last_around()
        self._close()
        joined = f"{self.joint}_{kind}"
        self.joint = {"comma_or": "comma_or", "stop_or": "stop", "stop_comma": "stop"}.get(joined, kind)
        if kind == "but" and self.all_but:
            self.negated = True
        elif kind != "or":
            self.negated, self.refusing = False, False
        if kind == "stop":
            self.all_but = False

    def _turn_last_around(self) -> None:
        """ "Friday I cannot, …": the "not" stood behind its day."""
        if self.groups and self.joint in (("none", "comma") if self.refusing else ("none",)) and self.groups[-1].wanted:
            self.groups[-1].wanted = False

    def _refused_afterwards(self) -> None:
        """ "Friday does not work": this, and what it was joined to by "or", is not wanted."""
        if self.current is None and (self.joint != "none" or not self.groups):
            self.negated = self.refusing = True  # "I am away on Friday"
            return
        self._close()
        for group in reversed(self.groups):
            group.wanted = False
            if group.joint not in ("or", "comma_or"):
                break

    def _close(self) -> None:
        if self.current:
            self.groups.append(self.current)
            self.current = None

    def closed(self) -> list[Group]:
        if self.beyond:
            self._beyond_the_last()
        if self.negated and self.current is None and not self.excepting:
            self._turn_last_around()
        self._close()
        return self.groups


# From, until, before, after a day --------------------------------------------------------------


def _with_edges(scanned: Scanned, today: date) -> list[Token]:
    """ "Monday to Wednesday", "from Monday", "before Friday": one token with the days that are meant."""
    tokens: list[Token] = []
    waiting: Token | None = None
    for token in scanned.tokens:
        if token.kind.startswith("mod:"):
            waiting = token
            continue
        if waiting and token.days and token.start - waiting.end <= _NEAR and _plain(scanned.text, waiting, token):
            word = fold(scanned.text[waiting.start : waiting.end]).strip()
            tokens.append(_edged(tokens, waiting, token, today, word))
        else:
            tokens.append(token)
        waiting = None
    return tokens


def _plain(text: str, before: Token, token: Token) -> bool:
    """Nothing between them but an article."""
    between = text[before.end : token.start].split()
    return not between or (len(between) == 1 and between[0].lower() in _ARTICLES)


def _edged(tokens: list[Token], edge: Token, token: Token, today: date, word: str) -> Token:
    assert token.days is not None
    side = edge.kind.removeprefix("mod:")
    before = tokens[-1] if tokens else None
    joined = side == "until" and before and before.days and edge.start - before.end <= 2
    together = _through(before.days, token.days, today) if joined and before and before.days else None
    if before and together:
        tokens.pop()
        return Token("day", before.start, token.end, together, token.clock)
    if side == "until" and _WHERE_TO.fullmatch(word):
        return token
    first, last = _ends(token.days, today)
    day = timedelta(days=1)
    if side in ("from", "after"):
        begins = first if side == "from" else last + day
        return Token("day", edge.start, token.end, Span(begins, max(last, begins + day * _EDGE_DAYS)), token.clock)
    ends = last if side == "until" else first - day
    return Token("day", edge.start, token.end, Span(today, max(ends, today)), token.clock)


def _through(first: Days, last: Days, today: date) -> Days | None:
    if isinstance(first, Weekdays) and isinstance(last, Weekdays):
        return weekdays_through(min(first.days), min(last.days), first.which)
    begins, ends = _ends(first, today)[0], _ends(last, today)[1]
    if isinstance(last, Weekdays) and ends < begins:
        ends = coming(min(last.days), begins)
    return Span(begins, ends) if begins <= ends else None


def _ends(days: Days, today: date) -> tuple[date, date]:
    if isinstance(days, Span):
        return days.first, days.last
    found = sorted(resolved(days, today, None))
    return found[0], found[-1]


# What groups share ------------------------------------------------------------------------------


def _share_weeks(groups: list[Group]) -> None:
    for number, group in enumerate(groups):
        if group.weekdays is None or group.span is not None or group.weekdays.which not in _OF_A_WEEK:
            continue
        before = groups[number - 1] if number else None
        if before and before.span and not before.span.is_day and group.wanted and _goes_on(before, group):
            group.span = before.span
        else:
            group.span = _week_ahead(groups, number)


def _goes_on(before: Group, group: Group) -> bool:
    """ "Next week, Tuesday": of that week. "Next week or Tuesday" is two things."""
    return before.weekdays is not None or group.joint in ("none", "comma", "stop")


def _week_ahead(groups: list[Group], number: int) -> Span | None:
    """ "Tuesday or Thursday next week"."""
    for group in groups[number + 1 :]:
        if group.joint not in ("or", "comma", "comma_or") or group.weekdays is None:
            return None
        if group.span is not None:
            return group.span
    return None


def _refined(groups: list[Group]) -> list[Group]:
    """Without the week that the next group names days of, and with a time added to the day it stands behind."""
    kept: list[Group] = []
    for group in groups:
        last = kept[-1] if kept else None
        if last and _is_said_more_closely(last, group):
            group.clocks = group.clocks or last.clocks
            group.start, group.joint = last.start, last.joint
            kept.pop()
        elif last and _adds_a_time(last, group):
            _add_time(kept, group)
            continue
        kept.append(group)
    return kept


def _says_more(other: Group, group: Group) -> bool:
    """ "An appointment tomorrow? … tomorrow after three": the same days again, with a time."""
    same = (other.span, other.weekdays) == (group.span, group.weekdays) and other.wanted and group.wanted
    return same and group.has_day and bool(other.clocks) and not group.clocks


def _is_said_more_closely(last: Group, group: Group) -> bool:
    same = last.wanted and group.wanted and not group.preferred
    weeks = last.span is not None and last.span == group.span and last.weekdays is None
    return same and weeks and group.weekdays is not None


def _adds_a_time(last: Group, group: Group) -> bool:
    if group.has_day or not group.clocks or group.joint not in ("none", "comma", "stop", "but"):
        return False
    if not last.wanted or not last.has_day or group.wanted is False:
        return False
    return not last.clocks or bool(settle([*last.clocks, *group.clocks]))


def _add_time(kept: Sequence[Group], group: Group) -> None:
    shared = kept[-1].clocks
    for earlier in reversed(kept):
        if not earlier.wanted or not earlier.has_day or (earlier.clocks and earlier.clocks != shared):
            break
        earlier.clocks = [*earlier.clocks, *group.clocks]
        earlier.end = max(earlier.end, group.end) if earlier is kept[-1] else earlier.end


def _share_days_and_times(groups: list[Group]) -> None:
    for number, group in enumerate(groups):
        before = groups[number - 1] if number else None
        if not group.has_day and before and before.wanted == group.wanted and before.has_day:
            group.span, group.weekdays = before.span, before.weekdays
        follows = before and before.time_first and group.joint in ("or", "comma", "none")
        if before and follows and _lacks_the_time_of(group, before):
            group.clocks, group.time_first = list(before.clocks), True
    for number in range(len(groups) - 2, -1, -1):
        group, following = groups[number], groups[number + 1]
        if _lacks_the_time_of(group, following) and not following.time_first and following.joint in ("or", "comma"):
            group.clocks = list(following.clocks)
    _days_ahead(groups)


def _lacks_the_time_of(group: Group, other: Group) -> bool:
    both = group.wanted and other.wanted
    return both and group.has_day and not group.clocks and bool(other.clocks)


def _days_ahead(groups: list[Group]) -> None:
    """ "In the morning: Tuesday or Wednesday": a time alone before the days that took it is no wish of its own."""
    for number in range(len(groups) - 1):
        group, following = groups[number], groups[number + 1]
        if not group.has_day and group.clocks and following.has_day and following.clocks == group.clocks:
            group.span, group.weekdays = following.span, following.weekdays


# Which dates --------------------------------------------------------------------------------------


def resolved(weekdays: Weekdays, today: date, span: Span | None, *, later: bool = False) -> list[date]:
    """The dates of these weekdays: in the span, else the coming ones; `later`: "next" means the one after."""
    if span is not None:
        days = ((span.first + timedelta(days=n)) for n in range((span.last - span.first).days + 1))
        return [day for day in days if day.weekday() in weekdays.days]
    weeks = {"week_after": 1, "two_weeks": 2, "next": 1 if later else 0}.get(weekdays.which, 0)
    this = weekdays.which in ("this", "any")
    first = [coming(day, today, today_counts=this) + timedelta(weeks=weeks) for day in weekdays.days]
    repeated = range({"plural": 4, "any": 2}.get(weekdays.which, 1))
    return sorted(day + timedelta(weeks=n) for day in first for n in repeated)
