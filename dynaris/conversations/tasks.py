"""What people are to do later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from dynaris.contacts.merge import survivor
from dynaris.conversations.queries import require_conversation
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

# The event that a task stands for: "called by Ada". Its other waits (an approval, a reply on its way) are not over.
_END_EVENT = """UPDATE event e SET status = 'done', waiting_for = NULL, settled_at = clock_timestamp(),
           outcome = CASE t.status WHEN 'done' THEN 'answered' ELSE 'ignored' END,
           reason = CASE t.status WHEN 'done' THEN coalesce(t.done_as, 'done') ELSE 'the task was cancelled' END
               || ' by ' || coalesce((SELECT name FROM member m WHERE m.workspace_id = %(ws)s
                                      AND 'member:' || m.id = %(by)s),
                                  (SELECT 'the key ' || name FROM api_key k WHERE k.workspace_id = %(ws)s
                                      AND 'key:' || k.id = %(by)s),
                                  CASE WHEN starts_with(%(by)s, 'staff:') THEN 'the staff' END, %(by)s)
    FROM task t
    WHERE t.workspace_id = %(ws)s AND t.id = %(task)s AND e.workspace_id = %(ws)s AND e.id = t.event_id
      AND e.status = 'waiting' AND e.waiting_for = 'person'"""


async def add_task(
    connection: Connection,
    workspace_id: UUID,
    *,
    title: str,
    created_by: str,
    detail: str = "",
    owner_id: UUID | None = None,
    due_at: datetime | None = None,
    contact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    run_id: UUID | None = None,
    task_id: UUID | None = None,
    event_id: UUID | None = None,
    done_as: str | None = None,
) -> UUID:
    """`task_id` given twice makes one task. Without an owner it is the workspace's first owner's.

    With `event_id`, the event that waits is over when the task is; `done_as` says how.
    """
    cursor = await connection.execute(
        """INSERT INTO task (workspace_id, id, title, detail, owner_id, due_at, contact_id, conversation_id, run_id,
                             created_by, event_id, done_as)
           VALUES (%(ws)s, %(id)s, %(title)s, %(detail)s,
                   coalesce(%(owner)s, (SELECT id FROM member WHERE workspace_id = %(ws)s AND role = 'owner'
                                        AND removed_at IS NULL ORDER BY id LIMIT 1)),
                   %(due)s, %(contact)s, %(conversation)s, %(run)s, %(by)s,
                   %(event)s, %(done_as)s)
           ON CONFLICT (workspace_id, id) DO UPDATE SET title = excluded.title RETURNING id""",
        {
            "ws": workspace_id,
            "id": task_id or new_id(),
            "title": title,
            "detail": detail,
            "owner": owner_id,
            "due": due_at,
            "contact": contact_id,
            "conversation": conversation_id,
            "run": run_id,
            "by": created_by,
            "event": event_id,
            "done_as": done_as,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]


async def create_task(
    connection: Connection,
    workspace_id: UUID,
    *,
    title: str,
    detail: str,
    owner_id: UUID | None,
    due_at: datetime | None,
    contact_id: UUID | None,
    conversation_id: UUID | None,
    by: str,
) -> UUID:
    """A person's task. Raises `InvalidInput` for an unknown owner or another contact's conversation, `NotFound`."""
    if owner_id:
        await _require_member(connection, workspace_id, owner_id)
    if contact_id:
        contact_id = await survivor(connection, workspace_id, contact_id)
    if conversation_id:
        of_conversation = await require_conversation(connection, workspace_id, conversation_id)
        if contact_id not in (None, of_conversation):
            raise InvalidInput(f"conversation {conversation_id} is with contact {of_conversation}, not {contact_id}")
        contact_id = of_conversation
    task_id = await add_task(
        connection,
        workspace_id,
        title=title,
        detail=detail,
        owner_id=owner_id,
        due_at=due_at,
        contact_id=contact_id,
        conversation_id=conversation_id,
        created_by=by,
    )
    about = {"owner": owner_id, "contact": contact_id, "conversation": conversation_id}
    await record(connection, workspace_id, actor=by, action="task.created", subject=f"task:{task_id}", detail=about)
    return task_id


async def update_task(
    connection: Connection, workspace_id: UUID, *, task_id: UUID, changes: dict[str, Any], by: str
) -> None:
    """`changes`: title, detail, owner_id, due_at, status; what is not named stays. Raises `NotFound`.

    An event that waits for this task ends with it. `by` is an actor as in the audit log.
    """
    if changes.get("owner_id"):
        await _require_member(connection, workspace_id, changes["owner_id"])
    cursor = await connection.execute(
        """UPDATE task SET
               title = coalesce(%(title)s, title), detail = coalesce(%(detail)s, detail),
               owner_id = CASE WHEN %(set_owner)s THEN %(owner_id)s::uuid ELSE owner_id END,
               due_at = CASE WHEN %(set_due)s THEN %(due_at)s::timestamptz ELSE due_at END,
               status = coalesce(%(status)s, status),
               done_at = CASE coalesce(%(status)s, status) WHEN 'done' THEN coalesce(done_at, clock_timestamp()) END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {
            **dict.fromkeys(("title", "detail", "owner_id", "due_at", "status")),
            **changes,
            "set_owner": "owner_id" in changes,
            "set_due": "due_at" in changes,
            "ws": workspace_id,
            "id": task_id,
        },
    )
    if not cursor.rowcount:
        raise NotFound(f"no task {task_id}")
    about = {"changed": sorted(changes), **({"status": changes["status"]} if "status" in changes else {})}
    await record(connection, workspace_id, actor=by, action="task.changed", subject=f"task:{task_id}", detail=about)
    if changes.get("status") in ("done", "cancelled"):
        await connection.execute(_END_EVENT, {"ws": workspace_id, "task": task_id, "by": by})


async def _require_member(connection: Connection, workspace_id: UUID, member_id: UUID) -> None:
    cursor = await connection.execute(
        "SELECT FROM member WHERE workspace_id = %s AND id = %s AND removed_at IS NULL", (workspace_id, member_id)
    )
    if await cursor.fetchone() is None:
        raise InvalidInput(f"`owner_id` must be a member of this workspace, not {member_id}")
