"""Search: from a text to the passages that cover what it asks, best first."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.knowledge import candidates
from dynaris.knowledge.candidates import Group, Tier, Wanted
from dynaris.knowledge.concepts import MARK
from dynaris.knowledge.embeddings.asking import MOST_NEAR, fused, near_of
from dynaris.knowledge.questions import Part, Term, parts
from dynaris.knowledge.ranking import UNKNOWN, Candidate, Passage, place_weight, rank
from dynaris.knowledge.slips import understood
from dynaris.knowledge.stems import Stems, stems_of
from dynaris.knowledge.vocabulary import Vocabulary, count, forget, meant_by, vocabulary_of

MOST_RANKED = 12  # of the candidates, for one part
_MOST_REMEMBERED = 500  # questions of all workspaces, with what was found
_TRIES = 3  # until counts of words that are out of date are good enough
_EVERY = 2_000_000_000
_TELLING = 1.6  # times the weight of a word that many passages have
ASIDE_UNKNOWN = 0.15  # a word that no passage has, beside a thing that passages are about
BESIDE_UNKNOWN = {"action": 0.4, "attribute": 0.4, "frame": 0.4}
ASIDE_KNOWN = 0.5
_FEW, _MANY = 100, 10_000  # passages: from which on rarity tells something, and from which on it tells all

# Each word counts once with the best place that covers it: itself in the heading, a word of the same meaning
# there, itself in the text, such a word in the text.
# Arrays come through `(SELECT ...)`: PostgreSQL would look at their lengths and plan the statement at each call.
_SEARCH = b"""
WITH word AS MATERIALIZED (
    SELECT language, part, term, weight, own::tsquery AS own, either::tsquery AS either,
           own_heading::tsquery AS own_heading, either_heading::tsquery AS either_heading
    FROM unnest((SELECT %(languages)s::text[]), (SELECT %(parts)s::int[]), (SELECT %(terms)s::int[]),
                (SELECT %(weights)s::float8[]), (SELECT %(own)s::text[]), (SELECT %(either)s::text[]),
                (SELECT %(own_heading)s::text[]), (SELECT %(either_heading)s::text[]))
        AS w (language, part, term, weight, own, either, own_heading, either_heading)
), candidate AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.id, p.source_id, p.position, p.heading, p.text, p.page, p.link, p.search, p.language,
           s.title
    FROM find_passages((SELECT %(queries)s::tsquery[]), (SELECT %(each)s::int[]), %(most)s) p
    JOIN knowledge_source s ON s.workspace_id = %(workspace_id)s AND s.id = p.source_id AND s.enabled
    WHERE p.workspace_id = %(workspace_id)s
), hit AS MATERIALIZED (
    SELECT c.id, w.language, w.part, w.term, w.weight, CASE
               WHEN c.search @@ w.own_heading THEN 1 WHEN c.search @@ w.either_heading THEN 0.95
               WHEN c.search @@ w.own THEN 0.85 ELSE 0.8 END::float8 AS cover
    FROM candidate c JOIN word w ON w.language = c.language AND c.search @@ w.either
), covered AS (
    SELECT id, part, array_agg(term) AS terms, array_agg(cover) AS covers,
           sum(weight * CASE WHEN cover > 0.9 THEN 1 ELSE 0.45 END) AS place
    FROM hit GROUP BY id, part
), ranked AS (
    SELECT c.*, v.part, v.terms, v.covers, row_number() OVER (
               PARTITION BY v.part ORDER BY round(v.place::numeric, 6) DESC,
                   cardinality(string_to_array(c.heading, ' ')), c.position, c.id) AS turn
    FROM covered v JOIN candidate c USING (id)
)
SELECT state.version, c.id, c.source_id, c.title, c.heading, c.text, c.page, c.link, c.part, c.language, c.terms,
       c.covers
