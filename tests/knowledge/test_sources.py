"""Sources: how they become passages, change, go, and what is refused."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput, NotFound, TooLarge
from dynaris.core.ids import new_id
from dynaris.core.language import detect
from dynaris.knowledge.actions import add_source, remove_source, update_source
from dynaris.knowledge.language import configuration
from dynaris.knowledge.queries import search
from dynaris.knowledge.questions import parts
from dynaris.knowledge.sources import get_source
from dynaris.knowledge.split import LONGEST, Piece, split
from dynaris.workspaces.actions import NewWorkspace

MARKDOWN = """Welcome.

# Prices ##
Massage: €69.

## Discounts
Students pay 10% less.

```
# no heading
```
# Visit
Come by.
"""


def test_markdown_is_split_by_headings_and_each_passage_knows_those_above_it() -> None:
    assert split("markdown", "Guide", MARKDOWN) == [
        Piece("Guide", "Welcome."),
        Piece("Prices", "Massage: €69."),
        Piece("Prices › Discounts", "Students pay 10% less.\n\n```\n# no heading\n```"),
        Piece("Visit", "Come by."),
    ]


def test_text_is_split_by_paragraphs_that_join_up_to_a_readable_size() -> None:
    pieces = split("text", "Notes", "\n\n".join(f"Paragraph {n}. " + "x" * 200 for n in range(10)))
    assert {piece.heading for piece in pieces} == {"Notes"}
    assert all(400 < len(piece.text) <= 800 for piece in pieces[:-1])


def test_a_paragraph_without_an_end_is_cut_and_nothing_of_it_is_lost() -> None:
    text = "A sentence of some length here. " * 500
    pieces = split("text", "Notes", text)
    assert all(len(piece.text) <= LONGEST for piece in pieces)
    assert " ".join(piece.text for piece in pieces) == text.strip()
    assert "".join(piece.text for piece in split("text", "Notes", "x" * 5000)) == "x" * 5000


@pytest.mark.parametrize(
    "content",
    [
        "Q: Open?\nA: Yes.\nEvery day.\n\nQ: Parking?\nA: No.",
        "F: Open?\nA: Yes.\nEvery day.\nFrage: Parking?\nAntwort: No.",
        "**Q: Open?**\nYes.\nEvery day.\n**Q: Parking?**\n**A:** No.",
        '[{"question": "Open?", "answer": "Yes.\\nEvery day."}, {"question": "Parking?", "answer": "No."}]',
        '{"faq": [{"question": "Open?", "answer": "Yes.\\nEvery day."}, {"question": "Parking?", "answer": "No."}]}',
    ],
)
def test_faqs_are_pairs_however_they_are_written(content: str) -> None:
    assert split("faq", "FAQ", content) == [Piece("Open?", "Yes.\nEvery day."), Piece("Parking?", "No.")]


@pytest.mark.parametrize("content", ["", "   ", "no pairs here", "[1, 2]", '{"faq": 3}', "[{", '[{"question": 1}]'])
def test_a_faq_without_pairs_is_refused_with_a_reason(content: str) -> None:
    with pytest.raises(InvalidInput):
        split("faq", "FAQ", content)


@given(st.sampled_from(["text", "markdown", "faq"]), st.text(max_size=300))
def test_any_content_is_split_or_refused(kind: str, content: str) -> None:
    try:
        pieces = split(kind, "Title", content)  # type: ignore[arg-type]
    except InvalidInput:
        return
    assert all(0 < len(piece.text) <= LONGEST for piece in pieces)


@given(st.text(max_size=400))
def test_any_text_has_parts(text: str) -> None:
    assert all(part.terms and part.text for part in parts(text))


def test_a_sentence_with_two_questions_has_two_parts() -> None:
    found = parts("Hello! I live nearby. How much is a massage and where can I park? Thank you.")
    assert [part.text for part in found if part.asks] == ["How much is a massage", "where can I park?"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When are you open on Sundays?", "en"),
        ("Wann haben Sie am Sonntag geöffnet?", "de"),
        ("¿Cuándo están abiertos los domingos?", "es"),
        ("Quand êtes-vous ouverts le dimanche ?", "fr"),
        ("Quando siete aperti la domenica?", "it"),
        ("Wanneer zijn jullie open op zondag?", "nl"),
        ("Olá, você pode me ajudar?", "pt"),
        ("12345 !!", None),
    ],
)
def test_the_language_of_a_text_is_told_by_its_common_words(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_an_unknown_language_is_searched_without_rules_of_its_own() -> None:
    assert (configuration("de"), configuration("pt-BR"), configuration("tlh")) == ("german", "portuguese", "simple")


async def passages(db: Database, workspace: NewWorkspace, text: str) -> list[str]:
    async with db.workspace(workspace.id) as connection:
        return [passage.text for passage in await search(connection, workspace.id, text)]


async def add(db: Database, workspace: NewWorkspace, content: str, title: str = "Notes") -> UUID:
    async with db.workspace(workspace.id) as connection:
        return await add_source(connection, workspace.id, kind="text", title=title, content=content)


async def test_a_changed_source_is_found_by_its_new_content_only(db: Database, workspace: NewWorkspace) -> None:
    source = await add(db, workspace, "We have a sauna.")
    async with db.workspace(workspace.id) as connection:
        await update_source(connection, workspace.id, source, content="We have a swimming pool.")
    assert await passages(db, workspace, "Is there a sauna?") == []
    assert await passages(db, workspace, "Is there a pool?") == ["We have a swimming pool."]


async def test_a_disabled_source_is_not_found_until_it_is_enabled(db: Database, workspace: NewWorkspace) -> None:
    source = await add(db, workspace, "We have a sauna.")
    async with db.workspace(workspace.id) as connection:
        await update_source(connection, workspace.id, source, enabled=False)
        assert (await get_source(connection, workspace.id, source))["content"] == "We have a sauna."
    assert await passages(db, workspace, "sauna?") == []
    async with db.workspace(workspace.id) as connection:
        await update_source(connection, workspace.id, source, title="House")
        assert (await get_source(connection, workspace.id, source))["passages"] == 0
        await update_source(connection, workspace.id, source, enabled=True)
    assert await passages(db, workspace, "sauna?") == ["We have a sauna."]


async def test_a_removed_source_leaves_no_passage(db: Database, workspace: NewWorkspace) -> None:
    source = await add(db, workspace, "We have a sauna.")
    async with db.workspace(workspace.id) as connection:
        await remove_source(connection, workspace.id, source)
        rows = await connection.execute("SELECT FROM passage WHERE workspace_id = %s", (workspace.id,))
        assert rows.rowcount == 0
        with pytest.raises(NotFound):
            await remove_source(connection, workspace.id, source)
        with pytest.raises(NotFound):
            await update_source(connection, workspace.id, new_id(), title="x")


async def test_a_refused_change_leaves_the_source_as_it_was(db: Database, workspace: NewWorkspace) -> None:
    source = await add(db, workspace, "We have a sauna.")
    async with db.workspace(workspace.id) as connection:
        with pytest.raises(InvalidInput):
            await update_source(connection, workspace.id, source, content="   ")
    assert await passages(db, workspace, "sauna?") == ["We have a sauna."]


async def test_what_cannot_be_stored_or_read_is_cleaned_away(db: Database, workspace: NewWorkspace) -> None:
    await add(db, workspace, "We\x00 have\x07 a \ud800sauna.\r\nReally.", title="No\x00tes\n now")
    async with db.workspace(workspace.id) as connection:
        found = await search(connection, workspace.id, "sauna?")
    assert (found[0].title, found[0].text) == ("Notes now", "We have a sauna.\nReally.")


async def test_more_than_a_megabyte_or_no_title_is_refused(db: Database, workspace: NewWorkspace) -> None:
    with pytest.raises(TooLarge):
        await add(db, workspace, "word " * 200_001)
    with pytest.raises(InvalidInput):
        await add(db, workspace, "text", title="\x00 ")


async def test_a_megabyte_is_taken_whatever_it_is_made_of(db: Database, workspace: NewWorkspace) -> None:
    for content in ("x" * 1_000_000, "ab " * 300_000, "# a\n" * 2_000):
        await add(db, workspace, content)
    async with db.workspace(workspace.id) as connection:
        await add_source(
            connection,
            workspace.id,
            kind="faq",
            title="F",
            content=json.dumps([{"question": "q " * 2_000, "answer": " ".join(map(str, range(140_000)))}]),
        )
