"""Whom an export or an erasure is about: the contact, all that was merged into it, and what names them elsewhere."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection, Database

_LONGEST = "30min"  # that a statement may take which looks through a whole table
_PAGE = 500
_SHORTEST_NEEDLE = 5  # characters: a shorter address would be found in anything
_NO_NEEDLES = frozenset({"crm"})  # an id of somebody's own system may be any number

# An address inside a longer one (da@example.com in ada@example.com.au) is somebody else's.
_WHOLE = r"(?<![a-z0-9._%+-]){}(?![a-z0-9-]|\.[a-z0-9])"

_FAMILY = """WITH RECURSIVE family AS (
        SELECT id FROM contact WHERE workspace_id = %(ws)s AND id = %(id)s
        UNION
        SELECT c.id FROM contact c JOIN family f ON c.workspace_id = %(ws)s AND c.merged_into = f.id)
    SELECT id FROM family"""

# Lanes are one sender's. One that other contacts wrote in, too, says nothing about what was never matched.
_LANES = """WITH theirs AS MATERIALIZED (
        SELECT DISTINCT lane FROM event
        WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND lane <> 'erased')
    SELECT lane FROM theirs EXCEPT
    SELECT o.lane FROM event o JOIN theirs ON theirs.lane = o.lane
    WHERE o.workspace_id = %(ws)s AND o.contact_id IS NOT NULL AND o.contact_id <> ALL(%(contacts)s)"""

_MENTIONS = """
    SELECT 'contact:' || unnest(%(contacts)s::uuid[]) AS name
    UNION SELECT 'conversation:' || unnest(%(conversations)s::uuid[])
    UNION SELECT 'run:' || unnest(%(runs)s::uuid[])
    UNION SELECT 'event:' || id FROM event WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'message:' || id FROM message
          WHERE workspace_id = %(ws)s AND conversation_id = ANY(%(conversations)s)
    UNION SELECT 'booking:' || id FROM booking WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'task:' || id FROM task WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'follow_up:' || id FROM follow_up WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'approval:' || id FROM approval WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'outbox:' || id FROM outbox WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
    UNION SELECT 'merge:' || id FROM merge
          WHERE workspace_id = %(ws)s AND (keep_id = ANY(%(contacts)s) OR drop_id = ANY(%(contacts)s))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    contacts: list[UUID]  # the contact first
    addresses: list[str]  # "email:ada@example.com": the contact's; one that somebody only typed may be anybody's
    lanes: list[str]
    sessions: list[str]  # keys of chat sessions
    before: datetime  # what arrived later is not theirs, whoever it is from

    @property
    def working(self) -> dict[str, Any]:
        """What has to be known until everything is gone, and can no longer be asked for."""
        return {"addresses": self.addresses, "lanes": self.lanes, "sessions": self.sessions}


async def subject_of(connection: Connection, workspace_id: UUID, contact_id: UUID) -> Subject:
    """`contact_id` is no merged one's: ask `contacts.merge.survivor` before."""
    names: dict[str, Any] = {"ws": workspace_id, "id": contact_id}
    rows = await (await connection.execute(_FAMILY, names)).fetchall()
    contacts = [contact_id, *(row["id"] for row in rows if row["id"] != contact_id)]
    names["contacts"] = contacts
    rows = await (
        await connection.execute(
            """SELECT kind, value FROM address WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
               AND (holds OR said_by IS NOT NULL)""",
            names,
        )
    ).fetchall()
    threads = await (
        await connection.execute(
            """SELECT thread_key FROM conversation
               WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND thread_key IS NOT NULL""",
            names,
        )
    ).fetchall()
    sessions = {row["value"] for row in rows if row["kind"] == "visitor"} | {row["thread_key"] for row in threads}
    lanes = await (await connection.execute(_LANES, names)).fetchall()
    now = await (await connection.execute("SELECT clock_timestamp() AS now")).fetchone()  # by which events are dated
    assert now is not None
    return Subject(
        contacts=contacts,
        addresses=sorted({f"{row['kind']}:{row['value']}" for row in rows}),
        lanes=sorted(row["lane"] for row in lanes),
        sessions=sorted(sessions),
        before=now["now"],
    )


