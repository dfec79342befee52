"""By what a teammate's socket says who it is, and at which call: good for a minute."""

import time
from uuid import UUID

from dynaris.channels.contract import Rejected
from dynaris.core.crypto import Vault, same

DESK = "desk"  # the socket's name, below `/calls`
TICKET_SECONDS = 60


def desk_ticket(vault: Vault, workspace_id: UUID, call_id: UUID, member_id: UUID) -> str:
    named = f"{workspace_id}.{call_id}.{member_id}.{int(time.time()) + TICKET_SECONDS}"
    return f"{named}.{vault.fingerprint(f'desk:{named}')}"


def read_desk_ticket(vault: Vault, ticket: str) -> tuple[UUID, UUID, UUID]:
    """Workspace, call and member. Raises `Rejected`."""
    named, _, proof = ticket.rpartition(".")
    if not same(proof, vault.fingerprint(f"desk:{named}")):
        raise Rejected("the ticket is not one of this installation")
    workspace_id, call_id, member_id, until = named.split(".")
    if int(until) < time.time():
        raise Rejected("the ticket is too old: ask for another")
    return UUID(workspace_id), UUID(call_id), UUID(member_id)
