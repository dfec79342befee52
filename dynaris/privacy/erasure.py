"""Erasing a contact: fenced off at once, then removed as soon as nobody works for it, and proved by one row.

1. The fence, in the transaction of the request: open work ends, addresses and sessions go, so that whatever arrives
   from now on is a new contact's. A turn that is under way can send nothing any more.
2. The job waits until no worker has one of the contact's lanes, and holds them.
3. Files go, then all rows in one transaction, which also writes the proof.
4. Minutes later a second look takes what a turn wrote that had lost its lane and did not know it yet.

Each part can be done again: a crash in the middle is taken up by the job.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import structlog
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from dynaris.contacts.merge import survivor
from dynaris.contacts.suppression import address_hash, suppress
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound, Unavailable
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.pipeline.intake import erased_name
from dynaris.pipeline.services import Services
from dynaris.privacy.places import PLACES, Place
from dynaris.privacy.subject import Subject, parameters, subject_of
from dynaris.workspaces.actions import record

log = structlog.get_logger()

ERASE_JOB = "privacy.erase.v1"  # handled by `erase_job`
_TRIES = 5  # of the fence, where it and a turn under way want the same rows
_LOOK_AGAIN = timedelta(seconds=1)
_SECOND_LOOK = timedelta(minutes=5)  # longer than any turn that was under way
_LONGEST = "30min"  # that the rows of one contact may take to go
_PAGE = 500

_OPEN: LiteralString = "(contact_id = ANY(%(contacts)s) OR conversation_id = ANY(%(conversations)s))"
_ENDED: LiteralString = """status = 'done', outcome = 'ignored', reason = 'the contact was erased', waiting_for = NULL,
    settled_at = clock_timestamp()"""

_CANCEL_SENDS: LiteralString = f"""UPDATE outbox SET status = 'cancelled', error = 'the contact was erased'
    WHERE workspace_id = %(ws)s AND status = 'queued' AND {_OPEN}"""

_FENCE: tuple[LiteralString, ...] = (
    "UPDATE contact SET erasing = true WHERE workspace_id = %(ws)s AND id = ANY(%(contacts)s)",
    f"UPDATE event SET {_ENDED} WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status <> 'done'",
    f"""UPDATE event SET {_ENDED} WHERE workspace_id = %(ws)s AND contact_id IS NULL AND lane = ANY(%(lanes)s)
        AND status <> 'done' AND created_at <= %(before)s""",
    """UPDATE event SET match = '{"erased": true}' WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)""",
    """UPDATE approval SET status = 'cancelled', decided_by = 'system', decided_at = clock_timestamp()
       WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status = 'pending'""",
    """UPDATE follow_up SET status = 'ended', ended_because = 'the contact was erased'
       WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status = 'waiting'""",
    _CANCEL_SENDS,
    # held by the team without end: no agent's reply passes (pipeline/reply.py); without a key nothing is filed here
    """UPDATE conversation SET holder = 'team', holder_id = NULL, hold_until = NULL, respond_by = NULL,
           status = 'closed', thread_key = NULL
       WHERE workspace_id = %(ws)s AND id = ANY(%(conversations)s)""",
    "DELETE FROM address WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)",
    "DELETE FROM chat_session WHERE workspace_id = %(ws)s AND session_key = ANY(%(sessions)s)",
)

_ERASURE = """SELECT id, erased_id, contact_ids, address_hashes, reason, requested_by, created_at, status, working,
    counts, finished_at, swept_at FROM erasure"""


async def preview(services: Services, workspace_id: UUID, contact_id: UUID) -> dict[str, int]:
    """How many rows of each table an erasure would take or empty. Raises `NotFound`."""
    async with services.db.transaction(workspace_id) as connection:
        contact_id = await survivor(connection, workspace_id, contact_id)
        names = await parameters(connection, workspace_id, await subject_of(connection, workspace_id, contact_id))
        counts: dict[str, int] = {}
        for place in PLACES:
            cursor = await connection.execute(_of("SELECT count(*) AS n FROM {table} WHERE {rows}", place), names)
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
            async with services.db.transaction(workspace_id) as connection:
                if known := await of_contact(connection, workspace_id, contact_id):
                    return known, True
                contact_id = await survivor(connection, workspace_id, contact_id)
                erasure_id = await begin(services, connection, workspace_id, contact_id, reason=reason, by=by)
                return await get(connection, workspace_id, erasure_id), False
        except (errors.DeadlockDetected, errors.UniqueViolation):
            continue  # a turn under way had one of the rows; or somebody else asked in this very moment
    raise Unavailable(f"contact {contact_id} is being changed by others; try again")


async def begin(
    services: Services,
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    *,
    reason: str,
    by: str,
    erasure_id: UUID | None = None,
) -> UUID:
    """Records the erasure and puts up the fence. The id is given where it is done again after a restore."""
    await connection.execute(
        "SELECT id FROM contact WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, contact_id)
    )
    subject = await subject_of(connection, workspace_id, contact_id)
    erasure_id = erasure_id or new_id()
    hashes = await _hashes(services, connection, workspace_id, subject)
    await _suppress(connection, workspace_id, subject, hashes)
    await connection.execute(
        """INSERT INTO erasure (workspace_id, id, erased_id, contact_ids, address_hashes, reason, requested_by,
                                created_at, working)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            workspace_id,
            erasure_id,
            contact_id,
            subject.contacts,
            hashes,
            reason,
            by,
            subject.before,
            Jsonb(subject.working),
        ),
    )
    names = await parameters(connection, workspace_id, subject)
    for statement in _FENCE:
        await connection.execute(statement, names)
    await record(
        connection,
        workspace_id,
        actor=by,
        action="contact.erasure_requested",
        subject=f"contact:{contact_id}",
        detail={"erasure": erasure_id, "reason": reason},
    )
    await _defer(connection, workspace_id, erasure_id)
    return erasure_id


