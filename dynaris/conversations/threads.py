"""A conversation as the contact sees it on the channel's own pages."""

from typing import Any
from uuid import UUID

from dynaris.channels.contract import ThreadMessage
from dynaris.core.db import Connection

_SHOWN = "m.direction <> 'note' AND m.delivery IS DISTINCT FROM 'cancelled'"


def thread_topic(account_id: UUID, key: str) -> str:
    """The live feed's topic of one thread on a channel."""
    return f"thread:{account_id}:{key}"


async def messages(
    connection: Connection, workspace_id: UUID, *, account_id: UUID, key: str, after: UUID | None, limit: int
) -> list[ThreadMessage]:
    """Oldest first, after the message `after`; notes and cancelled replies are not for the contact."""
    cursor = await connection.execute(
        f"""SELECT m.id, m.direction, m.text, m.author, m.created_at, m.external_id,
                  coalesce((SELECT jsonb_agg(jsonb_build_object('id', a.id, 'filename', a.filename,
                                             'mime_type', a.mime_type, 'size', a.size) ORDER BY a.id)
                            FROM attachment a WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id),
                           '[]') AS attachments
           FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
           WHERE c.workspace_id = %(ws)s AND c.account_id = %(account)s AND c.thread_key = %(key)s
             AND {_SHOWN}
             AND (%(after)s::uuid IS NULL OR m.id > %(after)s)
           ORDER BY m.id LIMIT %(limit)s""",
        {"ws": workspace_id, "account": account_id, "key": key, "after": after, "limit": limit},
    )
    return [ThreadMessage(**row) for row in await cursor.fetchall()]


async def file(
    connection: Connection, workspace_id: UUID, *, account_id: UUID, key: str, file_id: UUID
) -> dict[str, Any] | None:
    """An attachment of a message that the contact is shown."""
    cursor = await connection.execute(
        f"""SELECT a.filename, a.mime_type, a.storage_key FROM attachment a
            JOIN message m ON m.workspace_id = a.workspace_id AND m.id = a.message_id
            JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
            WHERE a.workspace_id = %s AND a.id = %s AND c.account_id = %s AND c.thread_key = %s AND {_SHOWN}""",
        (workspace_id, file_id, account_id, key),
    )
    return await cursor.fetchone()


_BOUND = "SELECT account_id, origin FROM chat_session WHERE workspace_id = %(ws)s AND session_key = %(key)s"
_BIND = """INSERT INTO chat_session AS bound (workspace_id, session_key, account_id, origin)
    VALUES (%(ws)s, %(key)s, %(account)s, %(origin)s)
    ON CONFLICT (workspace_id, session_key) DO UPDATE SET origin = excluded.origin
        WHERE bound.origin IS NULL AND bound.account_id = excluded.account_id"""


async def bind(connection: Connection, workspace_id: UUID, *, account_id: UUID, key: str, origin: str | None) -> bool:
    """First come, first bound. An origin of "" is bound too: that session is no web page's any more. `None` fits
    any: browsers send none for reads on the same site, so a session that began with one is bound later."""
    names = {"ws": workspace_id, "key": key, "account": account_id, "origin": origin}
    bound = await (await connection.execute(_BOUND, names)).fetchone()
    if bound is None or (bound["origin"] is None and origin is not None):
        await connection.execute(_BIND, names)
        # Of two first requests at once, the second one finds here what the first has bound.
        bound = await (await connection.execute(_BOUND, names)).fetchone()
    return bound is not None and bound["account_id"] == account_id and origin in (None, "", bound["origin"])
