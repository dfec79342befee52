"""A restored copy stands by: it shows everything and stores what arrives, and does nothing by itself until a person
starts it. The original may still be running, and answers the same people.
"""

import asyncio

import psycopg
import structlog

from dynaris.app.steady import AWAY
from dynaris.core.db import Database

log = structlog.get_logger()

_LOOK_SECONDS = 1.0


async def until_activated(db: Database) -> None:
    """Returns at once where nothing is on standby."""
    said = False
    while True:
        try:
            reason = await standby_reason(db)
        except AWAY as error:
            log.warning("standby.unknown", error=error)
        else:
            if reason is None:
                return
            if not said:
                log.warning("standby", reason=reason)
            said = True
        await asyncio.sleep(_LOOK_SECONDS)


async def standby_reason(db: Database) -> str | None:
    """Why this copy does nothing by itself; `None`: it does."""
    async with db.system() as connection:
        row = await (await connection.execute("SELECT reason FROM on_standby()")).fetchone()
    return row["reason"] if row else None


def put_on_standby(connection: psycopg.Connection, reason: str) -> None:
    """As the tables' owner."""
    connection.execute("INSERT INTO standby (id, reason) VALUES (1, %s) ON CONFLICT DO NOTHING", (reason,))


async def why_standing_by(url: str) -> str | None:
    """As `standby_reason`, for who has no pool."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute("SELECT reason FROM on_standby()")).fetchone()
    return row[0] if row else None
