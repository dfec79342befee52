"""Days on which other hours hold: whether a text asks about one, and what is said of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from dynaris.scheduling.dates import find_dates
from dynaris.workspaces.opening_hours import zone

_MOST_DAYS = 4  # that follow each other and are still days, not a span of time
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
MONTH_NAMES = "|".join(_MONTH)  # in any of the four languages, for patterns


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
    """Every day that is named; a week or a month names none."""
    midnight = datetime.combine(today, time(), UTC)
    found: set[date] = set()
    for window in find_dates(text, now=midnight, timezone="UTC", days_ahead=0).windows:
        days = (window.end - timedelta(minutes=1)).date() - window.start.date()
        if days.days <= _MOST_DAYS:
            found |= {window.start.date() + timedelta(days=number) for number in range(days.days + 1)}
    return found
