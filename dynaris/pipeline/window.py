"""The rule of sending by which no text leaves after a channel's reply window: every message passes here."""

from datetime import datetime
from typing import Any

from dynaris.channels.contract import ChannelTraits, OutboundMessage
from dynaris.channels.registry import channel
from dynaris.conversations.windows import is_open, shut
from dynaris.core.db import Connection, Database


async def why_closed(db: Database, row: dict[str, Any], message: OutboundMessage, traits: ChannelTraits) -> str | None:
    """Why this outbox row may not leave as it is."""
    if traits.reply_window_hours is None or message.template is not None or row["audience"] == "member":
        return None
    if row["contact_id"] is not None:
        async with db.workspace(row["workspace_id"]) as connection:
            account_id, contact_id = row["account_id"], row["contact_id"]
            if await is_open(
                connection, row["workspace_id"], traits=traits, contact_id=contact_id, account_id=account_id
            ):
                return None
    hours = traits.reply_window_hours
    return f"more than {hours} hours since the contact's last message: only an approved template may leave"


async def shut_window(connection: Connection, row: dict[str, Any], at: datetime) -> None:
    """The provider refused this outbox row then: its clock counts, and people are offered templates."""
    if row["contact_id"] is not None:
        await shut(
            connection,
            row["workspace_id"],
            traits=channel(row["channel"]).traits,
            contact_id=row["contact_id"],
            account_id=row["account_id"],
            at=at,
        )
