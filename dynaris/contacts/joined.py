"""Senders with several addresses that their provider says are one person's: a number, and an id that hides it.

Whoever wrote under only one of them before is the same contact. Where each had one of its own, they are merged, which
people can see and undo.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Sender
from dynaris.contacts import merge
from dynaris.contacts.addresses import normalise
from dynaris.contacts.matching import Match, resolve
from dynaris.contacts.suppression import AddressHash
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id

_HOLDERS = """SELECT value, contact_id FROM address
    WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = ANY(%(values)s) AND holds"""
_HOLD = """INSERT INTO address AS mine
        (workspace_id, id, contact_id, kind, value, display, holds, verified_at, verified_by)
    SELECT %(ws)s, %(id)s, %(contact)s, %(kind)s, %(value)s, %(value)s, true, clock_timestamp(), 'provider'
    WHERE NOT EXISTS (SELECT FROM address WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = %(value)s
                      AND holds)
    ON CONFLICT (workspace_id, contact_id, kind, value) DO UPDATE SET holds = true,
        verified_at = coalesce(mine.verified_at, excluded.verified_at),
        verified_by = coalesce(mine.verified_by, excluded.verified_by)"""


async def resolve_joined(
    connection: Connection, workspace_id: UUID, sender: Sender, *, hashed: AddressHash | None = None
) -> Match:
    """As `matching.resolve`, for all addresses of the sender at once."""
    if not sender.also:
        return await resolve(connection, workspace_id, sender, hashed=hashed)
    first, *others = _values(sender)
    names = {"ws": workspace_id, "kind": sender.kind.value, "values": [first, *others]}
    cursor = await connection.execute(_HOLDERS, names)
    holders: dict[str, UUID] = {row["value"]: row["contact_id"] for row in await cursor.fetchall()}
    if first not in holders and (known := next((one for one in others if one in holders), None)):
        # Found by the other address; the one that it came from becomes theirs, too.
        match = await resolve(connection, workspace_id, sender.model_copy(update={"value": known}), hashed=hashed)
        others = [first, *others]
    else:
        match = await resolve(connection, workspace_id, sender, hashed=hashed)
    for value in others:
        other = holders.get(value)
        if other is None:
            await connection.execute(_HOLD, {**names, "id": new_id(), "contact": match.contact_id, "value": value})
        elif other != match.contact_id:
            match = await _merged(connection, workspace_id, match, other, f"{first} and {value}")
    return match


def _values(sender: Sender) -> list[str]:
    """The first must be an address; of the others, those that are."""
    values = [normalise(sender.kind, sender.value)]
    for given in sender.also:
        try:
            values.append(normalise(sender.kind, given))
        except InvalidInput:
            continue
    return list(dict.fromkeys(values))


async def _merged(connection: Connection, workspace_id: UUID, match: Match, other: UUID, what: str) -> Match:
    """The one that we have known for longer stays (ids grow with time). What is in another merge waits for people."""
    keep, drop = sorted((match.contact_id, other))
    try:
        await merge.perform(
            connection, workspace_id, keep, drop, reason=f"{what} are one sender, says their provider", by="system"
        )
    except Conflict:
        return match
    return replace(match, contact_id=keep, created=False, reason=f"{match.reason}; {what} are one sender")


async def move_address(
    connection: Connection, workspace_id: UUID, sender: Sender, *, hashed: AddressHash | None = None
) -> UUID | None:
    """A sender changed from `former` to their address: it is the same contact, and whoever gets the former address
    next is another. The contact; `None` where nobody wrote from the former one."""
    assert sender.former is not None
    former = normalise(sender.kind, sender.former)
    names: dict[str, Any] = {"ws": workspace_id, "kind": sender.kind.value, "values": [former]}
    row = await (await connection.execute(_HOLDERS, names)).fetchone()
    if row is None:
        return None
    new = normalise(sender.kind, sender.value)
    match = await resolve_joined(
        connection, workspace_id, sender.model_copy(update={"value": former, "also": (new,)}), hashed=hashed
    )
    await connection.execute(
        """UPDATE address SET holds = false, taken = false, verified_at = NULL, verified_by = NULL
           WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = %(former)s AND holds""",
        {**names, "former": former},
    )
    await connection.execute(
        """UPDATE conversation SET reply_to = %(new)s
           WHERE workspace_id = %(ws)s AND contact_id = %(contact)s AND reply_to = %(former)s""",
        {**names, "new": new, "former": former, "contact": match.contact_id},
    )
    return match.contact_id
