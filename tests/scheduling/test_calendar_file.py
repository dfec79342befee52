"""Appointments as files: read back by a calendar's library, and by the few lines that the format's own words need."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from dynaris.channels.email.calendars import answer_in
from dynaris.channels.email.mime import parse
from dynaris.core.ids import new_id
from dynaris.scheduling.calendar_file import Entry, Who, booking_of, calendar_text, feed_text, uid_of

BERLIN = ZoneInfo("Europe/Berlin")
NASTY = [
    "Müller & Söhne, Köln; \\ \"quoted\" 'and' more",
    "Zähne\nputzen\r\nund\rspülen",
    "🦷 " * 60,
    "BEGIN:VEVENT\r\nATTENDEE:mailto:evil@example.com\r\nEND:VEVENT",
    "x" * 300,
    "名前、説明；",
    "a\x00b\x1bc\x7fd",
    "",
]


def entry(**more: object) -> Entry:
    start = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    whole = {
        "booking_id": UUID(int=7),
        "sequence": 0,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "changed_at": datetime(2026, 11, 1, tzinfo=UTC),
        "summary": "Massage",
        "organizer": Who("hello@clinic.example", "Clinic"),
        "attendee": Who("ada@example.com", "Ada"),
        **more,
    }
    return Entry(**whole)  # type: ignore[arg-type]


def unfolded(text: str) -> list[tuple[str, str]]:
    """By RFC 5545 alone, without the library that wrote it."""
    assert text.endswith("\r\n")
    for line in text.encode().split(b"\r\n"):
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()  # no character is torn apart
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")[:-1]
    return [(match[1], match[2]) for line in lines if (match := re.fullmatch(r"([A-Z-]+)[;:](.*)", line))]


def read_by_library(text: str) -> Any:
    [event] = Calendar.from_ical(text).walk("VEVENT")
    return event


def said(text: str) -> str:
    """What a reader understands of an escaped text."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


@pytest.mark.parametrize("text", NASTY)
def test_any_text_is_read_back_as_it_was_and_adds_nothing(text: str) -> None:
    written = calendar_text(
        entry(summary=text, description=text, location=text, organizer=Who("a@b.example", text)), "REQUEST"
    )
    event = read_by_library(written)
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", expected).strip()
    assert str(event.get("description", "")) == expected
    assert str(event.get("location", "")) == expected
    assert str(event["summary"]) == expected.replace("\n", " ")
    assert str(event["attendee"]) == "mailto:ada@example.com"
    read = unfolded(written)
    names = [name for name, _ in read]
    assert (names.count("BEGIN"), names.count("ATTENDEE"), names.count("ORGANIZER")) == (2, 1, 1)
    if expected:
        assert said(dict(read)["DESCRIPTION"]) == expected


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), "20260329T003000Z"),
        (datetime(2026, 3, 29, 3, 0, tzinfo=BERLIN), "20260329T010000Z"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), "20261025T003000Z"),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), "20261025T013000Z"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("Pacific/Apia")), "20261231T103000Z"),
    ],
)
def test_a_time_is_the_same_moment_whatever_its_clocks_do(local: datetime, utc: str) -> None:
    written = calendar_text(entry(starts_at=local, ends_at=local + timedelta(hours=1)), "REQUEST")
    assert dict(unfolded(written))["DTSTART"] == utc
    event = read_by_library(written)
    assert event["dtstart"].dt == local.astimezone(UTC)


def test_a_cancellation_has_what_calendars_look_for() -> None:
    read = dict(unfolded(calendar_text(entry(sequence=3, status="CANCELLED"), "CANCEL")))
    assert read["METHOD"] == "CANCEL"
    assert read["STATUS"] == "CANCELLED"
    assert read["SEQUENCE"] == "3"
    assert read["UID"] == uid_of(UUID(int=7))


def test_a_feed_of_the_same_bookings_is_the_same_bytes() -> None:
    entries = [entry(booking_id=UUID(int=n), attendee=None, organizer=None) for n in range(3)]
    first = feed_text("Clinic, Köln", entries)
    assert first == feed_text("Clinic, Köln", entries)
    assert len(Calendar.from_ical(first).walk("VEVENT")) == 3


@pytest.mark.parametrize("uid", ["", "x", "x@bookings.dynaris", str(UUID(int=7)), f"{UUID(int=7)}@elsewhere"])
def test_a_uid_that_is_none_of_ours_names_no_booking(uid: str) -> None:
    assert booking_of(uid) is None
    mine = new_id()
    assert booking_of(uid_of(mine)) == mine


@pytest.mark.parametrize(
    "calendar",
    [
        b"",
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR",
        b"METHOD:REPLY\r\nUID:x",
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:x\r\nATTENDEE;" + b'A="' * 50_000,
        b"\xff\xfe" * 1_000,
        b"BEGIN:VCALENDAR\r\n" + b"X;" * 200_000,
    ],
)
def test_a_calendar_part_that_answers_nothing_is_none_and_costs_little(calendar: bytes) -> None:
    root, _ = parse(b"Content-Type: text/calendar; method=REPLY\r\n\r\n" + calendar)
    assert answer_in(root) is None
