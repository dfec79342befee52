"""What customers of any business ask about, in several languages, as data: concepts, and words that are no subject.

`concepts.tsv` says in which words and phrases a thing is asked for: "leave the car" is parking. `everyday.tsv` has
the words that a story is told with. Both say nothing about a business: that is found with the passages' own words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from dynaris.knowledge.words import MEANINGS

# A thing is what is asked about, an action what is done with it (paying); an attribute is what is asked of it (its
# price), a frame is what many things are (a session, a room), and what is said beside counts little. A guess is what
# a sentence is likely about, told by all its words together. `plain`: a word that stands in no list.
Kind = Literal["thing", "action", "attribute", "frame", "side", "guess", "plain"]
MARK = "~"  # before a concept's name, as passages have it whose heading names the concept

_LONGEST_HEADING = 300
_GAP = 3  # words that may stand where a phrase has `~`
_SHORTEST_STEM = 4  # letters from which on a stem is looked for in passages too
_OTHERS_STEM = 5  # letters of a stem that is known in another language than the text's
_ATTRIBUTES = frozenset({"price", "long", "old"})
_WEEKDAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
_FRAMES = {"ten", "private", "service", "session", "visit", "sports", "first", "student", "team", "size"}
_WORD = re.compile(r"[^\W_]+\*?|~")


@dataclass(frozen=True, slots=True)
class Concept:
    name: str
    kind: Kind
    alike: str  # the words for it in every language, separated by blanks


@dataclass(frozen=True, slots=True)
class Phrase:
    words: tuple[str, ...]
    concept: Concept

    def taken(self, text: Sequence[str], at: int) -> tuple[int, ...]:
        """The places of its words in the text from this one on; none where it does not stand there."""
        places, skip = [at], 0
        at += 1
        for word in self.words[1:]:
            if word == "~":
                skip = _GAP
                continue
            found = next((n for n in range(at, min(at + skip + 1, len(text))) if _is(text[n], word)), None)
            if found is None:
                return ()
            places.append(found)
            at, skip = found + 1, 0
        return tuple(places)


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


@dataclass(slots=True)
class Lexicon:
    """Of one language: single words, stems, and phrases by their first word."""

    words: dict[str, Concept] = field(default_factory=dict)
    stems: dict[str, Concept] = field(default_factory=dict)
    phrases: dict[str, list[Phrase]] = field(default_factory=dict)
    everyday: set[str] = field(default_factory=set)
    everyday_stems: set[str] = field(default_factory=set)

    def stem_of(self, word: str, shortest: int = 3) -> tuple[int, Concept] | None:
        return next(
            ((n, self.stems[word[:n]]) for n in range(len(word), shortest - 1, -1) if word[:n] in self.stems), None
        )

    def is_everyday(self, word: str, longer_than: int = 0) -> bool:
        return word in self.everyday or any(
            word[:n] in self.everyday_stems for n in range(len(word), max(2, longer_than), -1)
        )


@lru_cache(maxsize=1)
def lexicons() -> dict[str, Lexicon]:
    concepts = _concepts()
    found: dict[str, Lexicon] = {"": Lexicon()}
    for name, kind, language, forms in _rows("concepts.tsv"):
        lexicon = found.setdefault(language, Lexicon())
        concept = _as(kind, concepts) or concepts[name]
        for form in forms.split(", "):
            _add(lexicon, form, concept)
    for word, alike in MEANINGS.items():
        found[""].words[word] = concepts[_name(alike)]
    for language, forms in _rows("everyday.tsv"):
        lexicon = found.setdefault(language, Lexicon())
        for form in forms.split(", "):
            (lexicon.everyday_stems if form.endswith("*") else lexicon.everyday).add(form.rstrip("*"))
    for lexicon in found.values():
        for phrases in lexicon.phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase.words))
    return found


def _rows(name: str) -> Iterator[list[str]]:
    for line in (files(__name__) / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _as(kind: str, concepts: dict[str, Concept]) -> Concept | None:
    """`side:open`: other words for a concept, which count as another kind."""
    own, _, other = kind.partition(":")
    return replace(concepts[other], kind=own) if other else None  # pyright: ignore[reportArgumentType]


def _name(alike: str) -> str:
    return alike.partition(" ")[0]


@lru_cache(maxsize=1)
def _concepts() -> dict[str, Concept]:
    """With the words of all languages; those in `words.py` first, which are the most usual."""
    alike = {_name(words): dict.fromkeys(words.split()) for words in MEANINGS.values()}
    kinds: dict[str, str] = {name: _usual_kind(name) for name in alike}
    for name, kind, _, forms in _rows("concepts.tsv"):
        if ":" in kind:
            continue
        kinds[name] = kind
        words = alike.setdefault(name, {name: None})
        words.update(dict.fromkeys(stem for form in forms.split(", ") if (stem := _single(form))))
    return {name: Concept(name, kinds[name], " ".join(words)) for name, words in alike.items()}  # pyright: ignore[reportArgumentType]


def _usual_kind(name: str) -> Kind:
    if name in _WEEKDAYS:  # asks when a place is open, where nothing else is asked
        return "action"
    return "attribute" if name in _ATTRIBUTES else "frame" if name in _FRAMES else "thing"


def _single(form: str) -> str | None:
    stem = form.rstrip("*")
    return stem if stem.isalpha() and (stem == form or len(stem) >= _SHORTEST_STEM) else None


def _add(lexicon: Lexicon, form: str, concept: Concept) -> None:
    words = tuple(_WORD.findall(form))
    if len(words) > 1:
        lexicon.phrases.setdefault(words[0], []).append(Phrase(words, concept))
    elif form.endswith("*"):
        lexicon.stems[form[:-1]] = concept
    else:
        lexicon.words[form] = concept


def concept_of(word: str, language: str | None) -> Concept | None:
    """What a single word asks about; in the text's language, or in another one where it says nothing in this."""
    own, usual = _of(language), lexicons()[""]
    if found := own.words.get(word):
        return found
    if word in own.everyday:
        return None
    if found := usual.words.get(word):
        return found
    stem = own.stem_of(word)
    if own.is_everyday(word, stem[0] if stem else 0):
        return None
    if stem:
        return stem[1]
    for other in lexicons().values():
        if found := other.words.get(word):
            return found
        if stem := other.stem_of(word, _OTHERS_STEM):
            return stem[1]
    return None


