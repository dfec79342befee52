"""What a question means, beside its words: the passages near it, put together with those that full text finds.

A passage's score stays the share of the question that it covers. One that is as near as the model's `near` counts as
if it covered most of it, but never as all of it, nor where it lacks a name or number of the question that other
passages have: what is asked for by name is found by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog

from dynaris.core.db import Connection
from dynaris.knowledge.embeddings.client import EmbeddingFailed, configured
from dynaris.knowledge.questions import Part
from dynaris.knowledge.ranking import Passage
from dynaris.knowledge.stems import Stems
from dynaris.knowledge.vocabulary import Serving

log = structlog.get_logger()

MOST_NEAR = 20  # passages near each part of a text
_MOST_PARTS = 4  # whose vectors are asked for
_NEAREST = 0.9  # the score of a passage whose words are not the question's, at most
_FAR = 0.5  # of `near`: at this similarity a passage has nothing to do with the question
_LACKING = 0.5  # the score of a passage that lacks what the question names, at most
_BOTH = 0.1  # of the lesser one: covered and near is better than either
_RRF = 60  # of reciprocal rank fusion, which orders equal scores

_READ = """SELECT p.id, p.source_id, s.title, p.heading, p.text, p.page, p.link,
       array(SELECT unnest(tsvector_to_array(p.search)) INTERSECT SELECT unnest(%(telling)s::text[])) AS words
    FROM passage p JOIN knowledge_source s ON s.workspace_id = p.workspace_id AND s.id = p.source_id AND s.enabled
    WHERE p.workspace_id = %(workspace_id)s AND p.id = ANY(%(ids)s)"""


@dataclass(frozen=True, slots=True)
class Near:
    """For each part the passages near it with their similarity, nearest first."""

    passages: list[list[tuple[UUID, float]]]
    why_not: str | None = None


async def near_of(connection: Connection, workspace_id: UUID, model: Serving | None, asked: Sequence[Part]) -> Near:
    """Nothing where no model serves, or where the provider is too slow: full text answers alone then."""
    embeddings = configured()
    if model is None or embeddings is None:
        return Near([])
    texts = [part.text for part in asked[:_MOST_PARTS]]
    try:
        vectors = await embeddings.of_questions(connection, workspace_id, model.id, model.name, texts)
        return Near([await nearest(connection, model.id, vector) for vector in vectors])
    except EmbeddingFailed as error:
        log.info("knowledge.without_vectors", workspace=str(workspace_id), reason=error.reason)
        return Near([], error.reason)
    except psycopg.errors.DataException as error:  # the provider sends other dimensions than it did
        log.warning("knowledge.vectors_unfit", workspace=str(workspace_id), error=error)
        return Near([], "the provider's vectors do not fit those that are stored")


async def nearest(
    connection: Connection, model_id: UUID, vector: Sequence[float], *, most: int = MOST_NEAR
) -> list[tuple[UUID, float]]:
    """Of the model's workspace, which must be the connection's."""
    array = f"{{{orjson.dumps(list(vector)).decode()[1:-1]}}}"  # number by number it would take milliseconds
    cursor = await connection.execute(
        "SELECT passage_id, similarity FROM nearest_passages(%s, %s::real[], %s)", (model_id, array, most)
    )
    return [(row["passage_id"], row["similarity"]) for row in await cursor.fetchall()]


async def fused(
    connection: Connection,
    workspace_id: UUID,
    covering: Sequence[Passage],
    near: Near,
    *,
    model: Serving,
    telling: Sequence[Sequence[Stems]],
    limit: int,
) -> list[Passage]:
    """Both lists as one, best first. `telling`: for each part the words that an answer must have."""
    ids = list(dict.fromkeys(passage_id for part in near.passages for passage_id, _ in part))
    wanted = [stem for part in telling for stems in part for stem in stems]
    cursor = await connection.execute(_READ, {"workspace_id": workspace_id, "ids": ids, "telling": wanted})
    rows = {row["id"]: row for row in await cursor.fetchall()}
    found: dict[UUID, tuple[float, Passage]] = {
        passage.id: (1 / (_RRF + place), passage) for place, passage in enumerate(covering)
    }
    for number, part in enumerate(near.passages):
        for place, (passage_id, similarity) in enumerate(part):
            if passage_id not in rows:  # of a source that is switched off
                continue
            score = _score(similarity, model.near, telling[number], rows[passage_id]["words"])
            share, passage = found.get(passage_id, (0.0, None))
            share += 1 / (_RRF + place)
            if passage is None:
                passage = _passage(rows[passage_id], score, number)
            elif passage.part == number or score > passage.score:
                both = max(passage.score, score) + _BOTH * min(passage.score, score)
                passage = replace(passage, score=min(1.0, both))
            found[passage_id] = (share, passage)
    ordered = sorted(found.values(), key=lambda each: (-round(each[1].score, 2), -each[0]))
    return [passage for _, passage in ordered if passage.score > 0][:limit]


def _score(similarity: float, near: float, telling: Sequence[Stems], words: Sequence[str]) -> float:
    far = _FAR * near
    score = min(1.0, max(0.0, (similarity - far) / max(near - far, 0.01))) * _NEAREST
    has = set(words)
    if any(has.isdisjoint(stems) for stems in telling):
        return min(score, _LACKING)
    return score


def _passage(row: dict[str, Any], score: float, part: int) -> Passage:
    fields = ("id", "source_id", "title", "heading", "text")
    return Passage(**{name: row[name] for name in fields}, score=score, part=part, page=row["page"], link=row["link"])
