"""Committing a reply: message, outbox row, run and decision in one statement, unless a person stepped in."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.conversations.threads import thread_topic
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.jobs import DEFER, deferral
from dynaris.core.live import CHANNEL, notice
from dynaris.outbox.actions import DELIVER_JOB, INLINE_GRACE, INSERT
from dynaris.pipeline.inquiry import Inquiry


def _commit_sql(events: LiteralString) -> LiteralString:
    """A teammate who took the conversation while the agent thought closes the gate: nothing is queued. Nor is it when
    the event is another run's (two workers had it, one of which was cut off from the database for a while) or was
    called off ('ignored').
    """
    return f"""
WITH gate AS (
    UPDATE conversation SET last_message_at = clock_timestamp(), summary = coalesce(%(summary)s, summary)
    WHERE workspace_id = %(ws)s AND id = %(conversation)s AND (holder = 'agent' OR %(approved)s
          OR hold_until < clock_timestamp())
    RETURNING id, contact_id, channel, account_id, subject),
sent AS (
    {INSERT}
    SELECT %(ws)s, %(outbox)s, 'contact', channel, account_id, %(recipient)s, contact_id, id, %(message)s, %(event)s,
           %(run)s, %(dedupe)s, %(content)s, clock_timestamp() + interval '{INLINE_GRACE}' FROM gate
    WHERE EXISTS (SELECT FROM event WHERE workspace_id = %(ws)s AND id = %(event)s AND run_id = %(run)s
                  AND outcome IS DISTINCT FROM 'ignored')
    ON CONFLICT (workspace_id, dedupe_key) DO NOTHING RETURNING id),
said AS (
    INSERT INTO message (workspace_id, id, conversation_id, contact_id, run_id, direction, author, subject, text,
                         delivery, data)
    SELECT %(ws)s, %(message)s, gate.id, contact_id, %(run)s, 'outbound', 'agent', %(subject)s, %(text)s, 'queued',
           %(data)s
    FROM gate, sent RETURNING id),
finished AS (
    UPDATE run SET status = 'done', output = %(output)s, ended_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND id = %(run)s AND status <> 'done'),
decided AS (
    UPDATE event SET decision = %(decision)s
    WHERE workspace_id = %(ws)s AND {events} AND %(decision)s::jsonb IS NOT NULL),
live AS (
    SELECT pg_notify('{CHANNEL}', %(notice)s::text) FROM said WHERE %(notice)s::text IS NOT NULL)
SELECT (SELECT id FROM gate) AS gate, (SELECT id FROM sent) AS outbox_id, (SELECT count(*) FROM live) AS told"""


# Nearly always one event is answered: with an array PostgreSQL would plan the statement each time.
_COMMIT, _COMMIT_SEVERAL = _commit_sql("id = %(event)s"), _commit_sql("id = ANY(%(events)s)")
_DEFERRED = f", (SELECT {DEFER} FROM sent) AS job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is to be said, and what the ledger keeps of how it came about."""

    text: str
    output: dict[str, Any]
    summary: str | None = None
    decision: dict[str, Any] | None = None
    approved: bool = False  # a person said yes: a hold does not stop it
    holding: bool = False  # it says that somebody will answer, and is no answer: clocks of SLAs go on


@dataclass(frozen=True, slots=True)
class Committed:
    outbox_id: UUID | None  # `None`: nothing was queued
    stopped_by_person: bool


async def commit_reply(
    connection: Connection, inquiry: Inquiry, reply: Reply, *, content: dict[str, Any], deliver_later: bool = False
) -> Committed:
    """`deliver_later` leaves the send to a job; otherwise the caller sends now (and the watchdog if it dies)."""
    outbox_id, message_id = new_id(), new_id()
    subject = content.get("subject")
    parameters: dict[str, Any] = {
        "ws": inquiry.workspace_id,
        "conversation": inquiry.conversation_id,
        "run": inquiry.run_id,
        "event": inquiry.event_ids[-1],
        "events": list(inquiry.event_ids),
        "outbox": outbox_id,
        "message": message_id,
        "recipient": inquiry.reply_to,
        "dedupe": f"reply:{inquiry.run_id}",
        "content": Jsonb(content),
        "subject": subject,
        "text": reply.text,
        "summary": reply.summary or None,
        "data": Jsonb(_kept(reply)),
        "output": Jsonb(reply.output),
        "decision": Jsonb(reply.decision) if reply.decision else None,
        "approved": reply.approved,
        "notice": _notice(inquiry, message_id),
    }
    if deliver_later:
        parameters |= deferral(DELIVER_JOB, {"workspace_id": str(inquiry.workspace_id), "outbox_id": str(outbox_id)})
    statement = _COMMIT if len(inquiry.event_ids) == 1 else _COMMIT_SEVERAL
    if deliver_later:
        statement += _DEFERRED
    cursor = await connection.execute(statement, parameters)
    row = await cursor.fetchone()
    assert row is not None
    return Committed(row["outbox_id"], stopped_by_person=row["gate"] is None)


def _kept(reply: Reply) -> dict[str, Any]:
    """What the message keeps besides its text."""
    cited = reply.output.get("citations")
    return {**({"citations": cited} if cited else {}), **({"holding": True} if reply.holding else {})}


def _notice(inquiry: Inquiry, message_id: UUID) -> str | None:
    if not inquiry.traits.live:
        return None
    topic = thread_topic(inquiry.account.id, inquiry.reply_to)
    return notice(inquiry.workspace_id, topic, {"type": "message", "id": str(message_id)})


async def mail_headers(connection: Connection, inquiry: Inquiry) -> dict[str, Any]:
    """Subject and references of an answer, for channels that thread by them."""
    if not inquiry.traits.subject:
        return {}
    cursor = await connection.execute(
        """SELECT external_id FROM message WHERE workspace_id = %s AND conversation_id = %s
           AND external_id IS NOT NULL ORDER BY id DESC LIMIT 20""",
        (inquiry.workspace_id, inquiry.conversation_id),
    )
    references = [row["external_id"] for row in await cursor.fetchall()][::-1]
    # What came as a form is no letter: the first one to its sender begins the correspondence.
    is_reply = inquiry.wake is None and bool(references or not inquiry.answered_elsewhere)
    return {
        "subject": inquiry.subject,
        "references": references,
        "is_reply": is_reply,
        "from_name": inquiry.agent_name,
    }
