"""The fence around a contact that is to be erased: put up in the transaction of the request, before anything goes.

Open work ends, addresses and sessions go, so that whatever arrives from now on is a new contact's. Appointments to come
are off, and those whom they were with are told.
"""

from datetime import timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.contacts.merge import survivor
from dynaris.contacts.suppression import address_hash, suppress
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.pipeline.services import Services
from dynaris.privacy.subject import Subject, reach, subject_of
from dynaris.scheduling.actions import cancel_coming
from dynaris.workspaces.actions import record

ERASE_JOB = "privacy.erase.v1"  # handled by `erasure.erase_job`

OPEN: LiteralString = "(contact_id = ANY(%(contacts)s) OR conversation_id = ANY(%(conversations)s))"
_ENDED: LiteralString = """status = 'done', outcome = 'ignored', reason = 'the contact was erased', waiting_for = NULL,
    settled_at = clock_timestamp()"""

# Done again at the removal (privacy/removal.py): a turn under way may have asked for something since.
END_OPEN_WORK: tuple[LiteralString, ...] = (
    f"UPDATE event SET {_ENDED} WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status <> 'done'",
    f"""UPDATE event SET {_ENDED} WHERE workspace_id = %(ws)s AND contact_id IS NULL AND lane = ANY(%(lanes)s)
        AND status <> 'done' AND created_at <= %(before)s""",
    """UPDATE approval SET status = 'cancelled', decided_by = 'system', decided_at = clock_timestamp()
       WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status = 'pending'""",
    """UPDATE follow_up SET status = 'ended', ended_because = 'the contact was erased'
       WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND status = 'waiting'""",
    f"""UPDATE outbox SET status = 'cancelled', error = 'the contact was erased'
        WHERE workspace_id = %(ws)s AND status = 'queued' AND {OPEN}""",
)

_FENCE: tuple[LiteralString, ...] = (
    "UPDATE contact SET erasing = true WHERE workspace_id = %(ws)s AND id = ANY(%(contacts)s)",
    *END_OPEN_WORK,
    """UPDATE event SET match = '{"erased": true}' WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)""",
    # held by the team without end: no agent's reply passes (pipeline/reply.py); without a key nothing is filed here
    """UPDATE conversation SET holder = 'team', holder_id = NULL, hold_until = NULL, respond_by = NULL,
           status = 'closed', thread_key = NULL
       WHERE workspace_id = %(ws)s AND id = ANY(%(conversations)s)""",
    "DELETE FROM address WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)",
    "DELETE FROM chat_session WHERE workspace_id = %(ws)s AND session_key = ANY(%(sessions)s)",
)


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
    """Records the erasure and puts up the fence. The id is given where it is done again after a restore.

    To be called in a `patient` transaction: which lanes are the contact's alone, only a look at all events says.
    Raises `NotFound`.
    """
    contact_id = await _locked(connection, workspace_id, contact_id)
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
    names = await reach(connection, workspace_id, subject)
    for statement in _FENCE:
        await connection.execute(statement, names)
    await cancel_coming(connection, workspace_id, subject.contacts, by="system", now=clock.now())
    await record(
        connection,
        workspace_id,
        actor=by,
        action="contact.erasure_requested",
        subject=f"contact:{contact_id}",
        detail={"erasure": erasure_id, "reason": reason},
    )
    await ask_for_job(connection, workspace_id, erasure_id)
    return erasure_id


async def _locked(connection: Connection, workspace_id: UUID, contact_id: UUID) -> UUID:
    """Whom the contact is part of once it is ours: a merge may end while we wait for it."""
    while True:
        contact_id = await survivor(connection, workspace_id, contact_id)
        cursor = await connection.execute(
            """SELECT id FROM contact WHERE workspace_id = %s AND id = %s AND merged_into IS NULL AND NOT erasing
               FOR UPDATE""",
            (workspace_id, contact_id),
        )
        if await cursor.fetchone():
            return contact_id


async def _hashes(services: Services, connection: Connection, workspace_id: UUID, subject: Subject) -> list[str]:
    """Of the addresses that were the contact's, or that a file gave it. One that it only typed may be anybody's."""
    cursor = await connection.execute(
        """SELECT kind, value FROM address WHERE workspace_id = %s AND contact_id = ANY(%s)
           AND (holds OR said_by IS NOT NULL)""",
        (workspace_id, subject.contacts),
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


async def ask_for_job(
    connection: Connection, workspace_id: UUID, erasure_id: UUID, after: timedelta | None = None
) -> None:
    names = {"workspace_id": str(workspace_id), "erasure_id": str(erasure_id)}
    await defer(connection, ERASE_JOB, names, lock=f"erase:{erasure_id}", at=clock.now() + after if after else None)
