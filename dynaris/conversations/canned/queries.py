"""Reads of canned replies."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound

_REPLY: LiteralString = """SELECT r.id, r.shortcut, r.title, r.text, nullif(r.language, '') AS language, r.created_at,
        r.updated_at
    FROM canned_reply r"""
# The one whose shortcut is being typed comes first.
_RANK: LiteralString = """CASE WHEN starts_with(lower(r.shortcut), %(q)s) THEN 0 WHEN starts_with(lower(r.title), %(q)s)
    THEN 1 WHEN strpos(lower(r.shortcut || ' ' || r.title), %(q)s) > 0 THEN 2 ELSE 3 END"""


async def canned_replies(
    connection: Connection, workspace_id: UUID, *, words: str, language: str | None, limit: int
) -> list[dict[str, Any]]:
    """Those that have `words` somewhere, the best first. `language`: those in it and those of any."""
    conditions: list[LiteralString] = ["r.workspace_id = %(ws)s"]
    if words:
        conditions.append("strpos(lower(r.shortcut || ' ' || r.title || ' ' || r.text), %(q)s) > 0")
    if language:
        conditions.append("r.language IN ('', %(language)s)")
    cursor = await connection.execute(
        f"""{_REPLY} WHERE {" AND ".join(conditions)} ORDER BY {_RANK}, lower(r.shortcut), r.language
            LIMIT %(limit)s""",
        {"ws": workspace_id, "q": words.lower(), "language": language, "limit": limit},
    )
    return await cursor.fetchall()


async def canned_reply(connection: Connection, workspace_id: UUID, reply_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    cursor = await connection.execute(f"{_REPLY} WHERE r.workspace_id = %s AND r.id = %s", (workspace_id, reply_id))
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no canned reply {reply_id}")


async def values_for(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, member_id: UUID | None
) -> dict[str, str | None]:
    """What the placeholders stand for in a conversation (placeholders.py). Raises `NotFound`."""
    cursor = await connection.execute(
        """SELECT k.name AS "contact.name", split_part(trim(k.name), ' ', 1) AS "contact.first_name",
                  (SELECT a.value FROM address a WHERE a.workspace_id = %(ws)s AND a.contact_id = k.id
                   AND a.kind = 'email' ORDER BY a.holds DESC, a.id LIMIT 1) AS "contact.email",
                  (SELECT a.value FROM address a WHERE a.workspace_id = %(ws)s AND a.contact_id = k.id
                   AND a.kind = 'phone' ORDER BY a.holds DESC, a.id LIMIT 1) AS "contact.phone",
                  (SELECT m.name FROM member m WHERE m.workspace_id = %(ws)s AND m.id = %(member)s) AS "member.name",
                  (SELECT split_part(trim(m.name), ' ', 1) FROM member m WHERE m.workspace_id = %(ws)s
                   AND m.id = %(member)s) AS "member.first_name",
                  (SELECT w.name FROM workspace w WHERE w.id = %(ws)s) AS "business.name",
                  c.subject AS "conversation.subject"
           FROM conversation c JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id
           WHERE c.workspace_id = %(ws)s AND c.id = %(conversation)s""",
        {"ws": workspace_id, "conversation": conversation_id, "member": member_id},
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no conversation {conversation_id}")
