"""From text to tokens: what of it names a day, a time, an "or", a "not"; everything else is left out.

Every rule looks through the text once; where two match the same place, the longer one counts. What is read is at most
`LONGEST` characters, so that a hostile text costs no more than an honest one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher

from dynaris.scheduling.dates import days
from dynaris.scheduling.dates.days import Days, Span, Weekdays
from dynaris.scheduling.dates.times import Clock, Reading, read
from dynaris.scheduling.dates.words import Words, fold, rules_of, said, words_of

LONGEST = 1500
_MOST_TOKENS = 200

_ISO = re.compile(r"(?<![\d-])(?P<Y>20\d\d)-(?P<second>\d\d)-(?P<first>\d\d)(?![\d-])")
_DOTTED = re.compile(
    r"(?<![\d.,:])(?:(?:am|den|der|vom|zum) )?(?P<first>\d{1,2})\.(?P<second>\d{1,2})\.(?P<Y>(?:20)?\d\d(?!\d))?(?!\d)"
)
_SLASHED = re.compile(
    r"(?<![\d/.:-])(?:(?:on|el|le|am|al) )?(?P<first>\d{1,2})(?P<mark>[/-])(?P<second>\d{1,2})"
    r"(?:(?P=mark)(?P<Y>(?:20)?\d\d))?(?![\d/:]| ?(?:uhr|pm|am|h\b))"
)
_STOP = re.compile(r"[.!?]+(?=\s|$|[\"')])|\n")
_COMMA = re.compile(r"[,;:()/]")
_DASH = re.compile(r"(?<=\w)\.? ?- ?(?=\w)")
_WORD = re.compile(r"(?<![\w@])[a-z]{6,12}(?![\w@])")
_QUOTED = re.compile(r"^>.*$", re.MULTILINE)
_TIMES = {"at", "around", "after", "before", "between", "or_at"}
_MARKS = {
    "neg",
    "neg_after",
    "except",
    "then_after",
    "then_before",
    "or",
    "but",
    "prefer",
    "any",
    "asap",
    "past",
    "ignore",
    "workdays",
}


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # day, time, or_at, or what the rule is called
    start: int
    end: int
    days: Days | None = None
    clock: Clock | None = None


@dataclass(frozen=True, slots=True)
class Scanned:
    text: str  # as it was written, as far as it was read
    tokens: list[Token]

    @property
    def understood(self) -> int:
        """Characters that name a day or a time."""
        return sum(token.end - token.start for token in self.tokens if token.days or token.clock)


def scan(text: str, language: str, today: date, now_minutes: int, *, month_first: bool) -> Scanned:
    text = _QUOTED.sub(lambda match: " " * len(match[0]), text[:LONGEST])
    folded = _respelled(fold(text), words_of(language))
    reader = _Reader(words_of(language), today, now_minutes, month_first)
    found = sorted(reader.tokens(language, folded), key=lambda token: (token.start, -token.end, _rank(token)))
    return Scanned(text, _apart(found)[:_MOST_TOKENS])


def _apart(tokens: list[Token]) -> list[Token]:
    """The longest of those that overlap."""
    chosen: list[Token] = []
    for token in tokens:
        while chosen and chosen[-1].end > token.start and _length(token) > _length(chosen[-1]):
            chosen.pop()
        if not chosen or chosen[-1].end <= token.start:
            chosen.append(token)
    return [token for token in chosen if token.kind != "ignore"]


def _rank(token: Token) -> int:
    """Of two readings of the same words: "Dienstag Morgen" is a part of the day."""
    return 0 if token.clock else 1 if token.days else 2


def _length(token: Token) -> int:
    return token.end - token.start


def _respelled(folded: str, words: Words) -> str:
    """ "tusday", "donerstag": written as `@1~~~~`, which is a weekday, too, and as long."""

    def closest(match: re.Match[str]) -> str:
        word = match[0]
        for number, name in enumerate(words.weekday_names):
            if word == name or word in (f"{name}s", name.rstrip("s")):
                return word
            if word[0] == name[0] and abs(len(word) - len(name)) <= 1 and _alike(word, name):
                return f"@{number}{'~' * (len(word) - 2)}"
        return word

    return _WORD.sub(closest, folded)


def _alike(word: str, name: str) -> bool:
    if sorted(word) == sorted(name):
        return True  # two letters the wrong way round
    return SequenceMatcher(None, word, name, autojunk=False).ratio() > 0.9


@dataclass(frozen=True, slots=True)
class _Reader:
    words: Words
    today: date
    now_minutes: int
    month_first: bool

    def tokens(self, language: str, folded: str) -> Iterator[Token]:
        for kind, pattern in (("stop", _STOP), ("comma", _COMMA), ("mod:until", _DASH)):
            for match in pattern.finditer(folded):
                yield Token(kind, match.start(), match.end())
        for pattern in (_ISO, _DOTTED, _SLASHED):
            for match in pattern.finditer(folded):
                yield from self._numeric(match, written_day_first=pattern is not _SLASHED)
        for rule in rules_of(language):
            for match in rule.pattern.finditer(folded):
                if match.end() > match.start():
                    yield from self._token(rule.kind, match)

    def _numeric(self, match: re.Match[str], *, written_day_first: bool) -> Iterator[Token]:
        year = int(match["Y"]) % 100 + 2000 if match["Y"] else None
        first, second = int(match["first"]), int(match["second"])
        month_first = self.month_first and not written_day_first
        day = days.numeric(first, second, year, self.today, month_first=month_first)
        if day and (match.re is not _SLASHED or match["mark"] == "/" or year):
            yield Token("day", match.start(), match.end(), Span(day, day))

    def _token(self, kind: str, match: re.Match[str]) -> Iterator[Token]:
        start, end = match.span()
        if kind in _MARKS or kind.startswith("mod:"):
            found = Weekdays(days.WORKDAYS, "any") if kind == "workdays" else None
            yield Token("day" if found else kind, start, end, found)
            return
        clock = self._clock(kind, match)
        if clock is not None:
            yield Token("or_at" if kind == "or_at" else "time", start, end, None, clock)
            return
        name, _, detail = kind.partition(":")
        if name in _TIMES:
            return
        if name == "weekday_with":
            weekday = Weekdays(frozenset({days.weekday_in(self.words, said(match)["W"])}))
            yield Token("day", start, end, weekday, Clock("part", part=detail))
        elif name == "week_of":
            yield from self._week_of(match)
        elif name.startswith("date_"):
            yield from self._dates(name, match)
        elif name == "today_part":
            yield Token("day", start, end, Span(self.today, self.today), Clock("part", part=detail))
        elif name == "in_hours":
            yield from self._in_hours(match)
        elif found := self._days(name, detail, said(match)):
            yield Token("day", start, end, found)

    def _clock(self, kind: str, match: re.Match[str]) -> Clock | None:
        name, _, part = kind.partition(":")
        if name == "part":
            return Clock("part", part=part)
        if name not in _TIMES:
            return None
        groups = said(match)
        if name == "between":
            return self._between(groups)
        reading = read(self.words, groups)
        return Clock("at" if name == "or_at" else name, reading) if reading else None

    def _between(self, groups: dict[str, str]) -> Clock | None:
        first, last = read(self.words, groups, "a"), read(self.words, groups, "b")
        return Clock("between", first, last) if first and last else None

    def _in_hours(self, match: re.Match[str]) -> Iterator[Token]:
        hours = days.count_in(self.words, said(match).get("N"))
        ahead, minute = divmod(self.now_minutes + hours * 60, 24 * 60)
        if ahead <= days.HORIZON:
            day = self.today + timedelta(days=ahead)
            yield Token("day", *match.span(), Span(day, day), Clock("around", Reading(minute, bare=False)))

    def _week_of(self, match: re.Match[str]) -> Iterator[Token]:
        """ "The week of 30 November"."""
        named = said(match)
        day = self._dated("date" if named.get("M") else "day_of_month", named)
        if day:
            monday = days.monday_of(day)
            yield Token("day", *match.span(), Span(monday, monday + timedelta(days=6)))

    def _dates(self, name: str, match: re.Match[str]) -> Iterator[Token]:
        """ "10 to 12 June", "10 or 12 June": the month stands after the last."""
        named = said(match)
        month, year = self._month(named), _year(named)
        first, last = (days.dated(int(named[key]), month, year, self.today) for key in ("F", "D"))
        if first is None or last is None:
            return
        if name == "date_range" and first <= last:
            yield Token("day", *match.span(), Span(first, last))
        elif name == "date_list":
            between = next(at for group, at in _starts(match) if group.startswith("D"))
            yield Token("day", match.start(), between, Span(first, first))
            yield Token("day", between, match.end(), Span(last, last))

    def _days(self, name: str, detail: str, named: dict[str, str]) -> Days | None:
        if name == "weekday":
            weekday = named["W"] or ""
            plural = not detail and self._is_plural(weekday)
            return Weekdays(frozenset({days.weekday_in(self.words, weekday)}), "plural" if plural else detail)
        if name == "weekday_date":
            return self._weekday_date(named)
        if name == "weekday_range":
            first, last = (days.weekday_in(self.words, named[key]) for key in ("V", "W"))
            return days.weekdays_through(first, last)
        if name == "nth":
            return self._nth(named)
        if name in days.BY_NUMBER:
            number = int(detail) if detail else days.count_in(self.words, named.get("N"))
            return days.BY_NUMBER[name](number, self.today)
        if name.startswith("named_"):
            part = name.removeprefix("named_")
            return days.named_month(self._month(named), _year(named), "" if part == "month" else part, self.today)
        day = self._dated(name, named)
        if day is None and name == "date":
            return days.NEVER
        return Span(day, day) if day else None

    def _weekday_date(self, named: dict[str, str]) -> Span | None:
        """ "Friday 27", where the next 27th, or that of the month after, is a Friday."""
        weekday, number, since = days.weekday_in(self.words, named["W"]), int(named["D"]), self.today
        for _ in range(3):
            day = days.day_of_month(number, since)
            if day is None or day.weekday() == weekday:
                return Span(day, day) if day else None
            since = day + timedelta(days=1)
        return None

    def _nth(self, named: dict[str, str]) -> Span | None:
        """ "The second Tuesday in December", "… of the month", "… of next month": that is group `next`."""
        if "M" in named:
            year = _year(named)
            years = [year] if year else [self.today.year, self.today.year + 1]
            months = [date(year, self._month(named), 1) for year in years]
        elif "next" in named:
            months = days.months_from(1, self.today)
        else:
            months = days.months_from(0, self.today, several=3)
        return days.nth_weekday(days.weekday_in(self.words, named["W"]), self.words.nth[named["K"]], months, self.today)

    def _is_plural(self, weekday: str) -> bool:
        """ "fridays", "freitags"; where a language's weekdays end in s anyway, none is."""
        return weekday.endswith("s") and weekday[:-1] in self.words.weekday_names

    def _dated(self, name: str, named: dict[str, str]) -> date | None:
        number = int(named["D"]) if named.get("D") else self.words.ordinals.get(named.get("O") or "", 0)
        if name == "day_of_month":
            return days.day_of_month(number, self.today)
        return days.dated(number, self._month(named), _year(named), self.today)

    def _month(self, named: dict[str, str]) -> int:
        return int(named["n"]) if named.get("n") else days.month_in(self.words, named["M"] or "")


def _starts(match: re.Match[str]) -> Iterator[tuple[str, int]]:
    return ((group, match.start(group)) for group, value in match.groupdict().items() if value is not None)


def _year(named: dict[str, str]) -> int | None:
    return int(named["Y"]) if named.get("Y") else None
