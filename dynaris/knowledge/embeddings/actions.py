"""Which model a workspace's passages are embedded with: named, changed, left, and how far it has come."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.knowledge.embeddings.filling import available, bump, price_of, want
from dynaris.workspaces.actions import record

_STATUS = """SELECT m.id, m.name AS model, m.status, m.dimensions, m.near, m.price, m.tokens, m.cost, m.error,
       m.retry_at, m.created_at, (SELECT count(*)::int FROM passage_embedding e
                      WHERE e.workspace_id = m.workspace_id AND e.model_id = m.id) AS done
    FROM embedding_model m WHERE m.workspace_id = %s AND m.status <> 'leaving' ORDER BY m.status, m.created_at"""
_PASSAGES = "SELECT passages FROM passage_word WHERE workspace_id = %s AND lexeme = 'ws:' || %s::text"


async def use_model(
    connection: Connection,
    workspace_id: UUID,
    *,
    model: str,
    near: Decimal = Decimal("0.6"),
    price: Decimal | None = None,
    by: str,
) -> None:
    """From now on; what serves goes on serving until the new one has every passage. Raises InvalidInput."""
    provider, _, name = model.partition(":")
    if not provider or not name:
        raise InvalidInput(f"expected a model as provider:name, got {model[:100]!r}")
    if not await available(connection):
        raise InvalidInput("this database server has no pgvector (CREATE EXTENSION vector): search works by full text")
    async with connection.transaction():
        cursor = await connection.execute(
            """UPDATE embedding_model SET near = %(near)s, price = coalesce(%(price)s, price), retry_at = NULL
               WHERE workspace_id = %(ws)s AND name = %(name)s AND status <> 'leaving' RETURNING id""",
            {"ws": workspace_id, "name": model, "near": near, "price": price},
        )
        same = await cursor.fetchone()
        # What another change had begun to fill is left; a model that is named again goes on where it was.
        await connection.execute(
            """UPDATE embedding_model SET status = 'leaving'
               WHERE workspace_id = %s AND status = 'filling' AND id IS DISTINCT FROM %s""",
            (workspace_id, same["id"] if same else None),
        )
        if same is None:
            await connection.execute(
                "INSERT INTO embedding_model (workspace_id, id, name, near, price) VALUES (%s, %s, %s, %s, %s)",
                (workspace_id, new_id(), model, near, price if price is not None else price_of(model)),
            )
        await bump(connection, workspace_id)
        await want(connection, workspace_id)
        await record(
            connection,
            workspace_id,
            actor=by,
            action="knowledge.embeddings_changed",
            subject=f"workspace:{workspace_id}",
            detail={"model": model},
        )


async def use_none(connection: Connection, workspace_id: UUID, *, by: str) -> None:
    """Full text alone from now on; the embeddings go in the background."""
    async with connection.transaction():
        await connection.execute(
            "UPDATE embedding_model SET status = 'leaving' WHERE workspace_id = %s", (workspace_id,)
        )
        await bump(connection, workspace_id)
        await want(connection, workspace_id)
        await record(
            connection,
            workspace_id,
            actor=by,
            action="knowledge.embeddings_changed",
            subject=f"workspace:{workspace_id}",
            detail={"model": None},
        )


async def status(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    """What serves and what is being filled, with how far it is."""
    models = await (await connection.execute(_STATUS, (workspace_id,))).fetchall()
    row = await (await connection.execute(_PASSAGES, (workspace_id, workspace_id))).fetchone()
    passages = row["passages"] if row else 0
    return {
        "available": await available(connection),
        "passages": passages,
        "models": [{**model, "done": min(model["done"], passages)} for model in models],
    }
