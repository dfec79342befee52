"""Which passages answer a part of a text, told by the words of it that each covers and how well."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from dynaris.knowledge.questions import Part, Term
from dynaris.knowledge.topics import ATTRIBUTES

FLOOR = 0.55  # a passage that covers less of a question is not taken for its answer; workspaces may set another
ASIDE = 0.5  # what a sentence that asks nothing weighs beside one that does
UNKNOWN = 2.0  # a word that no passage has is what the question is about, more than one that many have
IN_HEADING = 0.9  # a word covered at least so well stands in the heading
IN_TEXT = 0.45  # two words that only come up in a text place it lower than one in the heading
UNTOLD = 0.5  # of the weight of an attribute that a passage about the thing does not name
SUBJECT = 0.5  # a word of this weight is missed where it is not covered
MOST_TOGETHER = 3
TIE = 0.02


@dataclass(frozen=True, slots=True)
class Passage:
    """`score` is the share of the question that is covered, 0 to 1; 1 is all of it, in the heading.

    Passages that answer a part together (each has what the other lacks, or nothing in the question tells them
    apart) come one after the other with the score that they have together.
    """

    id: UUID
    source_id: UUID
    title: str  # of its source
    heading: str
    text: str
    score: float
    part: int = 0  # which of the text's parts (`questions.parts`) it covers
    page: str | None = None  # as a person would name the place in the document
    link: str | None = None
    covers: tuple[str, ...] = ()  # the words of the question that it has, or what means the same


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage and what it covers of one part: `covers[i]`, 0 to 1, of the part's term number `terms[i]`."""

    id: UUID
    source_id: UUID
    title: str
    heading: str
    text: str
    page: str | None
    link: str | None
    part: int
    terms: list[int]
    covers: list[float]
    weights: Mapping[int, float]  # of the terms that count in the passage's language
    known: frozenset[int]  # the terms that some passage has

    def passage(self, score: float, asked: Sequence[Term]) -> Passage:
        covers = tuple(asked[number].word for number in sorted(self.terms))
        own = self.id, self.source_id, self.title, self.heading, self.text
        return Passage(*own, score, self.part, self.page, self.link, covers)


def rank(asked: Sequence[Part], candidates: Sequence[Candidate], *, limit: int) -> list[Passage]:
    """Best first; every part gets its turn before any gets a second one."""
    somebody_asks = any(part.asks for part in asked)
    turns: list[tuple[int, Passage]] = []
    for number, part in enumerate(asked):
        rated = [_Rated(candidate, part.terms) for candidate in candidates if candidate.part == number]
        share = 1.0 if part.asks or not somebody_asks else ASIDE
        turns += [
            (turn, candidate.passage(score * share, part.terms))
            for turn, (candidate, score) in enumerate(_of_part(rated, part.terms))
        ]
    turns.sort(key=lambda each: (each[0], -each[1].score))
    return sorted(_once(turns)[:limit], key=lambda passage: -passage.score)


def _once(turns: Sequence[tuple[int, Passage]]) -> list[Passage]:
    """Each passage for the part that it covers best, and for those that it answers first."""
    best: dict[UUID, float] = {}
    for _, passage in turns:
        best[passage.id] = max(passage.score, best.get(passage.id, 0))
    return [passage for turn, passage in turns if turn == 0 or passage.score == best[passage.id]]


def place_weight(term: Term, weight: float) -> float:
    """What a term weighs for the order of passages: "how much" asks no less for a price than "price" does.

    What a passage is about stands in its heading: a word there counts fully, and `IN_TEXT` of it elsewhere. The
    statement that reads the candidates orders them in the same way.
    """
    return max(1.0, weight) if term.concept in ATTRIBUTES else weight


