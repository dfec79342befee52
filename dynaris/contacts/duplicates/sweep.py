"""Looks for duplicates of every contact that changed: beside the flow of events, never in it.

What changed is read from indexes: contacts by `updated_at`, addresses by their id (which sorts by time), and when they
were proved. How far that went is kept. The last minutes are looked at again: a transaction may commit later than
its rows say.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.contacts.duplicates import verdicts
from dynaris.contacts.duplicates.comparing import RARE, Finding, compare
from dynaris.contacts.duplicates.people import Person, keys_of, person_of
from dynaris.contacts.duplicates.rules import LISTED_FROM
from dynaris.contacts.duplicates.verdicts import Pair, ordered, verdicts_of
from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.ids import first_id, new_id
from dynaris.core.jobs import lost_database
from dynaris.workspaces.queries import workspace_ids

log = structlog.get_logger()

SWEEP_JOB = "contacts.duplicates.v1"  # handled by `sweep`
PORTION = 200  # contacts in one transaction

_MOST_IN_A_BLOCK = 40  # a key that more contacts share tells nothing: info@, a hotel's telephone, the commonest name
_AGAIN = timedelta(minutes=2)
_ROUND_SECONDS = 60.0
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = UUID(int=0)

_PERSONS = """SELECT c.id, c.name, c.fields, coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'kind', a.kind, 'value', a.value, 'verified', a.verified_at IS NOT NULL))
        FROM address a
        WHERE a.workspace_id = c.workspace_id AND a.contact_id = c.id AND a.kind <> 'visitor'), '[]') AS addresses
    FROM contact c WHERE c.workspace_id = %s AND c.id = ANY(%s) AND c.merged_into IS NULL AND NOT c.erasing"""

_BLOCKS = """SELECT given.key, array_agg(block.subject_id) AS ids FROM unnest(%(keys)s::text[]) AS given (key)
    CROSS JOIN LATERAL (
        SELECT k.subject_id FROM duplicate_key k WHERE k.workspace_id = %(ws)s AND k.key = given.key LIMIT %(most)s
    ) AS block GROUP BY given.key HAVING count(*) > 1"""

_REMOVE_KEYS = """DELETE FROM duplicate_key k
    USING unnest(%(subjects)s::uuid[], %(keys)s::text[]) AS gone (subject_id, key)
    WHERE k.workspace_id = %(ws)s AND k.subject_id = gone.subject_id AND k.key = gone.key"""
_ADD_KEYS = """INSERT INTO duplicate_key (workspace_id, subject_id, key)
    SELECT %(ws)s, fresh.subject_id, fresh.key
    FROM unnest(%(subjects)s::uuid[], %(keys)s::text[]) AS fresh (subject_id, key) ON CONFLICT DO NOTHING"""

_CHANGED_CONTACTS = """SELECT id, updated_at FROM contact
    WHERE workspace_id = %s AND updated_at >= %s AND (updated_at, id) > (%s, %s) ORDER BY updated_at, id LIMIT %s"""
_NEW_ADDRESSES = "SELECT id, contact_id FROM address WHERE workspace_id = %s AND id > %s ORDER BY id LIMIT %s"
_NEW_PROOFS = """SELECT contact_id, verified_at FROM address
    WHERE workspace_id = %s AND verified_at > %s ORDER BY verified_at LIMIT %s"""

_KEEP_PLACE = """INSERT INTO duplicate_sweep (workspace_id, contacts_to, addresses_to, proofs_to)
    VALUES (%(ws)s, %(contacts)s, %(addresses)s, %(proofs)s)
    ON CONFLICT (workspace_id) DO UPDATE SET contacts_to = excluded.contacts_to,
        addresses_to = excluded.addresses_to, proofs_to = excluded.proofs_to"""

_KEEP_PAIR = """INSERT INTO duplicate_pair AS known
        (workspace_id, id, low_id, high_id, points, reasons, evidence, state)
    VALUES (%(ws)s, %(id)s, %(low)s, %(high)s, %(points)s, %(reasons)s, %(evidence)s, %(state)s)
    ON CONFLICT (workspace_id, low_id, high_id) DO UPDATE SET points = excluded.points, reasons = excluded.reasons,
        evidence = excluded.evidence, state = excluded.state
    WHERE (known.points, known.reasons, known.evidence, known.state)
          IS DISTINCT FROM (excluded.points, excluded.reasons, excluded.evidence, excluded.state)"""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a sweep has come."""

    contacts: datetime = _NEVER
    contact: UUID = _FIRST
    addresses: UUID = _FIRST
    proofs: datetime = _NEVER

    def kept(self, now: datetime) -> "_Place":
        """What the next sweep may skip."""
        again = now - _AGAIN
        return _Place(
            min(self.contacts, again),
            _FIRST,
            min(self.addresses, first_id(again)),
            min(self.proofs, again),
        )


