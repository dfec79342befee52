"""What the product itself says on calls, and what it takes for mere listening."""

import pytest

from dynaris.calls.words import LANGUAGES, shows_listening, words


@pytest.mark.parametrize("said", ["Yeah.", "Yes, yes.", "Mhm", "OK", "Genau.", "Sí, claro", "D'accord", "I see."])
def test_a_word_that_shows_that_somebody_listens(said: str) -> None:
    assert shows_listening(said)


@pytest.mark.parametrize("said", ["", "Yeah, but not on Monday", "No", "Yes please call me", "ja ja ja ja", "Monday"])
def test_what_is_meant_is_no_mere_listening(said: str) -> None:
    assert not shows_listening(said)


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_everything_can_be_said_in_every_language(language: str) -> None:
    assert "Clinic" in words("greeting", language, business="Clinic")
    for saying in ("greeting_unnamed", "moment", "still", "more", "there", "bye", "time", "colleague", "back", "sorry"):
        assert words(saying, language)
