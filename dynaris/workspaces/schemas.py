"""What HTTP shows and takes of workspaces, members, keys and settings."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints, model_validator

from dynaris.workspaces.languages import known_language

Role = Literal["owner", "admin", "teammate"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

# One line as people type it: no control characters.
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone such as Europe/Berlin") from error
    return name


def _forward(span: str) -> str:
    opens, closes = span.split("-")
    if opens >= closes:
        raise ValueError(f"{span}: closing comes after opening")
    return span


_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
Span = Annotated[str, StringConstraints(pattern=rf"^{_TIME}-(?:{_TIME}|24:00)$"), AfterValidator(_forward)]
Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{2}(-[A-Za-z0-9]{2,8})*$", max_length=35),
    AfterValidator(known_language),
]
Hours = dict[Weekday, Annotated[list[Span], Field(max_length=10)]]


class WorkspaceView(BaseModel):
    id: UUID
    slug: str
    name: str


class MemberView(BaseModel):
    id: UUID
    name: str
    email: str
    role: Role
    created_at: datetime


class Me(BaseModel):
    """Who is asking."""

    actor: str = Field(description="`member:<id>` or `key:<id>`, as in the audit log.")
    role: Role
    workspace: WorkspaceView
    member: MemberView | None = Field(description="Absent for an API key.")


class NewApiKey(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line = Field(description="What the key is for.")


class ApiKeyView(BaseModel):
    id: UUID
    name: str
    prefix: str = Field(description="The key's first characters.")
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")


class IssuedApiKey(ApiKeyView):
    key: str = Field(description="Shown this once.")


class Service(BaseModel):
    """Something the business sells."""

    model_config = ConfigDict(extra="forbid")

    name: Line
    duration_minutes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    price: Annotated[str, StringConstraints(pattern=r"^\d{1,12}(\.\d{1,4})?$")] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="ISO 4217, e.g. EUR."
    )


class Profile(BaseModel):
    """How the business presents itself, and whom agents may write to besides the contact."""

    model_config = ConfigDict(extra="forbid")

    signature: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    tone: Annotated[str, StringConstraints(max_length=500)] | None = None
    trusted_recipients: Annotated[list[EmailStr], Field(max_length=200)] | None = None
    services: Annotated[list[Service], Field(max_length=500)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        if isinstance(given, dict) and (unknown := set(map(str, given)) - set(cls.model_fields)):
            raise ValueError(f"{min(unknown)[:50]!r} is not in a profile; there are {', '.join(cls.model_fields)}")
        return given


class WorkspaceSettings(WorkspaceView):
    timezone: str
    language: str
    model: str
    supervisor_model: str
    business_hours: dict[str, Any]
    profile: dict[str, Any]


class WorkspaceChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Line | None = None
    timezone: Annotated[Line, AfterValidator(_known_zone)] | None = None
    language: Language | None = Field(default=None, description="ISO 639-1, also with a region: `de-AT`.")
    model: Line | None = Field(default=None, description="`builtin`, or a model as `provider:name`.")
    supervisor_model: Line | None = Field(default=None, description="`builtin`, or a model as `provider:name`.")
    business_hours: Hours | None = Field(
        default=None,
        description='By weekday, in the workspace\'s time zone: {"monday": ["08:00-12:00", "13:00-18:00"]}.',
    )
    profile: Profile | None = Field(
        default=None, description="Changed key by key: what is left out stays, null takes a key out."
    )
