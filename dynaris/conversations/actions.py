"""Writes to conversations: notes, claiming, handing back and over, a teammate's reply."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.conversations import uploads
from dynaris.conversations.threads import thread_topic
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.live import publish
from dynaris.outbox.actions import enqueue


async def lock(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> None:
    """Until the transaction ends. Raises `NotFound`."""
    cursor = await connection.execute(
        "SELECT FROM conversation WHERE workspace_id = %s AND id = %s FOR NO KEY UPDATE",
        (workspace_id, conversation_id),
    )
    if not cursor.rowcount:
        raise NotFound(f"no conversation {conversation_id}")


async def claim(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID, hold_minutes: int
) -> dict[str, Any]:
    """The teammate answers here from now on; the agents are silent until handed back or the hold ends."""
    cursor = await connection.execute(
        """UPDATE conversation SET holder = 'member', holder_id = %(member)s, hold_until = %(until)s
           WHERE workspace_id = %(ws)s AND id = %(id)s
             AND (holder <> 'member' OR holder_id = %(member)s OR hold_until < clock_timestamp())
           RETURNING id, holder, holder_id, hold_until""",
        {
            "ws": workspace_id,
            "id": conversation_id,
            "member": member_id,
            "until": clock.now() + timedelta(minutes=hold_minutes),
        },
    )
    if row := await cursor.fetchone():
        return row
    raise await _why_not_claimed(connection, workspace_id, conversation_id)


async def _why_not_claimed(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Exception:
    cursor = await connection.execute(
        """SELECT m.name FROM conversation c JOIN member m ON m.workspace_id = c.workspace_id AND m.id = c.holder_id
           WHERE c.workspace_id = %s AND c.id = %s""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return NotFound(f"no conversation {conversation_id}")
    return Conflict(f"{row['name']} holds this conversation; it must be handed back first")


