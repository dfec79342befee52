"""Slots, bookings, services and people with a calendar, as other packages and HTTP see them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer

from dynaris.workspaces.profile import Hours, HoursExceptions

Status = Literal["held", "pending", "confirmed", "cancelled", "completed", "no_show", "expired"]


def _plain(amount: Decimal) -> str:
    """75.000000 is 75.00: two places at least, no more than it needs."""
    digits = amount.normalize().as_tuple().exponent
    return f"{amount:.{max(2, -digits if isinstance(digits, int) else 2)}f}"


Price = Annotated[Decimal, PlainSerializer(_plain, return_type=str)]


class Slot(BaseModel):
    """A time that is free."""

    service_id: UUID
    service: str
    staff_id: UUID
    staff: str = Field(description="With whom.")
    starts_at: datetime
    ends_at: datetime
    timezone: str = Field(description="The workspace's.")


class Booking(BaseModel):
    id: UUID
    status: Status
    service_id: UUID
    service: str
    staff_id: UUID
    staff: str = Field(description="With whom.")
    contact_id: UUID
    contact_name: str | None
    conversation_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    timezone: str = Field(description="In which the contact is told.")
    held_until: datetime | None = Field(description="Of a hold: until it is confirmed, the time is kept so long.")
    sequence: int = Field(description="One more with each move, as calendars count.")
    price: Price | None = Field(description="When it was booked; a later price of the service changes nothing.")
    currency: str | None
    note: str
    reason: str | None = Field(description="Of a cancellation.")
    created_by: str
    created_at: datetime
    updated_at: datetime


class Service(BaseModel):
    id: UUID
    name: str
    description: str
    duration_minutes: int
    buffer_before: int
    buffer_after: int
    price: Price | None
    currency: str | None
    minimum_notice_minutes: int
    maximum_advance_days: int
    step_minutes: int
    needs_confirmation: bool
    enabled: bool
    position: int
    staff_ids: list[UUID] = Field(description="Who gives it.")
    created_at: datetime


class CalendarPerson(BaseModel):
    """Somebody whom bookings are with."""

    id: UUID
    name: str
    email: str | None
    member_id: UUID | None
    timezone: str | None = Field(description="None: the workspace's.")
    hours: Hours | None = Field(description="None: the workspace's business hours.")
    exceptions: HoursExceptions
    enabled: bool
    position: int
    service_ids: list[UUID] = Field(description="What they give.")
    created_at: datetime


class BookingChange(BaseModel):
    """What became of a booking, and when."""

    id: UUID
    what: str
    text: str
    data: dict[str, Any]
    changed_by: str
    created_at: datetime
