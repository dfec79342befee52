"""Calendars in mails: the part of ours that a calendar program takes, and the answers that such programs send back.

An answer is read by its own few lines: what strangers send is not worth a whole calendar's parser.
"""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from dynaris.channels.contract import CalendarPart
from dynaris.channels.email.addresses import normalise
from dynaris.channels.email.characters import clean
from dynaris.channels.email.mime import Part

_ANSWERS = {"REPLY", "COUNTER"}
_TYPES = ("text/calendar", "application/ics")
_MOST_BYTES = 100_000
_LONGEST = 1_000
_FOLD = re.compile(r"\r?\n[ \t]")
_CONTENT_LINE = re.compile(r'([A-Za-z0-9-]{1,60})((?:;[^":;]*(?:"[^"]*"[^":;]*)*)*):(.*)')
_PARTSTAT = re.compile(r";PARTSTAT=\"?([A-Za-z-]{1,30})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([nN,;\\])")


def add_calendar(mail: EmailMessage, calendar: CalendarPart) -> None:
    """As one of the alternatives, which mail programs show with buttons, and as a file for those that do not."""
    text = clean(calendar.text)
    mail.add_alternative(text, subtype="calendar", cte="base64", params={"method": calendar.method})
    lines = "\r\n".join(text.splitlines()) + "\r\n"
    mail.add_attachment(lines.encode(), "application", "ics", filename="invite.ics")


def answer_in(root: Part) -> dict[str, Any] | None:
    """What a calendar program answers to an invitation: {"method", "uid", "attendee", "partstat", ...}."""
    for part in root.walk():
        if part.mime_type in _TYPES and (found := _answer(part.content()[:_MOST_BYTES])):
            return found
    return None


def _answer(content: bytes) -> dict[str, Any] | None:
    values: dict[str, tuple[str, str]] = {}
    inside: list[str] = []
    for line in _FOLD.sub("", content.decode("utf-8", errors="replace")).splitlines():
        match = _CONTENT_LINE.fullmatch(line.strip())
        if match is None:
            continue
        name = match[1].upper()
        if name == "BEGIN":
            inside.append(match[3].strip().upper())
        elif name == "END":
            inside = inside[:-1]
        elif (name == "METHOD" and inside == ["VCALENDAR"]) or inside[1:] == ["VEVENT"]:
            values.setdefault(name, (match[2], match[3].strip()[:_LONGEST]))
    method, uid = values.get("METHOD", ("", ""))[1].upper(), values.get("UID", ("", ""))[1]
    parameters, attendee = values.get("ATTENDEE", ("", ""))
    if method not in _ANSWERS or not uid:
        return None
    partstat = _PARTSTAT.search(parameters)
    return {
        "method": method,
        "uid": uid[:200],
        "attendee": normalise(re.sub(r"(?i)^mailto:", "", attendee)),
        "partstat": partstat[1].upper() if partstat else None,
        "sequence": _number(values.get("SEQUENCE", ("", "0"))[1]),
        "stamp": _moment(values.get("DTSTAMP", ("", ""))[1]),
        "starts_at": _moment(values.get("DTSTART", ("", ""))[1]),
        "comment": _ESCAPED.sub(_unescaped, values.get("COMMENT", ("", ""))[1]).strip(),
    }


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _moment(text: str) -> str | None:
    """Only what is in UTC, as everything that we sent."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    except ValueError:
        return None
