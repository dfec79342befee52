"""What a conversation is called where people are told of it."""

from uuid import UUID

from dynaris.contacts.names import readable_name
from dynaris.core.db import Connection

_CHANNELS = {"webchat": "chat", "email": "e-mail", "forms": "form", "whatsapp": "WhatsApp", "voice_twilio": "call"}


def channel_in_words(channel: str) -> str:
    return _CHANNELS.get(channel, channel)


async def with_whom(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> str:
    """`Ada Lovelace (chat)`; without a name the address, where people know it; of an erased one `somebody`."""
    cursor = await connection.execute(
        """SELECT c.channel, c.reply_to, k.name FROM conversation c
           LEFT JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id
           WHERE c.workspace_id = %s AND c.id = %s""",
        (workspace_id, conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return "somebody"
    to = row["reply_to"] or ""
    address = to if "@" in to or to.startswith("+") else None
    return f"{readable_name(row['name']) or address or 'a visitor'} ({channel_in_words(row['channel'])})"
