"""HTTP of the knowledge base: sources, and a search to try them."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query

from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.knowledge import actions, sources
from dynaris.knowledge.schemas import (
    FoundPassage,
    FoundPassages,
    NewPairs,
    NewSource,
    PairOut,
    Source,
    SourceChange,
    SourceWithContent,
    StoredPassage,
)
from dynaris.knowledge.searching import find
from dynaris.knowledge.sources import answer_floor
from dynaris.knowledge.split import pairs_in
from dynaris.workspaces.access import CurrentAccess

router = APIRouter(prefix="/api/knowledge", tags=["knowledge"], responses=PROBLEMS)


@router.get("", summary="Sources, newest first")
async def list_sources(access: CurrentAccess, db: Db, cursor: Cursor = None, limit: Limit = 50) -> Page[Source]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await sources.list_sources(connection, access.workspace_id, before=cursor, limit=limit + 1)
    return page_of([Source(**row) for row in rows], limit, lambda source: source.id)


@router.post("", status_code=201, summary="Add a source; it is searchable at once")
async def add_source(access: CurrentAccess, db: Db, source: NewSource) -> SourceWithContent:
    async with db.workspace(access.workspace_id) as connection:
        source_id = await actions.add_source(connection, access.workspace_id, **source.model_dump(), by=access.actor)
        return await _shown(connection, access.workspace_id, source_id)


@router.post("/faq", status_code=201, summary="Add many questions with their answers as one source")
async def add_pairs(access: CurrentAccess, db: Db, faq: NewPairs) -> SourceWithContent:
    content = orjson.dumps([pair.model_dump() for pair in faq.pairs]).decode()
    async with db.workspace(access.workspace_id) as connection:
        source_id = await actions.add_source(
            connection,
            access.workspace_id,
            kind="faq",
            title=faq.title,
            content=content,
            language=faq.language,
            by=access.actor,
        )
        return await _shown(connection, access.workspace_id, source_id)


@router.get("/search", summary="What an agent would find")
async def search(
    access: CurrentAccess,
    db: Db,
    q: Annotated[str, Query(description="A question, as a contact would write it.", max_length=10_000)],
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> FoundPassages:
    async with db.workspace(access.workspace_id) as connection:
        found = await find(connection, access.workspace_id, q, limit=limit)
        floor = await answer_floor(connection, access.workspace_id)
    items = [FoundPassage(**asdict(passage), enough=passage.score >= floor) for passage in found.passages]
    return FoundPassages(items=items, floor=floor, words=list(found.words), without_vectors=found.without_vectors)


@router.get("/passages", summary="What was read of a source or a document, as it stands there")
async def list_passages(
    access: CurrentAccess,
    db: Db,
    *,
    source_id: UUID,
    document_id: Annotated[UUID | None, Query(description="Only of this document of the source.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StoredPassage]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await sources.list_passages(
            connection, access.workspace_id, source_id, document_id=document_id, after=cursor, limit=limit + 1
        )
    return page_of([StoredPassage(**row) for row in rows], limit, lambda passage: passage.id)


@router.get("/{source_id}", summary="One source with its content")
async def get_source(access: CurrentAccess, db: Db, source_id: UUID) -> SourceWithContent:
    async with db.workspace(access.workspace_id) as connection:
        return await _shown(connection, access.workspace_id, source_id)


@router.patch("/{source_id}", summary="Change a source, or switch it off and on")
async def update_source(access: CurrentAccess, db: Db, source_id: UUID, change: SourceChange) -> SourceWithContent:
    async with db.workspace(access.workspace_id) as connection:
        await actions.update_source(connection, access.workspace_id, source_id, **change.model_dump(), by=access.actor)
        return await _shown(connection, access.workspace_id, source_id)


@router.delete("/{source_id}", status_code=204, summary="Remove a source and its passages")
async def remove_source(access: CurrentAccess, db: Db, source_id: UUID) -> None:
    async with db.workspace(access.workspace_id) as connection:
        await actions.remove_source(connection, access.workspace_id, source_id, by=access.actor)


async def _shown(connection: Connection, workspace_id: UUID, source_id: UUID) -> SourceWithContent:
    row = await sources.get_source(connection, workspace_id, source_id)
    if row["kind"] != "faq":
        return SourceWithContent(**row)
    pairs = [PairOut(question=question, answer=answer) for question, answer in pairs_in(row["content"])]
    return SourceWithContent(**row, pairs=pairs)
