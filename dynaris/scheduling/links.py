"""A booking's private address: whoever has it may see the booking, move and cancel it, without an account.

The token names workspace and booking and is signed with the installation's key, so nothing is stored that could leak.
"""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from dynaris.core import crypto
from dynaris.core.crypto import Vault

_SIGNED = 20  # bytes of the signature


@dataclass(frozen=True, slots=True)
class Named:
    """What a token names."""

    workspace_id: UUID
    booking_id: UUID


@dataclass(slots=True)
class _Where:
    """Set once per process: mails are written deep below what knows the product's address and key."""

    base_url: str = ""
    vault: Vault | None = None


_where = _Where()


def configure(base_url: str, vault: Vault) -> None:
    _where.base_url, _where.vault = base_url, vault


def token_of(vault: Vault, workspace_id: UUID, booking_id: UUID) -> str:
    signature = _signature(vault, workspace_id, booking_id)
    return base64.urlsafe_b64encode(workspace_id.bytes + booking_id.bytes + signature).decode().rstrip("=")


def read_token(vault: Vault, token: str) -> Named | None:
    """`None` for what we did not sign."""
    try:
        raw = base64.b64decode(token.encode() + b"==", altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 32 + _SIGNED:
        return None
    named = Named(UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]))
    return named if crypto.same(token, token_of(vault, named.workspace_id, named.booking_id)) else None


def address_of(slug: str, workspace_id: UUID, booking_id: UUID) -> str:
    """ "" in a process that was not told where people reach the product."""
    if _where.vault is None:
        return ""
    return f"{_where.base_url}/book/{slug}/yours/{token_of(_where.vault, workspace_id, booking_id)}"


def _signature(vault: Vault, workspace_id: UUID, booking_id: UUID) -> bytes:
    return bytes.fromhex(vault.fingerprint(f"booking:{workspace_id}:{booking_id}"))[:_SIGNED]
