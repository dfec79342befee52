"""What a workspace decides about bookings: its page, reminders, invitations, and what follows an appointment."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.invalid import written
from dynaris.workspaces.actions import record
from dynaris.workspaces.opening_hours import zone
from dynaris.workspaces.profile import LINES

_CLOCK = written(r"^(?:[01]\d|2[0-3]):[0-5]\d$", "a time of the day like 21:00")
Clock = Annotated[str, StringConstraints(pattern=_CLOCK)]
Minutes = Annotated[int, Field(ge=10, le=43_200)]
Before = Annotated[list[Minutes], Field(max_length=4), AfterValidator(lambda given: sorted(set(given), reverse=True))]
Origin = Annotated[
    str,
    StringConstraints(
        pattern=written(r"^https://[a-z0-9.-]{1,200}(?::[0-9]{1,5})?$", "an address like https://clinic.example")
    ),
]


Colour = Annotated[str, StringConstraints(pattern=written(r"^#[0-9a-fA-F]{6}$", "a colour like #0f766e"))]


class Quiet(BaseModel):
    """No reminder is sent between these times of the day, where the client is."""

    model_config = ConfigDict(extra="forbid")

    since: Clock = "21:00"
    until: Clock = "08:00"


class BookingSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    page: bool = Field(default=False, description="Whether anybody may book at /book/{slug}.")
    introduction: Annotated[str, StringConstraints(max_length=2_000, pattern=LINES)] = Field(
        default="", description="What stands at the top of the booking page."
    )
    colour: Colour | None = Field(default=None, description="Of the booking page's buttons and links; none: ours.")
    choose_person: bool = Field(default=True, description="Whether the page lets people choose with whom.")
    embed_on: list[Origin] = Field(
        default=[], max_length=20, description="Web sites that may show the page in a frame; none but ours otherwise."
    )
    cancel_notice_minutes: int = Field(
        default=0, ge=0, le=43_200, description="How long before it begins a client may still move or cancel it."
    )
    invitations: bool = Field(default=True, description="Whether clients get mails about their bookings.")
    reminders: Before = Field(default=[1_440], description="Minutes before it begins; none: no reminders.")
    service_reminders: dict[UUID, Before] = Field(
        default={}, max_length=200, description="The same for single services, instead of `reminders`."
    )
    person_reminders: Before = Field(default=[], description="Reminders of whoever the booking is with.")
    quiet_hours: Quiet | None = Field(default=Quiet(), description="A reminder due then leaves before they begin.")
    declined: Literal["task", "cancel"] = Field(
        default="task", description="When a client declines the invitation in their calendar: a task, or cancelled."
    )
    after: Literal["complete", "task", "nothing"] = Field(
        default="complete",
        description="A day after it ended, a booking still confirmed: counted as completed, a task, or left alone.",
    )


async def booking_settings(connection: Connection, workspace_id: UUID) -> BookingSettings:
    cursor = await connection.execute("SELECT booking FROM workspace WHERE id = %s", (workspace_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no workspace {workspace_id}")
    return BookingSettings(**row["booking"])


async def change_settings(
    connection: Connection, workspace_id: UUID, changes: dict[str, Any], *, by: str
) -> BookingSettings:
    """`changes`: some of the fields, checked. To be called in a transaction."""
    cursor = await connection.execute("SELECT booking FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no workspace {workspace_id}")
    settings = BookingSettings(**{**row["booking"], **changes})
    await connection.execute(
        "UPDATE workspace SET booking = %s WHERE id = %s", (Jsonb(settings.model_dump(mode="json")), workspace_id)
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="booking_settings.changed",
        subject=f"workspace:{workspace_id}",
        detail={"changed": sorted(changes)},
    )
    return settings


def before_quiet_hours(moment: datetime, quiet: Quiet | None, timezone: str) -> datetime:
    """The moment itself, or the beginning of the quiet hours that it falls into."""
    if quiet is None or quiet.since == quiet.until:
        return moment
    local = moment.astimezone(zone(timezone))
    since, until = time.fromisoformat(quiet.since), time.fromisoformat(quiet.until)
    clock = local.time()
    inside = since <= clock < until if since < until else clock >= since or clock < until
    if not inside:
        return moment
    day = local.date() if clock >= since else local.date() - timedelta(days=1)
    return datetime.combine(day, since, local.tzinfo).astimezone(moment.tzinfo)
