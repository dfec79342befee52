"""Reads of knowledge: sources for people, passages for questions."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.knowledge.questions import Part, parts
from dynaris.knowledge.ranking import Candidate, Passage, rank
from dynaris.knowledge.stems import Stems, stems_of

MOST_CANDIDATES = 200  # passages that are scored for one question
MOST_RANKED = 12  # of them, for one part


# Each word counts once with the best place that covers it: itself in the heading, a word of the same meaning
# there, itself in the text, such a word in the text. Candidates come in tiers (all words, two of them, any),
# so that a bounded number of them holds the best even where every word is common.
# Arrays come through `(SELECT ...)`: PostgreSQL would look at their lengths and plan the statement at each call.
# `more`: the workspace has knowledge in a language that the words were not given in.
_SEARCH = b"""
WITH word AS MATERIALIZED (
    SELECT language, part, term, weight, own::tsquery AS own, either::tsquery AS either,
           own_heading::tsquery AS own_heading, either_heading::tsquery AS either_heading
    FROM unnest((SELECT %(languages)s::text[]), (SELECT %(parts)s::int[]), (SELECT %(terms)s::int[]),
                (SELECT %(weights)s::float8[]), (SELECT %(own)s::text[]), (SELECT %(either)s::text[]),
                (SELECT %(own_heading)s::text[]), (SELECT %(either_heading)s::text[]))
        AS w (language, part, term, weight, own, either, own_heading, either_heading)
), candidate AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.id, p.source_id, p.position, p.heading, p.text, p.search, s.title, s.language
    FROM search_passages((SELECT %(queries)s::tsquery[]), %(each)s, %(most)s) p
    JOIN knowledge_source s ON s.workspace_id = %(workspace_id)s AND s.id = p.source_id
    WHERE p.workspace_id = %(workspace_id)s
), hit AS MATERIALIZED (
    SELECT c.id, w.language, w.part, w.term, w.weight, CASE
               WHEN c.search @@ w.own_heading THEN 1 WHEN c.search @@ w.either_heading THEN 0.95
               WHEN c.search @@ w.own THEN 0.85 ELSE 0.8 END::float8 AS cover
    FROM candidate c JOIN word w ON w.language = c.language AND c.search @@ w.either
), known AS (
    SELECT part, array_agg(DISTINCT term) AS terms FROM hit GROUP BY part
), covered AS (
    SELECT id, language, part, array_agg(term) AS terms, array_agg(cover) AS covers,
           row_number() OVER (PARTITION BY part
                              ORDER BY sum(weight * CASE WHEN cover > 0.9 THEN 1 ELSE 0.45 END) DESC, id) AS place
    FROM hit GROUP BY id, language, part
)
SELECT more.more, c.id, c.source_id, c.title, c.heading, c.text, v.part, c.language, v.terms, v.covers, k.terms AS known
FROM (SELECT EXISTS (SELECT FROM knowledge_source WHERE workspace_id = %(workspace_id)s AND enabled
                     AND array_position((SELECT %(known_languages)s::text[]), language) IS NULL) AS more) AS more
LEFT JOIN (covered v JOIN candidate c USING (id) JOIN known k ON k.part = v.part) ON v.place <= %(ranked)s
ORDER BY v.part, length(ts_filter(c.search, '{a}')), c.position, c.id
"""
_LANGUAGES = "SELECT DISTINCT language FROM knowledge_source WHERE workspace_id = %s AND enabled"
_LANGUAGES_KEPT = 10_000  # workspaces
_languages: dict[UUID, list[str]] = {}  # of a workspace's knowledge; the statement says when one is missing


async def search(connection: Connection, workspace_id: UUID, text: str, *, limit: int = 5) -> list[Passage]:
    """The passages that cover what a text asks, best first; each part of the text gets its turn."""
    asked = parts(text)
    while asked:
        question = await _question(connection, asked, _languages.get(workspace_id, ["en"]))
        cursor = await connection.execute(_SEARCH, {**question.parameters, "workspace_id": workspace_id})
        rows = await cursor.fetchall()
        if not rows[0]["more"]:
            return rank(asked, [question.candidate(row) for row in rows if row["id"]], limit=limit)
        cursor = await connection.execute(_LANGUAGES, (workspace_id,))
        if len(_languages) >= _LANGUAGES_KEPT:
            _languages.clear()
        _languages[workspace_id] = [row["language"] for row in await cursor.fetchall()]
    return []


@dataclass(frozen=True, slots=True)
class _Question:
    """A text's words as queries, in each language."""

    asked: dict[tuple[str, int], list[int]]  # the terms that count, by language and part
    parameters: dict[str, Any]

    def candidate(self, row: dict[str, Any]) -> Candidate:
        known = {name: row[name] for name in ("id", "source_id", "title", "heading", "text", "part", "terms", "covers")}
        return Candidate(**known, known=row["known"], asked=self.asked[row["language"], row["part"]])


