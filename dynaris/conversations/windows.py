"""Reply windows: for how long after a contact's last message a text of our own may leave."""

from datetime import datetime, timedelta
from uuid import UUID

from dynaris.channels.contract import ChannelTraits
from dynaris.core import clock
from dynaris.core.db import Connection

_LAST = """SELECT max(last_inbound_at) AS at FROM conversation
    WHERE workspace_id = %s AND contact_id = %s AND account_id = %s"""

_SHUT = """UPDATE conversation SET last_inbound_at = %(at)s::timestamptz - %(open)s::interval, window_nudge_at = NULL
    WHERE workspace_id = %(ws)s AND contact_id = %(contact)s AND account_id = %(account)s
      AND last_inbound_at > %(at)s::timestamptz - %(open)s::interval AND last_inbound_at <= %(at)s"""


def closes_at(traits: ChannelTraits, last_inbound_at: datetime | None) -> datetime | None:
    """`None` where there is no window, or nothing came yet."""
    if traits.reply_window_hours is None or last_inbound_at is None:
        return None
    return last_inbound_at + timedelta(hours=traits.reply_window_hours)


async def is_open(
    connection: Connection, workspace_id: UUID, *, traits: ChannelTraits, contact_id: UUID, account_id: UUID
) -> bool:
    """Whether any text may leave there now: the window is the contact's with an account, not a conversation's."""
    if traits.reply_window_hours is None:
        return True
    row = await (await connection.execute(_LAST, (workspace_id, contact_id, account_id))).fetchone()
    until = closes_at(traits, row["at"] if row else None)
    return until is not None and clock.now() < until


async def shut(
    connection: Connection,
    workspace_id: UUID,
    *,
    traits: ChannelTraits,
    contact_id: UUID,
    account_id: UUID,
    at: datetime,
) -> None:
    """The provider said at `at` that it is closed. What the contact wrote later has opened it again."""
    if traits.reply_window_hours is not None:
        names = {"ws": workspace_id, "contact": contact_id, "account": account_id, "at": at}
        await connection.execute(_SHUT, {**names, "open": timedelta(hours=traits.reply_window_hours)})
