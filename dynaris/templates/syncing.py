"""Templates as the provider has them, fetched on request, when it says that one changed, and every few hours."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, Refused, Template, Templated, TryLater
from dynaris.channels.registry import channel, channels
from dynaris.connections.actions import fetch_templates
from dynaris.connections.queries import Accounts
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import Unavailable
from dynaris.core.ids import new_id

log = structlog.get_logger()

_EVERY = "6 hours"  # beside what the provider tells
_LOOK_SECONDS = 600.0
_LONGEST_ERROR = 500

# One row for each template and language; what the workspace set of its own stays.
_KEEP = """INSERT INTO template AS t (workspace_id, id, account_id, external_id, name, language, category, status,
        reason, header, body, footer, buttons, variables, quality)
    VALUES (%(ws)s, %(id)s, %(account)s, %(external_id)s, %(name)s, %(language)s, %(category)s, %(status)s,
        %(reason)s, %(header)s, %(body)s, %(footer)s, %(buttons)s, %(variables)s, %(quality)s)
    ON CONFLICT (workspace_id, account_id, name, language) DO UPDATE SET external_id = excluded.external_id,
        category = excluded.category, status = excluded.status, reason = excluded.reason, header = excluded.header,
        body = excluded.body, footer = excluded.footer, buttons = excluded.buttons, variables = excluded.variables,
        quality = excluded.quality, synced_at = clock_timestamp(), removed_at = NULL"""
_GONE = """UPDATE template SET removed_at = clock_timestamp()
    WHERE workspace_id = %(ws)s AND account_id = %(account)s AND removed_at IS NULL
      AND NOT (name, language) IN (SELECT * FROM unnest(%(names)s::text[], %(languages)s::text[]))"""


# Of several workers, one.
_DUE = f"""UPDATE account SET checkpoint = checkpoint || jsonb_build_object('templates_at', clock_timestamp())
    WHERE workspace_id = %s AND id = %s AND enabled
      AND coalesce((checkpoint->>'templates_at')::timestamptz, '-infinity') < clock_timestamp() - interval '{_EVERY}'
    RETURNING id"""


async def sync_everywhere(db: Database, accounts: Accounts) -> None:
    """Until cancelled."""
    while True:
        for name, source in channels().items():
            if isinstance(source, Templated):
                for account in await accounts.of_channel(name):
                    async with db.transaction(account.workspace_id) as connection:
                        if (await connection.execute(_DUE, (account.workspace_id, account.id))).rowcount:
                            await fetch_templates(connection, account.workspace_id, account.id)
        await asyncio.sleep(_LOOK_SECONDS)


async def sync(db: Database, accounts: Accounts, workspace_id: UUID, account_id: UUID) -> int:
    """How many there are now. Raises `Unavailable` with the provider's words."""
    account = await accounts.by_id(workspace_id, account_id)
    source = channel(account.channel)
    if not isinstance(source, Templated):
        return 0
    try:
        found = await source.templates(account)
    except (TryLater, Refused) as error:
        async with db.workspace(workspace_id) as connection:
            await _note(connection, account, {"templates_error": error.reason[:_LONGEST_ERROR]})
        raise Unavailable(f"the templates of {account.address} cannot be fetched: {error.reason}") from error
    await _keep(db, account, found)
    return len(found)


async def sync_job(db: Database, accounts: Accounts, workspace_id: UUID, account_id: UUID) -> None:
    """What the provider does not give now it gives at the next time."""
    try:
        count = await sync(db, accounts, workspace_id, account_id)
    except Unavailable as error:
        log.warning("templates.not_fetched", workspace=str(workspace_id), account=str(account_id), error=error)
        return
    log.info("templates.fetched", workspace=str(workspace_id), account=str(account_id), templates=count)


async def _keep(db: Database, account: Account[Any], found: Sequence[Template]) -> None:
    names = {"ws": account.workspace_id, "account": account.id}
    async with db.transaction(account.workspace_id) as connection:
        async with connection.cursor() as cursor:
            await cursor.executemany(_KEEP, [{**names, "id": new_id(), **_columns(one)} for one in found])
        listed = {"names": [one.name for one in found], "languages": [one.language for one in found]}
        await connection.execute(_GONE, {**names, **listed})
        await _note(connection, account, {"templates_synced_at": clock.now().isoformat(), "templates_error": None})


async def _note(connection: Connection, account: Account[Any], how: dict[str, str | None]) -> None:
    await connection.execute(
        "UPDATE account SET checkpoint = checkpoint || %s WHERE workspace_id = %s AND id = %s",
        (Jsonb(how), account.workspace_id, account.id),
    )


def _columns(one: Template) -> dict[str, Any]:
    return {
        **one.model_dump(exclude={"variables", "buttons"}),
        "buttons": list(one.buttons),
        "variables": Jsonb([variable.model_dump() for variable in one.variables]),
    }
