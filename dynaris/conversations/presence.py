"""Who of the team is on a conversation now, and who is typing: rows that lapse by themselves."""

from datetime import timedelta
from typing import Any, Literal, LiteralString
from uuid import UUID

from dynaris.conversations.queries import require_conversation
from dynaris.conversations.threads import thread_topic
from dynaris.core.db import Connection
from dynaris.core.live import publish

VIEWING_SECONDS = 45  # a screen says it again well before
TYPING_SECONDS = 6

Doing = Literal["viewing", "typing", "left"]

_HERE = """INSERT INTO presence AS p (workspace_id, conversation_id, member_id, until, typing_until)
    VALUES (%(ws)s, %(conversation)s, %(member)s, clock_timestamp() + %(viewing)s,
            CASE WHEN %(typing)s THEN clock_timestamp() + %(typing_for)s END)
    ON CONFLICT (workspace_id, conversation_id, member_id) DO UPDATE
        SET until = excluded.until, typing_until = excluded.typing_until"""
# Said again and again, it is news only when it changes: so no trigger watches the table.
_TELL: LiteralString = "SELECT note_change(%(ws)s"
_WHERE_WATCHED: LiteralString = "FROM live_watch WHERE workspace_id = %(ws)s AND until > clock_timestamp()"
_LEFT = """DELETE FROM presence WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
    AND (member_id = %(member)s OR until < clock_timestamp())"""


async def present(connection: Connection, workspace_id: UUID, *, conversation_id: UUID) -> list[dict[str, Any]]:
    """Who is there, by name. Raises `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    cursor = await connection.execute(
        """SELECT p.member_id, m.name, p.until,
                  CASE WHEN p.typing_until > clock_timestamp() THEN p.typing_until END AS typing_until
           FROM presence p JOIN member m ON m.workspace_id = p.workspace_id AND m.id = p.member_id
           WHERE p.workspace_id = %s AND p.conversation_id = %s AND p.until > clock_timestamp()
             AND m.removed_at IS NULL ORDER BY m.name, m.id""",
        (workspace_id, conversation_id),
    )
    return await cursor.fetchall()


async def be_present(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID, doing: Doing
) -> None:
    """Others' screens are told where it is news. Raises `NotFound`."""
    await require_conversation(connection, workspace_id, conversation_id)
    names = {
        "ws": workspace_id,
        "conversation": conversation_id,
        "member": member_id,
        "typing": doing == "typing",
        "viewing": timedelta(seconds=VIEWING_SECONDS),
        "typing_for": timedelta(seconds=TYPING_SECONDS),
    }
    if await _doing(connection, names) != doing:
        await connection.execute(f"{_TELL}, 'presence', ARRAY[%(conversation)s::uuid]) {_WHERE_WATCHED}", names)
    await connection.execute(_LEFT if doing == "left" else _HERE, names)


async def stop_typing(connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID) -> None:
    """What they typed is there."""
    await connection.execute(
        """WITH ended AS (
               UPDATE presence SET typing_until = NULL
               WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND member_id = %(member)s
                 AND typing_until > clock_timestamp() RETURNING conversation_id)
           SELECT note_change(%(ws)s, 'presence', ARRAY[conversation_id]) FROM ended""",
        {"ws": workspace_id, "conversation": conversation_id, "member": member_id},
    )


async def _doing(connection: Connection, names: dict[str, Any]) -> Doing:
    cursor = await connection.execute(
        """SELECT coalesce(typing_until > clock_timestamp(), false) AS typing FROM presence
           WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND member_id = %(member)s
             AND until > clock_timestamp()""",
        names,
    )
    row = await cursor.fetchone()
    if row is None:
        return "left"
    return "typing" if row["typing"] else "viewing"


async def type_to_contact(connection: Connection, workspace_id: UUID, *, conversation_id: UUID) -> None:
    """Who has the thread open on the channel's own page sees that somebody types."""
    cursor = await connection.execute(
        "SELECT account_id, reply_to FROM conversation WHERE workspace_id = %s AND id = %s",
        (workspace_id, conversation_id),
    )
    if row := await cursor.fetchone():
        await publish(connection, workspace_id, thread_topic(row["account_id"], row["reply_to"]), {"type": "typing"})


async def contact_types(connection: Connection, workspace_id: UUID, *, account_id: UUID, key: str) -> None:
    """In a thread on the channel's own page: whoever of the team has the conversation open sees it for a moment."""
    await connection.execute(
        f"""{_TELL}, 'typing', ARRAY[c.id]) FROM live_watch w JOIN conversation c ON c.workspace_id = w.workspace_id
            WHERE w.workspace_id = %(ws)s AND w.until > clock_timestamp() AND c.account_id = %(account)s
              AND c.thread_key = %(key)s""",
        {"ws": workspace_id, "account": account_id, "key": key},
    )
