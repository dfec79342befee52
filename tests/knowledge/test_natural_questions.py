"""Questions with a story around, in other words and languages than what is written, at businesses of other kinds."""

import json

import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.queries import search
from dynaris.knowledge.questions import parts
from dynaris.knowledge.ranking import FLOOR
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.knowledge.natural_questions import ASKED, BUSINESSES

LINES = [line.split("|", 2) for line in filter(None, map(str.strip, ASKED.splitlines()))]


@pytest.fixture(scope="module")
async def businesses(db: Database) -> dict[str, NewWorkspace]:
    made: dict[str, NewWorkspace] = {}
    for name, (entries, language) in BUSINESSES.items():
        slug = f"w-{new_id().hex}"
        made[name] = await create_workspace(db, slug=slug, name=name, owner_email=f"o@{slug}.example", owner_name="O")
        content = json.dumps([{"question": question, "answer": answer} for question, answer in entries.values()])
        async with db.workspace(made[name].id) as connection:
            await add_source(connection, made[name].id, kind="faq", title="FAQ", content=content, language=language)
    return made


async def answered_by(db: Database, workspace: NewWorkspace, text: str) -> set[str]:
    """The headings of what the built-in model would quote."""
    async with db.workspace(workspace.id) as connection:
        found = [passage for passage in await search(connection, workspace.id, text) if passage.score >= FLOOR]
    asked = {number for number, part in enumerate(parts(text)) if part.asks}
    if asked and asked.isdisjoint(passage.part for passage in found):
        return set()
    best = {number: max(p.score for p in found if p.part == number) for number in {p.part for p in found}}
    return {passage.heading for passage in found if passage.score == best[passage.part]}


async def test_nine_of_ten_natural_questions_are_answered_from_their_entry(
    db: Database, businesses: dict[str, NewWorkspace]
) -> None:
    lines = [line for line in LINES if line[1]]
    missed: list[str] = []
    for business, wanted, text in lines:
        entries, _ = BUSINESSES[business]
        headings = {entries[name][0] for name in wanted.split(",")}
        if not headings <= await answered_by(db, businesses[business], text):
            missed.append(text)
    assert len(missed) <= len(lines) // 10, missed


async def test_what_nobody_wrote_down_is_not_answered_with_something_else(
    db: Database, businesses: dict[str, NewWorkspace]
) -> None:
    answered = {
        text: found
        for business, wanted, text in LINES
        if not wanted and (found := await answered_by(db, businesses[business], text))
    }
    assert answered == {}
