"""The built-in model over the demo's knowledge: what follows another question, and what is no question."""

import json
from pathlib import Path

import pytest

import dynaris.app
from dynaris.agents import herald
from dynaris.agents.turn import Done
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from tests.agents.conftest import Story

DEMO = json.loads((Path(dynaris.app.__file__).parent / "demo.json").read_text())
LOCATION = "Lindenstrasse 12"
PARKING = "free for two hours"


@pytest.fixture
async def clinic(story: Story) -> Story:
    async with story.db.transaction(story.workspace.id) as connection:
        content = json.dumps(DEMO["faq"])
        await add_source(connection, story.workspace.id, kind="faq", title="FAQ", content=content, language="en")
    return story


async def told(clinic: Story, *texts: str) -> str:
    """What is said to the last of these, written one after the other."""
    said = ""
    for text in texts:
        clinic.run_id, clinic.event_id = new_id(), new_id()
        ended = await herald.run_turn(clinic.db, clinic.request(text, model="builtin"))
        assert isinstance(ended, Done)
        said = ended.text or ""
        await clinic.say(text)
        if said:
            await clinic.say(said, author="agent")
    return said


@pytest.mark.parametrize("before", ["Is there parking?", "How much is a sports massage?"])
@pytest.mark.parametrize("question", ["Where are you located, and how do I get there?", "Where are you?"])
async def test_a_question_of_its_own_is_not_answered_with_what_was_asked_before(
    clinic: Story, before: str, question: str
) -> None:
    reply = await told(clinic, before, question)
    assert LOCATION in reply
    assert PARKING not in reply
    assert "€69" not in reply


async def test_a_bare_how_long_is_about_what_was_asked_before(clinic: Story) -> None:
    assert "60 minutes" in await told(clinic, "How much is a sports massage?", "And how long?")


@pytest.mark.parametrize(
    "text",
    [
        "My address is ann@example.com",
        "Meine Adresse ist ann@example.com",
        "Mi dirección es ann@example.com",
        "Mon adresse est ann@example.com",
        "I changed my address, it is now ann@example.com",
    ],
)
async def test_an_address_that_is_given_is_not_asked_for(clinic: Story, text: str) -> None:
    reply = await told(clinic, text)
    assert LOCATION not in reply
    assert "Ada Quist" in reply


async def test_beside_an_address_only_what_is_asked_is_answered(clinic: Story) -> None:
    reply = await told(clinic, "Is there parking? My address is ann@example.com")
    assert PARKING in reply
    assert LOCATION not in reply
    assert LOCATION in await told(clinic, "What is your address? Mine is ann@example.com")


async def test_after_a_message_that_got_no_answer_the_new_one_is_read(clinic: Story) -> None:
    await clinic.say("Is there parking?")
    reply = await told(clinic, "Where are you?")
    assert LOCATION in reply
    assert PARKING not in reply


@pytest.mark.parametrize(
    ("text", "opening", "facts"),
    [
        ("Y a-t-il un parking ?", "Bonjour", [PARKING]),
        ("¿Hablan francés?", "¡Hola!", ["English, German and Spanish"]),
        (
            "Guten Tag, ich habe zwei Fragen: Was kostet eine Massage und haben Sie am Samstag geöffnet? Grüße, Jonas",
            "Guten Tag",
            ["€69", "Saturday from 9:00"],
        ),
    ],
)
async def test_the_reply_is_in_the_language_of_the_question(
    clinic: Story, text: str, opening: str, facts: list[str]
) -> None:
    reply = await told(clinic, text)
    assert reply.startswith(opening)
    assert all(fact in reply for fact in facts)


async def test_a_price_without_a_service_is_every_price(clinic: Story) -> None:
    reply = await told(clinic, "How much does it cost?")
    assert all(price in reply for price in ("€75", "€48", "€69"))


async def test_what_it_costs_is_about_what_was_asked_before(clinic: Story) -> None:
    reply = await told(clinic, "Is there parking?", "How much does it cost?")
    assert PARKING in reply
    assert "€" not in reply


async def test_who_wants_no_person_gets_none(clinic: Story) -> None:
    reply = await told(clinic, "I don't want to talk to a human. What are your hours?")
    assert "8:00 to 19:00" in reply
    assert "colleague" not in reply


@pytest.mark.parametrize(
    ("text", "fact", "not_said"),
    [
        ("I have HIV. Can I park?", PARKING, "€"),
        ("My appointment is on Monday. What should I bring?", "bring your insurance card", "two times that suit you"),
        ("Don't send me to a human, just tell me the address", LOCATION, "colleague"),
        ("I do not want an appointment, I only want to know the prices", "€69", "your name"),
        ("No quiero una cita, solo quiero saber los precios", "€69", "su nombre"),
        ("Je ne veux pas de rendez-vous, je veux juste connaître les prix", "€69", "votre nom"),
        ("Can I cancel tomorrow without paying?", "up to 24 hours before", "bank transfer"),
        ("Übernimmt die Krankenkasse die Kosten?", "all public health insurers", "€69"),
        ("thanks! one more question: is there parking?", PARKING, "insurance"),
    ],
)
async def test_only_what_is_asked_is_answered(clinic: Story, text: str, fact: str, not_said: str) -> None:
    reply = await told(clinic, text)
    assert fact in reply
    assert not_said not in reply


@pytest.mark.parametrize(
    "text",
    [
        "When is my appointment?",
        "My invoice is wrong, you charged me twice",
        "I want to speak with the doctor please",
        "I fell and broke my hip, what do I do",
    ],
)
async def test_what_only_people_can_settle_is_handed_on(clinic: Story, text: str) -> None:
    assert "colleague" in await told(clinic, text)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("My name is Anna Sauer. Do you have parking?", PARKING),
        ("I hurt my knee on the tennis court. How much is a first assessment?", "€75"),
        ("I don't need a refund, how can I pay?", "by card"),
        ("I am not unhappy. How can I pay?", "by card"),
        ("I do not have chest pain, only back pain. How much is physio?", "€48"),
        ("Est-ce accessible en fauteuil roulant ?", "step-free"),
        ("Are you open on Christmas?", "public holidays"),
        ("Are you open at 6pm on Friday?", "Friday from 8:00 to 16:00"),
        ("Combien coûte un massage sportif ?", "€69"),
        ("Ist Parken kostenlos und wie lange dauert eine Massage?", PARKING),
        ("Kann ich meinen Termin kostenlos verschieben?", "24 hours"),
    ],
)
async def test_a_question_is_not_taken_for_trouble(clinic: Story, text: str, fact: str) -> None:
    reply = await told(clinic, text)
    assert fact in reply
    assert "passed" not in reply


async def test_several_messages_at_once_are_answered_like_each_of_them(clinic: Story) -> None:
    asked = {
        "What are your opening hours?": "8:00 to 19:00",
        "Is there parking?": "free for two hours",
        "What does a physiotherapy session cost, and how long does it take?": "€48",
        "How do I cancel or move an appointment?": "24 hours",
        "How can I pay?": "card",
        "What should I bring to my first visit?": "insurance card",
    }
    reply = await told(clinic, "\n\n".join(f"{question} My reference is A123." for question in asked))
    assert [fact for fact in asked.values() if fact not in reply] == []


async def test_the_price_of_what_nobody_wrote_down_is_not_another_ones(clinic: Story) -> None:
    reply = await told(clinic, "How much is an X-ray?")
    assert "not sure" in reply or "€" not in reply
