"""Addresses that a contact says are its own: noted as claims, and what happens when one is proved."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from psycopg import errors

from dynaris.channels.contract import AddressKind
from dynaris.contacts import merge
from dynaris.contacts.addresses import normalise, same_number
from dynaris.contacts.matching import RELEASE, RivalClaim, note_claims
from dynaris.core.db import Connection
from dynaris.core.errors import Unavailable
from dynaris.core.ids import new_id

ProvedBy = Literal["provider", "code", "member", "host"]

_HOLDER = """SELECT contact_id, kind = %(kind)s AS exact, taken AND verified_at IS NULL AS taken FROM address
    WHERE workspace_id = %(ws)s AND holds AND ((kind = %(kind)s AND value = %(value)s)
       OR (kind = %(number_kind)s AND value = %(number)s))
    ORDER BY exact DESC LIMIT 1"""

_SET_PROVED = """INSERT INTO address AS mine
        (workspace_id, id, contact_id, kind, value, display, holds, verified_at, verified_by)
    VALUES (%(ws)s, %(id)s, %(contact)s, %(kind)s, %(value)s, %(value)s, true, clock_timestamp(), %(by)s)
    ON CONFLICT (workspace_id, contact_id, kind, value) DO UPDATE SET holds = true,
        verified_at = coalesce(mine.verified_at, excluded.verified_at),
        verified_by = coalesce(mine.verified_by, excluded.verified_by)"""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proved address led to."""

    contact_id: UUID  # whose it is; another one than the prover's where that one was merged into the holder
    merge_id: UUID | None = None


async def claim_address(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    kind: AddressKind,
    value: str,
    *,
    region: str | None = None,
) -> RivalClaim | None:
    """Notes an address that a contact typed; the answer names another contact that holds it. Raises `InvalidInput`."""
    rivals = await note_claims(
        connection, workspace_id, contact_id, [(kind, normalise(kind, value, region), value.strip())]
    )
    return rivals[0] if rivals else None


async def prove(
    connection: Connection, workspace_id: UUID, contact_id: UUID, kind: AddressKind, value: str, *, by: ProvedBy
) -> Proof:
    """The normalised address is this contact's beyond doubt.

    Where another contact holds it, both are one person: the prover is merged into the holder. Contacts that only
    claim it keep their claim, also one that unproved messages from there had joined because of it.
    """
    prover = await merge.survivor(connection, workspace_id, contact_id)
    number_kind, number = same_number(kind, value) or (None, None)
    names = {"ws": workspace_id, "kind": kind, "value": value, "number_kind": number_kind, "number": number, "by": by}
    merged = None
    for _ in range(3):
        holder = await (await connection.execute(_HOLDER, names)).fetchone()
        if holder and holder["taken"] and holder["contact_id"] != prover:
            await connection.execute(RELEASE, names)
        elif holder and holder["contact_id"] != prover:
            reason = f"proved by {by}: {value}"
            merged = await merge.perform(
                connection, workspace_id, holder["contact_id"], prover, reason=reason, by=f"contact:{prover}"
            )
            prover = merged.keep
        try:
            async with connection.transaction():
                await connection.execute(_SET_PROVED, {**names, "contact": prover, "id": new_id()})
            return Proof(prover, merged.id if merged else None)
        except errors.UniqueViolation:
            continue  # a first message from this very address came in between: its contact holds it now
    raise Unavailable(f"the contact of {value} is being changed by others; try again")


async def prove_session(
    connection: Connection, workspace_id: UUID, contact_id: UUID, session: str, *, by: ProvedBy = "code"
) -> None:
    """A chat session in which an address was proved speaks for its contact from now on."""
    await connection.execute(
        """UPDATE address SET verified_at = clock_timestamp(), verified_by = %s
           WHERE workspace_id = %s AND contact_id = %s AND kind = 'visitor' AND value = %s AND holds
             AND verified_at IS NULL""",
        (by, workspace_id, contact_id, session),
    )
