"""Reads of messages, attachments, tasks and follow-ups; conversations are read in inbox.py."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.schemas import Task, TaskOrder
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.http import Position

_MESSAGE = """SELECT m.id, m.direction, m.author, m.author_id, m.text, m.quoted, m.html, m.subject, m.delivery,
                  CASE WHEN m.delivery IN ('queued', 'sending', 'failed', 'unknown') THEN
                      (SELECT o.error FROM outbox o WHERE o.workspace_id = m.workspace_id AND o.message_id = m.id
                       ORDER BY o.id DESC LIMIT 1) END AS delivery_error,
                  m.data->>'reaction' AS reaction, m.data ? 'edits' AS edited, m.data ? 'taken_back' AS taken_back,
                  m.data->>'transcribed_by' AS transcribed_by, m.data->>'not_transcribed' AS not_transcribed,
                  m.data->>'our_reaction' AS our_reaction, (m.data->>'call')::uuid AS call_id,
                  m.data ? 'interrupted' AS interrupted,
                  CASE WHEN m.data ? 'quotes' THEN
                      (SELECT left(q.text, 200) FROM message q WHERE q.workspace_id = m.workspace_id
                         AND q.external_id = m.data->>'quotes' AND q.contact_id = m.contact_id
                       ORDER BY q.id DESC LIMIT 1) END AS quotes,
                  CASE WHEN m.direction = 'outbound' THEN
                      (SELECT o.content #>> '{template,name}' FROM outbox o WHERE o.workspace_id = m.workspace_id
                         AND o.message_id = m.id ORDER BY o.id DESC LIMIT 1) END AS template,
                  CASE WHEN m.direction = 'outbound' THEN
                      (SELECT r.price->>'category' FROM outbox o
                       JOIN receipt r ON r.workspace_id = o.workspace_id AND r.outbox_id = o.id
                       WHERE o.workspace_id = m.workspace_id AND o.message_id = m.id AND r.price ? 'category'
                       ORDER BY r.created_at DESC LIMIT 1) END AS charged_as,
                  m.event_id, m.run_id, m.created_at, coalesce(m.data->'citations', '[]') AS citations,
                  CASE m.author
                      WHEN 'member' THEN (SELECT h.name FROM member h
                                          WHERE h.workspace_id = m.workspace_id AND h.id = m.author_id)
                      WHEN 'contact' THEN (SELECT k.name FROM contact k
                                           WHERE k.workspace_id = m.workspace_id AND k.id = m.contact_id)
                  END AS author_name,
                  CASE WHEN m.author = 'agent' THEN
                      (SELECT jsonb_build_object('by', h.name, 'edited', p.edits IS NOT NULL) FROM approval p
                       JOIN member h ON h.workspace_id = p.workspace_id AND p.decided_by = 'member:' || h.id
                       WHERE p.workspace_id = m.workspace_id AND p.run_id = m.run_id AND p.action = 'reply'
                         AND p.status = 'approved' ORDER BY p.id DESC LIMIT 1) END AS approved,
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'filename', a.filename, 'mime_type',
                              a.mime_type, 'size', a.size, 'content_id', a.content_id) ORDER BY a.id), '[]')
                   FROM attachment a WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id) AS attachments
           FROM message m"""
_TASK = """SELECT t.id, t.title, t.detail, t.owner_id, t.due_at,
        (SELECT m.name FROM member m WHERE m.workspace_id = t.workspace_id AND m.id = t.owner_id) AS owner_name,
        (SELECT k.name FROM contact k WHERE k.workspace_id = t.workspace_id AND k.id = t.contact_id) AS contact_name,
        t.status, t.contact_id,
        t.conversation_id, t.run_id, t.created_by, t.created_at, t.done_at
    FROM task t"""

_FOLLOW_UP = """SELECT f.id, f.kind, f.reason, f.due_at, f.contact_id, f.conversation_id, f.run_id, f.status,
        f.ended_because, f.event_id, f.created_at,
        (SELECT k.name FROM contact k WHERE k.workspace_id = f.workspace_id AND k.id = f.contact_id) AS contact_name
    FROM follow_up f"""

# Only the conditions that were asked for stand in a statement: a prepared one that fits every case fits no index.
_TASK_FILTERS: dict[str, LiteralString] = {
    "status": "t.status = %(status)s",
    "owner_id": "t.owner_id = %(owner_id)s",
    "contact_id": "t.contact_id = %(contact_id)s",
    "conversation_id": "t.conversation_id = %(conversation_id)s",
    "due_from": "t.due_at >= %(due_from)s",
    "due_to": "t.due_at < %(due_to)s",
}
_WHOSE: dict[str, LiteralString] = {
    "mine": "t.owner_id = %(member)s",
    "team": """(t.owner_id IS NULL OR t.owner_id = %(member)s OR t.owner_id IN (
        SELECT b.member_id FROM team_member a
        JOIN team_member b ON b.workspace_id = a.workspace_id AND b.team_id = a.team_id
        WHERE a.workspace_id = %(ws)s AND a.member_id = %(member)s))""",
}
_WITHOUT_DATE = datetime(9999, 1, 1, tzinfo=UTC)
_TASK_ORDERS: dict[str, tuple[LiteralString, LiteralString]] = {
    "created": ("(t.created_at, t.id) < (%(at)s, %(after)s)", "t.created_at DESC, t.id DESC"),
    "due": (
        "(coalesce(t.due_at, %(never)s), t.id) > (%(at)s, %(after)s)",
        "coalesce(t.due_at, %(never)s), t.id",
    ),
}
_FOLLOW_UP_FILTERS: dict[str, LiteralString] = {
    "status": "f.status = %(status)s",
    "contact_id": "f.contact_id = %(contact_id)s",
}


async def require_conversation(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> UUID:
    """Its contact. Raises `NotFound`."""
    cursor = await connection.execute(
        "SELECT contact_id FROM conversation WHERE workspace_id = %s AND id = %s", (workspace_id, conversation_id)
    )
    if row := await cursor.fetchone():
        return row["contact_id"]
    raise NotFound(f"no conversation {conversation_id}")


_FORWARD: LiteralString = "m.id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY m.id"
_BACKWARD: LiteralString = "m.id < coalesce(%(after)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY m.id DESC"


async def messages(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    after: UUID | None,
    limit: int,
    newest_first: bool = False,
) -> list[dict[str, Any]]:
    """In order from the message `after` on, with notes. Raises `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    cursor = await connection.execute(
        f"""{_MESSAGE} WHERE m.workspace_id = %(ws)s AND m.conversation_id = %(conversation)s
            AND {_BACKWARD if newest_first else _FORWARD} LIMIT %(limit)s""",
        {"ws": workspace_id, "conversation": conversation_id, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def reply_since(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, seen: UUID, but_of: UUID | None
) -> dict[str, Any] | None:
    """The newest reply of an agent or a teammate other than `but_of` that came after the message `seen`.

    Both orders count: ids are made by the clocks of several processes, times by the database's. Raises `NotFound`.
    """
    cursor = await connection.execute(
        "SELECT created_at FROM message WHERE workspace_id = %s AND conversation_id = %s AND id = %s",
        (workspace_id, conversation_id, seen),
    )
    if (row := await cursor.fetchone()) is None:
        raise NotFound(f"`seen`: no message {seen} in this conversation")
    cursor = await connection.execute(
        f"""{_MESSAGE} WHERE m.workspace_id = %(ws)s AND m.conversation_id = %(conversation)s
              AND m.direction = 'outbound' AND m.id <> %(seen)s AND (m.id > %(seen)s OR m.created_at > %(at)s)
              AND (m.author = 'agent' OR m.author = 'member' AND m.author_id IS DISTINCT FROM %(but_of)s::uuid)
            ORDER BY m.id DESC LIMIT 1""",
        {"ws": workspace_id, "conversation": conversation_id, "seen": seen, "at": row["created_at"], "but_of": but_of},
    )
    return await cursor.fetchone()


async def message_given(connection: Connection, workspace_id: UUID, given_id: UUID) -> dict[str, Any] | None:
    """Which message was stored under the id that its writer gave: its id and conversation."""
    cursor = await connection.execute(
        "SELECT id, conversation_id FROM message WHERE workspace_id = %s AND given_id = %s", (workspace_id, given_id)
    )
    return await cursor.fetchone()


async def message(connection: Connection, workspace_id: UUID, message_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    cursor = await connection.execute(f"{_MESSAGE} WHERE m.workspace_id = %s AND m.id = %s", (workspace_id, message_id))
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no message {message_id}")


async def attachment(connection: Connection, workspace_id: UUID, attachment_id: UUID) -> dict[str, Any]:
    """Its name, type, size and `storage_key`. Raises `NotFound`."""
    cursor = await connection.execute(
        "SELECT filename, mime_type, size, storage_key FROM attachment WHERE workspace_id = %s AND id = %s",
        (workspace_id, attachment_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no attachment {attachment_id}")


async def tasks(
    connection: Connection,
    workspace_id: UUID,
    *,
    filters: Mapping[str, Any],
    order: TaskOrder = "created",
    after: Position | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Newest first, or what is due first. `filters`: see `_TASK_FILTERS`; `whose` is said of the `member`."""
    conditions: list[LiteralString] = ["t.workspace_id = %(ws)s", *_chosen(_TASK_FILTERS, filters)]
    if whose := filters.get("whose"):
        conditions.append(_WHOSE[whose])
    behind, by = _TASK_ORDERS[order]
    if after:
        conditions.append(behind)
    cursor = await connection.execute(
        f"{_TASK} WHERE {' AND '.join(conditions)} ORDER BY {by} LIMIT %(limit)s",
        {**filters, **_place(after), "ws": workspace_id, "limit": limit, "never": _WITHOUT_DATE},
    )
    return await cursor.fetchall()


def place_of_task(task: Task, order: TaskOrder) -> Position:
    return Position(task.created_at if order == "created" else task.due_at or _WITHOUT_DATE, task.id)


async def task(connection: Connection, workspace_id: UUID, task_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_TASK} WHERE t.workspace_id = %s AND t.id = %s", (workspace_id, task_id))
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no task {task_id}")


async def follow_ups(
    connection: Connection, workspace_id: UUID, *, filters: Mapping[str, Any], before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first. `filters`: see `_FOLLOW_UP_FILTERS`."""
    conditions: list[LiteralString] = ["f.workspace_id = %(ws)s", *_chosen(_FOLLOW_UP_FILTERS, filters)]
    cursor = await connection.execute(
        f"""{_FOLLOW_UP} WHERE {" AND ".join(conditions)}
             AND f.id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
           ORDER BY f.id DESC LIMIT %(limit)s""",
        {**filters, "ws": workspace_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def follow_up(connection: Connection, workspace_id: UUID, follow_up_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"{_FOLLOW_UP} WHERE f.workspace_id = %s AND f.id = %s", (workspace_id, follow_up_id)
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no follow-up {follow_up_id}")


def _chosen(known: dict[str, LiteralString], filters: Mapping[str, Any]) -> list[LiteralString]:
    return [condition for name, condition in known.items() if filters.get(name) is not None]


def _place(after: Position | None) -> dict[str, Any]:
    return {"at": after.at, "after": after.id} if after else {}