FROM (SELECT (SELECT version FROM knowledge_state WHERE workspace_id = %(workspace_id)s) AS version) AS state
LEFT JOIN ranked c ON c.turn <= %(ranked)s
ORDER BY c.part, c.turn
"""
_NAMES = ("languages", "parts", "terms", "weights", "own", "either", "own_heading", "either_heading")


@dataclass(frozen=True, slots=True)
class Found:
    passages: list[Passage]
    without_vectors: str | None = None  # why no vector was asked, although a model serves
    version: int | None = None  # of the knowledge that alone decided what was found
    words: tuple[str, ...] = ()  # of the question, as they were understood


_remembered: dict[tuple[UUID, int, tuple[Part, ...], int, bool], list[Passage]] = {}


async def search(
    connection: Connection,
    workspace_id: UUID,
    text: str,
    *,
    limit: int = 5,
    exhaustive: bool = False,
    version: int | None = None,
) -> list[Passage]:
    """The passages that cover what a text asks, best first; each part of the text gets its turn.

    `exhaustive`: every passage with any of the words is scored, which takes as long as it takes.
    `version`: of the workspace's knowledge, where the caller has just read it. What was found for the same question
    at that version is what is found again: many people ask the same.
    """
    asked = parts(text)
    question = None if version is None else (workspace_id, version, tuple(asked), limit, exhaustive)
    if question and question in _remembered:
        return list(_remembered[question])
    found = await _find(connection, workspace_id, asked, limit=limit, exhaustive=exhaustive)
    if question and found.version == version:
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[question] = found.passages
    return list(found.passages)


async def find(
    connection: Connection, workspace_id: UUID, text: str, *, limit: int = 5, exhaustive: bool = False
) -> Found:
    """As `search`, with what became of the question's vectors."""
    return await _find(connection, workspace_id, parts(text), limit=limit, exhaustive=exhaustive)


async def _find(
    connection: Connection, workspace_id: UUID, asked: list[Part], *, limit: int, exhaustive: bool
) -> Found:
    for tries in range(1, _TRIES + 1) if asked else ():
        words = await vocabulary_of(connection, workspace_id)
        near = await near_of(connection, workspace_id, words.model, asked)
        question = await _question(connection, workspace_id, words, asked, exhaustive=exhaustive)
        cursor = await connection.execute(_SEARCH, {**question.parameters, "workspace_id": workspace_id})
        rows = await cursor.fetchall()
        is_current = (rows[0]["version"] or 0) == words.version
        if is_current or tries == _TRIES:  # while documents come, it always changes
            found = [question.candidate(row) for row in rows if row["id"]]
            if words.model is None or not near.passages:
                version = words.version if is_current and words.model is None else None
                return Found(rank(question.asked, found, limit=limit), near.why_not, version, question.words)
            passages = rank(question.asked, found, limit=limit + MOST_NEAR)
            passages = await fused(
                connection, workspace_id, passages, near, model=words.model, telling=question.telling, limit=limit
            )
            return Found(passages, words=question.words)
        forget(workspace_id)
    return Found([])


@dataclass(frozen=True, slots=True)
class _Question:
    """A text's words as queries, in each language."""

    asked: list[Part]
    weights: dict[tuple[str, int], dict[int, float]]  # of the terms that count, by language and part
    known: list[frozenset[int]]  # for each part the terms that some passage has
    telling: list[list[Stems]]  # for each part the words that an answer must have: names, numbers, what is rare
    parameters: dict[str, Any]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.word for part in self.asked for term in part.terms))

    def candidate(self, row: dict[str, Any]) -> Candidate:
        fields = ("id", "source_id", "title", "heading", "text", "page", "link", "part", "terms", "covers")
        return Candidate(
            **{name: row[name] for name in fields},
            weights=self.weights[row["language"], row["part"]],
            known=self.known[row["part"]],
        )


@dataclass(frozen=True, slots=True)
class _Word:
    """A term in one language: itself, and with it what means the same; only what some passage has."""

    own: Stems
    alike: Stems

    @property
    def either(self) -> Stems:
        return self.own + self.alike


