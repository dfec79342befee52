"""What a word that no passage has may be: mistyped, or made of several everyday words."""

from dataclasses import replace
from functools import lru_cache

from dynaris.classifier import Reading, read
from dynaris.core.language_words import FUNCTION_WORDS
from dynaris.knowledge.concepts import concept_of
from dynaris.knowledge.questions import Part, Term
from dynaris.knowledge.topics import may_be
from dynaris.knowledge.vocabulary import nearest
from dynaris.knowledge.words import MEANINGS, SAYS_LITTLE, SAYS_NOTHING

_SHORTEST = 5  # letters of a word that may be mistyped
_SHORTEST_PART = 5  # of a compound


def understood(part: Part, unknown: set[str]) -> Part:
    """With the meaning of everyday words put to the unknown ones, where they are told from them."""
    reading = read(part.text)
    return replace(part, terms=tuple(_meant(term, reading) if term.word in unknown else term for term in part.terms))


def _meant(term: Term, reading: Reading) -> Term:
    if term.alike or term.word.isdigit():
        return term
    meant = [concept_of(word, None) for word in everyday(term.word)]
    found = list(dict.fromkeys(concept for concept in meant if concept and may_be(reading, concept.name)))
    if not found:
        return term
    thing = next((concept for concept in found if concept.kind == "thing"), found[0])
    alike = " ".join(concept.alike for concept in found)
    return replace(term, alike=alike, kind=thing.kind, concept=thing.name, is_asked_for=False)


@lru_cache(maxsize=4096)
def everyday(word: str) -> list[str]:
    """The usual words that are meant by one, or are in it; none where there is none."""
    if len(word) < _SHORTEST or not word.isalpha() or _is_known(word):
        return []
    if slip := nearest(word, _by_letter().get(word[0], ())):
        return [slip[0]]
    return _pieces(word)


def _is_known(word: str) -> bool:
    return word in MEANINGS or word in SAYS_NOTHING or word in SAYS_LITTLE


def _pieces(word: str) -> list[str]:
    """Everyday words at a compound's beginning and end: "Parkgebühren", "Sportmassage", "Gutscheincode"."""
    ends = [word[at:] for at in range(1, len(word) - _SHORTEST_PART + 1) if word[at:] in MEANINGS]
    begins = [word[:at] for at in range(len(word) - 1, _SHORTEST_PART - 1, -1) if word[:at] in MEANINGS]
    return [*begins[:1], *ends[:1]]


@lru_cache(maxsize=1)
def _by_letter() -> dict[str, list[str]]:
    """The everyday words that are long enough to be told from others when they are mistyped."""
    small = frozenset().union(*FUNCTION_WORDS.values())
    found: dict[str, list[str]] = {}
    for word in MEANINGS:
        if len(word) >= _SHORTEST and word not in small:
            found.setdefault(word[0], []).append(word)
    return found
