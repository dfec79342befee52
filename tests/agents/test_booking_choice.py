"""What the built-in model reads of an answer to an offer."""

import time

import pytest

from dynaris.agents.builtin.booking_choice import own_words


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
