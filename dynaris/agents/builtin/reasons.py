"""Why the built-in model hands a conversation to a person, where more than one place says so."""

from typing import Literal

A_PERSON = "the contact asks for a person"
UNKNOWN = "our information does not answer this"
DID_NOT_HELP = "our information does not answer the question"
ASKED_AGAIN = "asked again and again: our answer does not help"
STILL_OPEN = "a question is open"
NO_QUESTION = "a message without a question"
QUESTION_MARKS = "the contact sent question marks"
# This model's own limits: a better one might have answered. All others are a person's.
OWN_LIMITS = frozenset({UNKNOWN, DID_NOT_HELP, ASKED_AGAIN, STILL_OPEN, NO_QUESTION, QUESTION_MARKS})


def because(reason: str) -> Literal["asked_for_person", "low_confidence", "policy"]:
    """As agents/turn.py names reasons."""
    if reason == A_PERSON:
        return "asked_for_person"
    return "low_confidence" if reason in OWN_LIMITS else "policy"
