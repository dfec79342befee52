"""Do-not-contact that outlives the contact: erased addresses recognised by a keyed hash, never kept in words."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import same_number
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection

AddressHash = Callable[[UUID, str, str], str]
"""What `suppression` knows an address by: of workspace, kind and normalised value."""


def address_hash(vault: Vault, workspace_id: UUID, kind: str, value: str) -> str:
    """Of a normalised address; a number has one on the telephone and on WhatsApp. The workspace is part of it: two
    workspaces' lists cannot be compared."""
    if kind == AddressKind.WHATSAPP and (number := same_number(AddressKind.WHATSAPP, value)):
        kind, value = number[0].value, number[1]
    return vault.fingerprint(f"address:{workspace_id}:{kind}:{value}")


def hasher(vault: Vault) -> AddressHash:
    """`address_hash` with this installation's key."""
    return partial(address_hash, vault)


async def suppress(
    connection: Connection, workspace_id: UUID, hashes: Sequence[str], blocked_channels: Sequence[str]
) -> None:
    """A contact that begins with one of these addresses begins with these channels blocked."""
    await connection.execute(
        """INSERT INTO suppression AS kept (workspace_id, address_hash, blocked_channels)
           SELECT %(ws)s, hash, %(blocked)s::text[] FROM unnest(%(hashes)s::text[]) AS hash
           ON CONFLICT (workspace_id, address_hash) DO UPDATE SET blocked_channels = ARRAY(
               SELECT unnest(kept.blocked_channels) UNION SELECT unnest(excluded.blocked_channels) ORDER BY 1)""",
        {"ws": workspace_id, "hashes": list(hashes), "blocked": list(blocked_channels)},
    )


async def begin_blocked(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    hashed: AddressHash,
    *,
    address_id: UUID | None = None,
) -> None:
    """A contact that got an address otherwise than by a first message from there: what was forbidden there is again.

    `address_id`: only this one is new.
    """
    cursor = await connection.execute(
        """SELECT kind, value FROM address WHERE workspace_id = %(ws)s AND contact_id = %(contact)s AND holds
             AND (%(only)s::uuid IS NULL OR id = %(only)s)""",
        {"ws": workspace_id, "contact": contact_id, "only": address_id},
    )
    hashes = [hashed(workspace_id, row["kind"], row["value"]) for row in await cursor.fetchall()]
    await connection.execute(
        """WITH forbidden AS (
               SELECT unnest(blocked_channels) AS kind FROM suppression
               WHERE workspace_id = %(ws)s AND address_hash = ANY(%(hashes)s))
           UPDATE contact SET blocked_channels = ARRAY(
               SELECT unnest(blocked_channels) UNION SELECT kind FROM forbidden ORDER BY 1)
           WHERE workspace_id = %(ws)s AND id = %(contact)s AND EXISTS (SELECT FROM forbidden)""",
        {"ws": workspace_id, "contact": contact_id, "hashes": hashes},
    )
