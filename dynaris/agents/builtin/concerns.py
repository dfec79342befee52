"""What a person has to settle, told by how people say so in English, German, Spanish and French.

Texts are compared in lower case and without accents, as who types in haste leaves them out. In doubt it is for a
person: nobody minds an answer from one. A general question about such a matter ("Do you give discounts?") is left
to what is written, where something is written about the matter itself.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from dynaris.agents.builtin import concern_words, medical_words, private_words
from dynaris.agents.builtin.booking_wants import may_want_a_time
from dynaris.agents.builtin.intents import means, plain
from dynaris.agents.builtin.matters import LIKELY, SURE, matter_of
from dynaris.agents.builtin.plain_words import Spotter, any_of, folded

Name = Literal[
    "person", "emergency", "injury", "legal", "money", "medical", "privacy", "others", "internal", "complaint",
    "special", "documents", "lost", "job", "press", "offer",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concern:
    name: Name
    reason: str  # for the team
    phrase: str  # what the contact is told, of `phrases`
    written: re.Pattern[str] | None = None  # what is written answers it, where it has one of these words


_ABOUT = concern_words.WRITTEN_ABOUT
_TOLD_BY: tuple[tuple[Concern, str], ...] = (
    (Concern("injury", "somebody was hurt or something was damaged", "sensitive"), concern_words.INJURY),
    (Concern("legal", "this may be a legal matter", "sensitive"), concern_words.LEGAL),
    (Concern("privacy", "the contact asks about their own data", "privacy"), private_words.PRIVACY),
    (Concern("others", "asks for what concerns somebody else", "passed_on"), private_words.OTHERS),
    (Concern("internal", "asks for what is not for customers", "passed_on"), private_words.INTERNAL),
    (Concern("medical", "asks for medical advice", "sensitive"), medical_words.MEDICAL),
    (Concern("money", "this is about money", "sensitive", any_of(_ABOUT["money"])), concern_words.MONEY),
    (Concern("complaint", "the contact complains", "complaint"), concern_words.COMPLAINT),
    (Concern("press", "the press is asking", "passed_on"), concern_words.PRESS),
    (Concern("job", "asks for work", "passed_on", any_of(_ABOUT["job"])), concern_words.JOB),
    (Concern("offer", "asks for an offer", "passed_on", any_of(_ABOUT["offer"])), concern_words.OFFER),
    (Concern("special", "asks for an exception", "sensitive", any_of(_ABOUT["special"])), concern_words.SPECIAL),
    (Concern("lost", "something was left behind", "passed_on"), concern_words.LOST),
    (
        Concern("documents", "asks for a document", "passed_on", any_of(_ABOUT["documents"])),
        concern_words.DOCUMENTS,
    ),
)
CONCERNS = tuple(concern for concern, _ in _TOLD_BY)
_SPOTTER = Spotter(
    {concern.name: patterns for concern, patterns in _TOLD_BY}
    | {"person": concern_words.PERSON, "no_complaint": concern_words.NO_COMPLAINT}
)
_OTHER_MATTERS = {
    "person": Concern("person", "the contact asks for a person", "person_asked"),
    "emergency": Concern("emergency", "this may be an emergency", "emergency"),
    "injury": Concern("injury", "somebody was hurt, or something was damaged or taken", "sensitive"),
}
_BY_NAME = {concern.name: concern for concern in CONCERNS} | _OTHER_MATTERS
_OF_THE_CALENDAR = 3.0  # more weight is wanted of what books or moves an appointment


@lru_cache(maxsize=128)  # routing and answering read the same text
def _found(text: str) -> set[str]:
    return _SPOTTER.found(folded(text))


def concern_of(text: str) -> Concern | None:
    """What a pattern knows; the gravest first."""
    found = _found(text)
    if "no_complaint" in found:
        found = found - {"complaint"}
    return next((concern for concern in CONCERNS if concern.name in found), None) if found else None


@lru_cache(maxsize=128)
def sure_concern(text: str, least: float = SURE) -> Concern | None:
    """What no pattern knows and all its words speak for."""
    matter = matter_of(text)
    if matter.weight < least or "no_complaint" in _found(text):
        return None
    if matter.weight < least + _OF_THE_CALENDAR and (may_want_a_time(text) or means("booking", plain(text))):
        return None
    return _BY_NAME[matter.name]


def likely_concern(text: str) -> Concern | None:
    """For where nothing else is known to say: what it is most likely about."""
    matter = matter_of(text)
    return _BY_NAME[matter.name] if matter.weight >= LIKELY else None


def asks_for_a_person(text: str) -> bool:
    return "person" in _found(text)


def is_written_about(concern: Concern, text: str) -> bool:
    """Whether a passage says something about the matter itself."""
    return concern.written is not None and concern.written.search(folded(text)) is not None
