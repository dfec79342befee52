"""What people said of two contacts: not the same person.

A verdict names the two contacts as they were. It is asked for by family, a contact and all that were merged into
it: so it holds for the survivor of a merge, and for the two alone again after the merge is undone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record

Pair = tuple[UUID, UUID]  # in the order of the ids

_FAMILIES = """WITH RECURSIVE family AS (
        SELECT id AS root, id AS member FROM unnest(%(ids)s::uuid[]) AS given (id)
        UNION
        SELECT family.root, c.id FROM family
        JOIN contact c ON c.workspace_id = %(ws)s AND c.merged_into = family.member)
    SELECT root, member FROM family"""

_VERDICTS = """SELECT id, one_id, other_id, judged_by, created_at, evidence FROM duplicate_verdict
    WHERE workspace_id = %(ws)s AND undone_at IS NULL AND one_id = ANY(%(members)s)
    UNION
    SELECT id, one_id, other_id, judged_by, created_at, evidence FROM duplicate_verdict
    WHERE workspace_id = %(ws)s AND undone_at IS NULL AND other_id = ANY(%(members)s)
    ORDER BY created_at"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The latest one that holds for a pair, with all that was known at any of them."""

    ids: tuple[UUID, ...]
    judged_by: str
    judged_at: datetime
    evidence: frozenset[str]

    def covers(self, evidence: Iterable[str]) -> bool:
        """Whether nothing harder came up since."""
        return self.evidence.issuperset(evidence)


async def lock(connection: Connection, workspace_id: UUID) -> None:
    """One at a time writes a workspace's pairs: a verdict is never overwritten by a look that began before it."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{workspace_id}:duplicates",))


async def verdicts_of(connection: Connection, workspace_id: UUID, pairs: Iterable[Pair]) -> dict[Pair, Verdict]:
    wanted = set(pairs)
    if not wanted:
        return {}
    ids = list({one for pair in wanted for one in pair})
    rows = await (await connection.execute(_FAMILIES, {"ws": workspace_id, "ids": ids})).fetchall()
    roots: dict[UUID, set[UUID]] = {}
    for row in rows:
        roots.setdefault(row["member"], set()).add(row["root"])
    cursor = await connection.execute(_VERDICTS, {"ws": workspace_id, "members": list(roots)})
    found: dict[Pair, Verdict] = {}
    for row in await cursor.fetchall():
        for one in roots.get(row["one_id"], ()):
            for other in roots.get(row["other_id"], ()):
                if (pair := ordered(one, other)) in wanted:
                    found[pair] = _with(found.get(pair), row)
    return found


def ordered(one: UUID, other: UUID) -> Pair:
    return (one, other) if one < other else (other, one)


def _with(earlier: Verdict | None, row: dict[str, Any]) -> Verdict:
    known = earlier.evidence if earlier else frozenset()
    ids = (*(earlier.ids if earlier else ()), row["id"])
    return Verdict(ids, row["judged_by"], row["created_at"], known | set(row["evidence"]))


async def not_the_same(connection: Connection, workspace_id: UUID, pair_id: UUID, *, by: str) -> None:
    """Remembered for good, unless undone. Said twice, it is one verdict."""
    async with connection.transaction():
        await lock(connection, workspace_id)
        pair = await _pair(connection, workspace_id, pair_id)
        if pair["state"] == "not_the_same":
            return
        await connection.execute(
            """INSERT INTO duplicate_verdict (workspace_id, id, one_id, other_id, judged_by, evidence)
               VALUES (%s, %s, %s, %s, %s, %s)""",
            (workspace_id, new_id(), pair["low_id"], pair["high_id"], by, Jsonb(pair["evidence"])),
        )
        await _settle(connection, workspace_id, pair, state="not_the_same", action="duplicate.not_the_same", by=by)


async def take_back(connection: Connection, workspace_id: UUID, pair_id: UUID, *, by: str) -> None:
    """The pair is proposed again. Raises `Conflict` where nobody has judged it."""
    async with connection.transaction():
        await lock(connection, workspace_id)
        pair = await _pair(connection, workspace_id, pair_id)
        key = (pair["low_id"], pair["high_id"])
        verdict = (await verdicts_of(connection, workspace_id, [key])).get(key)
        if verdict is None:
            raise Conflict("nobody has said that these two are not the same")
        await connection.execute(
            """UPDATE duplicate_verdict SET undone_at = clock_timestamp(), undone_by = %s
               WHERE workspace_id = %s AND id = ANY(%s)""",
            (by, workspace_id, list(verdict.ids)),
        )
        await _settle(connection, workspace_id, pair, state="open", action="duplicate.verdict_undone", by=by)


async def _pair(connection: Connection, workspace_id: UUID, pair_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT id, low_id, high_id, state, evidence FROM duplicate_pair
           WHERE workspace_id = %s AND id = %s FOR UPDATE""",
        (workspace_id, pair_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no likely duplicate {pair_id}")
    return row


async def _settle(
    connection: Connection, workspace_id: UUID, pair: dict[str, Any], *, state: str, action: str, by: str
) -> None:
    await connection.execute(
        "UPDATE duplicate_pair SET state = %s WHERE workspace_id = %s AND id = %s", (state, workspace_id, pair["id"])
    )
    detail = {"contacts": [pair["low_id"], pair["high_id"]]}
    await record(connection, workspace_id, actor=by, action=action, subject=f"duplicate:{pair['id']}", detail=detail)
