"""What HTTP shows and takes of contacts, their addresses and merges."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import as_read, for_people
from dynaris.contacts.names import readable_name
from dynaris.core.invalid import written

Status = Literal["lead", "customer", "partner", "other", "do_not_contact"]

MOST_TAGS, MOST_FIELDS = 50, 100  # of a contact
_MOST_BYTES = 16_384  # of the custom fields together

Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")
]
ShownAddress = Annotated[str, AfterValidator(for_people)]  # of `queries.shown_address`
Language = Annotated[
    str, StringConstraints(pattern=written(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "a language like de or de-AT"))
]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone such as Europe/Berlin") from error
    return name


def _small(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(orjson.dumps(fields)) > _MOST_BYTES:
        raise ValueError(f"custom fields take at most {_MOST_BYTES} bytes together")
    return fields


def _once(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


class ContactChanges(BaseModel):
    """Only what is named changes; `null` empties."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str | None, BeforeValidator(lambda name: readable_name(name) if isinstance(name, str) else name)
    ] = None
    status: Status = "lead"
    owner_id: UUID | None = Field(default=None, description="The member who looks after this contact.")
    tags: Annotated[list[Line], Field(max_length=MOST_TAGS), AfterValidator(_once)] = []
    fields: Annotated[dict[Line, JsonValue], Field(max_length=MOST_FIELDS), AfterValidator(_small)] = Field(
        default={}, description="Custom fields: those named change, `null` removes one."
    )
    language: Language | None = None
    timezone: Annotated[str, AfterValidator(_known_zone)] | None = None


class NewAddress(BaseModel):
    """An address that a member knows to be this contact's."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal[AddressKind.EMAIL, AddressKind.PHONE, AddressKind.WHATSAPP, AddressKind.SLACK, AddressKind.CRM]
    value: str = Field(max_length=400)
    region: str | None = Field(
        default=None,
        pattern=written("^[A-Za-z]{2}$", "a country like DE"),
        description="Country (ISO 3166) of a number without country code.",
    )


class NewContact(ContactChanges):
    addresses: list[NewAddress] = Field(default=[], max_length=50)


class Address(BaseModel):
    id: UUID
    kind: AddressKind
    value: str
    display: str | None = Field(
        description="As people read it: as it was given, a number as it is dialled, a hidden one by its end."
    )
    verified: bool = Field(description="It was proved to belong to this person.")
    verified_by: str | None = Field(description="`provider`, `code`, `member` or `host`.")
    claimed: bool = Field(description="This contact only says so; messages never came from there.")

    @model_validator(mode="after")
    def _as_people_read_it(self) -> "Address":
        self.display = as_read(self.kind, self.value, self.display)
        return self


class Contact(BaseModel):
    id: UUID
    name: str | None
    status: Status
    owner_id: UUID | None
    tags: list[str]
    fields: dict[str, Any]
    language: str | None
    timezone: str | None
    addresses: list[Address]
    blocked_channels: list[str] = Field(
        default=[], description='Where they asked for no messages: "email", "any", or a purpose: "email/follow_up".'
    )
    created_at: datetime
    updated_at: datetime


class MergeRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: UUID = Field(description="The contact that stays.")
    drop: UUID = Field(description="The contact that becomes part of it.")
    dry_run: bool = Field(default=False, description="Only show what would happen.")
    reason: Line = "merged by hand"


class PerformedMerge(BaseModel):
    """A merge as it stands in the contact's history."""

    id: UUID
    keep: UUID
    drop: UUID
    reason: str
    performed_by: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str | None
