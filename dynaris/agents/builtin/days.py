"""Days on which other hours hold: whether a text asks about one, and what is said of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dynaris.workspaces.opening_hours import zone

SOON = 14  # days: who asks for the hours is told what will be different so soon

_ASKS_FOR_HOURS = re.compile(
    r"\b(?:open|opened|opening|closed?|closing|hours|geöffnet|offen|geschlossen|schliesst|schließt|öffnungszeiten"
    r"|abiert\w+|cerrad\w+|abren?|abrís|cierran?|horarios?|ouvert\w*|ferm\w+|ouvrez|horaires?)\b|\bauf(?=\s*(?:[?.!]|$))",
    re.IGNORECASE,
)
_NAMED = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_MONTHS = {language: names.split() for language, names in _NAMED.items()}
_SAID = {"en": "{} {}", "de": "{}. {}", "es": "{} de {}", "fr": "{} {}"}
_OTHERWISE = {"sept": 9, "jänner": 1, "okt": 10, "dez": 12, "fevrier": 2, "aout": 8, "decembre": 12, "maerz": 3}
_MONTH = {
    **_OTHERWISE,
    **{name.lower(): number for names in _MONTHS.values() for number, name in enumerate(names, 1)},
    **{name.lower()[:3]: number for number, name in enumerate(_MONTHS["en"], 1)},
}
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_YEAR = r"(?:,?\s+(?:de\s+)?(20\d\d))?"
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?:of\s+|de\s+)?({_NAMES})\b\.?{_YEAR}", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_NAMES})\.?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)?\b{_YEAR}", re.IGNORECASE)
# "24 and 25 December": the month stands after the last.
_DAYS_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:\.|st|nd|rd|th)?\s*(?:,|&|/|-|and|or|und|oder|bis|to|y|o|et|ou)\s*"
    rf"(?=\d{{1,2}}(?:\.|st|nd|rd|th)?\s+(?:of\s+|de\s+)?({_NAMES})\b\.?{_YEAR})",
    re.IGNORECASE,
)
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_DIGITS = re.compile(r"\b(\d{1,2})[./](\d{1,2})(?:[./](20\d\d|\d\d)?)?(?!\d)")
_TODAY = re.compile(r"\b(?:today|tonight|heute|hoy|aujourd['’]hui)\b", re.IGNORECASE)
_TOMORROW = re.compile(r"\b(?:tomorrow|(?<!guten )morgen|(?<!la )mañana|demain)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    day: date
    hours: str  # "09:00-12:00", or "closed"
    note: str = ""

    @property
    def is_closed(self) -> bool:
        return self.hours == "closed"


def in_words(day: date, language: str) -> str:
    """One of the four languages that the built-in model speaks."""
    return _SAID[language].format(day.day, _MONTHS[language][day.month - 1])


def month_number(name: str) -> int | None:
    """In any of the four languages."""
    return _MONTH.get(name.lower())


def asks_for_hours(text: str) -> bool:
    return bool(_ASKS_FOR_HOURS.search(text))


def local_day(now: str, timezone: str) -> date | None:
    try:
        return datetime.fromisoformat(now).astimezone(zone(timezone)).date()
    except ValueError:
        return None


def asked_about(text: str, days: Sequence[SpecialDay], today: date) -> list[SpecialDay]:
    """The days of these that the text names: by date, by `today` and `tomorrow`, or by what the day is called."""
    named = _dates(text, today)
    said = text.casefold()
    return [day for day in days if day.day in named or (day.note and day.note.casefold() in said)]


def soon(days: Sequence[SpecialDay], today: date) -> list[SpecialDay]:
    return [day for day in days if today <= day.day <= today + timedelta(days=SOON)]


def names_a_day(text: str, today: date) -> bool:
    return bool(_dates(text, today))


def _dates(text: str, today: date) -> set[date]:
    found = {today} if _TODAY.search(text) else set()
    if _TOMORROW.search(text):
        found.add(today + timedelta(days=1))
    parts = [(day, _MONTH[month.lower()], year) for day, month, year in _DAY_MONTH.findall(text)]
    parts += [(day, _MONTH[month.lower()], year) for day, month, year in _DAYS_MONTH.findall(text)]
    parts += [(day, _MONTH[month.lower()], year) for month, day, year in _MONTH_DAY.findall(text)]
    parts += [(day, int(month), year) for year, month, day in _ISO.findall(text)]
    parts += [(day, int(month), year) for day, month, year in _DIGITS.findall(text)]
    return found | {day for part in parts if (day := _date(int(part[0]), part[1], part[2], today))}


def _date(day: int, month: int, year: str, today: date) -> date | None:
    """Without a year the next one that comes."""
    try:
        if year:
            return date(int(year) % 100 + 2000, month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None
