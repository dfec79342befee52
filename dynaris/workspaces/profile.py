"""What a business says of itself, as HTTP takes it: profile, opening hours and their exceptions."""

import re
from datetime import date
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints, model_validator

from dynaris.core.invalid import written
from dynaris.workspaces.signature import PLACEHOLDERS, unknown_placeholder

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

# One line as people type it: no control characters.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
# Several lines: line breaks and tabs are the only control characters.
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
MOST_EXCEPTIONS = 400
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


def _lasting(span: str) -> str:
    """One that ends before it begins goes on after midnight."""
    opens, closes = span.split("-")
    if opens == closes:
        raise ValueError(f"{span}: it closes when it opens; a whole day is 00:00-24:00")
    return span


Span = Annotated[
    str,
    StringConstraints(pattern=written(rf"^{_TIME}-(?:{_TIME}|24:00)$", "hours like 09:00-17:30")),
    AfterValidator(_lasting),
]
Spans = Annotated[list[Span], Field(max_length=10)]
Hours = dict[Weekday, Spans]


class HoursException(BaseModel):
    """A day on which the usual hours do not hold."""

    model_config = ConfigDict(extra="forbid")

    date: date
    hours: Spans = Field(description="When the business is open that day; empty: closed.")
    note: Line | None = Field(default=None, description="Why, as customers are told: Christmas Eve.")


def _each_day_once(exceptions: list[HoursException]) -> list[HoursException]:
    days = [exception.date for exception in exceptions]
    if twice := next((day for day in days if days.count(day) > 1), None):
        raise ValueError(f"{twice} stands there twice")
    return sorted(exceptions, key=lambda exception: exception.date)


HoursExceptions = Annotated[list[HoursException], Field(max_length=MOST_EXCEPTIONS), AfterValidator(_each_day_once)]


def _a_host(name: str) -> str:
    host = name.strip().casefold().rstrip(".")
    if not _HOST.fullmatch(host):
        raise ValueError(f"a host is like clinic.example, not {name[:100]!r}")
    return host


def _known_placeholders(signature: str) -> str:
    if (name := unknown_placeholder(signature)) is not None:
        raise ValueError(
            f"{{{name[:50]}}} is no placeholder; there are {', '.join(f'{{{one}}}' for one in PLACEHOLDERS)}"
        )
    return signature


def _web_site(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or " " in address:
        raise ValueError(f"a web site is like https://clinic.example, not {address[:100]!r}")
    return address


Signature = Annotated[str, StringConstraints(max_length=2_000, pattern=LINES), AfterValidator(_known_placeholders)]
Tone = Annotated[str, StringConstraints(max_length=500)]
ChannelName = Annotated[str, StringConstraints(pattern=written(r"^[a-z][a-z0-9_]{0,39}$", "a channel like webchat"))]
Host = Annotated[str, StringConstraints(max_length=253), AfterValidator(_a_host)]


class Profile(BaseModel):
    """How the business presents itself, and whom agents may write to besides the contact."""

    model_config = ConfigDict(extra="forbid")

    signature: Signature | None = Field(
        default=None,
        description="Under letters. {business}, {legal_name}, {agent}, {phone}, {email}, {website}, {address}, {app} "
        "and {docs} are put in; a line whose fact is missing is left out. Without one it is made from the profile; an "
        "empty text is none.",
    )
    signatures: Annotated[dict[ChannelName, Signature], Field(max_length=20)] | None = Field(
        default=None, description="By channel, instead of `signature`; a chat has one only here."
    )
    answer_floor: Annotated[float, Field(ge=0.1, le=1)] | None = Field(
        default=None,
        description="The share of a question that a passage must cover to be its answer (0.55). Below it agents say "
        "that they do not know and hand on.",
    )
    tone: Tone | None = Field(default=None, description="How agents write, in words.")
    tones: Annotated[dict[ChannelName, Tone], Field(max_length=20)] | None = Field(
        default=None, description="By channel, instead of `tone`."
    )
    link_hosts: Annotated[list[Host], Field(max_length=200)] | None = Field(
        default=None,
        description="Hosts, with the names under them, that agents may link to besides the web site's, those of "
        "web pages among the knowledge, and those that typed knowledge names.",
    )
    read_hosts: Annotated[list[Host], Field(max_length=200)] | None = Field(
        default=None, description="Hosts, with the names under them, whose pages agents may read. Empty: none."
    )
    trusted_recipients: Annotated[list[EmailStr], Field(max_length=200)] | None = None
    legal_name: Line | None = Field(default=None, description="As the law knows the business, e.g. Example GmbH.")
    description: Annotated[str, StringConstraints(max_length=2_000, pattern=LINES)] | None = Field(
        default=None, description="What the business does, told to agents."
    )
    phone: (
        Annotated[
            str,
            StringConstraints(
                strip_whitespace=True,
                max_length=40,
                pattern=written(r"^\+?[0-9][0-9 ()/.\-]{2,38}$", "a number like +49 30 1234567"),
            ),
        ]
        | None
    ) = None
    email: EmailStr | None = None
    website: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(_web_site)] | None
    ) = None
    postal_address: Annotated[str, StringConstraints(max_length=500, pattern=LINES)] | None = None
    agent_name: Line | None = Field(default=None, description="The name that agents write under.")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        if isinstance(given, dict) and (unknown := set(map(str, given)) - set(cls.model_fields)):
            raise ValueError(f"{min(unknown)[:50]!r} is not in a profile; there are {', '.join(cls.model_fields)}")
        return given
