"""Who answers a message, told by what it wants."""

import pytest

from dynaris.agents.builtin.given import read
from dynaris.agents.builtin.route import route
from tests.agents.asked import wrote


def routed(text: str, channel: str = "webchat") -> dict[str, str]:
    return route(read("", [wrote(f"Channel: {channel}\n\n{text}")]))


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("I'd like an appointment on Thursday afternoon, please.", "scheduling"),
        ("Leider muss ich meinen Termin morgen absagen.", "scheduling"),
        ("¿Podría pasar mi cita al viernes?", "scheduling"),
        ("How late can I cancel an appointment without paying?", "chat"),
        ("Wie mache ich bei Ihnen einen Termin aus?", "chat"),
        ("Combien coûte une séance et combien de temps dure-t-elle ?", "chat"),
        ("Do you sell gift vouchers for a massage?", "chat"),
        ("Could somebody ring me back this afternoon?", "voice"),
        ("What number can I call you on?", "chat"),
        ("Could you send me a quote for painting three rooms?", "email_sales"),
        ("We run a hotel and would like an offer for our guests.", "email_sales"),
    ],
)
def test_a_wish_goes_to_who_fulfils_it_and_a_question_to_who_answers(text: str, agent: str) -> None:
    assert routed(text)["agent"] == agent


@pytest.mark.parametrize("subject", ["", "Termin\n\n", "Visit\n\n", "Cita\n\n", "Sports massage\n\n"])
@pytest.mark.parametrize(
    "text",
    [
        "Haircut on 9 December at 10:00 please",
        "Reifenwechsel am 3. Dezember um 14 Uhr bitte",
        "masaje el 12 de enero a las 10 por favor",
        "Coupe le 5 février à 9h svp",
        "Hallo, geht nächsten Mittwoch nach vier?",
        "¿Puedo ir el próximo jueves después de las cuatro?",
        "el lunes 30 a las 11, o si no el martes",
        "What does a sports massage cost, and can I come on Thursday at 10?",
        "Ich hätte gern nächste Woche eine Massage. Freitag geht gar nicht.",
    ],
)
def test_a_short_wish_with_a_date_is_one_whatever_the_mail_is_called(subject: str, text: str) -> None:
    assert routed(subject + text, "email")["agent"] == "scheduling"


@pytest.mark.parametrize(
    "text",
    [
        "Merci, à jeudi !",
        "Super, dann bis Freitag!",
        "Great, see you on Thursday!",
        "Muchas gracias, nos vemos el lunes",
    ],
)
def test_who_says_goodbye_until_a_day_wants_no_other_one(text: str) -> None:
    assert routed(text)["agent"] == "chat"


def test_a_letter_with_a_question_goes_to_who_answers_letters() -> None:
    assert routed("How late can I cancel an appointment without paying?", "email")["agent"] == "email_sales"


def test_what_a_person_settles_asks_no_calendar() -> None:
    chosen = routed("Your therapist was rude on Monday and I want to speak to your boss about the appointment.")
    assert chosen["agent"] == "chat"
    assert chosen["priority"] == "high"