async def _hashes(services: Services, connection: Connection, workspace_id: UUID, subject: Subject) -> list[str]:
    """Of the contact's addresses. What it only claims, and somebody else has, is the other one's."""
    cursor = await connection.execute(
        """SELECT kind, value FROM address a WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
             AND (holds OR NOT EXISTS (SELECT FROM address o WHERE o.workspace_id = %(ws)s AND o.kind = a.kind
                                       AND o.value = a.value AND o.contact_id <> ALL(%(contacts)s)))""",
        {"ws": workspace_id, "contacts": subject.contacts},
    )
    vault = services.accounts.vault
    return sorted({address_hash(vault, workspace_id, row["kind"], row["value"]) for row in await cursor.fetchall()})


async def _suppress(connection: Connection, workspace_id: UUID, subject: Subject, hashes: list[str]) -> None:
    """Who wanted no messages gets none as a stranger either."""
    cursor = await connection.execute(
        """SELECT DISTINCT b FROM contact c, unnest(CASE WHEN c.status = 'do_not_contact'
               THEN c.blocked_channels || '{any}'::text[] ELSE c.blocked_channels END) AS b
           WHERE c.workspace_id = %s AND c.id = ANY(%s)""",
        (workspace_id, subject.contacts[:1]),
    )
    if blocked := [row["b"] for row in await cursor.fetchall()]:
        await suppress(connection, workspace_id, hashes, blocked)


async def _defer(connection: Connection, workspace_id: UUID, erasure_id: UUID, after: timedelta | None = None) -> None:
    names = {"workspace_id": str(workspace_id), "erasure_id": str(erasure_id)}
    await defer(connection, ERASE_JOB, names, lock=f"erase:{erasure_id}", at=clock.now() + after if after else None)


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
    if await erase(services, workspace_id, erasure_id):
        return
    async with services.db.workspace(workspace_id) as connection:
        row = await get(connection, workspace_id, erasure_id)
        due = (row["finished_at"] or clock.now()) + (_SECOND_LOOK if row["finished_at"] else _LOOK_AGAIN)
        await _defer(connection, workspace_id, erasure_id, max(due - clock.now(), _LOOK_AGAIN))


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
        if first and not alone and not await _quiet(connection, workspace_id, erasure_id, subject):
            return False
        files = await _delete_files(services, connection, workspace_id, subject)
    async with services.db.transaction(workspace_id) as connection:
        await connection.execute(f"SET LOCAL statement_timeout = '{_LONGEST}'")
        counts = await _erase_rows(services, connection, workspace_id, subject)
        await _settle(connection, workspace_id, row, {**counts, **({"files": files} if files else {})})
    log.info("contact.erased", erasure_id=str(erasure_id), rows=sum(counts.values()), files=files)
    return True


