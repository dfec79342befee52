"""Who sent an arrival: the contact of a sender, found or made.

The order, first that fits; the rule's name and its reason are kept on the event:

1. `verified`: the contact to whom the sender's address was proved to belong.
2. `known`: the contact that earlier messages from this address were filed under.
3. `same_number`: the contact with the same number on the telephone or on WhatsApp.
4. `claimed`: the only contact that gave this address as its own, when nobody has it. Not for a sender whose
   identity is verified, since a proved address always beats a claim: that sender gets its own contact and the
   claimant keeps its claim, also where unproved messages had joined it before. Not for one whose proof failed.
5. `new`: a contact of its own.

Addresses that the sender only typed are noted as claims of that contact, never taken from their holder.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import errors

from dynaris.channels.contract import AddressKind, Identity, Sender
from dynaris.contacts.addresses import normalise, same_number
from dynaris.contacts.names import readable_name
from dynaris.contacts.suppression import AddressHash
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, Unavailable
from dynaris.core.ids import new_id

_ATTEMPTS = 10  # each one lost means that somebody else made progress with the same address
_MOST_CLAIMS = 20  # per arrival


@dataclass(frozen=True, slots=True)
class RivalClaim:
    """An address that two contacts have to do with: people may want to merge them."""

    kind: AddressKind
    value: str
    contact_id: UUID  # the other contact
    holds: bool  # the other one holds it; else it claims it too


@dataclass(frozen=True, slots=True)
class Match:
    contact_id: UUID
    created: bool
    identity: Identity  # of this arrival, counting what was proved in its chat session before
    rule: str  # verified, known, same_number, claimed or new
    reason: str  # in words, for people
    conflicts: list[RivalClaim] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)  # claims that are no addresses, and why


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A sender with its addresses normalised."""

    sender: Sender
    value: str
    number: tuple[AddressKind, str] | None  # the same number in the other kind
    claims: list[tuple[AddressKind, str, str]]  # kind, value, as given
    ignored: list[str]

    @property
    def digits(self) -> str:
        return self.value.removeprefix("+")

    @property
    def described(self) -> str:
        return "this chat session" if self.sender.kind is AddressKind.VISITOR else self.value


# One statement, one round trip, for a known address and for a new one. The address is inserted before its
# contact: whoever loses the race for the unique index inserts nothing at all (foreign keys are checked at the end).
# Written without arrays, so that PostgreSQL keeps one plan: planning took four times as long as running.
_FIND_OR_MAKE = """WITH held AS MATERIALIZED (
        SELECT id, contact_id, verified_at, true AS exact, taken AND verified_at IS NULL AS taken FROM address
        WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = %(value)s AND holds
        UNION ALL
        SELECT id, contact_id, verified_at, false, false FROM address
        WHERE workspace_id = %(ws)s AND kind = %(number_kind)s AND value = %(number)s AND holds
        ORDER BY exact DESC LIMIT 1),
    claimants AS MATERIALIZED (
        SELECT contact_id FROM address
        WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = %(value)s AND NOT holds
          AND NOT EXISTS (SELECT FROM held)
        UNION
        SELECT contact_id FROM address
        WHERE workspace_id = %(ws)s AND kind = %(number_kind)s AND value = %(number)s AND NOT holds
          AND NOT EXISTS (SELECT FROM held)
        LIMIT 5),
    made AS (
        INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds, verified_at, verified_by)
        SELECT %(ws)s, %(address_id)s, %(contact_id)s, %(kind)s, %(value)s, %(display)s, true,
               CASE WHEN %(verified)s THEN clock_timestamp() END, CASE WHEN %(verified)s THEN %(verified_by)s END
        WHERE %(may_make)s AND NOT EXISTS (SELECT FROM held)
          AND (NOT %(may_take)s OR (SELECT count(*) FROM claimants) <> 1)
        ON CONFLICT DO NOTHING RETURNING contact_id),
    person AS (
        INSERT INTO contact (workspace_id, id, name, blocked_channels)
        SELECT %(ws)s, contact_id, %(name)s, coalesce((
            SELECT blocked_channels FROM suppression
            WHERE workspace_id = %(ws)s AND address_hash = %(address_hash)s), '{}') FROM made),
    proved AS (
        UPDATE address a SET verified_at = clock_timestamp(), verified_by = %(verified_by)s FROM held
        WHERE %(verified)s AND held.exact AND held.verified_at IS NULL AND NOT held.taken
          AND a.workspace_id = %(ws)s AND a.id = held.id),
    named AS (
        UPDATE contact c SET name = %(name)s, updated_at = clock_timestamp() FROM held
        WHERE %(name)s::text IS NOT NULL AND c.workspace_id = %(ws)s AND c.id = held.contact_id AND c.name IS NULL)
    SELECT (SELECT contact_id FROM held WHERE exact) AS holder,
           (SELECT verified_at IS NOT NULL FROM held WHERE exact) AS verified,
           (SELECT taken FROM held WHERE exact) AS taken,
           (SELECT contact_id FROM held WHERE NOT exact) AS same_number,
           (SELECT contact_id FROM made) AS made,
           (SELECT array_agg(contact_id) FROM claimants) AS claimants"""

