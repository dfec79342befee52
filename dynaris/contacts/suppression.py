"""Do-not-contact that outlives the contact: erased addresses recognised by a keyed hash, never kept in words."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from dynaris.core.crypto import Vault
from dynaris.core.db import Connection


def address_hash(vault: Vault, workspace_id: UUID, kind: str, value: str) -> str:
    """Of a normalised address. The workspace is part of it: two workspaces' lists cannot be compared."""
    return vault.fingerprint(f"address:{workspace_id}:{kind}:{value}")


def hasher(vault: Vault) -> Callable[[UUID, str, str], str]:
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
