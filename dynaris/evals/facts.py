"""The facts in a text: times, dates, durations, amounts, numbers, addresses, names; however they are written.

`found(text)` takes a text apart; `without(said, known)` leaves the facts that are in no source. What one way of
reading has taken is gone for the next: the 30 of "15:30" is no number, the 75 of "€75" no time.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from dynaris.evals.words import MINUTES, MONTHS, NUMBERS, TREATMENTS, WEEKDAYS

_DAYS_AHEAD = 92  # for which "Tuesday, 24 November" is the calendar's word, not an invention
_GONE = " ¦ "
_CLOCK = " ⏱ "

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_WEEKDAY = "|".join(sorted(map(re.escape, WEEKDAYS), key=len, reverse=True))
_NUMBER_WORD = "|".join(sorted(map(re.escape, NUMBERS), key=len, reverse=True))
_UNIT = "|".join(sorted(map(re.escape, MINUTES), key=len, reverse=True))
_CURRENCY = r"€|\$|£|eur(?:os?)?\b|usd\b|dollars?\b|gbp\b|chf\b|franken\b"
_DIGITS = r"(?<!\d)\d{1,15}"  # a number that goes on and on is none of anything
_AMOUNT = rf"{_DIGITS}(?:[.,’' ]\d{{3}}){{0,5}}(?:[.,]\d{{1,2}})?"


def _flags(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_URL = _flags(r"\b(?:https?://|www\.)[^\s<>()\"“”]+")
_EMAIL = _flags(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DAY_MONTH = _flags(rf"\b(\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s*(?:of\s+|de\s+)?({_MONTH})\b\.?(?:\s*(?:de\s+)?(20\d\d))?")
_MONTH_DAY = _flags(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:.]\d\d)(?:,?\s*(20\d\d))?")
_DOTTED = re.compile(r"\b([0-3]?\d)(?:\.\s?([01]?\d)\.(?:\s?20\d\d\b|(?!\d))|/([01]?\d)(?:/(?:20)?\d\d)?\b)")
_PERCENT = _flags(rf"({_DIGITS}(?:[.,]\d{{1,15}})?)\s*(?:%|percent\b|prozent\b|por ciento\b|pour ?cent\b)")
_PRICE_AFTER = _flags(rf"({_AMOUNT})\s*(?:{_CURRENCY})")
_PRICE_BEFORE = _flags(rf"(?:{_CURRENCY})\s*({_AMOUNT})")
_HALF_DAY = r"\s*([ap])\.?\s?m\b\.?"
_TIME_12 = _flags(rf"\b(\d{{1,2}})(?:[:.](\d\d))?{_HALF_DAY}")
_TIME_COLON = _flags(r"\b([01]?\d|2[0-4]):([0-5]\d)\b(?:\s*(?:uhr|h)\b)?")
_TIME_UHR = _flags(r"\b([01]?\d|2[0-4])(?:\.([0-5]\d))?\s*uhr\b(?:\s*([0-5]\d)\b)?")
_TIME_H = _flags(r"\b([01]?\d|2[0-4])\s?h(?:\s?([0-5]\d))?\b")
_TIME_FROM = _flags(
    rf"\b(\d{{1,2}})\s*(?:-|–|—|bis|to|and|until|till|und|a|à|y|hasta|et|et jusqu'à)\s*(?={_CLOCK.strip()})"
)
_DURATION = _flags(rf"\b({_DIGITS}(?:[.,]\d{{1,15}})?|{_NUMBER_WORD})[\s-]*({_UNIT})\b")
_PHONE = re.compile(r"(?<![\w])\+?\(?\d[\d\s()/.-]{5,}\d")
_LIST_MARK = re.compile(r"^[^\S\n]*\d{1,2}[.)]\s", re.MULTILINE)
_PLAIN = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*")
_TITLED = re.compile(
    r"\b(?:Dr|Prof|Mr|Mrs|Ms|Herrn?|Frau|Sra?|Srta|Mme|Mlle|M|Doctor|Doktor)\.?\s+((?:[A-ZÄÖÜÉÁÍÓÚÑ][\w’'-]+\s?){1,3})"
)
_STREET = _flags(r"\b[\w-]{1,60}(?:stra(?:ss|ß)e|allee|gasse)\b|\b(?:rue|avenue|calle|avenida|plaza)\s+[A-ZÄÖÜÉ][\w-]+")


@dataclass(slots=True)
class Facts:
    """What a source says, or a reply claims."""

    times: set[int] = field(default_factory=set)  # minutes of the day
    dates: set[tuple[int, int]] = field(default_factory=set)  # month, day
    minutes: set[float] = field(default_factory=set)  # durations
    amounts: set[Decimal] = field(default_factory=set)
    percents: set[Decimal] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)  # digits
    addresses: set[str] = field(default_factory=set)  # e-mail and web, lower case
    names: set[str] = field(default_factory=set)  # of people, streets and treatments, lower case
    vague: set[int] = field(default_factory=set)  # times as customers name them: "after 3", before or after noon
    words: str = ""  # everything, in lower case

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def add(self, *others: "Facts") -> None:
        for each in fields(self):
            mine = getattr(self, each.name)
            if isinstance(mine, set):
                mine.update(*(getattr(other, each.name) for other in others))
        self.words = " ".join([self.words, *(other.words for other in others)])


def sources(texts: Iterable[str], *, zone: ZoneInfo, today: date) -> Facts:
    known = Facts()
    known.add(*(found(text, zone=zone, today=today) for text in texts))
    if re.search(r"\bhalf\b|\bhälfte\b|\bmitad\b|\bmoitié\b", known.words):
        known.percents.add(Decimal(50))
    return known


def without(said: Facts, known: Facts) -> Facts:
    """What is said and not known."""
    return Facts(
        times={minute for minute in said.times if not _time_known(minute, known)},
        dates=said.dates - known.dates,
        minutes=said.minutes - known.minutes,
        amounts=said.amounts - known.amounts,
        percents=said.percents - known.percents,
        numbers={number for number in said.numbers if not _number_known(number, known)},
        phones={digits for digits in said.phones if not _phone_known(digits, known)},
        addresses=said.addresses - known.addresses,
        names={name for name in said.names if not _name_known(name, known)},
    )


def in_words(facts: Facts) -> list[str]:
    return sorted(
        [
            *(f"time {minute // 60}:{minute % 60:02}" for minute in facts.times),
            *(f"date {day}.{month}." for month, day in facts.dates),
            *(f"duration of {minutes:g} minutes" for minutes in facts.minutes),
            *(f"amount {amount}" for amount in facts.amounts),
            *(f"{percent} percent" for percent in facts.percents),
            *(f"number {number}" for number in facts.numbers),
            *(f"phone {digits}" for digits in facts.phones),
            *(f"address {address}" for address in facts.addresses),
            *(f"name {name!r}" for name in facts.names),
        ]
    )


def found(text: str, *, zone: ZoneInfo, today: date, calendar: bool = False) -> Facts:
    """`calendar`: a date beside its right weekday, in the coming weeks, is no claim of its own."""
    facts = Facts(words=text.lower())
    facts.names = {match[1].strip().lower() for match in _TITLED.finditer(text)}
    facts.names |= {match[0].strip().lower() for match in (*_STREET.finditer(text), *TREATMENTS.finditer(text))}
    rest = _addresses(text, facts)
    rest = _moments(rest, facts, zone)
    rest = _dates(rest, facts, today if calendar else None)
    rest = _amounts(rest, facts)
    rest = _times(rest, facts)
    rest = _durations(rest, facts)
    rest = _taken(_PHONE, rest, lambda match: facts.phones.add(re.sub(r"\(0\)|\D", "", match[0])))
    rest = _LIST_MARK.sub(_GONE, rest)
    facts.numbers = {_plain(match[0]) for match in _PLAIN.finditer(rest)}
    return facts


def _taken(pattern: re.Pattern[str], text: str, take: Callable[[re.Match[str]], object], left: str = _GONE) -> str:
    """The text without what `take` has taken; it keeps what `take` answers with `False`."""
    return pattern.sub(lambda match: match[0] if take(match) is False else left, text)


def _addresses(text: str, facts: Facts) -> str:
    rest = _taken(_URL, text, lambda match: facts.addresses.add(match[0].rstrip(".,;:!?").lower()))
    return _taken(_EMAIL, rest, lambda match: facts.addresses.add(match[0].lower()))


def _moments(text: str, facts: Facts, zone: ZoneInfo) -> str:
    def take(match: re.Match[str]) -> bool | None:
        try:
            moment = datetime.fromisoformat(f"{match[1]}T{match[2]}")
        except ValueError:
            return False
        local = moment.astimezone(zone) if moment.tzinfo else moment
        facts.dates.add((local.month, local.day))
        facts.times.add(local.hour * 60 + local.minute)
        return None

    return _taken(_ISO, text, take)


def _dates(text: str, facts: Facts, today: date | None) -> str:
    def add(month: int, day: int, match: re.Match[str]) -> bool | None:
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return False
        if today is None or not _fits_calendar(match, month, day, today):
            facts.dates.add((month, day))
        return None

    rest = _taken(_ISO_DATE, text, lambda match: add(int(match[2]), int(match[3]), match))
    rest = _taken(_DAY_MONTH, rest, lambda match: add(MONTHS[match[2].lower()], int(match[1]), match))
    rest = _taken(_MONTH_DAY, rest, lambda match: add(MONTHS[match[1].lower()], int(match[2]), match))
    return _taken(_DOTTED, rest, lambda match: add(int(match[2] or match[3]), int(match[1]), match))


def _fits_calendar(match: re.Match[str], month: int, day: int, today: date) -> bool:
    before = match.string[max(0, match.start() - 30) : match.start()].lower()
    named = re.findall(rf"\b({_WEEKDAY})\b", before)
    if not named:
        return False
    for ahead in range(_DAYS_AHEAD):
        each = today + timedelta(days=ahead)
        if (each.month, each.day) == (month, day):
            return each.weekday() == WEEKDAYS[named[-1]]
    return False


def _amounts(text: str, facts: Facts) -> str:
    def take(into: set[Decimal]) -> Callable[[re.Match[str]], bool | None]:
        def add(match: re.Match[str]) -> bool | None:
            amount = _decimal(match[1])
            return into.add(amount) if amount is not None else False

        return add

    rest = _taken(_PERCENT, text, take(facts.percents))
    rest = _taken(_PRICE_BEFORE, rest, take(facts.amounts))
    return _taken(_PRICE_AFTER, rest, take(facts.amounts))


def _decimal(text: str) -> Decimal | None:
    digits = re.sub(r"[’' ]", "", text)
    if match := re.fullmatch(r"(.*)[.,](\d{1,2})", digits):
        digits = f"{re.sub(r'[.,]', '', match[1])}.{match[2]}"
    else:
        digits = re.sub(r"[.,]", "", digits)
    try:
        return Decimal(digits).normalize()
    except InvalidOperation:
        return None


def _times(text: str, facts: Facts) -> str:
    def clock(hour: str, minute: str | None, half: str | None = None) -> bool | None:
        hours, minutes = int(hour), int(minute or 0)
        if half:
            hours = hours % 12 + (12 if half.lower() == "p" else 0)
        if not (0 <= hours <= 24 and 0 <= minutes < 60):
            return False
        return facts.times.add(hours * 60 + minutes)

    rest = _taken(_TIME_12, text, lambda match: clock(match[1], match[2], match[3]), _CLOCK)
    rest = _taken(_TIME_COLON, rest, lambda match: clock(match[1], match[2]), _CLOCK)
    rest = _taken(_TIME_UHR, rest, lambda match: clock(match[1], match[2] or match[3]), _CLOCK)
    rest = _taken(_TIME_H, rest, lambda match: clock(match[1], match[2]), _CLOCK)
    return _taken(_TIME_FROM, rest, lambda match: clock(match[1], None))


def _durations(text: str, facts: Facts) -> str:
    def take(match: re.Match[str]) -> None:
        word = match[1].lower()
        many = float(NUMBERS[word]) if word in NUMBERS else float(word.replace(",", "."))
        facts.minutes.add(many * MINUTES[match[2].lower()])

    return _taken(_DURATION, text, take)


def _plain(text: str) -> str:
    return text.replace(",", ".").rstrip(".").lstrip("0") or "0"


def vague_times(said: Facts) -> set[int]:
    """What a customer may have meant by a time, or by a bare number."""
    hours = {int(number) * 60 for number in said.numbers if number.isdigit() and int(number) <= 24}
    return {time for named in said.times | hours for time in (named, (named + 720) % 1440)}


def _time_known(minute: int, known: Facts) -> bool:
    """A reply's own "3:30" may be 15:30; its 15:30 is not 3:30."""
    return minute in known.times or minute in known.vague or (minute < 780 and minute + 720 in known.times)


def _number_known(number: str, known: Facts) -> bool:
    return number in known.numbers or bool(re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d]|[.,]\d)", known.words))


def _phone_known(digits: str, known: Facts) -> bool:
    ours = digits.lstrip("0")
    return any(each.endswith(ours) or ours.endswith(each.lstrip("0")) for each in known.phones if len(ours) >= 6)


def _name_known(name: str, known: Facts) -> bool:
    return all(word in known.words for word in name.split())