# `display` stays what the first message or claim gave. A claimant who gets an address gets what was forbidden there,
# too; who has the same number already began with that.
_TAKE = """WITH taken AS (
        INSERT INTO address AS mine
            (workspace_id, id, contact_id, kind, value, display, holds, verified_at, verified_by, taken)
        SELECT %(ws)s, %(address_id)s, c.id, %(kind)s, %(value)s, %(display)s, true,
               CASE WHEN %(verified)s THEN clock_timestamp() END, CASE WHEN %(verified)s THEN %(verified_by)s END,
               %(taken)s
        FROM contact c WHERE c.workspace_id = %(ws)s AND c.id = %(taker)s AND c.merged_into IS NULL FOR KEY SHARE
        ON CONFLICT (workspace_id, contact_id, kind, value) DO UPDATE SET holds = true,
            verified_at = coalesce(mine.verified_at, excluded.verified_at),
            verified_by = coalesce(mine.verified_by, excluded.verified_by), taken = excluded.taken
        RETURNING contact_id),
    blocked AS (
        UPDATE contact c SET blocked_channels = ARRAY(
            SELECT unnest(c.blocked_channels) UNION SELECT unnest(s.blocked_channels) ORDER BY 1)
        FROM taken, suppression s
        WHERE c.workspace_id = %(ws)s AND c.id = taken.contact_id
          AND s.workspace_id = %(ws)s AND s.address_hash = %(address_hash)s AND %(taken)s)
    SELECT contact_id FROM taken"""

RELEASE = """UPDATE address SET holds = false, taken = false
    WHERE workspace_id = %(ws)s AND kind = %(kind)s AND value = %(value)s AND holds AND taken AND verified_at IS NULL"""

_CLAIM = """WITH typed AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(values)s::text[], %(displays)s::text[])
               AS t (id, kind, value, display)),
    noted AS (
        INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
        SELECT %(ws)s, id, %(contact)s, kind, value, display, false FROM typed ON CONFLICT DO NOTHING)
    SELECT a.kind, a.value, a.contact_id FROM typed
    JOIN address a ON a.workspace_id = %(ws)s AND a.kind = typed.kind AND a.value = typed.value AND a.holds
    WHERE a.contact_id <> %(contact)s"""


async def resolve(
    connection: Connection,
    workspace_id: UUID,
    sender: Sender,
    region: str | None = None,
    *,
    hashed: AddressHash | None = None,
) -> Match:
    """The contact of `sender`, made when there is none; the module says in which order it is looked for.

    `hashed` makes of workspace, kind and address what `suppression` knows it by: a new contact from there begins with
    what an erased one had forbidden.

    One round trip for a known or a new address (one more where the sender claims others, a short transaction for
    a new phone number). Works inside a transaction and on an autocommitting connection. Raises `InvalidInput`
    when the sender has no usable address; claims that are none are ignored.
    """
    arrival = _read(sender, region)
    parameters = _parameters(workspace_id, arrival, hashed)
    for _ in range(_ATTEMPTS):
        match = await _attempt(connection, parameters, arrival)
        if match is not None:
            break
    else:
        raise Unavailable(f"the contact of {arrival.described} is being changed by others; try again")
    claims = arrival.claims
    if match.created and sender.kind is AddressKind.WHATSAPP and arrival.number:
        claims = [(*arrival.number, arrival.number[1]), *claims]
    if claims:
        match.conflicts.extend(await note_claims(connection, workspace_id, match.contact_id, claims))
    return match


async def note_claims(
    connection: Connection, workspace_id: UUID, contact_id: UUID, claims: list[tuple[AddressKind, str, str]]
) -> list[RivalClaim]:
    """Addresses (kind, normalised, as given) that a contact calls its own; returns those that others hold."""
    cursor = await connection.execute(
        _CLAIM,
        {
            "ws": workspace_id,
            "contact": contact_id,
            "ids": [new_id() for _ in claims],
            "kinds": [kind.value for kind, _, _ in claims],
            "values": [value for _, value, _ in claims],
            "displays": [display for _, _, display in claims],
        },
    )
    return [
        RivalClaim(AddressKind(row["kind"]), row["value"], row["contact_id"], holds=True)
        for row in await cursor.fetchall()
    ]


