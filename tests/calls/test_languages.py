"""Callers ask for their language in whichever they have; who only names one is not taken at their word."""

import pytest

from dynaris.calls.languages import asked_for
from dynaris.calls.words import LANGUAGES


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Can we speak German, please?", "de"),
        ("Können wir auf Englisch sprechen?", "en"),
        ("¿Habla usted español?", "es"),
        ("Français?", "fr"),
        ("Possiamo parlare italiano", "it"),
        ("Posso falar em português?", "pt"),
        ("Kunnen we Nederlands spreken?", "nl"),
        ("My German shepherd is ill.", None),
        ("I bought an Italian sofa in the shop where they had French and Spanish ones.", None),
        ("Do you speak German or French?", None),
        ("Do you speak Swahili?", None),
    ],
)
def test_a_language_that_is_asked_for(said: str, language: str | None) -> None:
    assert asked_for(said, spoken=LANGUAGES) == language


def test_a_language_that_the_agent_does_not_speak_is_left() -> None:
    assert asked_for("Can we speak German, please?", spoken=["en", "fr"]) is None
