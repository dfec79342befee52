"""A release that reads headings otherwise marks what was stored before it anew."""

import asyncio
import json
from typing import Any

import pytest

from dynaris.core.db import Database
from dynaris.knowledge import marking, words
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.marking import renew_marks
from dynaris.knowledge.queries import search
from dynaris.knowledge.topics import marks_version
from dynaris.workspaces.actions import NewWorkspace

QUESTION = "What are your opening hours?"
ENTRIES = [
    {"question": "When can I pop in?", "answer": "From eight to six, Monday to Friday."},
    {"question": "Can I pay with a card?", "answer": "Yes, with every card."},
]
# As an earlier release has left them: the same passages, without a mark.
UNMARKED = """WITH marked AS (
        SELECT id, array(SELECT each FROM unnest(tsvector_to_array(search)) AS each WHERE each ~ '^(h:)?~') AS marks
        FROM passage),
    bare AS (UPDATE passage p SET search = ts_delete(search, marks) FROM marked m WHERE m.id = p.id)
    DELETE FROM passage_word WHERE lexeme ~ '^(h:)?~'"""


async def counted(db: Database, workspace: NewWorkspace) -> dict[str, int]:
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute("SELECT lexeme, passages FROM passage_word WHERE passages > 0")
        return {row["lexeme"]: row["passages"] for row in await cursor.fetchall()}


async def found(db: Database, workspace: NewWorkspace) -> list[str]:
    async with db.workspace(workspace.id) as connection:
        return [passage.heading for passage in await search(connection, workspace.id, QUESTION) if passage.score > 0.55]


async def test_what_an_earlier_release_stored_is_found_by_what_it_is_about(
    db: Database, workspace: NewWorkspace
) -> None:
    async with db.workspace(workspace.id) as connection:
        await add_source(connection, workspace.id, kind="faq", title="FAQ", content=json.dumps(ENTRIES))
    before, answered = await counted(db, workspace), await found(db, workspace)
    async with db.transaction(workspace.id) as connection:
        await connection.execute(UNMARKED)
        await connection.execute("UPDATE knowledge_state SET marks = 'of an earlier release', version = version + 1")
    assert await found(db, workspace) == []
    assert await renew_marks(db, workspace.id) == len(ENTRIES)
    assert await found(db, workspace) == answered == [ENTRIES[0]["question"]]
    assert await counted(db, workspace) == before


async def test_marks_are_renewed_once(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        await add_source(connection, workspace.id, kind="faq", title="FAQ", content=json.dumps(ENTRIES))
    assert await renew_marks(db, workspace.id) == 0  # written by this release
    async with db.transaction(workspace.id) as connection:
        await connection.execute(UNMARKED)
    assert await renew_marks(db, workspace.id) == 0  # as is known already


async def test_two_workers_that_mark_at_once_count_no_word_twice(
    db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Any = marking._portion

    async def slowly(*given: Any) -> Any:
        rows = await real(*given)
        await asyncio.sleep(0.3)
        return rows

    monkeypatch.setattr(marking, "_portion", slowly)
    async with db.workspace(workspace.id) as connection:
        await add_source(connection, workspace.id, kind="faq", title="FAQ", content=json.dumps(ENTRIES))
    before = await counted(db, workspace)
    async with db.transaction(workspace.id) as connection:
        await connection.execute(UNMARKED)
        await connection.execute("UPDATE knowledge_state SET marks = 'of an earlier release', version = version + 1")
    assert sum(await asyncio.gather(*[renew_marks(db, workspace.id) for _ in range(2)])) == len(ENTRIES)
    assert await counted(db, workspace) == before


def test_a_word_that_moves_to_another_meaning_makes_other_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    told = marks_version.__wrapped__  # what is remembered is of this process
    before = told()
    monkeypatch.setitem(words.MEANINGS, "garage", "garden garage")
    assert told() != before