def _read(sender: Sender, region: str | None) -> _Arrival:
    value = normalise(sender.kind, sender.value, region)
    number = same_number(sender.kind, value)
    claims: list[tuple[AddressKind, str, str]] = []
    ignored: list[str] = []
    for kind, given in sender.claims[:_MOST_CLAIMS]:
        try:
            claims.append((kind, normalise(kind, given, region), given.strip()))
        except InvalidInput as error:
            ignored.append(error.detail)
    return _Arrival(sender, value, number, claims, ignored)


async def _attempt(connection: Connection, parameters: dict[str, Any], arrival: _Arrival) -> Match | None:
    """`None`: somebody else has just made or taken this address; look again."""
    row = await _find_or_make(connection, parameters, may_make=arrival.number is None)
    if arrival.number is not None and not _found(row):
        # Two kinds of address share a number, so no unique index keeps two first messages from making two contacts.
        async with connection.transaction():
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{parameters['ws']}:{arrival.digits}",)
            )
            row = await _find_or_make(connection, parameters, may_make=True)
    return await _settled(connection, parameters, arrival, row)


async def _settled(
    connection: Connection, parameters: dict[str, Any], arrival: _Arrival, row: dict[str, Any]
) -> Match | None:
    claimants = row["claimants"] or []
    if row["taken"] and parameters["verified"]:
        await connection.execute(RELEASE, parameters)
        return None
    if row["holder"]:
        return _match(arrival, row["holder"], "verified" if row["verified"] else "known")
    if row["made"]:
        return _match(arrival, row["made"], "new", claimants)
    if row["same_number"]:
        taken = await _take(connection, {**parameters, "taken": False}, row["same_number"])
        return _match(arrival, row["same_number"], "same_number") if taken else None
    if len(claimants) == 1 and parameters["may_take"]:
        taken = await _take(connection, {**parameters, "taken": True}, claimants[0])
        return _match(arrival, claimants[0], "claimed") if taken else None
    return None


def _parameters(workspace_id: UUID, arrival: _Arrival, hashed: AddressHash | None) -> dict[str, Any]:
    sender = arrival.sender
    return {
        "ws": workspace_id,
        "contact_id": new_id(),
        "address_id": new_id(),
        "kind": sender.kind.value,
        "value": arrival.value,
        "number_kind": arrival.number[0].value if arrival.number else None,
        "number": arrival.number[1] if arrival.number else None,
        "display": sender.value.strip(),
        "name": readable_name(sender.name),
        "verified": sender.identity is Identity.VERIFIED,
        "verified_by": "host" if sender.kind is AddressKind.VISITOR else "provider",
        "may_take": sender.identity is Identity.CLAIMED,
        "address_hash": hashed(workspace_id, sender.kind.value, arrival.value) if hashed else None,
    }


async def _find_or_make(connection: Connection, parameters: dict[str, Any], *, may_make: bool) -> dict[str, Any]:
    cursor = await connection.execute(_FIND_OR_MAKE, {**parameters, "may_make": may_make})
    row = await cursor.fetchone()
    assert row is not None
    return row


def _found(row: dict[str, Any]) -> bool:
    return bool(row["holder"] or row["same_number"])


async def _take(connection: Connection, parameters: dict[str, Any], taker: UUID) -> bool:
    """The sender's address becomes `taker`'s; `False` when it was somebody else's first, or `taker` was merged."""
    try:
        async with connection.transaction():
            cursor = await connection.execute(_TAKE, {**parameters, "taker": taker})
            return await cursor.fetchone() is not None
    except errors.UniqueViolation:
        return False


def _match(arrival: _Arrival, contact_id: UUID, rule: str, claimants: list[UUID] | None = None) -> Match:
    sender = arrival.sender
    proved_session = (sender.kind, sender.identity, rule) == (AddressKind.VISITOR, Identity.CLAIMED, "verified")
    rivals = [RivalClaim(sender.kind, arrival.value, other, holds=False) for other in claimants or []]
    return Match(
        contact_id=contact_id,
        created=rule == "new",
        identity=Identity.VERIFIED if proved_session else sender.identity,
        rule=rule,
        reason=_reason(arrival, rule, len(rivals)),
        conflicts=rivals,
        ignored=arrival.ignored,
    )


def _reason(arrival: _Arrival, rule: str, rivals: int) -> str:
    who = arrival.described
    if rule == "verified":
        return f"{who} was proved to belong to this contact"
    if rule == "known":
        return f"earlier messages from {who} are this contact's"
    if rule == "same_number":
        return f"{who} is the number of this contact on {'WhatsApp' if who.startswith('+') else 'the telephone'}"
    if rule == "claimed":
        return f"this contact alone gave {who} as its own, and nobody else wrote from there"
    if rivals:
        return f"nobody wrote from {who} before; {rivals} other contact(s) only claim it, so it stays separate"
    return f"nobody wrote from {who} before"
