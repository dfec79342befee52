"""What an agent may do with conversations: read the timeline, add a note, create a task, write a mail.

Each takes the connection, the workspace and its arguments; the `key` of one with an effect makes it happen once.
"""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.conversations.tasks import add_task
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import id_of, new_id
from dynaris.core.moments import Moment
from dynaris.notifications.actions import BEST_FIRST, mail_channels
from dynaris.outbox.actions import enqueue
from dynaris.workspaces.teammates import find_member


class LookUpTimeline(BaseModel):
    """Read what was said with this contact before, newest last; other channels only when they proved who they are."""

    limit: int = Field(default=20, ge=1, le=50, description="Most messages.")


class AddNote(BaseModel):
    """Leave a note on the timeline for the team. The contact never sees it."""

    text: str = Field(min_length=1, max_length=4_000)


class CreateTask(BaseModel):
    """Create a task for a person of the team, when something must be done that you cannot do."""

    title: str = Field(min_length=1, max_length=200)
    detail: str = Field(default="", max_length=4_000)
    owner: str | None = Field(default=None, description="Name or e-mail of the teammate; the owner if left out.")
    due_at: Moment | None = Field(default=None, description="ISO 8601 with offset.")


class SendEmail(BaseModel):
    """Write an e-mail to this contact, besides the answer in this conversation (which needs no tool)."""

    subject: str = Field(min_length=1, max_length=300)
    text: str = Field(min_length=1, max_length=20_000)
    to: str | None = Field(default=None, description="Only if it is not the contact's own address.")


_TIMELINE = """SELECT m.id, m.author, m.created_at AS at, c.channel, m.subject, left(m.text, 1000) AS text
    FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = %(ws)s AND m.contact_id = %(contact)s AND m.direction <> 'note'
      AND (c.id = %(conversation)s OR c.identity = 'verified' AND c.proved && (
           SELECT proved FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s))
    ORDER BY m.created_at DESC, m.id DESC LIMIT %(limit)s"""
_CONVERSATION = """SELECT m.id, m.author, m.created_at AS at, m.subject, left(m.text, 1000) AS text FROM message m
    WHERE m.workspace_id = %(ws)s AND m.conversation_id = %(conversation)s AND m.direction <> 'note'
    ORDER BY m.id DESC LIMIT %(limit)s"""

# The address: the one named, else the contact's own, a proven one first; a mere claim only when it is named.
_OPEN_MAIL = f"""
WITH known AS (
    SELECT (SELECT true FROM outbox WHERE workspace_id = %(ws)s AND dedupe_key = %(dedupe)s) AS sent_before,
           a.id AS account_id, a.channel, coalesce(%(to)s::text, own.value) AS recipient,
           (SELECT profile->>'agent_name' FROM workspace WHERE id = %(ws)s) AS agent_name,
           own.verified_at IS NOT NULL AND %(to)s::text IS NULL AS verified
    FROM (SELECT 1) AS one
    LEFT JOIN LATERAL (SELECT id, channel FROM account WHERE workspace_id = %(ws)s AND enabled
                       AND channel = ANY(%(mail)s) ORDER BY {BEST_FIRST} LIMIT 1) AS a ON true
    LEFT JOIN LATERAL (SELECT value, verified_at FROM address WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
                       AND kind = 'email' AND holds ORDER BY verified_at NULLS LAST, id LIMIT 1) AS own ON true),
opened AS (
    INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject,
                              identity, proved)
    SELECT %(ws)s, %(conversation)s, %(contact)s, channel, account_id, recipient, %(subject)s,
           CASE WHEN verified THEN 'verified' ELSE 'claimed' END,
           CASE WHEN verified THEN ARRAY['email:' || recipient] ELSE '{{}}' END
    FROM known WHERE sent_before IS NULL AND account_id IS NOT NULL AND recipient IS NOT NULL RETURNING id),
said AS (
    INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, subject, text,
                         delivery)
    SELECT %(ws)s, %(message)s, id, %(contact)s, %(run)s, 'outbound', 'agent', %(subject)s, %(text)s, 'queued'
    FROM opened RETURNING id)
SELECT known.*, (SELECT id FROM opened) AS conversation_id, (SELECT id FROM said) AS message_id FROM known"""