class _Rated:
    """A candidate with its place among the others of its part."""

    def __init__(self, candidate: Candidate, terms: Sequence[Term]) -> None:
        self.candidate = candidate
        self.covers = dict(zip(candidate.terms, candidate.covers, strict=True))
        asked_of = {n for n in candidate.weights if terms[n].concept in ATTRIBUTES}
        # A passage about the thing may well tell what is asked of it; that of another thing does not.
        is_about = any(terms[n].kind in ("thing", "action") for n, cover in self.covers.items() if cover >= IN_HEADING)
        self.weights = {
            n: weight * UNTOLD if is_about and n in asked_of and n not in self.covers else weight
            for n, weight in candidate.weights.items()
        }
        self.missing = {
            n for n in self.weights if terms[n].weight >= SUBJECT and n in candidate.known and n not in self.covers
        }
        if is_about:
            self.missing -= asked_of
        subjects = {n for n in self.weights if terms[n].concept not in ATTRIBUTES}
        self.attributes = {n for n in self.covers if terms[n].concept in ATTRIBUTES}
        self.has_subject = not subjects or not subjects.isdisjoint(self.covers)
        self.score = self.share(self.covers)
        places = {number: 1 if cover >= IN_HEADING else IN_TEXT for number, cover in self.covers.items()}
        weights = {n: place_weight(terms[n], weight) for n, weight in self.weights.items()}
        self.place = sum(weights[number] * place for number, place in places.items()) / sum(weights.values())

    def share(self, covers: Mapping[int, float]) -> float:
        return sum(self.weights[number] * cover for number, cover in covers.items()) / sum(self.weights.values())


def _of_part(rated: list[_Rated], terms: Sequence[Term]) -> list[tuple[Candidate, float]]:
    """The candidates of one part with their scores, those that answer it together first."""
    if not rated:
        return []
    rated.sort(key=lambda each: (not each.has_subject, -round(each.place, 6), not each.attributes))
    first = rated[0]
    together, score = _together(first, rated[1:])
    together = list(dict.fromkeys([*together, *_beside(first, rated, terms)]))[: max(len(together), MOST_TOGETHER)]
    others = [each for each in rated if each not in together]
    return [(each.candidate, score) for each in together] + [
        (each.candidate, min(each.score, score - TIE)) for each in others
    ]


def _together(first: _Rated, others: Sequence[_Rated]) -> tuple[list[_Rated], float]:
    """The first, and those that it needs beside it; the share that they cover together."""
    together, covers, missing = [first], first.covers, first.missing
    if not first.has_subject:  # a price of something else
        missing = set()
    # Beside a price stands no passage that has the thing's other name and tells no price, and no price of another.
    fitting = [other for other in others if other.has_subject and (other.attributes or not first.attributes)]
    while len(together) < MOST_TOGETHER:
        adding = [(other, _best(covers, other.covers)) for other in fitting if missing & other.covers.keys()]
        if not adding:
            break
        other, covers = max(adding, key=lambda each: first.share(each[1]) + each[0].score)
        together.append(other)
        missing = missing - covers.keys()
    if len(together) == 1 and first.score >= IN_HEADING:
        together += [other for other in others if abs(other.place - first.place) < TIE]
    return together, first.share(covers)


def _beside(first: _Rated, rated: Sequence[_Rated], terms: Sequence[Term]) -> Iterator[_Rated]:
    """What else is about a thing that the first has in its text at most: the passage with the thing in its heading.
    Where none has, which of several texts is meant cannot be told, unless one tells what is asked of the thing."""
    tells = any(terms[number].kind == "attribute" for number in first.covers)
    for number in _subjects(terms):
        if first.covers.get(number, 0) >= IN_HEADING:
            continue
        having = [each for each in rated if number in each.covers]
        headed = [each for each in having if each.covers[number] >= IN_HEADING]
        if headed:
            yield headed[0]
        elif len(having) <= MOST_TOGETHER and not tells:
            yield from having


def _subjects(terms: Sequence[Term]) -> list[int]:
    """The things that are named, or else what many things are: services."""
    named = [n for n, term in enumerate(terms) if term.concept and term.weight >= 1]
    things = [n for n in named if terms[n].kind == "thing"]
    return things or [n for n in named if terms[n].kind == "frame"]


def _best(covers: Mapping[int, float], other: Mapping[int, float]) -> dict[int, float]:
    return {number: max(covers.get(number, 0), other.get(number, 0)) for number in covers.keys() | other.keys()}
