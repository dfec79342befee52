"""Passages get their marks anew where a release tells otherwise what their headings are about."""

from collections import Counter
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.knowledge.concepts import MARK
from dynaris.knowledge.passages import marks_of
from dynaris.knowledge.topics import marks_version

_PORTION = 500

_READ = """SELECT id, heading, language, array(
        SELECT lexeme FROM unnest(tsvector_to_array(search)) AS lexeme
        WHERE starts_with(lexeme, %(mark)s) OR starts_with(lexeme, 'h:' || %(mark)s)) AS marks
    FROM passage WHERE workspace_id = %(ws)s AND id > %(after)s ORDER BY id LIMIT %(most)s"""

_WRITE = """UPDATE passage p
    SET search = ts_delete(p.search, string_to_array(c.old, ' ')) || array_to_tsvector(string_to_array(c.new, ' '))
    FROM unnest(%(ids)s::uuid[], %(old)s::text[], %(new)s::text[]) AS c (id, old, new)
    WHERE p.workspace_id = %(ws)s AND p.id = c.id RETURNING p.id"""

# How often each word is written is counted where passages come and go (triggers), and here.
_COUNT = """INSERT INTO passage_word AS w (workspace_id, lexeme, passages)
    SELECT %(ws)s, lexeme, step FROM unnest(%(lexemes)s::text[], %(steps)s::int[]) AS moved (lexeme, step)
    ON CONFLICT (workspace_id, lexeme) DO UPDATE SET passages = greatest(0, w.passages + excluded.passages)"""


async def renew_marks(db: Database, workspace_id: UUID) -> int:
    """How many passages were marked anew; nothing is looked at where this release has done so before."""
    renewed, after = 0, UUID(int=0)
    while await _are_old(db, workspace_id):
        async with db.transaction(workspace_id) as connection:
            # Two workers look at once: the second finds what the first has written, and counts nothing twice.
            lock = f"marks:{workspace_id}"
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
            rows = await _portion(connection, workspace_id, after)
            renewed += await _renew(connection, workspace_id, rows)
            if len(rows) < _PORTION:
                await connection.execute(
                    "UPDATE knowledge_state SET marks = %s, version = version + 1 WHERE workspace_id = %s",
                    (marks_version(), workspace_id),
                )
                break
        after = rows[-1]["id"]
    return renewed


async def _are_old(db: Database, workspace_id: UUID) -> bool:
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute("SELECT marks FROM knowledge_state WHERE workspace_id = %s", (workspace_id,))
        row = await cursor.fetchone()
    return row is not None and row["marks"] != marks_version()


async def _portion(connection: Connection, workspace_id: UUID, after: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(_READ, {"ws": workspace_id, "after": after, "most": _PORTION, "mark": MARK})
    return await cursor.fetchall()


async def _renew(connection: Connection, workspace_id: UUID, rows: list[dict[str, Any]]) -> int:
    """Passages first, then the state, then the words: as those do it who write passages."""
    told = zip(rows, await marks_of([(row["heading"], row["language"]) for row in rows]), strict=True)
    changed = {row["id"]: (row["marks"], new) for row, new in told if set(row["marks"]) != set(new)}
    if not changed:
        return 0
    old, new = ([" ".join(marks[n]) for marks in changed.values()] for n in (0, 1))
    cursor = await connection.execute(_WRITE, {"ws": workspace_id, "ids": list(changed), "old": old, "new": new})
    written = [changed[row["id"]] for row in await cursor.fetchall()]
    moved: Counter[str] = Counter()
    for before, after in written:
        moved.update(after)
        moved.subtract(before)
    steps = {lexeme: step for lexeme, step in moved.items() if step}
    await connection.execute("SELECT 1 FROM knowledge_state WHERE workspace_id = %s FOR UPDATE", (workspace_id,))
    await connection.execute(_COUNT, {"ws": workspace_id, "lexemes": list(steps), "steps": list(steps.values())})
    return len(written)
