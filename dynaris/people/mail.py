"""Mails of the installation itself: queued in its own workspace, sent as everything else is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from dynaris.core import clock
from dynaris.core.addresses import addresses
from dynaris.core.db import Connection
from dynaris.core.errors import Unavailable
from dynaris.core.ids import first_id, new_id
from dynaris.core.settings import Settings
from dynaris.outbox.actions import enqueue
from dynaris.people.mail_texts import Mail

SYSTEM = UUID("00000000-0000-7000-8000-000000000001")  # made by the migration; hidden from every list of workspaces
_KEEP = timedelta(days=2)  # a sent mail holds a link and an address: neither is needed for longer


def link(settings: Settings, path: str, token: str) -> str:
    """In the fragment a token would need a script; in the query it stays out of our logs, which hold paths only."""
    return f"{addresses(settings).sign_in(path)}?token={quote(token, safe='')}"


@asynccontextmanager
async def in_system(connection: Connection) -> AsyncIterator[None]:
    """A part of a workspace's transaction that belongs to the installation's own workspace."""
    row = await (await connection.execute("SELECT current_setting('dynaris.workspace', true) AS scope")).fetchone()
    await connection.execute("SELECT set_config('dynaris.workspace', %s, true)", (str(SYSTEM),))
    yield
    await connection.execute("SELECT set_config('dynaris.workspace', %s, true)", (row["scope"] if row else "",))


async def send(connection: Connection, to: str, mail: Mail) -> None:
    """In the caller's transaction, whatever workspace that is in."""
    async with in_system(connection):
        cursor = await connection.execute(
            "SELECT id, channel FROM account WHERE workspace_id = %s ORDER BY id LIMIT 1", (SYSTEM,)
        )
        account = await cursor.fetchone()
        if account is None:
            raise Unavailable("the installation has no address to send mails from yet; try again")
        await _forget_sent(connection)
        await enqueue(
            connection,
            SYSTEM,
            audience="system",
            channel=account["channel"],
            account_id=account["id"],
            recipient=to,
            content={"subject": mail.subject, "text": mail.text},
            dedupe_key=f"system:{new_id()}",
        )


async def _forget_sent(connection: Connection) -> None:
    before = first_id(clock.now() - _KEEP)
    await connection.execute(
        """DELETE FROM outbox WHERE workspace_id = %(ws)s AND id IN (
               SELECT id FROM outbox WHERE workspace_id = %(ws)s AND id < %(before)s
                 AND status NOT IN ('queued', 'sending') ORDER BY id LIMIT 20 FOR UPDATE SKIP LOCKED)""",
        {"ws": SYSTEM, "before": before},
    )