@asynccontextmanager
async def patient(db: Database, workspace_id: UUID) -> AsyncIterator[Connection]:
    """A transaction whose statements may read whole tables: what a contact left has no index of its own everywhere,
    since that would cost every event something, and few contacts are ever asked for.
    """
    async with db.transaction(workspace_id) as connection:
        await connection.execute(f"SET LOCAL statement_timeout = '{_LONGEST}'")
        yield connection


async def each_row(
    db: Database, workspace_id: UUID, statement: LiteralString, names: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    """In pages by id (`%(after)s`, `%(page)s`); no connection is held while a row is worked on."""
    after = UUID(int=0)
    while True:
        async with patient(db, workspace_id) as connection:
            cursor = await connection.execute(statement, {**names, "after": after, "page": _PAGE})
            rows = await cursor.fetchall()
        for row in rows:
            yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1]["id"]


async def reach(connection: Connection, workspace_id: UUID, subject: Subject) -> dict[str, Any]:
    """What names the contact's open work and its conversations: found by indexes."""
    names: dict[str, Any] = {
        "ws": workspace_id,
        "contacts": subject.contacts,
        "lanes": subject.lanes,
        "sessions": subject.sessions,
        "before": subject.before,
    }
    names["conversations"] = await _ids(
        connection,
        """SELECT id FROM conversation WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
           UNION SELECT conversation_id FROM event WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
             AND conversation_id IS NOT NULL AND NOT EXISTS (
                 SELECT FROM conversation c WHERE c.workspace_id = %(ws)s AND c.id = event.conversation_id
                   AND c.contact_id <> ALL(%(contacts)s))""",
        names,
    )
    return names


async def parameters(connection: Connection, workspace_id: UUID, subject: Subject) -> dict[str, Any]:
    """What the conditions in `places.py` are asked with. To be called in a `patient` transaction."""
    names = await reach(connection, workspace_id, subject)
    named = [(kind, value.lower()) for kind, _, value in (address.partition(":") for address in subject.addresses)]
    names["addresses"] = subject.addresses
    names["needles"] = [value for kind, value in named if len(value) >= _SHORTEST_NEEDLE and kind not in _NO_NEEDLES]
    names["patterns"] = [_WHOLE.format(re.escape(needle)) for needle in names["needles"]]
    names["runs"] = await _ids(
        connection,
        """SELECT id FROM run WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
           UNION SELECT run_id FROM event WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s)
             AND run_id IS NOT NULL
           UNION SELECT (replay->>'run_id')::uuid FROM event, jsonb_array_elements(meta->'replays') AS replay
             WHERE workspace_id = %(ws)s AND contact_id = ANY(%(contacts)s) AND replay->>'run_id' IS NOT NULL""",
        names,
    )
    rows = await (await connection.execute(_MENTIONS, names)).fetchall()
    names["mentions"] = [row["name"] for row in rows]
    rows = await (
        await connection.execute(
            r"""SELECT 'notification:' || n.member_id || ':' || n.cause AS name FROM notification n
               WHERE n.workspace_id = %(ws)s AND n.subject = ANY(%(mentions)s)
               UNION SELECT unnest(string_to_array(s.result, E'
')) FROM notification_send s
               JOIN notification n ON n.workspace_id = s.workspace_id AND n.id = s.notification_id
               WHERE s.workspace_id = %(ws)s AND n.subject = ANY(%(mentions)s) AND s.status = 'done'""",
            names,
        )
    ).fetchall()
    names["notices"] = [row["name"] for row in rows]
    return names


async def _ids(connection: Connection, statement: str, names: dict[str, Any]) -> list[UUID]:
    rows = await (await connection.execute(statement, names)).fetchall()  # type: ignore[arg-type] - constants above
    return [next(iter(row.values())) for row in rows]
