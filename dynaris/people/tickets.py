"""One-time tokens: what a link in a mail, or a short-lived cookie, stands for. Stored as hashes."""

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Gone
from dynaris.core.ids import new_token, token_hash

Kind = Literal["sign_up", "reset", "address", "second_step", "oidc"]

MINUTES: dict[Kind, int] = {"sign_up": 24 * 60, "reset": 60, "address": 24 * 60, "second_step": 10, "oidc": 15}
MOST_TRIES = 5


async def create(
    connection: Connection,
    kind: Kind,
    *,
    person_id: UUID | None = None,
    email: str | None = None,
    data: dict[str, Any] | None = None,
    minutes: int | None = None,
) -> str:
    """The token: shown to its person only."""
    token = new_token()
    until = clock.now() + timedelta(minutes=minutes or MINUTES[kind])
    await connection.execute(
        "SELECT create_ticket(%s, %s, %s, %s, %s, %s)",
        (token_hash(token), kind, person_id, email, Jsonb(data or {}), until),
    )
    return token


async def look(connection: Connection, kind: Kind, token: str) -> dict[str, Any]:
    """Without using it up. Raises `Gone` where it works no more, and says why."""
    row = await _one(connection, "SELECT * FROM ticket_by_token(%s, %s)", token_hash(token), kind)
    if row is None:
        raise Gone("this link is unknown: copy it whole from the mail, or ask for a new one")
    if row["used_at"] is not None:
        raise Gone("this link was used already, or replaced by a newer one")
    if row["expires_at"] <= clock.now():
        raise Gone("this link has expired: ask for a new one")
    return row


async def use(connection: Connection, kind: Kind, token: str) -> dict[str, Any]:
    """Once: of two at the same moment one gets it. Raises `Gone`."""
    row = await _one(connection, "SELECT * FROM use_ticket(%s, %s)", token_hash(token), kind)
    if row is None:
        await look(connection, kind, token)
        raise Gone("this link was used already")
    return row


async def attempt(connection: Connection, kind: Kind, token: str) -> dict[str, Any] | None:
    """One more try with it; `None` when it works no more."""
    return await _one(connection, "SELECT * FROM try_ticket(%s, %s, %s)", token_hash(token), kind, MOST_TRIES)


async def drop(connection: Connection, kind: Kind, *, person_id: UUID | None = None, email: str | None = None) -> None:
    """None of these kind of the person, or to the address, works any more."""
    await connection.execute("SELECT drop_tickets(%s, %s, %s)", (kind, person_id, email))


async def _one(connection: Connection, query: str, *parameters: Any) -> dict[str, Any] | None:
    return await (await connection.execute(query, parameters)).fetchone()  # type: ignore[arg-type]