async def look_up_timeline(
    connection: Connection,
    workspace_id: UUID,
    arguments: LookUpTimeline,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    may_disclose: bool,
) -> list[dict[str, Any]]:
    """Messages, oldest first; without `may_disclose` those of this conversation only."""
    cursor = await connection.execute(
        _TIMELINE if may_disclose else _CONVERSATION,
        {"ws": workspace_id, "contact": contact_id, "conversation": conversation_id, "limit": arguments.limit},
    )
    rows = await cursor.fetchall()
    return [{**row, "id": str(row["id"]), "at": row["at"].isoformat(timespec="seconds")} for row in reversed(rows)]


async def add_note(
    connection: Connection,
    workspace_id: UUID,
    arguments: AddNote,
    *,
    conversation_id: UUID,
    run_id: UUID,
    key: str,
) -> dict[str, str]:
    """`key` given twice adds one note."""
    await connection.execute(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, text, data)
           SELECT workspace_id, %(new)s, id, contact_id, %(run)s, 'note', 'agent', %(text)s,
                  jsonb_build_object('key', %(key)s::text)
           FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s
             AND NOT EXISTS (SELECT FROM message m WHERE m.workspace_id = %(ws)s
                             AND m.conversation_id = %(conversation)s AND m.id > %(run)s
                             AND m.data->>'key' = %(key)s)""",
        {
            "ws": workspace_id,
            "new": new_id(),
            "conversation": conversation_id,
            "run": run_id,
            "text": arguments.text,
            "key": key,
        },
    )
    return {"noted": arguments.text[:80]}


async def create_task(
    connection: Connection,
    workspace_id: UUID,
    arguments: CreateTask,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    run_id: UUID,
    agent: str,
    key: str,
) -> dict[str, Any]:
    """`key` given twice creates one task."""
    owner = await find_member(connection, workspace_id, arguments.owner) if arguments.owner else None
    task_id = await add_task(
        connection,
        workspace_id,
        title=arguments.title,
        detail=arguments.detail,
        owner_id=owner["id"] if owner else None,
        due_at=arguments.due_at,
        contact_id=contact_id,
        conversation_id=conversation_id,
        run_id=run_id,
        created_by=f"agent:{agent}",
        task_id=id_of(key, run_id),
    )
    return {"task_id": str(task_id), "title": arguments.title}


def recipients_of(arguments: SendEmail) -> list[str]:
    """Who a mail reaches besides the contact's own address."""
    return [normalise(AddressKind.EMAIL, arguments.to)] if arguments.to else []


async def send_email(
    connection: Connection,
    workspace_id: UUID,
    arguments: SendEmail,
    *,
    contact_id: UUID,
    run_id: UUID,
    key: str,
) -> dict[str, str]:
    """Opens a mail conversation with the contact and queues the mail, once per `key`. One transaction."""
    async with connection.transaction():
        row = await _open_mail(connection, workspace_id, arguments, contact_id=contact_id, run_id=run_id, key=key)
        if row["sent_before"]:
            return {"status": "queued", "to": row["recipient"]}
        if row["account_id"] is None:
            raise Conflict("this workspace has no e-mail account to send from")
        if row["recipient"] is None:
            raise InvalidInput("no e-mail address of this contact is known; ask for it, or name one in `to`")
        await enqueue(
            connection,
            workspace_id,
            audience="contact",
            channel=row["channel"],
            account_id=row["account_id"],
            recipient=row["recipient"],
            content={"subject": arguments.subject, "text": arguments.text, "from_name": row["agent_name"]},
            dedupe_key=f"tool:{key}",
            contact_id=contact_id,
            conversation_id=row["conversation_id"],
            message_id=row["message_id"],
            run_id=run_id,
        )
    return {"status": "queued", "to": row["recipient"]}


async def _open_mail(
    connection: Connection, workspace_id: UUID, arguments: SendEmail, *, contact_id: UUID, run_id: UUID, key: str
) -> dict[str, Any]:
    """Without an address or an account nothing is written; the row says which is missing."""
    to = recipients_of(arguments)
    cursor = await connection.execute(
        _OPEN_MAIL,
        {
            "ws": workspace_id,
            "contact": contact_id,
            "run": run_id,
            "dedupe": f"tool:{key}",
            "to": to[0] if to else None,
            "mail": mail_channels(),
            "conversation": new_id(),
            "message": new_id(),
            "subject": arguments.subject,
            "text": arguments.text,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row