def marks_of(heading: str, language: str | None) -> list[str]:
    """The concepts that a passage is about, as its index has them."""
    words = _WORD.findall(heading.lower()[:_LONGEST_HEADING])
    named = {concept.name for _, concept in phrases_in(words, language)}
    found = (concept_of(word, language) for word in words)
    named |= {concept.name for concept in found if concept}
    return sorted(MARK + name for name in named)


def concept_named(name: str) -> Concept:
    """One that no word stands for has only its name."""
    return _concepts().get(name) or Concept(name, "thing", "")


def is_everyday(word: str, language: str | None) -> bool:
    if language in lexicons():
        return _of(language).is_everyday(word)
    return any(lexicon.is_everyday(word) for lexicon in lexicons().values())


def phrases_in(words: Sequence[str], language: str | None) -> Iterator[tuple[tuple[int, ...], Concept]]:
    """The phrases of the text's language, and which of its words each takes; longest first."""
    spoken = [_of(language)] if language in lexicons() else list(lexicons().values())
    taken: set[int] = set()
    for at, word in enumerate(words):
        for lexicon in spoken:
            for phrase in lexicon.phrases.get(word, ()):
                places = phrase.taken(words, at)
                if places and taken.isdisjoint(places):
                    taken.update(places)
                    yield places, phrase.concept
                    break


def _of(language: str | None) -> Lexicon:
    return lexicons().get(language or "", lexicons()[""])
