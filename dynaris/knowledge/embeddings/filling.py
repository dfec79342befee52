"""The background job that gives every passage its embedding, and lets a complete model serve."""

import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import structlog
from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.jobs import defer
from dynaris.knowledge.embeddings.client import Embedded, EmbeddingFailed, Embeddings, Endpoint

log = structlog.get_logger()

EMBED_JOB = "knowledge.embed.v1"
EMBED_LATER_JOB = "knowledge.embed_later.v1"
AT_ONCE = 64  # passages of one request
_SHORTEST_TEXT = 200  # characters: what is refused although it is no longer is refused for another reason
_SECONDS = 20.0  # after which the job makes room for others and comes again
_INDEXED_FROM = 1_000  # passages: fewer are compared one by one, which is exact
_BUSY_SECONDS = 60.0  # until an index that is in use is tried to be dropped again
_STUCK_SECONDS = 900.0  # until a model that needs a person is looked at again

_MODELS = """SELECT id, name, dimensions, status, indexed, price, retry_at FROM embedding_model
    WHERE workspace_id = %s ORDER BY status DESC, created_at"""
_MISSING = """SELECT p.id, p.heading, p.text FROM passage p
    WHERE p.workspace_id = %(ws)s AND p.id > %(after)s AND NOT EXISTS (SELECT FROM passage_embedding e
        WHERE e.workspace_id = %(ws)s AND e.model_id = %(model)s AND e.passage_id = p.id)
    ORDER BY p.workspace_id, p.id LIMIT %(most)s"""
# Passages that went while their embeddings were under way are left out.
_STORE = """WITH kept AS (
        INSERT INTO passage_embedding (workspace_id, model_id, passage_id, embedding)
        SELECT %(ws)s, %(model)s, p.id, array(SELECT x::real FROM jsonb_array_elements_text(given.vector) AS x)
        FROM jsonb_to_recordset(%(rows)s) AS given (id uuid, vector jsonb)
        JOIN passage p ON p.workspace_id = %(ws)s AND p.id = given.id
        ON CONFLICT DO NOTHING)
    UPDATE embedding_model SET tokens = tokens + %(tokens)s, error = NULL, retry_at = NULL,
           cost = cost + coalesce(price, 0) * %(tokens)s / 1000000, dimensions = coalesce(dimensions, %(dimensions)s)
    WHERE workspace_id = %(ws)s AND id = %(model)s"""


async def fill(db: Database, embeddings: Embeddings, workspace_id: UUID) -> None:
    """Some work at a time; what is left is deferred anew, for when the provider will have it."""
    deadline = time.monotonic() + _SECONDS
    async with db.workspace(workspace_id) as connection:
        models = await (await connection.execute(_MODELS, (workspace_id,))).fetchall()
    again: datetime | None = None
    for model in models:
        if model["status"] == "leaving":
            await _drop(db, workspace_id, model["id"])
        elif model["retry_at"] and model["retry_at"] > clock.now():
            again = _earlier(again, model["retry_at"])
        elif not await _filled(db, embeddings, workspace_id, model, deadline):
            again = _earlier(again, await _next(db, workspace_id, model["id"]))
    if again is not None:
        async with db.workspace(workspace_id) as connection:
            await want(connection, workspace_id, at=again)


async def want(connection: Connection, workspace_id: UUID, *, at: datetime | None = None) -> None:
    """In the transaction of what made it necessary. For later it is a job that only asks for the other one: whatever
    waits for its time keeps all that come after it under its lock waiting.
    """
    arguments = {"workspace_id": str(workspace_id)}
    if at is not None and at > clock.now():
        await defer(connection, EMBED_LATER_JOB, arguments, at=at)
    else:
        await defer(connection, EMBED_JOB, arguments, lock=f"embed:{workspace_id}")


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


async def _next(db: Database, workspace_id: UUID, model_id: UUID) -> datetime:
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT retry_at FROM embedding_model WHERE workspace_id = %s AND id = %s", (workspace_id, model_id)
        )
        row = await cursor.fetchone()
    return row["retry_at"] if row and row["retry_at"] else clock.now()


async def _filled(
    db: Database, embeddings: Embeddings, workspace_id: UUID, model: dict[str, Any], deadline: float
) -> bool:
    """Whether every passage has its embedding now."""
    after = UUID(int=0)  # what comes meanwhile has later ids, or brings a job of its own
    while time.monotonic() < deadline:
        async with db.workspace(workspace_id) as connection:
            given = {"ws": workspace_id, "model": model["id"], "after": after, "most": AT_ONCE}
            cursor = await connection.execute(_MISSING, given)
            rows = await cursor.fetchall()
        if not rows:
            await _complete(db, workspace_id, model)
            return True
        try:
            await _batch(db, embeddings, workspace_id, model, rows)
        except EmbeddingFailed as error:
            await _failed(db, workspace_id, model, error)
            return False
        after = rows[-1]["id"]
        await _index(db, workspace_id, model)
    return False


