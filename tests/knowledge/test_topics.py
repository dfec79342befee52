"""What a sentence is about is told by all its words; what is told around a question is not searched for."""

import json

import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.queries import search
from dynaris.knowledge.questions import parts
from dynaris.knowledge.ranking import FLOOR
from dynaris.workspaces.actions import NewWorkspace, create_workspace

ENTRIES = {
    "Do you rent out towels?": "Towels are rented for 3 euros.",
    "Are dogs allowed?": "Dogs are not allowed.",
    "When are you open?": "Every day from 9:00 to 20:00.",
    "Is there parking?": "Behind the house, for free.",
    "Is there a lift?": "Yes, from the street entrance to every floor.",
    "How can I pay?": "In cash or with a card.",
    "What does a massage cost?": "60 euros.",
    "What does a haircut cost?": "35 euros.",
}


@pytest.fixture(scope="module")
async def spa(db: Database) -> NewWorkspace:
    slug = f"w-{new_id().hex}"
    made = await create_workspace(db, slug=slug, name="Spa", owner_email=f"o@{slug}.example", owner_name="O")
    content = json.dumps([{"question": question, "answer": answer} for question, answer in ENTRIES.items()])
    async with db.workspace(made.id) as connection:
        await add_source(connection, made.id, kind="faq", title="FAQ", content=content, language="en")
    return made


async def answered_by(db: Database, workspace: NewWorkspace, text: str) -> set[str]:
    async with db.workspace(workspace.id) as connection:
        found = [passage for passage in await search(connection, workspace.id, text) if passage.score >= FLOOR]
    best = {part: max(p.score for p in found if p.part == part) for part in {p.part for p in found}}
    return {passage.heading for passage in found if passage.score == best[passage.part]}


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("My dad is on crutches, would he manage to get up to you?", "Is there a lift?"),
        ("Kommt meine Oma mit dem Rollator überhaupt zu euch hoch?", "Is there a lift?"),
        ("¿Puedo pagar con el móvil o tengo que llevar billetes?", "How can I pay?"),
        ("On vient en voiture, il y a de la place par chez vous ?", "Is there parking?"),
    ],
)
async def test_a_thing_that_is_described_and_not_named_is_found(
    db: Database, spa: NewWorkspace, text: str, heading: str
) -> None:
    assert heading in await answered_by(db, spa, text)


async def test_every_question_of_a_message_has_its_answer(db: Database, spa: NewWorkspace) -> None:
    text = "Hi, I moved here last month. Where can I leave the car, until when are you open and do you take cards?"
    assert await answered_by(db, spa, text) == {"Is there parking?", "When are you open?", "How can I pay?"}


async def test_a_price_is_that_of_what_was_told_before(db: Database, spa: NewWorkspace) -> None:
    text = "I have never had a massage in my life. My sister sent me. How much would that be?"
    assert await answered_by(db, spa, text) == {"What does a massage cost?"}


@pytest.mark.parametrize(
    "text",
    [
        "Vermieten Sie Wohnungen?",
        "Louez-vous des vélos ?",
        "Alquilan bicicletas a los clientes?",
        "Kann man bei Ihnen Boote mieten?",
        "do you treat cats?",
    ],
)
async def test_what_is_done_with_another_thing_is_no_answer(db: Database, spa: NewWorkspace, text: str) -> None:
    assert await answered_by(db, spa, text) == set()


@pytest.mark.parametrize("text", ["Kann man Handtücher mieten?", "Louez-vous des serviettes ?"])
async def test_what_is_done_with_the_thing_is_one(db: Database, spa: NewWorkspace, text: str) -> None:
    assert await answered_by(db, spa, text) == {"Do you rent out towels?"}


@pytest.mark.parametrize(
    "text",
    [
        "My shoulder has been killing me since the move. Thanks a lot for the quick reply! Is there parking?",
        "Sehr geehrte Damen und Herren, ich schreibe für meine Mutter. Gibt es Parkplätze? Mit freundlichen Grüßen",
    ],
)
def test_what_is_told_around_a_question_is_no_part(text: str) -> None:
    assert [part.text for part in parts(text) if part.asks] == [part.text for part in parts(text)]
    assert len(parts(text)) == 1


def test_a_condition_stays_with_its_question() -> None:
    assert [part.text for part in parts("If I can't make it, do I have to pay?")] == [
        "If I can't make it, do I have to pay?"
    ]