async def _question(
    connection: Connection, workspace_id: UUID, words: Vocabulary, asked: list[Part], *, exhaustive: bool
) -> _Question:
    asked, spelled = await _spelled(connection, workspace_id, words, asked)
    rows: list[tuple[Any, ...]] = []
    weights: dict[tuple[str, int], dict[int, float]] = {}
    known: list[frozenset[int]] = []
    telling: list[list[Stems]] = []
    looked_at: list[Tier] = []
    for number, part in enumerate(asked):
        wanted: list[Wanted] = []
        has: set[int] = set()
        telling.append([])
        things = _things(part, number, spelled, words)
        for place, term in enumerate(part.terms):
            in_languages = {language: spelled[language, number, place] for language in words.languages}
            every = tuple(dict.fromkeys(stem for word in in_languages.values() if word for stem in word.either))
            alone = all(other.kind == "side" for other in part.terms)
            weight = term.weight * _share(term, every, words, things - {place}, alone=alone)
            for language, word in in_languages.items():
                if word is None:  # says nothing in this language
                    continue
                weights.setdefault((language, number), {})[place] = weight
                if word.either:
                    share = place_weight(term, weight)
                    rows.append((language, number, place, share, *_queries_of(word.own, word.either)))
            if every:
                if not (things and _is_aside(term, every, words)):
                    has.add(place)
                wanted.append(_wanted(_looked_for(every, words), words))
                if weight >= _TELLING * term.weight or any(map(str.isdigit, term.word)):
                    telling[-1].append(every)
        known.append(frozenset(has))
        looked_at += candidates.everything(wanted) if exhaustive else candidates.tiers(wanted)
    whole = {
        at: sum(place_weight(asked[at[1]].terms[n], weight) for n, weight in of.items()) for at, of in weights.items()
    }
    rows = [(lang, part, term, share / whole[lang, part], *queries) for lang, part, term, share, *queries in rows]
    columns = list(zip(*rows, strict=True)) or [()] * len(_NAMES)
    return _Question(
        asked,
        weights,
        known,
        telling,
        {
            **{name: list(column) for name, column in zip(_NAMES, columns, strict=True)},
            "queries": [tier.query for tier in looked_at],
            "each": [tier.limit for tier in looked_at],
            "most": _EVERY if exhaustive else candidates.MOST * len(asked),
            "ranked": MOST_RANKED,
        },
    )


async def _spelled(
    connection: Connection, workspace_id: UUID, words: Vocabulary, asked: list[Part]
) -> tuple[list[Part], dict[tuple[str, int, int], _Word | None]]:
    """The words as passages have them; one that none has is looked at again, as a slip or a compound."""
    stems = await _counted(connection, workspace_id, words, asked)
    unknown = {
        term.word
        for part in asked
        for term in part.terms
        if not any(words.counts.get(stem) for language in words.languages for stem in _all(stems, language, term))
    }
    if unknown:
        again = [understood(part, unknown) for part in asked]
        if again != asked:
            asked = again
            stems = await _counted(connection, workspace_id, words, asked)
    spelled: dict[tuple[str, int, int], _Word | None] = {}
    for number, part in enumerate(asked):
        for place, term in enumerate(part.terms):
            for language in words.languages:
                own, alike = stems[language, term.word], _alike(stems, language, term)
                if not own + alike:
                    spelled[language, number, place] = None
                    continue
                word = _Word(_had(own, words), _had(alike, words))
                if term.word in unknown and not word.either:
                    slips = [await meant_by(connection, workspace_id, words, stem) for stem in own]
                    meant = tuple(dict.fromkeys(lexeme for some in slips for lexeme in some))
                    await count(connection, workspace_id, words, _with_headings(meant))
                    word = _Word((), meant)
                spelled[language, number, place] = word
    return asked, spelled


async def _counted(
    connection: Connection, workspace_id: UUID, words: Vocabulary, asked: Sequence[Part]
) -> dict[tuple[str, str], Stems]:
    texts = dict.fromkeys(text for part in asked for term in part.terms for text in (term.word, term.alike) if text)
    stems = await stems_of(connection, words.languages, texts)
    lexemes = [stem for some in stems.values() for stem in some]
    lexemes += [MARK + term.concept for part in asked for term in part.terms if term.concept]
    await count(connection, workspace_id, words, _with_headings(lexemes))
    return stems


def _with_headings(stems: Sequence[str]) -> list[str]:
    return [*stems, *(f"h:{stem}" for stem in stems)]


