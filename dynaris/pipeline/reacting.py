"""A teammate puts a sign on a message of the contact's, changes it, or takes it away."""

import unicodedata
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.registry import channel
from dynaris.conversations.windows import is_open
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.services import Services
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record

_LONGEST = 16  # code points: a family with skin tones has eleven
# Symbols, skin tones, variation selectors and joiners; a keycap or a flag of a region is made of others.
_OF_EMOJI = frozenset({"So", "Sk", "Mn", "Me", "Cf"})
_KEYCAP = "\u20e3"

_MESSAGE = """SELECT m.direction, m.external_id, m.data->>'our_reaction' AS before, c.id AS conversation_id,
        c.contact_id, c.channel, c.account_id, c.reply_to
    FROM message m JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
    WHERE m.workspace_id = %s AND m.id = %s FOR NO KEY UPDATE OF m"""
_MARK = """UPDATE message SET data = (data - 'our_reaction') || %s WHERE workspace_id = %s AND id = %s"""


async def react(services: Services, access: Access, *, message_id: UUID, emoji: str | None) -> None:
    """`None` takes it away; the same one again changes nothing. Raises `Conflict` where none can leave."""
    if emoji is not None and not _is_emoji(emoji):
        raise InvalidInput(f"one emoji is expected, not {emoji[:40]!r}")
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        row = await (await connection.execute(_MESSAGE, (workspace_id, message_id))).fetchone()
        if row is None:
            raise NotFound(f"no message {message_id}")
        await _check(connection, workspace_id, row)
        if row["before"] == emoji:
            return
        shown = {"our_reaction": emoji} if emoji else {}
        await connection.execute(_MARK, (Jsonb(shown), workspace_id, message_id))
        await enqueue(
            connection,
            workspace_id,
            audience="contact",
            channel=row["channel"],
            account_id=row["account_id"],
            recipient=row["reply_to"],
            content={"text": "", "reaction": {"to": row["external_id"], "emoji": emoji}, "automatic": False},
            dedupe_key=f"reaction:{message_id}:{new_id()}",
            contact_id=row["contact_id"],
            conversation_id=row["conversation_id"],
        )
        await record(
            connection,
            workspace_id,
            actor=access.actor,
            action="message.reacted",
            subject=f"conversation:{row['conversation_id']}",
            detail={"message": message_id, "emoji": emoji},
        )


async def _check(connection: Connection, workspace_id: UUID, row: dict[str, Any]) -> None:
    traits = channel(row["channel"]).traits
    if not traits.reactions:
        raise Conflict(f"there are no reactions on {row['channel']}")
    if row["direction"] != "inbound" or row["external_id"] is None:
        raise Conflict("only a message of the contact's can be reacted to")
    contact_id, account_id = row["contact_id"], row["account_id"]
    if not await is_open(connection, workspace_id, traits=traits, contact_id=contact_id, account_id=account_id):
        raise Conflict(
            f"more than {traits.reply_window_hours} hours since the contact's last message: no reaction may leave",
            window_closed=True,
        )


def _is_emoji(text: str) -> bool:
    if not text or len(text) > _LONGEST:
        return False
    if text.endswith(_KEYCAP):
        return text[0] in "0123456789#*" and len(text) <= 3
    return unicodedata.category(text[0]) == "So" and all(unicodedata.category(each) in _OF_EMOJI for each in text)
