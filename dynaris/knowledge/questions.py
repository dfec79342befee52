"""What a text asks: its parts, and for each the words that say what it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from dynaris.classifier import Reading, read
from dynaris.core.language import detect
from dynaris.core.language_words import FUNCTION_WORDS
from dynaris.knowledge.concepts import Concept, Kind, concept_of, is_everyday, phrases_in
from dynaris.knowledge.topics import (
    ATTRIBUTES,
    CERTAIN,
    DONE_WITH_A_THING,
    KINDS,
    UNPRICED,
    is_about,
    is_beside,
    is_courtesy,
    rules_out,
    tells,
    topics_of,
)
from dynaris.knowledge.words import SAID_OTHERWISE, SAYS_LITTLE, SAYS_NOTHING

LONGEST = 2000  # characters of a text that are looked at
MOST_PARTS = 8
A_NUMBER = 0.25  # a date or an order: it seldom says which passage is meant
_ASKED_OF_IT = 0.6  # an attribute, in a word or phrase that names nothing else
_BESIDE = 0.4
_THINGS = ("thing", "action")
_RULED_OUT = 0.25
_MARKS = ("?", "？")
_OBJECTS = ("thing", "frame", "plain")
_AROUND = 0.25
_MOST_AROUND = 2
_BRIEF = 5  # words
_FEW_WORDS = 3  # of a question that may be about the sentence before
MOST_TERMS = 12  # per part: more of them belong to a story, not to a question

_INTERROGATIVES = (
    "how|what|whats|what's|where|wheres|when|which|who|do|does|did|is|are|can|could|may|will|would|should|"
    "wie|wieviel|was|wo|wann|welche|welchen|wer|gibt|kann|können|habt|haben|ist|sind|darf|"
    "cuánto|cuanto|cuánta|qué|dónde|donde|cuándo|cuál|hay|tienen|aceptan|puedo|pueden|"
    "combien|quel|quelle|quels|quelles|où|quand|comment|avez|acceptez|puis|peut"
)
_PREPOSITIONS = "until|till|from|at|by|on|in|to|for|bis|ab|um|von|a|en|de|hasta|desde|para|à|pour|avec|jusqu['’]à"
_ASKING = re.compile(rf"(?:{_INTERROGATIVES})\b", re.IGNORECASE)
_ASKING_SOON = re.compile(rf"(?:\w{{1,12}},? )?(?:{_INTERROGATIVES})\b", re.IGNORECASE)  # after a "hi" or "so"
# Where no question mark is written: the verb before its subject, or a wish to know.
_ASKS_SO = re.compile(
    r"\b(?:do|does|can|could|will|would|should|am|is|are) (?:i|we|you|u|it|there|they|he|she)\b"
    r"|^(?!(?:dass|wenn|weil|ob|als|falls|da|bevor|nachdem|damit|leider|gestern|heute|jetzt)\b)"
    r"[a-zäöüß]+(?:e|st|t|en|g|b|k|m|l|nn|rf) (?:ich|wir|man|ihr|sie|du|es)\b"
    r"|\b(?:unter|auf|in|mit|bei|für|ab|bis|zu|an|von) (?:welche[rnms]?|wann)\b"
    r"|\b(?:at|on|in|to|for|until|till|by|from) (?:which|what|when)\b"
    r"|\b(?:a|en|de|con|hasta|desde|para|por) (?:qué|cuál|quién|cuándo)\b"
    r"|\b(?:à|de|en|par|pour|avec) quel(?:le)?s?\b"
    r"|\b(?:let me know|tell me|i(?:['’]d| would) like to know|want(?:ed)? to know|wonder(?:ing)?|asking"
    r"|wissen|sagen sie mir|sagt mir|saber|decirme|dime|díganme|me dices|savoir|dites-moi|me dire|m['’]indiquer)\b",
    re.IGNORECASE,
)
# What is asked for by "do you have …?" is named right after it.
_EXISTS = re.compile(
    r"\b(?:do (?:you|u|they) (?:also |even |still )?"
    r"(?:have|offer|sell|do|provide|make|stock|carry|rent|serve|treat|run)|(?:is|are) there|got any"
    r"|habt ihr|haben sie|hätten sie|gibt(?:'s| es)?|bietet ihr|bieten sie|macht ihr|machen sie"
    r"|verkauf(?:t ihr|en sie)|behandel[nt]+ (?:ihr|sie)"
    r"|tienen|tenéis|hay|ofrecen|ofrecéis|hacen|hacéis|venden|vendéis"
    r"|avez[- ]vous|vous avez|y a[- ]t[- ]il|il y a|y a|proposez[- ]vous|vous proposez|vendez[- ]vous|vous vendez"
    r"|faites[- ]vous|vous faites)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?:,|\s[-–—]|\(|\))\s*")
_CONDITION = re.compile(r"(?:if|when|wenn|falls|si|s['’]|quand|cuando|was ist)\b", re.IGNORECASE)
_OF_THEIRS = re.compile(
    r"\b(?:i|i['’]m|my|we|our|ich|wir|mein\w*|unser\w*|yo|mi|mis|estoy|tengo|soy|nuestr\w+|je|j|mon|ma|mes|nous)\b",
    re.IGNORECASE,
)
_HOW_THAT = re.compile(
    r"\bwie (?:läuft|geht|ist|funktioniert|macht|sieht) (?:\w+ )?das\b"
    r"|\bhow (?:does|do|is|would|will) (?:that|this|it) (?:work|go)\b"
    r"|\bcómo (?:va|funciona|es) (?:eso|lo|esto)\b|\bcomment ça (?:se passe|marche|fonctionne|va)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(r"\b(?:what|which|welche[nrs]?|was|qué|cuál(?:es)?|quel(?:le)?s?)\b", re.IGNORECASE)
# A question about what was said before.
_POINTS_BACK = re.compile(
    r"\b(?:it|that|this|those|these|they|them|das|es|dies|davon|dafür|eso|esto|ese|ello|ça|cela|ce)\b"
    r"|^\W*(?:and|und|y|et|ok|okay|also|dann|entonces|alors)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(
    rf"[.!…]+(?=\s|$)|(?<=[?？])|[;\n]+|,?\s+(?:and|und|y|et|or|oder|o|ou)\s+(?=(?:(?:{_PREPOSITIONS})\s+)?(?:{_INTERROGATIVES})\b)"
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
    kind: Kind = "plain"
    concept: str = ""  # its name, where it is one
    is_asked_for: bool = False  # "do you have …?"


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
    language = detect(text)
    found: list[Part] = []
    told: list[Part] = []
    since: list[Part] = []  # told since the question before
    for sentence in _pieces(text):
        if max(len(found), len(told)) > MOST_PARTS:
            break
        reading = read(sentence)
        if is_courtesy(reading) and not sentence.endswith(_MARKS):
            continue
        terms = _told_of(sentence, language)
        asks = _asks(sentence, reading) or _is_brief(sentence, terms) or _asks_how_much(sentence, terms)
        part = Part(sentence, asks, terms)
        if part.asks:
            of_last = part.terms and _is_bare(part) and _named(part, found[-1:])
            _add(part, found, since or ([] if of_last else told))
            since = []
        elif terms:
            told.append(part)
            since.append(part)
    if not found:  # nothing is put as a question
        found = [replace(part, asks=True) for part in told if is_about(read(part.text))] or told
    return tuple(found[:MOST_PARTS])


def _add(part: Part, found: list[Part], told: Sequence[Part]) -> None:
    """A question to those before; one that needs more has it from what was told, else from the question before."""
    if part.terms and not _needs_more(part, told):
        found.append(_with(part, _around(part, told)))
    elif of_theirs := _named(part, told):
        found.append(_with(part, of_theirs))
    elif found:
        found[-1] = _joined(found[-1], part)
    elif part.terms:
        found.append(part)
    elif told:
        found.append(_joined(told[-1], part))


def _pieces(text: str) -> Iterator[str]:
    """Sentences, and the questions of one that asks several; a condition stays with what is asked about it."""
    condition = ""
    for piece in _BREAK.split(text):
        sentence = piece.strip(" ,\t\r")
        if not _WORD.search(sentence) or sentence.startswith(">"):
            continue
        if _CONDITION.match(sentence) and not sentence.endswith(_MARKS):
            condition += f"{sentence}, "
            continue
        if condition and _OF_THEIRS.match(sentence) and not sentence.endswith(_MARKS) and not _ASKS_SO.search(sentence):
            condition = f"{condition.rstrip(', ')} + {sentence}, "  # "if he is ill and I can't come"
            continue
        yield condition + sentence
        condition = ""
    if condition:
        yield condition.rstrip(", ")


def _asks(sentence: str, reading: Reading) -> bool:
    if sentence.endswith(_MARKS) or "¿" in sentence or is_about(reading, CERTAIN):
        return True
    return not tells(reading) and bool(_ASKING.match(sentence) or _ASKS_SO.search(sentence))


def _is_brief(sentence: str, terms: tuple[Term, ...]) -> bool:
    """ "The address please": a few words and a thing that is asked about everywhere."""
    if sentence.count(" ") >= _BRIEF or _OF_THEIRS.search(sentence):
        return False
    return any(term.concept in KINDS and term.kind in _THINGS for term in terms)


def _asks_how_much(sentence: str, terms: tuple[Term, ...]) -> bool:
    """ "Whats the price lol": put like chatter, and a question all the same."""
    return _ASKING_SOON.match(sentence) is not None and any(term.concept in ATTRIBUTES for term in terms)


def _needs_more(part: Part, told: Sequence[Part]) -> bool:
    """ "He is in a wheelchair. Would that be all right?" asks about the wheelchair."""
    if leans(part.terms) or leans_back(part) or _HOW_THAT.search(part.text):
        return True
    if _is_bare(part):
        return True
    unnamed = all(term.kind in ("plain", "side", "frame") and not term.is_asked_for for term in part.terms)
    return unnamed and bool(told) and len(part.terms) <= _FEW_WORDS and not _WHICH.search(part.text)


def _is_bare(part: Part) -> bool:
    """Asks for a price and the like, of what is not named."""
    return all(term.kind in ("attribute", "side") for term in part.terms)


def _named(part: Part, told: Sequence[Part]) -> list[Term]:
    """The things that were told before a question that names none. A price is asked of what a business does, and
    not of what is asked about at all of them."""
    terms = [term for one in told for term in one.terms if term.concept and term.kind in (*_THINGS, "frame")]
    if any(term.kind == "attribute" for term in part.terms):
        return [term for term in terms if term.concept not in UNPRICED]
    return terms


def _around(part: Part, told: Sequence[Part]) -> list[Term]:
    """What was told is weighed a little beside a thing that is described and not named."""
    if any(term.kind in _THINGS and term.word != term.concept for term in part.terms):
        return []
    return [replace(term, weight=_AROUND, kind="side") for term in _named(part, told)][:_MOST_AROUND]


def _with(part: Part, terms: Sequence[Term]) -> Part:
    new = {term.concept: term for term in terms}
    for term in part.terms:
        new.pop(term.concept, None)
    return replace(part, terms=(*part.terms, *new.values())[:MOST_TERMS])


def leans(terms: tuple[Term, ...]) -> bool:
    """ "How much?" needs what was said before; "Where are you?" does not."""
    return all(term.weight < 1 and term.concept != "address" for term in terms)


def leans_back(part: Part) -> bool:
    """Asks something of a thing that is not named: "And what does it cost?"."""
    if leans(part.terms):
        return True
    is_bare = all(term.kind in ("attribute", "side") or term.weight < 1 for term in part.terms)
    return is_bare and bool(_POINTS_BACK.search(part.text))


def _joined(first: Part, second: Part) -> Part:
    known = {term.word for term in first.terms}
    new = tuple(term for term in second.terms if term.word not in known)
    return Part(f"{first.text} {second.text}", first.asks or second.asks, (first.terms + new)[:MOST_TERMS])


@lru_cache(maxsize=512)  # short sentences come again and again
def _told_of(sentence: str, language: str | None) -> tuple[Term, ...]:
    """Without the clauses of a question that tell something of theirs, beside one that names what is asked about."""
    reading = read(sentence)
    clauses = _CLAUSE.split(sentence)
    if len(clauses) > 1 and _asks(sentence, reading):
        asking = ", ".join(clause for clause in clauses if _stays(clause))
        terms = _terms(asking, language, reading)
        if any(term.kind in _THINGS for term in terms):
            return terms
    return _terms(sentence, language, reading)


def _stays(clause: str) -> bool:
    return _asks(clause, read(clause)) or bool(_CONDITION.match(clause)) or not _OF_THEIRS.search(clause)


def _terms(sentence: str, language: str | None, reading: Reading) -> tuple[Term, ...]:
    dropped = FUNCTION_WORDS.get(language or "", frozenset())
    words = _WORD.findall(_in_one_word(_NO_SUBJECT.sub(" ", sentence).lower()))
    phrases = {places: concept for places, concept in phrases_in(words, language)}
    begins = {places[0]: concept for places, concept in phrases.items()}
    taken = {place for places in phrases for place in places}
    terms: dict[str, Term] = {}
    for at, word in enumerate(words):
        if at in begins:
            term = _of_phrase(begins[at])
        elif at in taken:
            continue
        else:
            term = _of_word(word, dropped, language)
        if term is None or term.word in terms:
            continue
        if rules_out(reading, term.concept):
            term = replace(term, weight=_RULED_OUT, kind="side")
        elif term.kind == "thing" and is_beside(reading, term.concept):  # a towel, where it is asked what to bring
            term = replace(term, kind="action")
        if term.concept and (same := next((one for one in terms.values() if one.concept == term.concept), None)):
            if same.weight >= term.weight:
                continue
            del terms[same.word]
        terms[term.word] = term
        if len(terms) == MOST_TERMS:
            break
    return _as_read(_asked_for(sentence, tuple(terms.values())), reading)


def _as_read(terms: tuple[Term, ...], reading: Reading) -> tuple[Term, ...]:
    """With what the sentence as a whole is about."""
    named = {term.concept: term for term in terms if term.concept}
    says_which = any(term.kind not in ("side", "attribute") for term in terms)
    for concept, weight in topics_of(reading):
        if (concept.kind == "side" and says_which) or (concept.name in ATTRIBUTES and named):
            continue
        term = Term(concept.name, concept.alike, weight, concept.kind, concept.name)
        if (same := named.get(concept.name)) is None:
            terms = (term, *terms)
        elif same.weight <= weight and term.kind == "thing":
            terms = tuple(replace(one, weight=weight, kind=term.kind) if one is same else one for one in terms)
    return terms[:MOST_TERMS]


def _of_phrase(concept: Concept) -> Term:
    weight = _ASKED_OF_IT if concept.kind == "attribute" else _BESIDE if concept.kind == "side" else 1.0
    return Term(concept.name, concept.alike, weight, concept.kind, concept.name)


def _of_word(word: str, dropped: frozenset[str], language: str | None) -> Term | None:
    weight = A_NUMBER if _NUMBER.fullmatch(word) else SAYS_LITTLE.get(word)
    if len(word) < 2 or word in SAYS_NOTHING or (word in dropped and not weight):
        return None
    concept = concept_of(word, language)
    if concept is None:
        if weight is None and is_everyday(word, language):
            return None
        return Term(word, "", weight or 1.0, "side" if weight else "plain")
    if weight is None and concept.kind == "side":
        weight = _BESIDE
    return Term(word, concept.alike, weight or 1.0, concept.kind, concept.name)


def _asked_for(sentence: str, terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """With the thing marked that "do you have …?" asks for, where it stands in no list, or "do you rent …?"."""
    done = next((n for n, term in enumerate(terms) if term.concept in DONE_WITH_A_THING), None)
    if done is not None:
        others = [term for term in (*terms[done + 1 :], *reversed(terms[:done])) if term.kind in _OBJECTS]
        return tuple(replace(term, is_asked_for=True) if term in others[:1] else term for term in terms)
    exists = _EXISTS.search(sentence)
    if exists is None:
        return terms
    after = sentence[exists.end() :].lower()
    named = next((term for term in terms if term.kind != "side" and term.word in after), None)
    if named is None or named.kind != "plain":
        return terms
    return tuple(replace(term, is_asked_for=True) if term is named else term for term in terms)


def _in_one_word(sentence: str) -> str:
    for said, word in _SAID_OTHERWISE:
        sentence = said.sub(word, sentence)
    return sentence
