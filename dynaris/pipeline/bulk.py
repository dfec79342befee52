"""Many events at once: a batch is durable rows, worked off one event at a time, by the worker or the command line.

Each event is brought back in a transaction of its own, together with its row of the batch, so a crash leaves nothing
half done and whoever takes over goes on with the next one. What a reply needs in order to leave once is the
pipeline's own (pipeline/requeue.py): a batch only does what a person does to a single event.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.sql import SQL, Composed
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.outcome import Outcome, WaitingFor
from dynaris.pipeline.requeue import replay, run_event, stored_event
from dynaris.workspaces.actions import record

BATCH_JOB = "process.batch.v1"
MOST_IDS = 1_000
MOST_EVENTS = 100_000
_BESIDE_ANOTHER = 0.5  # seconds between looks at what another worker has in hand

Result = Literal["run", "replayed", "skipped", "not_found"]


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


def _matching(wanted: EventFilter) -> Composed:
    fits = [SQL("workspace_id = %(ws)s")]
    fits += [SQL(f"{name} = %({name})s") for name in ("waiting_for", "channel", "contact_id") if getattr(wanted, name)]
    fits += [SQL("created_at >= %(since)s")] if wanted.since else []
    fits += [SQL("created_at < %(until)s")] if wanted.until else []
    branches = (
        SQL("SELECT id FROM event WHERE {}").format(SQL(" AND ").join([*fits, _STATES[state]]))
        for state in _states(wanted)
    )
    return SQL(" UNION ALL ").join(branches)


def _named(workspace_id: UUID, wanted: EventFilter) -> dict[str, Any]:
    return {**wanted.model_dump(), "ws": workspace_id, "most": MOST_EVENTS + 1}


async def matching(connection: Connection, workspace_id: UUID, wanted: EventFilter) -> list[dict[str, Any]]:
    """How many events a batch would have, by channel and state: a dry run."""
    cursor = await connection.execute(
        SQL(
            """SELECT channel, coalesce(outcome, 'waiting for ' || waiting_for) AS state, count(*) AS n FROM event
               WHERE workspace_id = %(ws)s AND id IN (SELECT id FROM ({}) AS found) GROUP BY 1, 2 ORDER BY 1, 2"""
        ).format(_matching(wanted)),
        _named(workspace_id, wanted),
    )
    return await cursor.fetchall()


async def start(
    connection: Connection, workspace_id: UUID, wanted: BatchRequest, *, by: str, replay_all: bool = False
) -> tuple[UUID, int]:
    """The batch and how many events it has; the worker begins once this transaction is committed.

    `replay_all`: also what has another outcome than `failed`, as `dynaris replay ID` does.
    """
    batch_id = new_id()
    asked = (
        {"filter": wanted.filter.model_dump(mode="json", exclude_none=True)}
        if wanted.filter
        else {"event_ids": len(wanted.event_ids or ())}
    )
    await connection.execute(
        """INSERT INTO batch (workspace_id, id, started_by, asked, replay_all, total)
           VALUES (%s, %s, %s, %s, %s, 0)""",
        (workspace_id, batch_id, by, Jsonb(asked), replay_all),
    )
    total = await _take_down(connection, workspace_id, batch_id, wanted)
    if total > MOST_EVENTS:
        raise InvalidInput(f"the filter fits more than {MOST_EVENTS} events: narrow it, by `since` and `until` for one")
    await connection.execute(
        "UPDATE batch SET total = %s WHERE workspace_id = %s AND id = %s", (total, workspace_id, batch_id)
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action="batch.started",
        subject=f"batch:{batch_id}",
        detail={"total": total, **asked},
    )
    await defer(
        connection,
        BATCH_JOB,
        {"workspace_id": str(workspace_id), "batch_id": str(batch_id)},
        lock=f"batch:{batch_id}",
    )
    return batch_id, total


async def _take_down(connection: Connection, workspace_id: UUID, batch_id: UUID, wanted: BatchRequest) -> int:
    into = SQL("INSERT INTO batch_event (workspace_id, batch_id, event_id) ")
    if wanted.filter:
        found = SQL("SELECT %(ws)s, %(batch)s, id FROM ({}) AS found LIMIT %(most)s").format(_matching(wanted.filter))
        named = {**_named(workspace_id, wanted.filter), "batch": batch_id}
    else:
        found = SQL("SELECT DISTINCT %(ws)s::uuid, %(batch)s::uuid, id FROM unnest(%(ids)s::uuid[]) AS id")
        named = {"ws": workspace_id, "batch": batch_id, "ids": wanted.event_ids}
    cursor = await connection.execute(into + found, named)
    return cursor.rowcount


# The work -----------------------------------------------------------------------------------------


async def work_off(
    db: Database, workspace_id: UUID, batch_id: UUID, *, told: Callable[[], object] | None = None
) -> None:
    """Until nothing is left or the batch is cancelled. Two of these beside each other do each event once."""
    while True:
        last: UUID | None = None
        while (last := await _step(db, workspace_id, batch_id, after=last)) is not None:
            if told:
                told()
        if await _ended(db, workspace_id, batch_id):
            return
        await asyncio.sleep(_BESIDE_ANOTHER)


async def _ended(db: Database, workspace_id: UUID, batch_id: UUID) -> bool:
    """False while somebody else is at the last events: should they die, these are ours."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE batch SET status = 'done', ended_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'running' AND NOT EXISTS (
                   SELECT FROM batch_event WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result IS NULL)""",
            {"ws": workspace_id, "id": batch_id},
        )
        if cursor.rowcount:
            return True
        cursor = await connection.execute(
            "SELECT FROM batch WHERE workspace_id = %s AND id = %s AND status = 'running'", (workspace_id, batch_id)
        )
        return await cursor.fetchone() is None


async def _step(db: Database, workspace_id: UUID, batch_id: UUID, *, after: UUID | None) -> UUID | None:
    """One event, or `None` when there is none after that one. A cancellation waits for the step under way."""
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT b.id, b.started_by, b.replay_all, b.created_at, w.auto_mode
               FROM batch b, workspace w WHERE b.workspace_id = %(ws)s AND b.id = %(id)s AND b.status = 'running'
                 AND w.id = %(ws)s FOR SHARE OF b""",
            {"ws": workspace_id, "id": batch_id},
        )
        batch = await cursor.fetchone()
        if batch is None:
            return None
        cursor = await connection.execute(
            """SELECT event_id FROM batch_event WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result IS NULL
                 AND (%(after)s::uuid IS NULL OR event_id > %(after)s)
               ORDER BY event_id LIMIT 1 FOR UPDATE SKIP LOCKED""",
            {"ws": workspace_id, "id": batch_id, "after": after},
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        result, reason = await _brought_back(connection, workspace_id, batch, row["event_id"])
        await connection.execute(
            """UPDATE batch_event SET result = %s, reason = %s, done_at = clock_timestamp()
               WHERE workspace_id = %s AND batch_id = %s AND event_id = %s""",
            (result, reason, workspace_id, batch_id, row["event_id"]),
        )
    return row["event_id"]


async def _brought_back(
    connection: Connection, workspace_id: UUID, batch: dict[str, Any], event_id: UUID
) -> tuple[Result, str | None]:
    try:
        async with connection.transaction():
            event = await stored_event(connection, workspace_id, event_id)
            await _refuse_second(connection, workspace_id, event_id, batch["id"], batch["created_at"])
            return await _run_or_replay(connection, workspace_id, batch, event)
    except NotFound:
        return "not_found", "this workspace has no such event"
    except Conflict as why:
        return "skipped", why.detail


async def _run_or_replay(
    connection: Connection, workspace_id: UUID, batch: dict[str, Any], event: dict[str, Any]
) -> tuple[Result, str | None]:
    by, detail = batch["started_by"], {"batch": str(batch["id"])}
    if event["status"] == "waiting" and not batch["replay_all"]:
        # Where the agents answer by themselves they do it here; in Manual mode everything becomes an approval.
        automatic = is_automatic(batch["auto_mode"], event["channel"])
        await run_event(connection, workspace_id, event_id=event["id"], by=by, automatic=automatic, detail=detail)
        return "run", None
    if event["status"] == "done" and event["outcome"] != "failed" and not batch["replay_all"]:
        raise Conflict(f"it was {event['outcome'].replace('_', ' ')}: only waiting and failed events are processed")
    stands = await replay(connection, workspace_id, event_id=event["id"], by=by, detail=detail)
    return "replayed", "an earlier reply stands: none will be sent" if stands else None


async def _refuse_second(
    connection: Connection, workspace_id: UUID, event_id: UUID, batch_id: UUID, begun: datetime
) -> None:
    """Two batches over the same events do each once: what another one did after this one began stays as it is."""
    cursor = await connection.execute(
        """SELECT batch_id FROM batch_event WHERE workspace_id = %s AND event_id = %s AND batch_id <> %s
           AND result IN ('run', 'replayed') AND done_at >= %s LIMIT 1""",
        (workspace_id, event_id, batch_id, begun),
    )
    if row := await cursor.fetchone():
        raise Conflict(f"batch {row['batch_id']} brought it back meanwhile")


async def cancel(connection: Connection, workspace_id: UUID, batch_id: UUID, *, by: str) -> None:
    """What was brought back goes on; the rest stays as it is. Raises `NotFound`, and `Conflict` once it has ended."""
    cursor = await connection.execute(
        """UPDATE batch SET status = 'cancelled', ended_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s AND status = 'running'""",
        (workspace_id, batch_id),
    )
    if not cursor.rowcount:
        state = (await get(connection, workspace_id, batch_id))["status"]
        raise Conflict(f"this batch is {state} already")
    await record(connection, workspace_id, actor=by, action="batch.cancelled", subject=f"batch:{batch_id}")


# Reads --------------------------------------------------------------------------------------------

_COLUMNS = "id AS batch_id, status, total, asked, started_by, created_at AS started_at, ended_at"


async def get(connection: Connection, workspace_id: UUID, batch_id: UUID) -> dict[str, Any]:
    """With how many events had each result."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM batch WHERE workspace_id = %s AND id = %s", (workspace_id, batch_id)
    )
    batch = await cursor.fetchone()
    if batch is None:
        raise NotFound(f"no batch {batch_id}")
    cursor = await connection.execute(
        """SELECT result, count(*) AS n FROM batch_event WHERE workspace_id = %s AND batch_id = %s
           AND result IS NOT NULL GROUP BY result""",
        (workspace_id, batch_id),
    )
    by_result = {row["result"]: row["n"] for row in await cursor.fetchall()}
    return {**batch, "done": sum(by_result.values()), "by_result": by_result}


async def events_of(
    connection: Connection,
    workspace_id: UUID,
    batch_id: UUID,
    *,
    results: Sequence[str],
    after: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit + 1`."""
    cursor = await connection.execute(
        """SELECT event_id, result, reason, done_at FROM batch_event
           WHERE workspace_id = %(ws)s AND batch_id = %(id)s AND result = ANY(%(results)s)
             AND (%(after)s::uuid IS NULL OR event_id > %(after)s) ORDER BY event_id LIMIT %(limit)s""",
        {"ws": workspace_id, "id": batch_id, "results": list(results), "after": after, "limit": limit + 1},
    )
    return await cursor.fetchall()


async def listed(
    connection: Connection, workspace_id: UUID, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit + 1`, newest first."""
    cursor = await connection.execute(
        f"""SELECT {_COLUMNS} FROM batch WHERE workspace_id = %(ws)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
            ORDER BY id DESC LIMIT %(limit)s""",
        {"ws": workspace_id, "before": before, "limit": limit + 1},
    )
    return await cursor.fetchall()
