"""Erasing a contact: fenced off at once, then removed as soon as nobody works for it, and proved by one row.

1. The fence, in the transaction of the request: open work ends, addresses and sessions go, so that whatever arrives
   from now on is a new contact's. A turn that is under way can send nothing any more.
2. The job waits until no worker has one of the contact's lanes, and holds them.
3. Files go, then all rows in one transaction, which also writes the proof.
4. Minutes later a second look takes what a turn wrote that had lost its lane and did not know it yet.

Each part can be done again: a crash in the middle is taken up by the job.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import errors
from psycopg.types.json import Jsonb

from dynaris.contacts.merge import survivor
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NoStorage, NotFound, Unavailable
from dynaris.pipeline.services import Services
from dynaris.privacy.fence import ask_for_job, begin
from dynaris.privacy.places import PLACES
from dynaris.privacy.removal import delete_files, erase_rows, is_quiet, lanes_held, late_lanes, of_place
from dynaris.privacy.subject import Subject, parameters, patient, subject_of
from dynaris.workspaces.actions import record

log = structlog.get_logger()

_TRIES = 5  # of the fence, where it and a turn under way want the same rows
_LOOK_AGAIN = timedelta(seconds=1)
_WITHOUT_STORAGE = timedelta(minutes=1)
_SECOND_LOOK = timedelta(minutes=5)  # longer than any turn that was under way

_ERASURE = """SELECT id, erased_id, contact_ids, address_hashes, reason, requested_by, created_at, status, working,
    counts, finished_at, swept_at FROM erasure"""


async def preview(services: Services, workspace_id: UUID, contact_id: UUID) -> dict[str, int]:
    """How many rows of each table an erasure would take or empty. Raises `NotFound`."""
    async with patient(services.db, workspace_id) as connection:
        contact_id = await survivor(connection, workspace_id, contact_id)
        names = await parameters(connection, workspace_id, await subject_of(connection, workspace_id, contact_id))
        counts: dict[str, int] = {}
        for place in PLACES:
            cursor = await connection.execute(of_place("SELECT count(*) AS n FROM {table} WHERE {rows}", place), names)
            row = await cursor.fetchone()
            if row and row["n"]:
                counts[place.table] = row["n"]
    return counts


async def request(
    services: Services, workspace_id: UUID, contact_id: UUID, *, reason: str, by: str
) -> tuple[dict[str, Any], bool]:
    """The erasure, and whether it was asked for before. Raises `NotFound`."""
    for _ in range(_TRIES):
        try:
            async with patient(services.db, workspace_id) as connection:
                if known := await of_contact(connection, workspace_id, contact_id):
                    return known, True
                erasure_id = await begin(services, connection, workspace_id, contact_id, reason=reason, by=by)
                return await get(connection, workspace_id, erasure_id), False
        except (errors.DeadlockDetected, errors.UniqueViolation):
            continue  # a turn under way had one of the rows; or somebody else asked in this very moment
        except NotFound:
            async with services.db.workspace(workspace_id) as connection:
                if known := await of_contact(connection, workspace_id, contact_id):
                    return known, True  # begun by somebody else since we looked
            raise
    raise Unavailable(f"contact {contact_id} is being changed by others; try again")


async def get(connection: Connection, workspace_id: UUID, erasure_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_ERASURE} WHERE workspace_id = %s AND id = %s", (workspace_id, erasure_id))
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no erasure {erasure_id}")


async def of_contact(connection: Connection, workspace_id: UUID, contact_id: UUID) -> dict[str, Any] | None:
    cursor = await connection.execute(
        f"{_ERASURE} WHERE workspace_id = %s AND %s = ANY(contact_ids)", (workspace_id, contact_id)
    )
    return await cursor.fetchone()


async def erase_job(services: Services, workspace_id: UUID, erasure_id: UUID) -> None:
    """One step further; asks for itself again until the second look is done."""
    pause = _LOOK_AGAIN
    try:
        if await erase(services, workspace_id, erasure_id):
            return
    except NoStorage as error:
        log.warning("erasure.waits_for_storage", erasure_id=str(erasure_id), error=error)
        pause = _WITHOUT_STORAGE
    async with services.db.workspace(workspace_id) as connection:
        row = await get(connection, workspace_id, erasure_id)
        due = row["finished_at"] + _SECOND_LOOK - clock.now() if row["finished_at"] else pause
        await ask_for_job(connection, workspace_id, erasure_id, max(due, pause))


async def erase(services: Services, workspace_id: UUID, erasure_id: UUID, *, alone: bool = False) -> bool:
    """False where a worker still has one of the contact's lanes, a message is on its way, or it is too early for the
    second look: try again.

    `alone`: no worker runs at all, as after a restore.
    """
    async with services.db.workspace(workspace_id) as connection:
        row = await get(connection, workspace_id, erasure_id)
        first = row["status"] == "running"
        if row["swept_at"]:
            return True
        if not first and clock.now() < row["finished_at"] + _SECOND_LOOK:
            return False
        working = row["working"] or {"addresses": [], "lanes": [], "sessions": []}
        subject = Subject(contacts=row["contact_ids"], before=row["created_at"], **working)
        subject = replace(subject, lanes=sorted({*subject.lanes, *await late_lanes(connection, workspace_id, subject)}))
        if first and not await is_quiet(connection, workspace_id, erasure_id, subject) and not alone:
            return False
    async with lanes_held(services.db, workspace_id, erasure_id, subject.lanes):
        files = await delete_files(services, workspace_id, subject)
        async with patient(services.db, workspace_id) as connection:
            counts = await erase_rows(services, connection, workspace_id, erasure_id, subject)
            await _settle(connection, workspace_id, row, {**counts, **({"files": files} if files else {})})
    log.info("contact.erased", erasure_id=str(erasure_id), rows=sum(counts.values()), files=files)
    return True


async def _settle(connection: Connection, workspace_id: UUID, row: dict[str, Any], counts: dict[str, int]) -> None:
    total = {name: row["counts"].get(name, 0) + counts.get(name, 0) for name in {*row["counts"], *counts}}
    first = row["status"] == "running"
    if not first:  # of what stays, the second look counts nothing twice
        total = {**row["counts"], **{name: n for name, n in total.items() if name not in row["counts"]}}
    await connection.execute(
        """UPDATE erasure SET status = 'done', working = NULL, counts = %(counts)s,
               finished_at = coalesce(finished_at, clock_timestamp()),
               swept_at = CASE WHEN %(first)s THEN NULL ELSE clock_timestamp() END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {"ws": workspace_id, "id": row["id"], "counts": Jsonb(total), "first": first},
    )
    if not first:
        return
    await record(
        connection,
        workspace_id,
        actor="system",
        action="contact.erased",
        subject=f"contact:{row['erased_id']}",
        detail={"erasure": row["id"], "counts": total},
    )
    await ask_for_job(connection, workspace_id, row["id"], _SECOND_LOOK + _LOOK_AGAIN)