async def sweep(db: Database, workspace_id: UUID) -> int:
    """Until nothing is left; how many contacts were looked at. Portions are committed one by one."""
    place: _Place | None = None
    looked: set[UUID] = set()
    settled = clock.now() - _AGAIN  # a contact that was looked at needs no second look for addresses from before
    while True:
        async with db.transaction(workspace_id) as connection:
            await verdicts.lock(connection, workspace_id)
            before = place or await _place(connection, workspace_id)
            place, changed, known = await _changed(connection, workspace_id, before, settled)
            await look_at(connection, workspace_id, changed | (known - looked))
            await _keep(connection, workspace_id, place)
        if not (changed or known):
            return len(looked)
        looked |= changed | known


async def sweep_everywhere(db: Database) -> None:
    """Goes round all workspaces for ever; where nothing changed that is one look at three indexes."""
    while True:
        await sweep_round(db)
        await asyncio.sleep(_ROUND_SECONDS)


async def sweep_round(db: Database) -> None:
    """A workspace that cannot be swept holds up no other."""
    for workspace_id in await workspace_ids(db):
        try:
            await sweep(db, workspace_id)
        except Exception as error:
            if lost_database(error):
                raise
            log.exception("duplicates.sweep_failed", workspace=str(workspace_id))


async def look_at(connection: Connection, workspace_id: UUID, ids: set[UUID]) -> None:
    """Renews keys and pairs of these contacts; in a transaction that holds `verdicts.lock`."""
    if not ids:
        return
    people = await _people(connection, workspace_id, ids)
    await _renew_keys(connection, workspace_id, ids, people)
    found = await _findings(connection, workspace_id, people)
    judged = await verdicts_of(connection, workspace_id, found)
    await _drop_pairs(connection, workspace_id, ids, found)
    rows = []
    for pair, finding in found.items():
        verdict = judged.get(pair)
        rows.append(
            {
                "ws": workspace_id,
                "id": new_id(),
                "low": pair[0],
                "high": pair[1],
                "points": round(finding.score * 1000),
                "reasons": Jsonb(finding.reasons),
                "evidence": Jsonb(finding.evidence),
                "state": "not_the_same" if verdict and verdict.covers(finding.evidence) else "open",
            }
        )
    if rows:
        async with connection.cursor() as cursor:
            await cursor.executemany(_KEEP_PAIR, rows)


