"""How often a workspace may have codes mailed, try what proves an address, and have us sign in at servers it names."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Dialling
from dynaris.channels.registry import channel as channel_named
from dynaris.connections.actions import secret_fields
from dynaris.core.db import Database
from dynaris.people.throttle import Rate, take

CODES_HERE = Rate("codes for an account's address, of one workspace", 5, 3_600)
CODES_TO_ADDRESS = Rate("codes for an account's address", 20, 3_600)
PROOFS = Rate("proofs of a workspace's addresses", 60, 3_600)
SERVERS = Rate("servers that a workspace names or has checked", 120, 3_600)

# All are counted before anything else, and stay counted whatever comes of it.


async def count_code(db: Database, workspace_id: UUID, address: str) -> None:
    """The workspace's own first: what it asks for too often is not taken from whoever owns the address."""
    await count_proof(db, workspace_id)
    async with db.system() as connection:
        await take(connection, CODES_HERE, str(workspace_id), address)
        await take(connection, CODES_TO_ADDRESS, address)


async def count_proof(db: Database, workspace_id: UUID) -> None:
    async with db.system() as connection:
        await take(connection, PROOFS, str(workspace_id))


async def count_settings(db: Database, workspace_id: UUID, channel: str, given: Mapping[str, Any]) -> None:
    """Where they name a server: whoever could set one again and again would try passwords there in our name."""
    known = channel_named(channel)
    if isinstance(known, Dialling) and secret_fields(known.settings) & given.keys():
        await count_check(db, workspace_id)


async def count_check(db: Database, workspace_id: UUID) -> None:
    async with db.system() as connection:
        await take(connection, SERVERS, str(workspace_id))