def _all(stems: dict[tuple[str, str], Stems], language: str, term: Term) -> Stems:
    return stems[language, term.word] + _alike(stems, language, term)


def _alike(stems: dict[tuple[str, str], Stems], language: str, term: Term) -> Stems:
    marks = (MARK + term.concept,) if term.concept else ()
    return marks + (stems[language, term.alike] if term.alike else ())


def _had(stems: Stems, words: Vocabulary) -> Stems:
    return tuple(stem for stem in stems if words.counts.get(stem))


def _things(
    part: Part, number: int, spelled: dict[tuple[str, int, int], _Word | None], words: Vocabulary
) -> frozenset[int]:
    """The terms that name a thing which passages are about: beside one of them other words tell a story."""
    found: set[int] = set()
    for place, term in enumerate(part.terms):
        if term.kind not in ("thing", "action", "guess", "plain"):
            continue
        stems = [stem for at in words.languages if (word := spelled[at, number, place]) for stem in word.either]
        if stems and not _is_aside(term, stems, words):
            found.add(place)
    return frozenset(found)


def _is_aside(term: Term, stems: Sequence[str], words: Vocabulary) -> bool:
    """Comes up in texts only, and stands in no list of what is asked for."""
    if words.passages > _FEW:  # where a rare word tells much
        return False
    return term.kind in ("plain", "side") and not any(words.counts.get(f"h:{stem}") for stem in stems)


def _share(term: Term, stems: Sequence[str], words: Vocabulary, things: frozenset[int], *, alone: bool) -> float:
    """What a term weighs by how many passages have it, and by what else is asked about."""
    rarity = _rarity(term.weight, stems, words)
    if term.kind == "guess" and not stems:
        return ASIDE_UNKNOWN
    if term.kind == "frame" and term.is_asked_for and not stems:
        return 1.0
    if term.kind == "side" and term.concept and not things:
        if alone:
            return 1 / term.weight  # it is all that is asked about
        if not stems:
            return ASIDE_UNKNOWN
    if term.kind == "thing" or term.is_asked_for or not things:
        return rarity
    if stems:
        return rarity * (ASIDE_KNOWN if _is_aside(term, stems, words) else 1.0)
    return BESIDE_UNKNOWN.get(term.kind, ASIDE_UNKNOWN)


def _rarity(weight: float, stems: Sequence[str], words: Vocabulary) -> float:
    """A word that no passage has is what the question is about, more than one that many have. Among few passages
    that is all there is to say; among many a rare word tells more than a frequent one."""
    if not stems:
        return UNKNOWN if weight >= 1 else 1.0
    if words.passages <= _FEW:
        return 1.0
    having = min(words.passages, max(1, sum(words.counts.get(stem, 0) for stem in stems)))
    told = min(1.0, max(-0.5, math.log10(words.passages / having) - 1.5))
    return 1 + told * min(1.0, math.log(words.passages / _FEW) / math.log(_MANY / _FEW))


def _looked_for(stems: Stems, words: Vocabulary) -> Stems:
    """Among many passages some have the words themselves: the marks would only make the word look more frequent."""
    if words.passages <= _FEW:
        return stems
    return tuple(stem for stem in stems if not stem.startswith(MARK)) or stems


def _wanted(stems: Stems, words: Vocabulary) -> Wanted:
    return Wanted(_group(stems, words), _group(stems, words, "h:"))


def _group(stems: Stems, words: Vocabulary, prefix: str = "") -> Group:
    counts = (words.counts.get(prefix + stem, 0) for stem in stems)
    return Group(f"({_any_of(stems, prefix)})", tuple(filter(None, counts)))


@lru_cache(maxsize=4096)
def _queries_of(own: Stems, either: Stems) -> tuple[str, str, str, str]:
    """The word itself, it or one that means the same, and both in the heading."""
    return _any_of(own), _any_of(either), _any_of(own, "h:"), _any_of(either, "h:")


def _any_of(stems: Stems, prefix: str = "") -> str:
    return "|".join("'" + prefix + stem.replace("\\", "\\\\").replace("'", "''") + "'" for stem in stems)