async def _question(connection: Connection, asked: list[Part], languages: list[str]) -> _Question:
    texts = dict.fromkeys(text for part in asked for term in part.terms for text in (term.word, term.alike) if text)
    stems = await stems_of(connection, languages, texts)
    words: list[tuple[Any, ...]] = []
    tiers: tuple[list[str], list[str], list[str]] = ([], [], [])
    counted: dict[tuple[str, int], list[int]] = {}
    for number, part in enumerate(asked):
        for language in languages:
            queries: list[str] = []
            for place, term in enumerate(part.terms):
                own, either, *headings = _queries_of(
                    stems[language, term.word], stems[language, term.alike] if term.alike else ()
                )
                if not either:
                    continue
                queries.append(f"({either})")
                words.append((language, number, place, term.weight, own, either, *headings))
                counted.setdefault((language, number), []).append(place)
            _add_tiers(tiers, queries)
    columns = list(zip(*words, strict=True)) or [()] * 8
    names = ("languages", "parts", "terms", "weights", "own", "either", "own_heading", "either_heading")
    parameters: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return _Question(
        counted,
        {
            **parameters,
            "queries": [query for tier in tiers for query in tier],
            "each": MOST_CANDIDATES // 2,
            "most": MOST_CANDIDATES * len(asked),
            "ranked": MOST_RANKED,
            "known_languages": languages,
        },
    )


def _add_tiers(tiers: tuple[list[str], list[str], list[str]], queries: list[str]) -> None:
    """All the words, two of them, any."""
    every, two, any_one = tiers
    if queries:
        every.append("&".join(queries))
    if len(queries) > 2:
        two.append("|".join(f"({first}&{second})" for first, second in combinations(queries, 2)))
    if len(queries) > 1:
        any_one.append("|".join(queries))


@lru_cache(maxsize=4096)
def _queries_of(own: Stems, alike: Stems) -> tuple[str, str, str, str]:
    """The word itself, it or one that means the same, and both in the heading."""
    either = own + alike
    return _any_of(own), _any_of(either), _any_of(own, ":A"), _any_of(either, ":A")


def _any_of(stems: Stems, suffix: str = "") -> str:
    return "|".join("'" + stem.replace("\\", "\\\\").replace("'", "''") + f"'{suffix}" for stem in stems)


_LISTED = """SELECT s.id, s.kind, s.title, s.language, s.enabled, s.created_at, s.updated_at,
                    octet_length(s.content) AS size, count(p.id)::int AS passages
             FROM knowledge_source s
             LEFT JOIN passage p ON p.workspace_id = s.workspace_id AND p.source_id = s.id
             WHERE s.workspace_id = %(workspace_id)s AND (%(before)s::uuid IS NULL OR s.id < %(before)s)
             GROUP BY s.workspace_id, s.id ORDER BY s.id DESC LIMIT %(limit)s"""


async def list_sources(
    connection: Connection, workspace_id: UUID, *, before: UUID | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Newest first, without their content."""
    cursor = await connection.execute(_LISTED, {"workspace_id": workspace_id, "before": before, "limit": limit})
    return await cursor.fetchall()


async def get_source(connection: Connection, workspace_id: UUID, source_id: UUID) -> dict[str, Any]:
    """One source with its content. Raises NotFound."""
    cursor = await connection.execute(
        """SELECT s.id, s.kind, s.title, s.content, s.language, s.enabled, s.created_at, s.updated_at,
                  octet_length(s.content) AS size,
                  (SELECT count(*)::int FROM passage p
                   WHERE p.workspace_id = s.workspace_id AND p.source_id = s.id) AS passages
           FROM knowledge_source s WHERE s.workspace_id = %s AND s.id = %s""",
        (workspace_id, source_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"no knowledge source {source_id}")
    return row
