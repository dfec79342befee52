"""Passages get their marks anew where a release tells otherwise what their headings are about."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.knowledge.concepts import MARK
from dynaris.knowledge.passages import marks_in
from dynaris.knowledge.topics import marks_version

_PORTION = 500

_READ = """SELECT id, heading, language, array(
        SELECT lexeme FROM unnest(tsvector_to_array(search)) AS lexeme
        WHERE starts_with(lexeme, %(mark)s) OR starts_with(lexeme, 'h:' || %(mark)s)) AS marks
    FROM passage WHERE workspace_id = %(ws)s AND id > %(after)s ORDER BY id LIMIT %(most)s"""

# How often each word is written is counted where passages come and go (triggers), and here.
_WRITE = """WITH changed AS (
        SELECT id, string_to_array(old, ' ') AS old, string_to_array(new, ' ') AS new
        FROM unnest(%(ids)s::uuid[], %(old)s::text[], %(new)s::text[]) AS c (id, old, new)
    ), written AS (
        UPDATE passage p SET search = ts_delete(p.search, c.old) || array_to_tsvector(c.new)
        FROM changed c WHERE p.workspace_id = %(ws)s AND p.id = c.id RETURNING c.old, c.new
    ), moved AS (
        SELECT lexeme COLLATE "C" AS lexeme, sum(step) AS step FROM (
            SELECT unnest(new) AS lexeme, 1 AS step FROM written
            UNION ALL SELECT unnest(old), -1 FROM written) AS each GROUP BY 1
    )
    INSERT INTO passage_word AS w (workspace_id, lexeme, passages)
    SELECT %(ws)s, lexeme, step FROM moved WHERE step <> 0
    ON CONFLICT (workspace_id, lexeme) DO UPDATE SET passages = greatest(0, w.passages + excluded.passages)"""


async def renew_marks(db: Database, workspace_id: UUID) -> int:
    """How many passages were marked anew; nothing is looked at where this release has done so before."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute("SELECT marks FROM knowledge_state WHERE workspace_id = %s", (workspace_id,))
        row = await cursor.fetchone()
    if row is None or row["marks"] == marks_version():
        return 0
    renewed, after = 0, UUID(int=0)
    while True:
        async with db.transaction(workspace_id) as connection:
            rows = await _portion(connection, workspace_id, after)
            renewed += await _renew(connection, workspace_id, rows)
            if len(rows) < _PORTION:
                await connection.execute(
                    "UPDATE knowledge_state SET marks = %s, version = version + 1 WHERE workspace_id = %s",
                    (marks_version(), workspace_id),
                )
                return renewed
        after = rows[-1]["id"]


async def _portion(connection: Connection, workspace_id: UUID, after: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(_READ, {"ws": workspace_id, "after": after, "most": _PORTION, "mark": MARK})
    return await cursor.fetchall()


async def _renew(connection: Connection, workspace_id: UUID, rows: list[dict[str, Any]]) -> int:
    changed = [
        (row["id"], row["marks"], new)
        for row in rows
        if set(row["marks"]) != set(new := marks_in(row["heading"], row["language"]))
    ]
    if changed:
        # Whoever writes passages locks this row first.
        await connection.execute("SELECT 1 FROM knowledge_state WHERE workspace_id = %s FOR UPDATE", (workspace_id,))
        names = {"ids": [each[0] for each in changed], "ws": workspace_id}
        names["old"], names["new"] = ([" ".join(each[n]) for each in changed] for n in (1, 2))
        await connection.execute(_WRITE, names)
    return len(changed)
