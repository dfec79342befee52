"""What is remembered of a contact: facts, each with the message that says so, which people may change and remove."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.contacts.merge import survivor
from dynaris.conversations.queries import require_conversation
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

MOST_FACTS = 200  # of one contact
LONGEST = 500  # characters of one

_COLUMNS: LiteralString = "id, text, conversation_id, message_id, run_id, said_by, created_at, updated_at"

# Whose conversation it was said in may be told: this one's, one of the same proved address, or, where answers reach the
# address's owner whoever wrote, one with that address. What our people wrote down is told to who proved an address.
TELLABLE: LiteralString = """(f.conversation_id = conv.id OR (%(verified)s AND f.conversation_id IS NULL) OR EXISTS (
        SELECT FROM conversation o WHERE o.workspace_id = f.workspace_id AND o.id = f.conversation_id
          AND ((%(verified)s AND o.identity = 'verified' AND o.proved && conv.proved)
               OR (%(to_address)s AND o.channel = conv.channel AND o.reply_to = conv.reply_to))))"""


_REMEMBER = """
    WITH kept AS (
        SELECT id FROM contact_fact WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
          AND lower(text) = lower(%(text)s) AND conversation_id IS NOT DISTINCT FROM %(conversation)s
        ORDER BY id LIMIT 1),
    room AS (
        SELECT count(*) < %(most)s AS is_left FROM contact_fact
        WHERE workspace_id = %(ws)s AND contact_id = %(contact)s),
    made AS (
        INSERT INTO contact_fact (workspace_id, id, contact_id, conversation_id, message_id, run_id, text, said_by)
        SELECT %(ws)s, %(id)s, %(contact)s, %(conversation)s,
               (SELECT message_id FROM event WHERE workspace_id = %(ws)s AND id = %(event)s), %(run)s, %(text)s, %(by)s
        FROM room WHERE is_left AND NOT EXISTS (SELECT FROM kept)
        ON CONFLICT (workspace_id, id) DO UPDATE SET text = contact_fact.text RETURNING id)
    SELECT id FROM kept UNION ALL SELECT id FROM made"""


async def facts(connection: Connection, workspace_id: UUID, contact_id: UUID) -> list[dict[str, Any]]:
    """All of a contact's, newest first; for a merged contact those of the one it is part of. Raises `NotFound`."""
    whose = await survivor(connection, workspace_id, contact_id)
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM contact_fact WHERE workspace_id = %s AND contact_id = %s ORDER BY id DESC",
        (workspace_id, whose),
    )
    return await cursor.fetchall()


async def remember(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    text: str,
    *,
    said_by: str,
    fact_id: UUID | None = None,
    conversation_id: UUID | None = None,
    event_id: UUID | None = None,
    run_id: UUID | None = None,
) -> UUID:
    """`fact_id` given twice, or what is remembered already in these words, is one fact. `event_id`: of the message.

    In one transaction with the caller's other writes. Raises Conflict where a contact has `MOST_FACTS`.
    """
    said = _checked(text)
    cursor = await connection.execute(
        _REMEMBER,
        {
            "ws": workspace_id,
            "id": fact_id or new_id(),
            "contact": contact_id,
            "conversation": conversation_id,
            "event": event_id,
            "run": run_id,
            "text": said,
            "by": said_by,
            "most": MOST_FACTS,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise Conflict(f"{MOST_FACTS} facts are remembered of this contact already: remove what is out of date first")
    return row["id"]


async def add_fact(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    *,
    text: str,
    conversation_id: UUID | None = None,
    by: str,
) -> dict[str, Any]:
    """By a person: what they know, or what they read in a conversation of this contact."""
    whose = await survivor(connection, workspace_id, contact_id)
    if conversation_id and await require_conversation(connection, workspace_id, conversation_id) != whose:
        raise InvalidInput(f"conversation {conversation_id} is not with contact {whose}")
    fact_id = await remember(connection, workspace_id, whose, text, said_by=by, conversation_id=conversation_id)
    await _record(connection, workspace_id, whose, fact_id, what="added", by=by)
    return await _fact(connection, workspace_id, whose, fact_id)


async def change_fact(
    connection: Connection, workspace_id: UUID, contact_id: UUID, fact_id: UUID, *, text: str, by: str
) -> dict[str, Any]:
    """Who changes it says so: from then on it is theirs, with the same source. Raises `NotFound`."""
    whose = await survivor(connection, workspace_id, contact_id)
    await connection.execute(
        """UPDATE contact_fact SET text = %s, said_by = %s, updated_at = clock_timestamp()
           WHERE workspace_id = %s AND contact_id = %s AND id = %s""",
        (_checked(text), by, workspace_id, whose, fact_id),
    )
    changed = await _fact(connection, workspace_id, whose, fact_id)
    await _record(connection, workspace_id, whose, fact_id, what="changed", by=by)
    return changed


async def forget(connection: Connection, workspace_id: UUID, contact_id: UUID, fact_id: UUID, *, by: str) -> None:
    """Raises `NotFound`."""
    whose = await survivor(connection, workspace_id, contact_id)
    await _fact(connection, workspace_id, whose, fact_id)
    await connection.execute(
        "DELETE FROM contact_fact WHERE workspace_id = %s AND contact_id = %s AND id = %s",
        (workspace_id, whose, fact_id),
    )
    await _record(connection, workspace_id, whose, fact_id, what="removed", by=by)


async def _fact(connection: Connection, workspace_id: UUID, contact_id: UUID, fact_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM contact_fact WHERE workspace_id = %s AND contact_id = %s AND id = %s",
        (workspace_id, contact_id, fact_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"contact {contact_id} has no fact {fact_id}")
    return row


async def _record(
    connection: Connection, workspace_id: UUID, contact_id: UUID, fact_id: UUID, *, what: str, by: str
) -> None:
    subject, detail = f"contact:{contact_id}", {"fact": str(fact_id)}
    await record(connection, workspace_id, actor=by, action=f"fact.{what}", subject=subject, detail=detail)


def _checked(text: str) -> str:
    said = " ".join(text.replace("\x00", "").split())
    if not 0 < len(said) <= LONGEST:
        raise InvalidInput(f"expected a fact of 1 to {LONGEST} characters, got {len(said)}")
    return said