async def _quiet(connection: Connection, workspace_id: UUID, erasure_id: UUID, subject: Subject) -> bool:
    """Takes the contact's lanes, as a worker would; whether none is left to another, and no send is under way."""
    names = {
        "ws": workspace_id,
        "me": erasure_id,
        "lanes": subject.lanes,
        "contacts": subject.contacts,
    }
    await connection.execute(
        """UPDATE lane SET holder = %(me)s, lease_until = clock_timestamp() + interval '1 minute'
           WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s)
             AND (holder IS NULL OR holder = %(me)s OR lease_until < clock_timestamp())""",
        names,
    )
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM lane WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s)
                          AND holder <> %(me)s)
               OR EXISTS (SELECT FROM outbox WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
                          AND status = 'sending' AND due_at > clock_timestamp()) AS busy""",
        names,
    )
    row = await cursor.fetchone()
    return not (row and row["busy"])


async def _delete_files(services: Services, connection: Connection, workspace_id: UUID, subject: Subject) -> int:
    """Attachments, also those of an arrival that was never filed, and exports."""
    deleted = 0
    names = {"ws": workspace_id, "contacts": subject.contacts, "lanes": subject.lanes, "before": subject.before}
    async for event in _each(
        connection,
        """SELECT id FROM event WHERE workspace_id = %(ws)s AND id > %(after)s
             AND (contact_id = ANY(%(contacts)s)
                  OR (contact_id IS NULL AND lane = ANY(%(lanes)s) AND created_at <= %(before)s))
           ORDER BY id LIMIT %(page)s""",
        names,
    ):
        deleted += await services.files.delete_folder(f"{workspace_id}/{event['id']}/")
    for statement in (
        """SELECT a.id, a.storage_key FROM attachment a WHERE a.workspace_id = %(ws)s AND a.id > %(after)s
             AND a.message_id IN (SELECT m.id FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id
                                  AND c.id = m.conversation_id
                                  WHERE m.workspace_id = %(ws)s AND c.contact_id = ANY(%(contacts)s))
           ORDER BY a.id LIMIT %(page)s""",
        """SELECT id, storage_key FROM contact_export WHERE workspace_id = %(ws)s AND id > %(after)s
             AND contact_id = ANY(%(contacts)s) ORDER BY id LIMIT %(page)s""",
    ):
        async for row in _each(connection, statement, names):
            deleted += await services.files.delete(row["storage_key"])
    return deleted


async def _each(
    connection: Connection, statement: LiteralString, names: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    after = UUID(int=0)
    while True:
        cursor = await connection.execute(statement, {**names, "after": after, "page": _PAGE})
        rows = await cursor.fetchall()
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]


async def _erase_rows(
    services: Services, connection: Connection, workspace_id: UUID, subject: Subject
) -> dict[str, int]:
    names = await parameters(connection, workspace_id, subject)
    await connection.execute(_CANCEL_SENDS, names)  # what a person approved or wrote in the last moment
    await connection.execute(
        f"UPDATE outbox SET status = 'unknown' WHERE workspace_id = %(ws)s AND status = 'sending' AND {_OPEN}", names
    )
    await _rename_arrivals(services, connection, names)
    counts: dict[str, int] = {}
    for place in PLACES:
        cursor = await connection.execute(_erasing(place), names)
        if cursor.rowcount:
            counts[place.table] = cursor.rowcount
    await connection.execute(
        """DELETE FROM lane l WHERE l.workspace_id = %(ws)s AND l.lane = ANY(%(lanes)s)
             AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.lane = l.lane
                             AND e.status = 'queued')""",
        names,
    )
    await connection.execute(
        """UPDATE lane SET holder = NULL, lease_until = NULL, due_at = coalesce(due_at, clock_timestamp())
           WHERE workspace_id = %(ws)s AND lane = ANY(%(lanes)s)""",
        names,
    )
    return counts


async def _rename_arrivals(services: Services, connection: Connection, names: dict[str, Any]) -> None:
    """A provider's id may have a name in it; what it is kept for is that a redelivery is recognised."""
    place = next(place for place in PLACES if place.table == "event")
    cursor = await connection.execute(
        _of(
            """SELECT id, channel, account_id, external_id FROM {table}
               WHERE {rows} AND NOT starts_with(external_id, 'erased:')""",
            place,
        ),
        names,
    )
    rows = await cursor.fetchall()
    vault, workspace_id = services.accounts.vault, names["ws"]
    await connection.execute(
        """UPDATE event SET external_id = named.name
           FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS named (id, name)
           WHERE event.workspace_id = %(ws)s AND event.id = named.id""",
        {
            "ws": workspace_id,
            "ids": [row["id"] for row in rows],
            "names": [erased_name(vault, workspace_id, row["account_id"], row["external_id"]) for row in rows],
        },
    )


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
    await _defer(connection, workspace_id, row["id"], _SECOND_LOOK + _LOOK_AGAIN)


def _erasing(place: Place) -> sql.Composed:
    if place.erase == "delete":
        return _of("DELETE FROM {table} WHERE {rows}", place)
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL(value)) for column, value in place.erase.items()
    )
    return sql.SQL("UPDATE {table} SET {changes} WHERE workspace_id = %(ws)s AND {rows}").format(
        table=sql.Identifier(place.table), changes=changes, rows=sql.SQL(place.rows)
    )


def _of(statement: LiteralString, place: Place) -> sql.Composed:
    rows = sql.SQL("workspace_id = %(ws)s AND {}").format(sql.SQL(place.rows))
    return sql.SQL(statement).format(table=sql.Identifier(place.table), rows=rows)
