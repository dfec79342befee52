"""What a person has to settle: told by what the sentences read as, and by phrases that leave no doubt.

The classifier reads every sentence; `concern_words` and its neighbours know phrases in English, German, Spanish and
French that it may take for a general question. In doubt it is for a person: nobody minds an answer from one. A
general question about such a matter ("Do you give discounts?") is left to what is written, where something is
written about the matter itself.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from dynaris.agents.builtin import concern_words, medical_words, private_words
from dynaris.agents.builtin.emergency import speaks_of_danger
from dynaris.agents.builtin.plain_words import Spotter, any_of, folded
from dynaris.classifier import read, sentences


@dataclass(frozen=True, slots=True)
class Concern:
    name: str  # what the classifier calls it
    reason: str  # for the team
    phrase: str  # what the contact is told, of `phrases`
    written: re.Pattern[str] | None = None  # what is written answers it, where it has one of these words


_ABOUT = {name: any_of(patterns) for name, patterns in concern_words.WRITTEN_ABOUT.items()}
# The gravest first.
CONCERNS = {
    name: Concern(name, reason, phrase, _ABOUT.get(name))
    for name, reason, phrase in (
        ("emergency", "this may be an emergency", "emergency"),
        ("injury", "somebody was hurt, or something was damaged or taken", "sensitive"),
        ("legal", "this may be a legal matter", "sensitive"),
        ("privacy", "the contact asks about their own data", "privacy"),
        ("others", "asks for what concerns somebody else", "passed_on"),
        ("internal", "asks for what is not for customers", "passed_on"),
        ("medical", "asks for medical advice", "sensitive"),
        ("money_dispute", "this is about money", "sensitive"),
        ("complaint", "the contact complains", "complaint"),
        ("press", "the press is asking", "passed_on"),
        ("job", "asks for work", "passed_on"),
        ("offer", "asks for an offer", "passed_on"),
        ("special", "asks for an exception", "sensitive"),
        ("lost", "something was left behind", "passed_on"),
        ("documents", "asks for a document", "passed_on"),
        ("human", "the contact asks for a person", "person_asked"),
    )
}
_SPOTTER = Spotter(
    {
        "injury": concern_words.INJURY,
        "legal": concern_words.LEGAL,
        "privacy": private_words.PRIVACY,
        "others": private_words.OTHERS,
        "internal": private_words.INTERNAL,
        "medical": medical_words.MEDICAL,
        "money_dispute": concern_words.MONEY,
        "complaint": concern_words.COMPLAINT,
        "press": concern_words.PRESS,
        "job": concern_words.JOB,
        "offer": concern_words.OFFER,
        "special": concern_words.SPECIAL,
        "lost": concern_words.LOST,
        "documents": concern_words.DOCUMENTS,
        "human": concern_words.PERSON,
        "no_complaint": concern_words.NO_COMPLAINT,
    }
)
_BESIDE = (
    "chatter", "greeting", "thanks", "praise", "advert", "auto_reply", "wrong_address", "callback", "unsubscribe",
)  # fmt: skip
SURE = 0.24
LIKELY = 0.1  # for where nothing else is known to say
_EMERGENCY = 0.5  # who is in danger says so in few words, which `emergency` knows
_ORDINARY = 0.5
_TRADES = {"legal", "job"}  # of what customers do for a living they tell beside their question
_TOLD_BESIDE = -0.1
_FEW_WORDS = 4  # so few read as anything: a signature, a name


@lru_cache(maxsize=128)  # routing and answering read the same text
def _found(text: str) -> frozenset[str]:
    found = _SPOTTER.found(folded(text))
    return frozenset(found - {"complaint", "no_complaint"} if "no_complaint" in found else found)


@dataclass(frozen=True, slots=True)
class _Read:
    name: str  # what the gravest sentence is about
    weight: float
    danger: float  # how sure that a sentence tells of danger to life, whatever is asked beside it
    ordinary: float  # how sure that a sentence is an ordinary question or wish

    def suffices(self, least: float) -> bool:
        if self.name == "emergency":
            return max(self.danger, self.weight) >= _EMERGENCY
        return self.weight >= least


@lru_cache(maxsize=128)
def _read(text: str) -> _Read:
    """How sure it is that any sentence is such a matter, less where another is an ordinary question: beside one,
    people tell much about themselves."""
    name, gravest, none, danger, ordinary = "", 0.0, 1.0, 0.0, 0.0
    for sentence in dict.fromkeys(sentences(text)):  # what is said again in a burst is no surer
        reading = read(sentence)
        share = reading.of(*CONCERNS)
        ordinary = max(ordinary, sum(reading.shares.values()) - share - reading.of(*_BESIDE))
        if sum(word[0].isalnum() for word in sentence.split()) < _FEW_WORDS:
            continue
        none *= 1 - share
        danger = max(danger, reading.of("emergency"))
        if share > gravest:
            gravest, name = share, next(label for label in reading.shares if label in CONCERNS)
    return _Read(name, 1 - none - ordinary / 2, danger, ordinary)


def concern_of(text: str, least: float = SURE) -> Concern | None:
    """The gravest of what phrases tell and of what the sentences read as."""
    told, found = _read(text), _found(text) - {"human"}
    if found and told.weight < _TOLD_BESIDE:
        found -= _TRADES
    # What words for danger tell, or deny, is `emergency`'s to say.
    if told.suffices(least) and not (told.name == "emergency" and speaks_of_danger(text)):
        found |= {told.name}
    if told.ordinary >= _ORDINARY:  # who gives the assistant orders beside a question gets that answered and no more
        found -= {"internal"}
    return next((concern for name, concern in CONCERNS.items() if name in found), None)


def asks_for_a_person(text: str) -> bool:
    return "human" in _found(text) or (_read(text).name == "human" and _read(text).suffices(SURE))


def is_written_about(concern: Concern, text: str) -> bool:
    """Whether a passage says something about the matter itself."""
    return concern.written is not None and concern.written.search(folded(text)) is not None