async def _place(connection: Connection, workspace_id: UUID) -> _Place:
    cursor = await connection.execute(
        "SELECT contacts_to, addresses_to, proofs_to FROM duplicate_sweep WHERE workspace_id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    return _Place(row["contacts_to"], _FIRST, row["addresses_to"], row["proofs_to"]) if row else _Place()


async def _keep(connection: Connection, workspace_id: UUID, place: _Place) -> None:
    cursor = await connection.execute("SELECT clock_timestamp() AS now")
    row = await cursor.fetchone()
    assert row is not None
    kept = place.kept(row["now"])
    names = {"ws": workspace_id, "contacts": kept.contacts, "addresses": kept.addresses, "proofs": kept.proofs}
    await connection.execute(_KEEP_PLACE, names)


async def _changed(
    connection: Connection, workspace_id: UUID, place: _Place, settled: datetime
) -> tuple[_Place, set[UUID], set[UUID]]:
    """The next portion: contacts that changed, and those with addresses or proofs from before `settled`."""
    changed: set[UUID] = set()
    known: set[UUID] = set()
    given = (workspace_id, place.contacts, place.contacts, place.contact, PORTION)
    if rows := await (await connection.execute(_CHANGED_CONTACTS, given)).fetchall():
        changed |= {row["id"] for row in rows}
        place = replace(place, contacts=rows[-1]["updated_at"], contact=rows[-1]["id"])
    given = (workspace_id, place.addresses, PORTION)
    if rows := await (await connection.execute(_NEW_ADDRESSES, given)).fetchall():
        for row in rows:
            (known if row["id"] < first_id(settled) else changed).add(row["contact_id"])
        place = replace(place, addresses=rows[-1]["id"])
    given = (workspace_id, place.proofs, PORTION)
    if rows := await (await connection.execute(_NEW_PROOFS, given)).fetchall():
        for row in rows:
            (known if row["verified_at"] < settled else changed).add(row["contact_id"])
        place = replace(place, proofs=rows[-1]["verified_at"])
    return place, changed, known


async def _people(connection: Connection, workspace_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Person]:
    cursor = await connection.execute(_PERSONS, (workspace_id, list(ids)))
    return {row["id"]: person_of(row) for row in await cursor.fetchall()}


async def _renew_keys(connection: Connection, workspace_id: UUID, ids: set[UUID], people: dict[UUID, Person]) -> None:
    """A contact that was merged, or is being erased, has none."""
    cursor = await connection.execute(
        "SELECT subject_id, key FROM duplicate_key WHERE workspace_id = %s AND subject_id = ANY(%s)",
        (workspace_id, list(ids)),
    )
    stored = {(row["subject_id"], row["key"]) for row in await cursor.fetchall()}
    wanted = {(person.id, key) for person in people.values() for key in keys_of(person)}
    if gone := sorted(stored - wanted):
        await connection.execute(_REMOVE_KEYS, _rows_of(workspace_id, gone))
    if fresh := sorted(wanted - stored):
        await connection.execute(_ADD_KEYS, _rows_of(workspace_id, fresh))


def _rows_of(workspace_id: UUID, rows: list[tuple[UUID, str]]) -> dict[str, Any]:
    return {"ws": workspace_id, "subjects": [subject for subject, _ in rows], "keys": [key for _, key in rows]}


async def _findings(connection: Connection, workspace_id: UUID, people: dict[UUID, Person]) -> dict[Pair, Finding]:
    blocks = await _blocks(connection, workspace_id, people.values())
    pairs = {
        ordered(person.id, other)
        for person in people.values()
        for key in keys_of(person)
        for other in blocks.get(key, ())
        if other != person.id
    }
    others = {one for pair in pairs for one in pair} - people.keys()
    everyone = {**people, **await _people(connection, workspace_id, others)}
    pairs = {pair for pair in pairs if pair[0] in everyone and pair[1] in everyone}
    words = {
        word for one, other in pairs if everyone[one].words == everyone[other].words for word in everyone[one].words
    }
    bearers = await _bearers(connection, workspace_id, words)
    return await asyncio.to_thread(_compared, pairs, everyone, bearers)


def _compared(pairs: set[Pair], everyone: dict[UUID, Person], bearers: dict[str, int]) -> dict[Pair, Finding]:
    found = {pair: compare(everyone[pair[0]], everyone[pair[1]], bearers.__getitem__) for pair in pairs}
    return {pair: finding for pair, finding in found.items() if finding.score >= LISTED_FROM}


async def _blocks(connection: Connection, workspace_id: UUID, people: Iterable[Person]) -> dict[str, list[UUID]]:
    keys = {key for person in people for key in keys_of(person) if not key.startswith("t:")}
    names = {"ws": workspace_id, "keys": list(keys), "most": _MOST_IN_A_BLOCK + 1}
    rows = await (await connection.execute(_BLOCKS, names)).fetchall()
    return {row["key"]: row["ids"] for row in rows if len(row["ids"]) <= _MOST_IN_A_BLOCK}


async def _bearers(connection: Connection, workspace_id: UUID, words: set[str]) -> dict[str, int]:
    names: dict[str, Any] = {"ws": workspace_id, "keys": [f"t:{word}" for word in words], "most": RARE + 1}
    rows = await (await connection.execute(_BLOCKS, names)).fetchall()
    counts = {row["key"][2:]: len(row["ids"]) for row in rows}
    return {word: counts.get(word, 1) for word in words}


async def _drop_pairs(connection: Connection, workspace_id: UUID, ids: set[UUID], found: dict[Pair, Finding]) -> None:
    """Pairs for which nothing speaks any more; what was judged stays to be seen, while the verdict holds."""
    cursor = await connection.execute(
        """SELECT id, low_id, high_id, state FROM duplicate_pair WHERE workspace_id = %(ws)s AND low_id = ANY(%(ids)s)
           UNION
           SELECT id, low_id, high_id, state FROM duplicate_pair
           WHERE workspace_id = %(ws)s AND high_id = ANY(%(ids)s)""",
        {"ws": workspace_id, "ids": list(ids)},
    )
    rows = {(row["low_id"], row["high_id"]): row for row in await cursor.fetchall()}
    silent = {pair: row for pair, row in rows.items() if pair not in found}
    judged = await verdicts_of(
        connection, workspace_id, [pair for pair, row in silent.items() if row["state"] == "not_the_same"]
    )
    gone = [row["id"] for pair, row in silent.items() if pair not in judged]
    if gone:
        await connection.execute(
            "DELETE FROM duplicate_pair WHERE workspace_id = %s AND id = ANY(%s)", (workspace_id, gone)
        )
