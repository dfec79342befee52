"""What a text asks: its parts, and for each the words that say what it is about."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from dynaris.core.language import detect
from dynaris.core.language_words import FUNCTION_WORDS
from dynaris.knowledge.words import MEANINGS, SAID_OTHERWISE, SAYS_LITTLE, SAYS_NOTHING

LONGEST = 2000  # characters of a text that are looked at
MOST_PARTS = 8
A_NUMBER = 0.25  # a date or an order: it seldom says which passage is meant
MOST_TERMS = 12  # per part: more of them belong to a story, not to a question

_INTERROGATIVES = (
    "how|what|where|when|which|who|do|does|did|is|are|can|could|may|will|would|should|"
    "wie|wieviel|was|wo|wann|welche|welchen|wer|gibt|kann|können|habt|haben|ist|sind|darf|"
    "cuánto|cuanto|cuánta|qué|dónde|donde|cuándo|cuál|hay|tienen|aceptan|puedo|pueden|"
    "combien|quel|quelle|quels|quelles|où|quand|comment|avez|acceptez|puis|peut"
)
_ASKING = re.compile(rf"(?:{_INTERROGATIVES})\b", re.IGNORECASE)
_BREAK = re.compile(
    rf"[.!…]+(?=\s|$)|(?<=[?？])|[;\n]+|,?\s+(?:and|und|y|et|or|oder|o|ou)\s+(?=(?:{_INTERROGATIVES})\b)"
    rf"|,\s+(?=(?:{_INTERROGATIVES})\b)|\s+(?:and|und|y|et)\s+(?=(?:i|we|ich|wir|yo|je|nous)\b)"
    rf"|:\s+(?=(?:{_INTERROGATIVES})\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:am|pm|h|uhr|st|nd|rd|th)?")
_WORD = re.compile(r"[^\W_]+")
_SAID_OTHERWISE = tuple((re.compile(said), word) for said, word in SAID_OTHERWISE)
_NO_SUBJECT = re.compile(r"\S+@\S+|https?://\S+|\+?\d[\d\s()/-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Term:
    word: str
    alike: str  # words of the same meaning, separated by blanks
    weight: float


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, or one of several questions in a sentence."""

    text: str
    asks: bool
    terms: tuple[Term, ...]


def parts(text: str) -> list[Part]:
    """The parts of a text that are about something; a part without a subject of its own joins the one before."""
    lines = (" ".join(line.split()) for line in text[:LONGEST].splitlines())
    return list(_parts("\n".join(filter(None, lines))))  # long runs of blanks take patterns long


@lru_cache(maxsize=128)  # search and the built-in model read the same text
def _parts(text: str) -> tuple[Part, ...]:
    dropped = FUNCTION_WORDS.get(detect(text) or "", frozenset())
    found: list[Part] = []
    for piece in _BREAK.split(text):
        if len(found) > MOST_PARTS:
            break
        sentence = piece.strip(" ,\t\r")
        if not sentence or sentence.startswith(">"):
            continue
        terms = _terms(sentence, dropped)
        if not terms:
            if found and sentence.endswith(("?", "？")):  # "My mother uses a wheelchair. Can she get in?"
                found[-1] = replace(found[-1], text=f"{found[-1].text} {sentence}", asks=True)
            continue
        part = Part(sentence, sentence.endswith(("?", "？")) or bool(_ASKING.match(sentence)), terms)
        if not leans(terms) or (part.asks and not found):
            found.append(part)
        elif part.asks:
            found[-1] = _joined(found[-1], part)
    return tuple(found[:MOST_PARTS])


def leans(terms: tuple[Term, ...]) -> bool:
    """ "How much?" needs what was said before; "Where are you?" does not."""
    return all(term.weight < 1 and term.alike != MEANINGS["where"] for term in terms)


def _joined(first: Part, second: Part) -> Part:
    known = {term.word for term in first.terms}
    new = tuple(term for term in second.terms if term.word not in known)
    return Part(f"{first.text} {second.text}", first.asks or second.asks, (first.terms + new)[:MOST_TERMS])


def _terms(sentence: str, dropped: frozenset[str]) -> tuple[Term, ...]:
    terms: dict[str, Term] = {}
    for word in _WORD.findall(_in_one_word(_NO_SUBJECT.sub(" ", sentence).lower())):
        weight = A_NUMBER if _NUMBER.fullmatch(word) else SAYS_LITTLE.get(word)
        if word in terms or len(word) < 2 or word in SAYS_NOTHING or (word in dropped and not weight):
            continue
        alike = MEANINGS.get(word, "")
        if alike and any(term.alike == alike for term in terms.values()):
            continue
        terms[word] = Term(word, alike, weight or 1.0)
        if len(terms) == MOST_TERMS:
            break
    return tuple(terms.values())


def _in_one_word(sentence: str) -> str:
    for said, word in _SAID_OTHERWISE:
        sentence = said.sub(word, sentence)
    return sentence
