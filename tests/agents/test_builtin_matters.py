"""Which texts are a person's though no pattern knows their words, and which are everyday ones."""

import pytest

from dynaris.agents.builtin import matter_words
from dynaris.agents.builtin.concerns import concern_of, likely_concern, sure_concern
from tests.agents.asked import calls, says, told, wrote


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the man at your desk laughed at me and I left in tears", "complaint"),
        ("meine beine kribbeln seit der letzten behandlung", "medical"),
        ("Me habeis vuelto a cobrar la sesión que cancelasteis vosotros", "money"),
        ("ma voiture a été rayée sur votre parking", "injury"),
        ("you put a picture of me online without my consent", "privacy"),
        ("dile a tom que me llame él mismo", "person"),
    ],
)
def test_it_is_recognized_by_words_that_no_pattern_has(text: str, name: str) -> None:
    assert concern_of(text) is None
    found = sure_concern(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        "Hi, what does an hour of massage cost and when could I come on Tuesday?",
        "Ich habe Schulterschmerzen und hätte gern nächste Woche einen Termin bei Anna.",
        "¿Se puede pagar con tarjeta y hay sitio para aparcar?",
        "Bonjour, je dois annuler mon rendez-vous de jeudi, merci !",
        "",
        "👍",
    ],
)
def test_an_everyday_message_is_none(text: str) -> None:
    assert sure_concern(text) is None
    assert likely_concern(text) is None


def test_one_such_sentence_in_a_long_friendly_letter_suffices() -> None:
    friendly = "I hope you are well. Thank you for the appointment on Tuesday and for the times that you sent me. "
    assert sure_concern(friendly * 5 + "My leg has gone numb since the last session. " + friendly * 5) is not None


def test_no_example_is_both_a_matter_and_an_everyday_message() -> None:
    matters, everyday = set[str](), set(matter_words.EVERYDAY.replace("\n", "|").split("|"))
    for name, examples in vars(matter_words).items():
        if name.isupper() and name != "EVERYDAY":
            matters |= set(examples.strip().replace("\n", "|").split("|"))
    assert len(matters) > 1000
    assert len(everyday) > 500
    assert not matters & everyday - {""}


def test_a_chat_message_that_nobody_understands_goes_to_a_person() -> None:
    """Not the question what it is about: whoever says what went wrong is not asked to say it otherwise."""
    name, arguments = calls(told(), wrote("the kettle exploded while Boris juggled our violins"))
    assert name == "escalate"
    assert "colleague" in arguments["message"]
    assert says(told(), wrote("the violins")).endswith("?")