async def hand_back(connection: Connection, workspace_id: UUID, *, conversation_id: UUID) -> dict[str, Any]:
    """The agents answer here again."""
    cursor = await connection.execute(
        """UPDATE conversation SET holder = 'agent', holder_id = NULL, team_id = NULL, hold_until = NULL,
                  respond_by = NULL, handed_back_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s RETURNING id, holder, holder_id, hold_until""",
        (workspace_id, conversation_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no conversation {conversation_id}")


async def release_holds(connection: Connection, workspace_id: UUID, member_id: UUID) -> list[UUID]:
    """Of a member who is one no more: the agents answer there again, as after the end of a hold."""
    cursor = await connection.execute(
        """UPDATE conversation c SET holder = 'agent', holder_id = NULL, hold_until = NULL
           WHERE c.workspace_id = %(ws)s AND c.holder_id = %(member)s AND EXISTS (
               SELECT FROM member m WHERE m.workspace_id = %(ws)s AND m.id = %(member)s AND m.removed_at IS NOT NULL)
           RETURNING c.id""",
        {"ws": workspace_id, "member": member_id},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def hand_over(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    respond_by: datetime,
    because: str,
    summary: str,
    team_id: UUID | None = None,
) -> None:
    """The team must answer by then; a teammate who holds it keeps it. One whose hold is over does not: agents would
    answer there again, and hand it over again, at each message."""
    await connection.execute(
        """UPDATE conversation SET respond_by = %(by)s, remind_at = NULL, handed_off_for = %(because)s,
                  summary = coalesce(nullif(%(summary)s, ''), summary), team_id = coalesce(%(team)s, team_id),
                  holder = CASE WHEN holder = 'agent' OR hold_until < clock_timestamp() THEN 'team' ELSE holder END,
                  holder_id = CASE WHEN hold_until < clock_timestamp() THEN NULL ELSE holder_id END,
                  hold_until = CASE WHEN hold_until < clock_timestamp() THEN NULL ELSE hold_until END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {
            "ws": workspace_id,
            "id": conversation_id,
            "by": respond_by,
            "because": because,
            "summary": summary,
            "team": team_id,
        },
    )


async def add_note(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    text: str,
    author: str,
    author_id: UUID | None = None,
    run_id: UUID | None = None,
    data: dict[str, Any] | None = None,
    given_id: UUID | None = None,
) -> UUID:
    """Shown to our people only, on the timeline."""
    cursor = await connection.execute(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, author_id,
                                text, data, given_id)
           SELECT workspace_id, %(new)s, id, contact_id, %(run)s, 'note', %(author)s, %(author_id)s, %(text)s, %(data)s,
                  %(given)s
           FROM conversation WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING id""",
        {
            "ws": workspace_id,
            "id": conversation_id,
            "new": new_id(),
            "run": run_id,
            "author": author,
            "author_id": author_id,
            "text": text,
            "data": Jsonb(data or {}),
            "given": given_id,
        },
    )
    if row := await cursor.fetchone():
        return row["id"]
    raise NotFound(f"no conversation {conversation_id}")


async def reply_as_member(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    member_id: UUID | None,
    text: str,
    hold_minutes: int,
    dedupe_key: str | None = None,
    given_id: UUID | None = None,
    files: Sequence[dict[str, Any]] = (),
    template: dict[str, Any] | None = None,
) -> UUID:
    """A person's reply: it takes the conversation, ends its follow-ups and enters the outbox. Its message id.

    `files`: as `uploads.waiting` found them; they leave with it. `template`: a `TemplateUse` that reads like the text.
    """
    if not text.strip():
        raise InvalidInput("a reply needs a text")
    row = await _reply_row(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        member_id=member_id,
        text=text,
        minutes=hold_minutes,
        given_id=given_id,
    )
    await uploads.attach(connection, workspace_id, message_id=row["message_id"], found=files)
    content = {
        "text": text,
        "subject": row["reply_subject"],
        "in_reply_to": row["in_reply_to"],
        "references": row["refs"] or [],
        "automatic": False,
        **({"attachments": uploads.as_content(files)} if files else {}),
        **({"template": template} if template else {}),
    }
    await enqueue(
        connection,
        workspace_id,
        audience="contact",
        channel=row["channel"],
        account_id=row["account_id"],
        recipient=row["reply_to"],
        content=content,
        dedupe_key=dedupe_key or f"message:{row['message_id']}",
        contact_id=row["contact_id"],
        conversation_id=conversation_id,
        message_id=row["message_id"],
    )
    return row["message_id"]


async def _reply_row(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    member_id: UUID | None,
    text: str,
    minutes: int,
    given_id: UUID | None,
) -> dict[str, Any]:
    cursor = await connection.execute(
        """WITH held AS (
               UPDATE conversation SET
                   holder = CASE WHEN %(member)s::uuid IS NULL THEN 'team' ELSE 'member' END,
                   holder_id = %(member)s::uuid, hold_until = %(until)s, respond_by = NULL,
                   status = 'open', last_message_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING *),
           ended AS (
               UPDATE follow_up SET status = 'ended', ended_because = 'a teammate replied'
               WHERE workspace_id = %(ws)s AND conversation_id = %(id)s AND status = 'waiting'),
           new AS (
               INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, author_id,
                                    subject, text, delivery, given_id)
               SELECT workspace_id, %(new)s, id, contact_id, 'outbound', 'member', %(member)s, subject, %(text)s,
                      'queued', %(given)s FROM held RETURNING id)
           SELECT held.channel, held.account_id, held.reply_to, held.contact_id, new.id AS message_id,
                  held.subject AS reply_subject, last.external_id AS in_reply_to, refs.ids AS refs
           FROM held, new,
                LATERAL (SELECT (SELECT external_id FROM message WHERE workspace_id = %(ws)s
                         AND conversation_id = %(id)s AND direction = 'inbound' ORDER BY id DESC LIMIT 1)
                         AS external_id) AS last,
                LATERAL (SELECT array_agg(r.external_id ORDER BY r.id) AS ids FROM (
                         SELECT id, external_id FROM message WHERE workspace_id = %(ws)s AND conversation_id = %(id)s
                         AND external_id IS NOT NULL ORDER BY id DESC LIMIT 20) AS r) AS refs""",
        {
            "ws": workspace_id,
            "id": conversation_id,
            "member": member_id,
            "text": text,
            "new": new_id(),
            "given": given_id,
            "until": clock.now() + timedelta(minutes=minutes),
        },
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no conversation {conversation_id}")


async def say_as_product(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, text: str, data: dict[str, Any] | None = None
) -> UUID:
    """A line from the product itself (a code was sent, ...): it changes neither holder nor follow-ups. `data` is for
    its channel."""
    message_id = new_id()
    cursor = await connection.execute(
        """WITH said AS (
               INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, delivery)
               SELECT workspace_id, %(new)s, id, contact_id, 'outbound', 'system', %(text)s, 'queued'
               FROM conversation WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING conversation_id)
           SELECT c.channel, c.account_id, c.reply_to, c.contact_id FROM said
           JOIN conversation c ON c.workspace_id = %(ws)s AND c.id = said.conversation_id""",
        {"ws": workspace_id, "id": conversation_id, "new": message_id, "text": text},
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no conversation {conversation_id}")
    await enqueue(
        connection,
        workspace_id,
        audience="system",
        channel=row["channel"],
        account_id=row["account_id"],
        recipient=row["reply_to"],
        content={"text": text, **({"data": data} if data else {})},
        dedupe_key=f"message:{message_id}",
        contact_id=row["contact_id"],
        conversation_id=conversation_id,
        message_id=message_id,
    )
    topic = thread_topic(row["account_id"], row["reply_to"])
    await publish(connection, workspace_id, topic, {"type": "message", "id": str(message_id)})
    return message_id
