"""Which appointment of several is meant, and where to it goes."""

# ruff: noqa: E501 - a pattern is read better in one line

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dynaris.agents.builtin.booking_choice import Option
from dynaris.agents.builtin.booking_wants import act_of
from dynaris.agents.builtin.intents import plain
from dynaris.classifier import sentences
from dynaris.scheduling.dates import Wish

Booking = Mapping[str, Any]  # as it is listed
Dates = Callable[[str], Wish]

_FROM_TO = re.compile(
    r"\b(?:from|von|vom|del?|du)\b.{2,60}?\b(?:to|auf(?: den)?|al?|au|à)\b(?P<to>.*)", re.IGNORECASE | re.DOTALL
)
_SHIFT = re.compile(
    r" (?:(?P<minutes>\d{1,2}) min\w*|(?P<half>half an hour|halbe stunde|media hora|demi heure)|(?P<hours>\d|an|one|eine?|una|une) (?:hours?|stunden?|horas?|heures?|h))"
    r" (?:(?P<earlier>earlier|sooner|früher|eher|antes|más temprano|plus tôt)|(?:later|später|más tarde|después|plus tard)) "
)
EVERY_DAY = 7  # more windows than that: a time was named without a day


def named_of(bookings: Sequence[Booking], wish: Wish, *, moving: bool) -> Booking | None:
    """The only one, unless another day is named for it; of several that which is named."""
    spans = [(window.start, window.end) for window in (*wish.windows, *wish.avoided)]
    inside = [one for one in bookings if any(start <= _start(one) < end for start, end in spans)]
    if len(inside) == 1:
        return inside[0]
    return bookings[0] if len(bookings) == 1 and (moving or not wish.windows) else None


def windows_to(booking: Booking, text: str, options: Sequence[Option], dates: Dates) -> list[tuple[datetime, datetime]]:
    """What the text wishes, without the time that the appointment has now."""
    if shift := shift_in(text):
        moved = _start(booking) + shift
        return [(moved, moved + timedelta(minutes=1))]
    acting = [sentence for sentence in sentences(text) if act_of(sentence, booked=True)]
    wish = dates(_target(" ".join(acting) or text))
    at = _start(booking)
    named = [(window.start, window.end) for window in wish.windows]
    if wish.avoided and not wish.understood[1:]:
        return []
    days = {option.starts_at.date() for option in options} or {at.date()}
    same_day = [(start, end) for start, end in named if start.date() in days]
    if len(named) > EVERY_DAY and same_day:
        named = same_day  # a time alone is one of the day that is talked about
    elsewhere = [(start, end) for start, end in named if not start <= at < end]
    return elsewhere or [(start, end) for start, end in named if end - start < timedelta(hours=12)]


def shift_in(text: str) -> timedelta | None:
    """ "Half an hour later", "30 Minuten früher"."""
    match = _SHIFT.search(plain(text))
    if match is None:
        return None
    hours = int(match["hours"]) if (match["hours"] or "").isdigit() else 1
    minutes = int(match["minutes"]) if match["minutes"] else 30 if match["half"] else 60 * hours
    return timedelta(minutes=-minutes if match["earlier"] else minutes)


def _start(booking: Booking) -> datetime:
    return datetime.fromisoformat(booking["starts_at"])


def _target(text: str) -> str:
    """ "From Tuesday to Thursday": where to."""
    match = _FROM_TO.search(text)
    return match["to"] if match else text
