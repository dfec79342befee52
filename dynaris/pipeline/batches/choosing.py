"""Which events a batch has: by id, or by what they have in common."""

from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composed
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dynaris.core.db import Connection
from dynaris.pipeline.outcome import Outcome, WaitingFor

MOST_IDS = 1_000
MOST_EVENTS = 100_000


class EventFilter(BaseModel):
    """Events that fit all of it."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["waiting", "failed"] | None = Field(
        default=None, description="Both, where neither this nor `outcome` is given."
    )
    waiting_for: WaitingFor | None = None
    outcome: Outcome | None = None
    channel: str | None = Field(default=None, max_length=100)
    contact_id: UUID | None = None
    since: AwareDatetime | None = Field(default=None, description="Arrived then or later.")
    until: AwareDatetime | None = Field(default=None, description="Arrived before then.")

    @model_validator(mode="after")
    def _can_fit(self) -> "EventFilter":
        if self.waiting_for and (self.status == "failed" or self.outcome):
            raise ValueError("`waiting_for` goes with the status `waiting`")
        if self.outcome and self.status and (self.status, self.outcome) != ("failed", "failed"):
            raise ValueError(f"no event of the status {self.status} has the outcome {self.outcome}")
        return self


class BatchRequest(BaseModel):
    """Which events: by id, or by what they have in common."""

    model_config = ConfigDict(extra="forbid")

    event_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: EventFilter | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "BatchRequest":
        if (self.event_ids is None) == (self.filter is None):
            raise ValueError("send either `event_ids` or `filter`")
        return self


# A branch for each state, so that each reads its own index.
_STATES: dict[str, SQL] = {
    "waiting": SQL("status = 'waiting'"),
    "failed": SQL("outcome = 'failed'"),
    "answered": SQL("outcome = 'answered'"),
    "handed_off": SQL("outcome = 'handed_off'"),
    "ignored": SQL("outcome = 'ignored'"),
}


def _states(wanted: EventFilter) -> list[str]:
    if wanted.outcome or wanted.status:
        return [wanted.outcome or wanted.status or ""]
    return ["waiting"] if wanted.waiting_for else ["waiting", "failed"]


def chosen(wanted: EventFilter) -> Composed:
    """A SELECT of their ids, with the parameters of `named`."""
    fits = [SQL("workspace_id = %(ws)s")]
    fits += [SQL(f"{name} = %({name})s") for name in ("waiting_for", "channel", "contact_id") if getattr(wanted, name)]
    fits += [SQL("created_at >= %(since)s")] if wanted.since else []
    fits += [SQL("created_at < %(until)s")] if wanted.until else []
    branches = (
        SQL("SELECT id FROM event WHERE {}").format(SQL(" AND ").join([*fits, _STATES[state]]))
        for state in _states(wanted)
    )
    return SQL(" UNION ALL ").join(branches)


def named(workspace_id: UUID, wanted: EventFilter) -> dict[str, Any]:
    return {**wanted.model_dump(), "ws": workspace_id, "most": MOST_EVENTS + 1}


async def matching(connection: Connection, workspace_id: UUID, wanted: EventFilter) -> list[dict[str, Any]]:
    """How many events a batch would have, by channel and state: a dry run."""
    cursor = await connection.execute(
        SQL(
            """SELECT channel, coalesce(outcome, 'waiting for ' || waiting_for) AS state, count(*) AS n FROM event
               WHERE workspace_id = %(ws)s AND id IN (SELECT id FROM ({}) AS found) GROUP BY 1, 2 ORDER BY 1, 2"""
        ).format(chosen(wanted)),
        named(workspace_id, wanted),
    )
    return await cursor.fetchall()
