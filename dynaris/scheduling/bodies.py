"""What HTTP takes of services, people with a calendar and bookings."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from dynaris.core.invalid import written
from dynaris.core.moments import Moment
from dynaris.scheduling.holds import HOLD_MINUTES, LONGEST_HOLD, LONGEST_KEY
from dynaris.scheduling.schemas import Booking, BookingChange, CalendarPerson, Service, Slot
from dynaris.workspaces.opening_hours import is_zone
from dynaris.workspaces.profile import LINES, Hours, HoursExceptions, Line


def _known_zone(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"{name!r} is no IANA time zone such as Europe/Berlin")
    return name


Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)]
Key = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=LONGEST_KEY, pattern=written(r"^[!-~]+$", "visible ASCII characters without spaces")
    ),
]
Text = Annotated[str, StringConstraints(max_length=2_000, pattern=LINES)]
Ids = Annotated[list[UUID], Field(max_length=500)]
_Minutes = Annotated[int, Field(ge=0, le=1440)]
_Position = Annotated[int, Field(ge=0, le=10_000)]
_Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=6)]
_Currency = Annotated[str, StringConstraints(pattern=written(r"^[A-Z]{3}$", "a currency like EUR"))]


class NewService(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line
    description: Text = ""
    duration_minutes: Annotated[int, Field(ge=1, le=1440)]
    buffer_before: _Minutes = Field(default=0, description="Minutes kept free before each appointment.")
    buffer_after: _Minutes = Field(default=0, description="Minutes kept free after each appointment.")
    price: _Amount | None = None
    currency: _Currency | None = None
    minimum_notice_minutes: Annotated[int, Field(ge=0, le=525_600)] = 0
    maximum_advance_days: Annotated[int, Field(ge=1, le=730)] = 90
    step_minutes: Annotated[int, Field(ge=5, le=1440)] = Field(
        default=15, description="How far apart the times are that are offered."
    )
    needs_confirmation: bool = Field(default=False, description="A booking is pending until somebody here says yes.")
    enabled: bool = True
    position: _Position = 0
    staff_ids: Ids | None = Field(default=None, description="Who gives it; everybody, if left out.")


class ServiceChange(BaseModel):
    """Only what is named changes; what is booked stays as it was booked."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    description: Text = ""
    duration_minutes: Annotated[int, Field(ge=1, le=1440)] = 1
    buffer_before: _Minutes = 0
    buffer_after: _Minutes = 0
    price: _Amount | None = None
    currency: _Currency | None = None
    minimum_notice_minutes: Annotated[int, Field(ge=0, le=525_600)] = 0
    maximum_advance_days: Annotated[int, Field(ge=1, le=730)] = 90
    step_minutes: Annotated[int, Field(ge=5, le=1440)] = 15
    needs_confirmation: bool = False
    enabled: bool = True
    position: _Position = 0
    staff_ids: Ids = []


class NewPerson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Line
    email: EmailStr | None = None
    member_id: UUID | None = None
    timezone: Zone | None = Field(default=None, description="The workspace's, if left out.")
    hours: Hours | None = Field(default=None, description="The workspace's business hours, if left out.")
    exceptions: HoursExceptions = Field(default=[], description="Days off, and days with other hours.")
    enabled: bool = True
    position: _Position = 0
    service_ids: Ids | None = Field(default=None, description="What they give; everything, if left out.")


class PersonChange(BaseModel):
    """Only what is named changes."""

    model_config = ConfigDict(extra="forbid")

    name: Line = ""
    email: EmailStr | None = None
    member_id: UUID | None = None
    timezone: Zone | None = None
    hours: Hours | None = None
    exceptions: HoursExceptions = []
    enabled: bool = True
    position: _Position = 0
    service_ids: Ids = []


class NewBooking(BaseModel):
    model_config = ConfigDict(extra="forbid")

    service_id: UUID
    starts_at: Moment
    contact_id: UUID
    staff_id: UUID | None = Field(default=None, description="With whom; whoever is free and has least that day.")
    conversation_id: UUID | None = Field(default=None, description="One of the contact's.")
    timezone: Zone | None = Field(default=None, description="In which the contact is told; theirs, or the workspace's.")
    note: Text = ""
    hold_minutes: Annotated[int, Field(ge=1, le=LONGEST_HOLD)] | None = Field(
        default=None,
        description=f"Only hold it for so long, say {HOLD_MINUTES}: confirm it, or it is free again.",
    )
    outside_rules: bool = Field(
        default=False, description="Whatever notice, advance and hours say. Other bookings count all the same."
    )
    key: Key | None = Field(
        default=None, description="The same key again is the same booking; `Idempotency-Key` says it too."
    )


class Reschedule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts_at: Moment
    staff_id: UUID | None = Field(default=None, description="With somebody else.")
    outside_rules: bool = False


class Cancel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Text | None = None


class Services(BaseModel):
    items: list[Service]


class People(BaseModel):
    items: list[CalendarPerson]


class Slots(BaseModel):
    items: list[Slot]


class BookingWithHistory(Booking):
    changes: list[BookingChange]
