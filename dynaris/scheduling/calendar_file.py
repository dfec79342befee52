"""Bookings as iCalendar (RFC 5545): the invitation in a mail (RFC 5546, 6047), the file to download, the feed.

Times are in UTC, without a VTIMEZONE, as the large calendars write single events themselves: every reader shows them in
its own zone, no reader's own idea of a zone's rules can move them, and the mail's text says the local time in words.
The library is imported by the functions: processes that only load this module do not pay for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

if TYPE_CHECKING:
    from icalendar import Calendar, Event

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

_PRODUCT = "-//Dynaris//Bookings//EN"
_LONGEST = 8_000  # characters of one text


@dataclass(frozen=True, slots=True)
class Who:
    """One end of an invitation."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One appointment as a calendar shows it."""

    booking_id: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime  # DTSTAMP: when it became as it is
    summary: str
    description: str = ""
    location: str = ""
    url: str = ""
    status: Status = "CONFIRMED"
    organizer: Who | None = None
    attendee: Who | None = None


def uid_of(booking_id: UUID) -> str:
    """The same for every mail and feed about a booking, whatever changes."""
    return f"{booking_id}@bookings.dynaris"


def booking_of(uid: str) -> UUID | None:
    """Of a UID that comes back in an answer; `None` where it is none of ours."""
    try:
        booking_id = UUID(uid.removesuffix("@bookings.dynaris"))
    except ValueError:
        return None
    return booking_id if uid.lower() == uid_of(booking_id) else None


def calendar_text(entry: Entry, method: Method) -> str:
    """One invitation, update or cancellation; lines end in CRLF and are folded."""
    calendar = _calendar(method)
    calendar.add_component(_event(entry))
    return calendar.to_ical().decode()


def feed_text(name: str, entries: Iterable[Entry]) -> str:
    """What a calendar program reads again and again; the same bookings give the same bytes."""
    calendar = _calendar("PUBLISH")
    calendar.add("x-wr-calname", _plain(name))
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for entry in entries:
        calendar.add_component(_event(entry))
    return calendar.to_ical().decode()


def _calendar(method: Method) -> "Calendar":
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry) -> "Event":
    from icalendar import Event

    event = Event()
    event.add("uid", uid_of(entry.booking_id))
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", _plain(entry.summary).replace("\n", " "))
    for name, text in (("description", entry.description), ("location", entry.location)):
        if text:
            event.add(name, _plain(text))
    if entry.url:
        event.add("url", entry.url)
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT" if entry.status == "CANCELLED" else "OPAQUE")
    if entry.organizer:
        event.add("organizer", _address(entry.organizer), encode=False)
    if entry.attendee:
        event.add("attendee", _address(entry.attendee, _asked(entry)), encode=False)
    return event


def _asked(entry: Entry) -> dict[str, str]:
    """A move asks again: the answer was to another time."""
    answers = "FALSE" if entry.status == "CANCELLED" else "TRUE"
    return {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": answers}


def _address(who: Who, parameters: dict[str, str] | None = None) -> Any:
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{who.address}")
    for name, value in (parameters or {}).items():
        address.params[name] = value
    if name := _plain(who.name).replace("\n", " ").replace('"', "'"):
        address.params["CN"] = name
    return address


def _plain(text: str) -> str:
    """Without control characters, which no calendar may hold; line breaks stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (character for character in lines if character in "\n\t" or character.isprintable() or character > "\x9f")
    return "".join(kept)[:_LONGEST].strip()
