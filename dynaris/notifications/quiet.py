"""Quiet hours of a member: until when nothing but the app tells them anything; and when their digest is due."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dynaris.core.invalid import written
from dynaris.workspaces.opening_hours import is_zone, zone
from dynaris.workspaces.profile import Weekday

DAYS = get_args(Weekday)
Clock = Annotated[
    str, StringConstraints(pattern=written(r"^(?:[01]\d|2[0-3]):[0-5]\d$", "a time of the day like 21:00"))
]
_MOST_SPANS = 8  # that follow one upon the other: a week of nights and a day


def _known(name: str) -> str:
    if not is_zone(name):
        raise ValueError(f"{name[:50]!r} is no time zone; one is named like Europe/Berlin")
    return name


Zone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known)]


class QuietHours(BaseModel):
    """Only the app tells then; the rest waits until they end."""

    model_config = ConfigDict(extra="forbid")

    since: Clock = "20:00"
    until: Clock = Field(default="07:00", description="The same as `since`: all day.")
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(
        default=list(DAYS), description="On which they begin."
    )
    timezone: Zone | None = Field(default=None, description="None: the workspace's.")

    @model_validator(mode="after")
    def _end_somewhen(self) -> "QuietHours":
        self.days = [day for day in DAYS if day in self.days]
        if self.since == self.until and len(self.days) == len(DAYS):
            raise ValueError("these quiet hours never end: leave a day out, or switch the topics off")
        return self


class Digest(BaseModel):
    """When mails that can wait leave, all in one."""

    model_config = ConfigDict(extra="forbid")

    every: Literal["hour", "day"] = "hour"
    at: Clock = Field(default="08:00", description="The time of the day of a daily one, in the member's zone.")


def quiet_until(moment: datetime, quiet: QuietHours | None, timezone: str) -> datetime | None:
    """When the quiet hours end that the moment falls into. `timezone`: the workspace's."""
    found = None
    for _ in range(_MOST_SPANS if quiet else 0):
        assert quiet is not None
        end = _end(found or moment, quiet, timezone)
        if end is None:
            break
        found = end
    return found


def _end(moment: datetime, quiet: QuietHours, timezone: str) -> datetime | None:
    local = moment.astimezone(zone(quiet.timezone or timezone))
    since, until = time.fromisoformat(quiet.since), time.fromisoformat(quiet.until)
    for began in (local.date(), local.date() - timedelta(days=1)):
        if DAYS[began.weekday()] not in quiet.days:
            continue
        begin = datetime.combine(began, since, local.tzinfo)
        end = datetime.combine(began if since < until else began + timedelta(days=1), until, local.tzinfo)
        if begin.timestamp() <= moment.timestamp() < end.timestamp():
            return end.astimezone(moment.tzinfo)
    return None


def digest_due(moment: datetime, digest: Digest, timezone: str) -> datetime:
    """The next one after the moment: the full hour, or that time of the day. `timezone`: the member's."""
    local = moment.astimezone(zone(timezone))
    if digest.every == "hour":
        due = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return due.astimezone(moment.tzinfo)
    at = time.fromisoformat(digest.at)
    due = datetime.combine(local.date(), at, local.tzinfo)
    if due.timestamp() <= moment.timestamp():
        due = datetime.combine(local.date() + timedelta(days=1), at, local.tzinfo)
    return due.astimezone(moment.tzinfo)
