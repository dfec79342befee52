"""What HTTP shows and takes of workspaces, members, keys and settings."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dynaris.core.invalid import written
from dynaris.workspaces.access import Role
from dynaris.workspaces.languages import known_language
from dynaris.workspaces.names import Name
from dynaris.workspaces.profile import LINES, Hours, HoursExceptions, Line, Profile
from dynaris.workspaces.status import MemberStatus


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone such as Europe/Berlin") from error
    return name


Language = Annotated[
    str,
    StringConstraints(pattern=written(r"^[a-z]{2}(-[A-Za-z0-9]{2,8})*$", "a language like de or de-AT"), max_length=35),
    AfterValidator(known_language),
]


Strategy = Literal["everyone", "next_available", "longest_waiting"]


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
    status: MemberStatus = Field(description="As they chose it.")
    status_note: str
    status_since: datetime | None = Field(description="None: never chosen.")
    seen_at: datetime | None = Field(description="When a screen of theirs was last open, to half a minute.")
    languages: list[str] = Field(description="That they answer in; none named: in any.")
    skills: list[str] = Field(description="Words that a conversation's tags or its agent may ask for.")


Skill = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
]


class Abilities(BaseModel):
    """What a member speaks and knows, whatever team they are in."""

    model_config = ConfigDict(extra="forbid")

    languages: Annotated[list[Language], Field(max_length=20)] = Field(
        default=[], description="ISO 639-1. Empty: conversations in any language are offered to them."
    )
    skills: Annotated[list[Skill], Field(max_length=50)] = Field(
        default=[], description="A conversation asks for a skill by a tag or an agent of that name."
    )


class NewStatus(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: MemberStatus
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = (
        Field(default="", description="What teammates read beside it: `back at two`.")
    )


class TeamMemberView(BaseModel):
    id: UUID
    name: str
    role: Role


class TeamView(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    strategy: Strategy
    ring_seconds: int
    fit_minutes: int
    most_held: int
    business_hours: Hours | None = Field(description="None: the workspace's.")
    overflow_team_id: UUID | None
    overflow_minutes: int
    closed_team_id: UUID | None
    takes_hand_offs: bool
    members: list[TeamMemberView]


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
    created_by: str | None = Field(description="As in the audit log; the key ends with their being an admin.")
    created_by_name: str | None


class IssuedApiKey(ApiKeyView):
    key: str = Field(description="Shown this once.")


TagName = Annotated[Line, StringConstraints(max_length=60)]


def each_once(names: list[str]) -> list[str]:
    if len({name.casefold() for name in names}) < len(names):
        raise ValueError("each of them once")
    return names


class WorkspaceSettings(WorkspaceView):
    timezone: str
    language: str
    model: str
    supervisor_model: str
    transcription_model: str = Field(description="Empty: voice notes are not transcribed.")
    languages: list[str] = Field(description="The languages offered; the first is `language`.")
    business_hours: dict[str, Any]
    hours_exceptions: list[dict[str, Any]] = Field(description="Days on which other hours hold, by date.")
    profile: dict[str, Any]
    signature: str = Field(description="As it stands under letters now.")
    plan: str
    credits_note: str
    vip_tags: list[str] = Field(description="Contacts with one of these are answered by people first.")
    dispositions: list[str] = Field(description="How a conversation can end for who wraps it up.")
    wrap_up_seconds: int = Field(description="In which nothing new is offered to who is done with one; 0: none.")


class WorkspaceChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(default=None, description="As mails show it: no web address in it.")
    timezone: Annotated[Line, AfterValidator(_known_zone)] | None = None
    language: Language | None = Field(default=None, description="ISO 639-1, also with a region: `de-AT`.")
    model: Line | None = Field(default=None, description="`builtin`, `provider:name`, or `<entry>:name`.")
    supervisor_model: Line | None = Field(default=None, description="`builtin`, or a model as `provider:name`.")
    transcription_model: Line | Literal[""] | None = Field(
        default=None, description="What writes voice notes down, as `openai:gpt-4o-mini-transcribe`; empty: nothing."
    )
    business_hours: Hours | None = Field(
        default=None,
        description='By weekday, in the workspace\'s time zone: {"monday": ["08:00-12:00", "13:00-18:00"]}.',
    )
    languages: Annotated[list[Language], Field(min_length=1, max_length=20)] | None = Field(
        default=None, description="The languages offered; the first is the default, as `language` is."
    )
    hours_exceptions: HoursExceptions | None = Field(
        default=None, description="Closed days and days with other hours. Replaced as a whole."
    )
    plan: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] | None
    ) = Field(default=None, description="The plan's name, as an owner or staff noted it.")
    credits_note: Annotated[str, StringConstraints(max_length=2_000, pattern=LINES)] | None = Field(
        default=None, description="What was agreed on credits, as an owner or staff noted it."
    )
    vip_tags: Annotated[list[TagName], Field(max_length=50), AfterValidator(each_once)] | None = Field(
        default=None, description="Of contacts whom people answer first, whatever Auto mode says. Replaced as a whole."
    )
    dispositions: Annotated[list[TagName], Field(min_length=1, max_length=50), AfterValidator(each_once)] | None = (
        Field(default=None, description="How a conversation can end for who wraps it up. Replaced as a whole.")
    )
    wrap_up_seconds: Annotated[int, Field(ge=0, le=3_600)] | None = Field(
        default=None, description="In which nothing new is offered to who is done with a conversation; 0: none."
    )
    profile: Profile | None = Field(
        default=None, description="Changed key by key: what is left out stays, null takes a key out."
    )

    @model_validator(mode="after")
    def _default_first(self) -> "WorkspaceChanges":
        if self.languages and len(set(self.languages)) < len(self.languages):
            raise ValueError("`languages` names one of them twice")
        if self.languages and self.language and self.languages[0] != self.language:
            raise ValueError(f"`language` is the first of `languages`: {self.languages[0]}, not {self.language}")
        return self
