"""The built-in model: data and silence, thanks and praise, and what is no complaint."""

import pytest
from pydantic_ai.messages import (
    TextPart,
)

from tests.agents.asked import HOURS, INTRODUCED, calls, says, step, told, wrote


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("Please delete all my data", "your data"),
        ("What data do you have about me?", "your data"),
        ("What happens to my data?", "your data"),
        ("Bitte löschen Sie meine Daten", "zu Ihren Daten"),
        ("Quiero que borren todos mis datos", "sobre sus datos"),
        ("Veuillez supprimer mes données", "vos données"),
        ("Please stop writing to me", "any more messages"),
        ("unsubscribe me", "any more messages"),
        ("STOP", "any more messages"),
        ("Schreiben Sie mir bitte nicht mehr", "keine Nachrichten mehr"),
        ("Por favor, no me escriban más", "más mensajes"),
        ("Arrêtez de m'écrire", "ne souhaitez plus"),
    ],
)
def test_who_wants_their_data_or_silence_gets_a_person_and_the_fitting_word(text: str, phrase: str) -> None:
    name, arguments = calls(told(passages=(HOURS,)), *INTRODUCED, wrote(text))
    assert name == "escalate"
    assert phrase in arguments["message"]


def test_who_wants_no_more_messages_is_promised_none() -> None:
    assert "answer" not in calls(told(), *INTRODUCED, wrote("unsubscribe me"))[1]["message"]


def test_who_wants_no_appointment_is_not_asked_for_contact_details() -> None:
    reply = says(told(passages=(HOURS,)), *INTRODUCED, wrote("I do not want an appointment, when are you open?"))
    assert reply == f"From our information on “{HOURS[0]}”: {HOURS[1]}"


@pytest.mark.parametrize(
    "text", ["how are you today?", "Hallo, wie geht es Ihnen?", "¿Qué tal?", "Comment allez-vous ?"]
)
def test_how_it_is_gets_a_short_answer(text: str) -> None:
    reply = says(told(), *INTRODUCED, wrote(text))
    asked = ("Thank you for asking", "Danke der Nachfrage", "Gracias por preguntar", "Merci de demander")
    assert reply.startswith(asked)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("thanks, that helped a lot!", "You are welcome!"),
        ("thanks, that was very helpful!", "You are welcome!"),
        ("danke, das hat mir sehr geholfen!", "Gern geschehen!"),
        ("gracias, muy útil", "¡De nada!"),
        ("merci beaucoup, ça m'a beaucoup aidé", "Je vous en prie !"),
        ("the massage was great", "Good to hear. I am here if you need anything else."),
        ("Die Behandlung war sehr gut", "Das freut mich. Melden Sie sich gern, wenn noch etwas offen ist."),
        ("Help me please!", "How can I help you?"),
        ("Hilfe!", "Wie kann ich Ihnen helfen?"),
    ],
)
def test_thanks_with_a_word_of_praise_and_a_bare_cry_for_help_are_understood(text: str, reply: str) -> None:
    assert says(told(), *INTRODUCED, wrote(text)) == reply


def test_praise_beside_a_request_does_not_hide_it() -> None:
    text = "The massage was great. Please cancel my appointment tomorrow"
    assert "your name and an e-mail address" in says(told(), *INTRODUCED, wrote(text))
    assert calls(told(), *INTRODUCED, wrote("The massage was at three"))[0] == "escalate"


@pytest.mark.parametrize("text", ["The pain was bad, when are you open?", "My shoulder was painful after sport"])
def test_what_hurts_is_no_complaint(text: str) -> None:
    part = step(told(passages=(HOURS,)), *INTRODUCED, wrote(text))
    assert isinstance(part, TextPart) or part.args_as_dict()["reason"] != "the contact complains"
