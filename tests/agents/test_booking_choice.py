"""What the built-in model reads of an answer to an offer."""

import time
from datetime import datetime

import pytest

from dynaris.agents.builtin.booking_choice import Answer, answer_to_offer, options_in, own_words
from dynaris.core.language import detect

NOW = datetime.fromisoformat("2026-11-23T10:00:00+01:00")  # a Monday
OFFER = """For “Sports massage” I can offer you:
1. Thursday, 26 November 2026, 09:00
2. Thursday, 26 November 2026, 11:00
3. Friday, 27 November 2026, 15:00"""


def answered(text: str) -> Answer:
    options = options_in(OFFER, "Europe/Berlin")
    return answer_to_offer(text, options, now=NOW, timezone="Europe/Berlin", language=detect(text) or "en")


@pytest.mark.parametrize(
    "text",
    [
        "The first one is too early, is there anything on Friday?",
        "I do not want the first one.",
        "The second is too late for me.",
        "15:00? No, that's when my son has school.",
        "Is the first one with Anna or with Tom?",
        "If I take the third one, can I cancel it later?",
        "Anything but the first.",
        "The third would have been good but I'm away that day, sorry",
        "Maybe the second, I have to ask my husband",
        "I am not sure yet, let me ask my wife and I get back to you tomorrow.",
        "Friday isn't possible for me",
        "Der erste ist mir zu früh, geht auch Freitag?",
        "Den ersten möchte ich nicht.",
        "Ist der zweite bei Anna oder bei Tom?",
        "Vielleicht der zweite, ich melde mich",
        "La primera es demasiado temprano, ¿hay algo el viernes?",
        "No quiero la primera.",
        "¿La segunda es con Anna?",
        "Le premier est trop tôt…",
        "Je ne veux pas le premier.",
        "Le deuxième, c'est avec Anna ?",
    ],
)
def test_what_is_declined_doubted_or_asked_about_is_not_chosen(text: str) -> None:
    found = answered(text)
    assert found.option is None
    assert not found.accepts or found.declines


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I can't do the second, but the third works.", 3),
        ("Not the first one, the second please.", 2),
        ("No, the second one", 2),
        ("No problem, the first one", 1),
        ("Can I have the second one?", 2),
        ("15:00 works for me, can I bring my dog?", 3),
        ("the 11:00 please", 2),
        ("Friday then, thanks", 3),
        ("Vielen Dank für die Antwort. Nummer 2 passt mir gut, bitte eintragen.", 2),
        ("Der erste geht nicht, aber der zweite passt", 2),
        ("Kann ich den dritten haben?", 3),
        ("wenn möglich den ersten", 1),
        ("La primera no, mejor la segunda", 2),
        ("me quedo con la de las 9:00", 1),
        ("Pas le premier, plutôt le deuxième", 2),
        ("Je prends le dernier, merci", 3),
    ],
)
def test_a_clear_yes_to_one_of_them_chooses_it(text: str, number: int) -> None:
    option = answered(text).option
    assert option
    assert option.number == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Friday rather, the first one", 3),
        ("lieber Freitag, der erste", 3),
        ("mejor el viernes, la primera", 3),
        ("vendredi plutôt, le premier", 3),
        ("Thursday, the last one please", 2),
        ("the second one, on Thursday", 2),
        ("the first, Thursday at 9", 1),
        ("den 2. bitte", 2),
        ("the 3rd", 3),
    ],
)
def test_of_a_day_that_is_named_the_first_is_the_first_on_that_day(text: str, number: int) -> None:
    option = answered(text).option
    assert option
    assert option.number == number


@pytest.mark.parametrize(
    "text",
    [
        "the first one on Wednesday",
        "Wednesday rather, at 9:00",
        "Freitag um 11:00 lieber",
        "number 1, on Friday",
        "el viernes a las 9:00",
    ],
)
def test_what_was_offered_on_other_days_only_is_not_chosen(text: str) -> None:
    assert answered(text).option is None


def test_where_the_first_may_be_the_days_first_or_the_first_of_all_none_is_chosen() -> None:
    offer = OFFER.replace("1. Thursday, 26 November 2026, 09:00", "1. Wednesday, 25 November 2026, 09:00")
    options = options_in(
        offer.replace("3. Friday, 27 November 2026, 15:00", "3. Thursday, 26 November 2026, 15:00"), "UTC"
    )
    found = answer_to_offer("the second one on Thursday", options, now=NOW, timezone="UTC", language="en")
    assert found.option is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("the latter", 2), ("the former please", 1), ("der frühere", 1), ("Letzterer bitte", 2), ("le plus tôt", 1)],
)
def test_of_two_the_former_and_the_latter_are_chosen(text: str, number: int) -> None:
    options = options_in("\n".join(OFFER.splitlines()[:3]), "Europe/Berlin")
    found = answer_to_offer(text, options, now=NOW, timezone="Europe/Berlin", language=detect(text) or "en")
    assert found.option
    assert found.option.number == number
    assert answered("the latter").option is None, "of three, that is no choice"


def test_who_has_to_ask_first_is_unsure() -> None:
    assert answered("I am not sure yet, let me ask my wife and I get back to you tomorrow.").unsure


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("ja\n\nAm Sa., 21. Nov. 2026 um 22:50 Uhr schrieb Demo <hello@demo.example>:\n> 1. x", "ja"),
        ("ok\n\nOn Sat, 21 Nov 2026 at 22:50, Demo <hello@demo.example>\nwrote:\n\n1. x", "ok"),
        ("oui\nLe sam. 21 nov. 2026 à 22:50, Demo <hello@demo.example> a écrit :\n> 1. x", "oui"),
        ("Am Montag schrieb ich Ihnen schon.\nDienstag?", "Am Montag schrieb ich Ihnen schon.\nDienstag?"),
    ],
)
def test_what_mail_programs_quote_is_not_what_was_said(text: str, own: str) -> None:
    assert own_words(text) == own


def test_a_text_of_nothing_but_lines_costs_no_time() -> None:
    began = time.process_time()
    own_words("\n" * 20_000)
    assert time.process_time() - began < 1
