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


async def workspace_with(db: Database, entries: dict[str, str]) -> NewWorkspace:
    slug = f"w-{new_id().hex}"
    made = await create_workspace(db, slug=slug, name="Spa", owner_email=f"o@{slug}.example", owner_name="O")
    content = json.dumps([{"question": question, "answer": answer} for question, answer in entries.items()])
    async with db.workspace(made.id) as connection:
        await add_source(connection, made.id, kind="faq", title="FAQ", content=content, language="en")
    return made


@pytest.fixture(scope="module")
async def spa(db: Database) -> NewWorkspace:
    return await workspace_with(db, ENTRIES)


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


PAPERS = {
    "How do I book an appointment?": "Write to us. A physiotherapy session needs a prescription.",
    "Do you accept my health insurance?": "Yes, with a prescription that is no older than 28 days.",
    "What should I bring?": "Your insurance card, and the prescription if you have one.",
    "Which services do you offer?": "A massage (60 minutes), and an examination (30 minutes).",
    "What does a physiotherapy session cost?": "48 euros.",
    "What does an examination cost?": "50 euros, with a written plan of the treatment.",
    "What are your opening hours?": "Monday to Friday from 9:00 to 19:00.",
    "Where are you located?": "At 12 Lindenstrasse.",
    "How can I pay?": "With a card, or in cash.",
}


@pytest.fixture(scope="module")
async def clinic(db: Database) -> NewWorkspace:
    return await workspace_with(db, PAPERS)


async def test_each_text_is_shown_where_none_is_headed_by_what_is_asked_about(
    db: Database, clinic: NewWorkspace
) -> None:
    having = {heading for heading, text in PAPERS.items() if "prescription" in text}
    assert await answered_by(db, clinic, "Brauche ich eine Überweisung?") == having


async def test_no_more_than_three_answer_one_question(db: Database, clinic: NewWorkspace) -> None:
    text = "Brauche ich für die Krankengymnastik was vom Arzt, wenn die Kasse das zahlen soll?"
    assert len(await answered_by(db, clinic, text)) == 3


async def test_one_text_is_enough_where_it_tells_what_is_asked_of_the_thing(db: Database, clinic: NewWorkspace) -> None:
    assert await answered_by(db, clinic, "How old may the prescription be?") == {"Do you accept my health insurance?"}


@pytest.mark.parametrize(
    "text",
    [
        "What is it you actually do there, and how much is each thing?",
        "¿Me dicen cuánto vale cada cosa?",
    ],
)
async def test_whoever_asks_for_each_thing_has_the_list_of_services(
    db: Database, clinic: NewWorkspace, text: str
) -> None:
    assert "Which services do you offer?" in await answered_by(db, clinic, text)


async def test_an_insurers_card_is_no_way_of_paying(db: Database, clinic: NewWorkspace) -> None:
    text = "can i still use that with my TK card?"
    assert await answered_by(db, clinic, text) == {"Do you accept my health insurance?"}


def test_a_price_is_asked_for_in_chatter_too() -> None:
    first, second = parts("hiya whats the damage for the first time u look at me lol. And do you have parking?")
    assert first.asks
    assert "price" in {term.concept for term in first.terms}
    assert second.asks


def test_a_condition_of_two_halves_stays_whole() -> None:
    (part,) = parts("If my son is ill that morning and I can't come, do I still pay?")
    assert part.text.startswith("If my son is ill")
    assert "cancel" in {term.concept for term in part.terms if term.weight >= 1}
