"""Reads of knowledge: sources for people, passages for questions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.knowledge.language import CONFIGURATIONS
from dynaris.knowledge.questions import Part, parts

MOST_CANDIDATES = 200  # passages that are scored for one question
ASIDE = 0.7  # what a sentence that asks nothing weighs beside one that does


@dataclass(frozen=True, slots=True)
class Passage:
    """`score` is the share of the question that the passage covers, 0 to 1; 1 is all of it, in the heading."""

    id: UUID
    source_id: UUID
    title: str  # of its source
    heading: str
    text: str
    score: float
    part: int = 0  # which of the text's parts (`questions.parts`) it covers best


# Each word counts once with the best place that covers it: itself in the heading, a word of the same meaning
# there, itself in the text, such a word in the text. Candidates come in tiers (all words, two of them, any),
# so that a bounded number of them holds the best even where every word is common.
# Arrays come through `(SELECT ...)`: PostgreSQL would look at their lengths and plan the statement at each call.
_TEMPLATE = """
WITH word AS MATERIALIZED (
    SELECT s.language, w.part, w.weight, own.query AS own, alike.query AS alike, own.heading AS own_heading,
           alike.heading AS alike_heading, own.query || alike.query AS either
    FROM (SELECT language,
                 CASE split_part(lower(language), '-', 1) {configurations} ELSE 'simple'::regconfig END AS rules
          FROM knowledge_source WHERE workspace_id = %(workspace_id)s AND enabled GROUP BY language) s
    CROSS JOIN unnest((SELECT %(parts)s::int[]), (SELECT %(weights)s::float8[]), (SELECT %(words)s::text[]),
                      (SELECT %(alike)s::text[]))
        AS w (part, weight, own, alike)
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(quote_literal(lexeme), '|'), '')::tsquery AS query,
               coalesce(string_agg(quote_literal(lexeme) || ':A', '|'), '')::tsquery AS heading
        FROM unnest(tsvector_to_array(to_tsvector(s.rules, w.own))) lexeme) own
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(quote_literal(lexeme), '|'), '')::tsquery AS query,
               coalesce(string_agg(quote_literal(lexeme) || ':A', '|'), '')::tsquery AS heading
        FROM unnest(tsvector_to_array(to_tsvector(s.rules, w.alike))) lexeme) alike
    WHERE numnode(own.query) + numnode(alike.query) > 0
), question AS MATERIALIZED (
    SELECT language, part, sum(weight) AS weight, count(*) AS words,
           string_agg('(' || either::text || ')', '&')::tsquery AS every_word,
           string_agg('(' || either::text || ')', '|')::tsquery AS any_word
    FROM word GROUP BY language, part
), pair AS (
    SELECT a.language, a.part,
           string_agg('((' || a.either::text || ')&(' || b.either::text || '))', '|')::tsquery AS query
    FROM word a JOIN word b ON b.language = a.language AND b.part = a.part AND b.own::text > a.own::text
    GROUP BY a.language, a.part
), candidate AS MATERIALIZED (
    SELECT DISTINCT ON (p.id) p.id, p.source_id, p.position, p.heading, p.text, p.search, s.title, s.language
    FROM (SELECT array_agg(query ORDER BY tier, part) AS queries, count(DISTINCT part)::int AS parts FROM (
              SELECT part, 1 AS tier, every_word AS query FROM question
              UNION ALL SELECT question.part, 2, pair.query FROM question JOIN pair USING (language, part)
                        WHERE words > 2
              UNION ALL SELECT part, 3, any_word FROM question WHERE words > 1) tiers) asked
    CROSS JOIN LATERAL search_passages(asked.queries, %(most)s, 2 * %(most)s * asked.parts) p
    JOIN knowledge_source s ON s.workspace_id = %(workspace_id)s AND s.id = p.source_id
    WHERE p.workspace_id = %(workspace_id)s
), scored AS (
    SELECT c.id, w.part, sum(w.weight * CASE
               WHEN c.search @@ w.own_heading THEN 1 WHEN c.search @@ w.alike_heading THEN 0.95
               WHEN c.search @@ w.own THEN 0.85 WHEN c.search @@ w.alike THEN 0.8 ELSE 0 END)
           / min(q.weight) * (%(shares)s::float8[])[w.part + 1] AS score
    FROM candidate c
    JOIN word w ON w.language = c.language
    JOIN question q ON q.language = w.language AND q.part = w.part
    GROUP BY c.id, w.part
), best AS (
    SELECT DISTINCT ON (id) id, part, score FROM scored WHERE score > 0 ORDER BY id, score DESC, part
)
SELECT c.id, c.source_id, c.title, c.heading, c.text, b.score, b.part
FROM best b JOIN candidate c USING (id)
ORDER BY row_number() OVER (PARTITION BY b.part ORDER BY b.score DESC, length(ts_filter(c.search, '{a}')), c.position,
                            c.id), b.score DESC, b.part
LIMIT %(limit)s
"""
_CONFIGURATIONS = " ".join(f"WHEN '{code}' THEN '{name}'::regconfig" for code, name in CONFIGURATIONS.items())
_SEARCH = _TEMPLATE.replace("{configurations}", _CONFIGURATIONS).encode()


async def search(connection: Connection, workspace_id: UUID, text: str, *, limit: int = 5) -> list[Passage]:
    """The passages that cover what a text asks, best first; each part of the text gets its turn."""
    asked = parts(text)
    if not asked:
        return []
    cursor = await connection.execute(_SEARCH, _parameters(workspace_id, asked, limit))
    found = [Passage(**row) for row in await cursor.fetchall()]
    return sorted(found, key=lambda passage: -passage.score)


def _parameters(workspace_id: UUID, asked: list[Part], limit: int) -> dict[str, Any]:
    somebody_asks = any(part.asks for part in asked)
    terms = [(number, term) for number, part in enumerate(asked) for term in part.terms]
    return {
        "workspace_id": workspace_id,
        "parts": [number for number, _ in terms],
        "weights": [term.weight for _, term in terms],
        "words": [term.word for _, term in terms],
        "alike": [term.alike for _, term in terms],
        "shares": [1.0 if part.asks or not somebody_asks else ASIDE for part in asked],
        "most": MOST_CANDIDATES // 2,
        "limit": limit,
    }


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
