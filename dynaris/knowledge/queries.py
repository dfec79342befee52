"""Reads of knowledge: sources for people, passages for questions."""

from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.knowledge.language import CONFIGURATIONS
from dynaris.knowledge.questions import Part, parts
from dynaris.knowledge.ranking import Candidate, Passage, rank

MOST_CANDIDATES = 200  # passages that are scored for one question
MOST_RANKED = 12  # of them, for one part


# Each word counts once with the best place that covers it: itself in the heading, a word of the same meaning
# there, itself in the text, such a word in the text. Candidates come in tiers (all words, two of them, any),
# so that a bounded number of them holds the best even where every word is common.
# Arrays come through `(SELECT ...)`: PostgreSQL would look at their lengths and plan the statement at each call.
_TEMPLATE = """
WITH word AS MATERIALIZED (
    SELECT s.language, w.part, w.term, w.weight, own.query AS own, alike.query AS alike, own.heading AS own_heading,
           alike.heading AS alike_heading, own.query || alike.query AS either
    FROM (SELECT language,
                 CASE split_part(lower(language), '-', 1) {configurations} ELSE 'simple' END::regconfig AS rules
          FROM knowledge_source WHERE workspace_id = %(workspace_id)s AND enabled GROUP BY language) s
    CROSS JOIN unnest((SELECT %(parts)s::int[]), (SELECT %(terms)s::int[]), (SELECT %(weights)s::float8[]),
                      (SELECT %(words)s::text[]), (SELECT %(alike)s::text[]))
        AS w (part, term, weight, own, alike)
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
    SELECT language, part, array_agg(term) AS terms, count(*) AS words,
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
), hit AS MATERIALIZED (
    SELECT c.id, w.language, w.part, w.term, w.weight, CASE
               WHEN c.search @@ w.own_heading THEN 1 WHEN c.search @@ w.alike_heading THEN 0.95
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
SELECT c.id, c.source_id, c.title, c.heading, c.text, v.part, q.terms AS asked, v.terms, v.covers, k.terms AS known
FROM covered v JOIN candidate c USING (id) JOIN question q ON q.language = v.language AND q.part = v.part
JOIN known k ON k.part = v.part
WHERE v.place <= %(ranked)s
ORDER BY v.part, length(ts_filter(c.search, '{a}')), c.position, c.id
"""
_CONFIGURATIONS = " ".join(f"WHEN '{code}' THEN '{name}'" for code, name in CONFIGURATIONS.items())
# Without the blanks: psycopg remembers how to convert a statement only up to 4,096 characters.
_SEARCH = " ".join(_TEMPLATE.replace("{configurations}", _CONFIGURATIONS).split()).encode()


async def search(connection: Connection, workspace_id: UUID, text: str, *, limit: int = 5) -> list[Passage]:
    """The passages that cover what a text asks, best first; each part of the text gets its turn."""
    asked = parts(text)
    if not asked:
        return []
    cursor = await connection.execute(_SEARCH, _parameters(workspace_id, asked))
    return rank(asked, [Candidate(**row) for row in await cursor.fetchall()], limit=limit)


def _parameters(workspace_id: UUID, asked: list[Part]) -> dict[str, Any]:
    terms = [(part, number, term) for part, each in enumerate(asked) for number, term in enumerate(each.terms)]
    return {
        "workspace_id": workspace_id,
        "parts": [part for part, _, _ in terms],
        "terms": [number for _, number, _ in terms],
        "weights": [term.weight for _, _, term in terms],
        "words": [term.word for _, _, term in terms],
        "alike": [term.alike for _, _, term in terms],
        "most": MOST_CANDIDATES // 2,
        "ranked": MOST_RANKED,
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