async def _batch(
    db: Database, embeddings: Embeddings, workspace_id: UUID, model: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    async with db.workspace(workspace_id) as connection:
        endpoint = await embeddings.endpoint(connection, workspace_id, model["name"])
    texts = [embedded_text(row["heading"], row["text"]) for row in rows]
    async with embeddings.paying(lambda: db.workspace(workspace_id), workspace_id, endpoint.price, texts) as bill:
        found = await _embedded(embeddings, endpoint, texts)
        bill.tokens = found.tokens
    dimensions = len(found.vectors[0])
    if model["dimensions"] not in (None, dimensions):
        raise EmbeddingFailed(
            f"the model has {model['dimensions']} dimensions, the provider sent {dimensions}", again=None
        )
    async with db.workspace(workspace_id) as connection:
        await connection.execute(
            _STORE,
            {
                "ws": workspace_id,
                "model": model["id"],
                "rows": Jsonb(
                    [{"id": str(row["id"]), "vector": vector} for row, vector in zip(rows, found.vectors, strict=True)]
                ),
                "tokens": found.tokens,
                "dimensions": dimensions,
            },
        )
    model["dimensions"] = dimensions


async def _embedded(embeddings: Embeddings, endpoint: Endpoint, texts: list[str]) -> Embedded:
    """What is refused as too much is sent in halves, and a text of its own cut: one that is too long for the model
    keeps no others from theirs."""
    try:
        return await embeddings.embed(endpoint, texts)
    except EmbeddingFailed as error:
        if not error.too_much or (len(texts) == 1 and len(texts[0]) <= _SHORTEST_TEXT):
            raise
    if len(texts) == 1:
        return await _embedded(embeddings, endpoint, [texts[0][: len(texts[0]) // 2]])
    half = len(texts) // 2
    first, second = [await _embedded(embeddings, endpoint, some) for some in (texts[:half], texts[half:])]
    return Embedded(first.vectors + second.vectors, first.tokens + second.tokens)


def embedded_text(heading: str, text: str) -> str:
    return f"{heading}\n{text}" if heading and not text.startswith(heading) else text


async def _index(db: Database, workspace_id: UUID, model: dict[str, Any]) -> None:
    """Made while there are few, so that nobody waits for it; it grows with them."""
    if model["indexed"]:
        return
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT count(*) AS stored FROM (SELECT FROM passage_embedding WHERE workspace_id = %s AND model_id = %s
               LIMIT %s) AS stored""",
            (workspace_id, model["id"], _INDEXED_FROM),
        )
        row = await cursor.fetchone()
        assert row is not None
        if row["stored"] >= _INDEXED_FROM and await available(connection):
            await connection.execute("SELECT index_embeddings(%s)", (model["id"],))
            model["indexed"] = True


async def _complete(db: Database, workspace_id: UUID, model: dict[str, Any]) -> None:
    """A model that has all passages serves; the one before it goes, with its embeddings."""
    if model["status"] == "serving" or model["dimensions"] is None:
        return
    async with db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE embedding_model SET status = CASE WHEN id = %(model)s THEN 'serving' ELSE 'leaving' END
               WHERE workspace_id = %(ws)s AND EXISTS (SELECT FROM embedding_model
                   WHERE workspace_id = %(ws)s AND id = %(model)s AND status = 'filling')
               RETURNING id, status""",
            {"ws": workspace_id, "model": model["id"]},
        )
        changed = await cursor.fetchall()
        await bump(connection, workspace_id)
    log.info("knowledge.embeddings_serve", workspace=str(workspace_id), model=model["name"])
    for row in changed:
        if row["status"] == "leaving":
            await _drop(db, workspace_id, row["id"])


async def _drop(db: Database, workspace_id: UUID, model_id: UUID) -> None:
    """Its index goes only while nobody uses embeddings: who waits for that keeps every search of every workspace
    waiting, and a backup takes long."""
    async with db.workspace(workspace_id) as connection:
        try:
            await connection.execute("SELECT drop_embedding_model(%s)", (model_id,))
        except psycopg.errors.LockNotAvailable:
            log.info("knowledge.embeddings_leave_later", workspace=str(workspace_id))
            await want(connection, workspace_id, at=clock.now() + timedelta(seconds=_BUSY_SECONDS))


async def _failed(db: Database, workspace_id: UUID, model: dict[str, Any], error: EmbeddingFailed) -> None:
    log.warning("knowledge.embedding_failed", workspace=str(workspace_id), model=model["name"], reason=error.reason)
    pause = _STUCK_SECONDS if error.again is None else error.again
    async with db.workspace(workspace_id) as connection:
        await connection.execute(
            "UPDATE embedding_model SET error = %s, retry_at = %s WHERE workspace_id = %s AND id = %s",
            (error.reason[:500], clock.now() + timedelta(seconds=pause), workspace_id, model["id"]),
        )


async def available(connection: Connection) -> bool:
    """Whether this database has pgvector, recent enough for half-precision vectors."""
    cursor = await connection.execute("SELECT to_regtype('public.halfvec') IS NOT NULL AS has")
    row = await cursor.fetchone()
    return bool(row and row["has"])


async def bump(connection: Connection, workspace_id: UUID) -> None:
    """Every process reads anew what it knows of this workspace's knowledge."""
    await connection.execute(
        """INSERT INTO knowledge_state AS s (workspace_id, version) VALUES (%s, 1)
           ON CONFLICT (workspace_id) DO UPDATE SET version = s.version + 1""",
        (workspace_id,),
    )


def price_of(name: str) -> Decimal | None:
    """US dollars for a million tokens, as OpenAI has listed them since January 2024; others are given."""
    return _PRICES.get(name.partition(":")[2])


_PRICES = {
    "text-embedding-3-small": Decimal("0.02"),
    "text-embedding-3-large": Decimal("0.13"),
    "text-embedding-ada-002": Decimal("0.10"),
}
