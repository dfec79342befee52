"""What a sentence asks about when all its words are taken together: the classifier's labels as concepts.

A concept's words find a thing that is named; a reading also finds one that is only described ("so that I do not stand
before a locked door").
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from dynaris.classifier import Reading, read
from dynaris.classifier.reading import weights
from dynaris.knowledge import concepts, words
from dynaris.knowledge.concepts import MARK, Concept, Kind, concept_named, marks_of

SURE = 0.5
_LEAST = 0.3  # less than that is a guess
CERTAIN = 0.8
_SURELY_OTHER = 0.6
_STORY_SHARE = 0.4
_HARDLY = 0.1

# Whoever asks about these asks for one thing, in whichever words.
_ASKED = (
    *("open", "address", "bus", "parking", "wheelchair", "contact", "language", "pay", "invoice", "insurance"),
    *("prescription", "discount", "voucher", "deposit", "quote", "book", "cancel", "bring", "online", "next_free"),
    *("shipping", "return", "warranty", "dog", "ten"),
)
ATTRIBUTES = ("price", "long")  # what is asked of a thing, and is no thing itself
# Many things: which one is told by the words beside.
_BROAD = ("service", "child", "food", "facilities", "staff", "stock", "rental", "first_visit")
KINDS: dict[str, Kind] = {
    **dict.fromkeys(_ASKED, "thing"),
    **dict.fromkeys(ATTRIBUTES, "attribute"),
    **dict.fromkeys(_BROAD, "side"),
}
# Whoever asks whether something is rented has no answer in what is said of the renting of something else.
DONE_WITH_A_THING = frozenset(("rental", "repair", "stock", "return", "tradein", "disposal"))
# Nobody asks what these cost: the price is that of something else.
_PLAIN_FACTS = ("open", "address", "bus", "contact", "language", "wheelchair", "bring", "book")
_ABOUT_MONEY = ("pay", "invoice", "insurance", "prescription")
UNPRICED = frozenset((*_PLAIN_FACTS, "phone", "email", *_ABOUT_MONEY))
# Concepts that a label has another name for, or that are labels of what nothing is written about.
_LABELS = {
    **{concept: concept for concept in (*KINDS, "job", "privacy")},
    **{"phone": "contact", "email": "contact", "late": "running_late"},
}
_RULING = (*_ASKED, "service", "rental", "stock", "other")
_MANNERS = ("greeting", "thanks", "praise")
_STORY = ("chatter", *_MANNERS, "auto_reply", "advert")


def topics_of(reading: Reading) -> Iterator[tuple[Concept, float]]:
    """The concepts that it asks about, each with its weight, the surest first."""
    for label, share in reading.shares.items():
        if label in KINDS and (share >= SURE or (share >= _LEAST and label in (reading.label, *ATTRIBUTES))):
            known = concept_named(label)
            kind: Kind = KINDS[label] if share >= SURE or KINDS[label] == "side" else "guess"
            yield replace(known, kind=kind), 1.0 if share >= SURE else 2 * share


def is_about(reading: Reading, least: float = SURE) -> bool:
    """About what may be written down, whether or not it is put as a question."""
    return reading.of(*KINDS) >= least and reading.label in KINDS


def tells(reading: Reading) -> bool:
    """What asks nothing: a story, or manners."""
    return reading.of(*_STORY) >= _STORY_SHARE and reading.label in _STORY


def is_courtesy(reading: Reading) -> bool:
    return reading.of(*_MANNERS) >= SURE


def rules_out(reading: Reading, concept: str) -> bool:
    """Surely about something else: a "Zehnerkarte" is no way of paying."""
    if reading.share < _SURELY_OTHER or reading.of(_LABELS.get(concept, reading.label)) >= _HARDLY:
        return False
    return reading.label in _RULING or (reading.label in ATTRIBUTES and concept in ATTRIBUTES)


def is_beside(reading: Reading, concept: str) -> bool:
    """The sentence is about one thing for certain, and that is another."""
    return reading.share >= CERTAIN and reading.label in _ASKED and _LABELS.get(concept) not in reading.shares


def may_be(reading: Reading, concept: str) -> bool:
    return concept not in _LABELS or _LABELS[concept] in reading.shares


@lru_cache(maxsize=1)
def marks_version() -> str:
    """Of what tells a heading's marks: others are due where it has changed."""
    lists = [(files(concepts) / name).read_text("utf-8") for name in ("concepts.tsv", "everyday.tsv")]
    told = (weights().examples, repr(sorted(KINDS)), repr(sorted(words.MEANINGS.items())), *lists)
    return sha256("\n".join(told).encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def marks(heading: str, language: str | None) -> tuple[str, ...]:
    """The concepts that a passage is about, as its index has them: those that are named, and the one that is meant."""
    reading = read(heading)
    named = [mark for mark in marks_of(heading, language) if not rules_out(reading, mark.removeprefix(MARK))]
    meant = [MARK + reading.label] if reading.share >= CERTAIN and reading.label in KINDS else []
    return tuple(sorted({*named, *meant}))
