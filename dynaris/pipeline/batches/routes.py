"""HTTP of batches: start one beside the signed events of a source, follow it, cancel it."""

from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Header, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from pydantic import ValidationError

from dynaris.core.db import Database
from dynaris.core.errors import Unauthenticated
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, checked_json, page_of
from dynaris.pipeline import schemas
from dynaris.pipeline.batches import queries, starting
from dynaris.pipeline.batches.choosing import BatchRequest
from dynaris.workspaces.access import SESSION_COOKIE, Access, CurrentAccess, current_access
from dynaris.workspaces.cookies import cookie

router = APIRouter(prefix="/api/process-events", responses=PROBLEMS, tags=["events"])

_MOST_LEFT_ALONE = 1_000


async def member_or_source(
    *,
    request: Request,
    db: Db,
    bearer: Annotated[
        HTTPAuthorizationCredentials | None, Security(HTTPBearer(scheme_name="API key", auto_error=False))
    ],
    session: Annotated[
        str | None, Security(APIKeyCookie(name=SESSION_COOKIE, scheme_name="Session", auto_error=False))
    ],
    workspace: Annotated[UUID | None, Header(alias="X-Dynaris-Workspace")] = None,
    source: Annotated[str, Header(alias="X-Dynaris-Source", max_length=200)] = "",
) -> Access | str:
    """The source's name, whose signature is to be checked, or who is signed in."""
    if source:
        return source
    if "authorization" not in request.headers and cookie(request, SESSION_COOKIE) is None:
        raise Unauthenticated(
            "a system that sends a signed event names itself in X-Dynaris-Source (dynaris source add); "
            "who processes stored events sends `Authorization: Bearer` with an API key, or signs in"
        )
    return await current_access(request, db, bearer, session, workspace)


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Without references: a body that the route reads by itself is described in place."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items() if key != "$defs"}


def _described_body() -> dict[str, Any]:
    schema = BatchRequest.model_json_schema()
    batch = _inlined(schema, schema.get("$defs", {}))
    event = {
        "type": "object",
        "title": "SignedEvent",
        "description": "With X-Dynaris-Source: a source's event, described in docs/integrations/generic.md.",
        "required": ["id", "type", "occurred_at", "from", "text"],
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 200},
            "type": {"type": "string", "minLength": 1, "maxLength": 100},
            "occurred_at": {"type": "string", "format": "date-time"},
            "from": {"type": "object"},
            "text": {"type": "string", "maxLength": 100_000},
        },
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": [batch, event]}}}}}


BODY = _described_body()


async def start_batch(request: Request, db: Database, access: Access) -> schemas.Batch:
    try:
        wanted = BatchRequest.model_validate(checked_json(await request.body()))
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors]) from error
    async with db.transaction(access.workspace_id) as connection:
        batch_id, _ = await starting.start(connection, access.workspace_id, wanted, by=access.actor)
    return await _batch(db, access, batch_id)


@router.get("", summary="Batches, newest first")
async def list_batches(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[schemas.BatchLine]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.listed(connection, access.workspace_id, before=cursor, limit=limit)
    return page_of([schemas.BatchLine(**row) for row in rows], limit, lambda batch: batch.id)


@router.get("/{batch_id}", summary="How far a batch is, and what it left alone")
async def get_batch(access: CurrentAccess, db: Db, batch_id: UUID) -> schemas.Batch:
    return await _batch(db, access, batch_id)


@router.get("/{batch_id}/events", summary="What became of each event so far")
async def list_batch_events(
    *,
    access: CurrentAccess,
    db: Db,
    batch_id: UUID,
    cursor: Cursor,
    limit: Limit = 50,
    result: queries.Result | None = None,
) -> Page[schemas.BatchEvent]:
    results = [result] if result else get_args(queries.Result)
    async with db.workspace(access.workspace_id) as connection:
        await queries.get(connection, access.workspace_id, batch_id)
        rows = await queries.events_of(
            connection, access.workspace_id, batch_id, results=results, after=cursor, limit=limit
        )
    return page_of([schemas.BatchEvent(**row) for row in rows], limit, lambda event: event.event_id)


@router.post("/{batch_id}/cancel", summary="Leave the rest of a batch alone")
async def cancel_batch(access: CurrentAccess, db: Db, batch_id: UUID) -> schemas.Batch:
    async with db.transaction(access.workspace_id) as connection:
        await starting.cancel(connection, access.workspace_id, batch_id, by=access.actor)
    return await _batch(db, access, batch_id)


async def _batch(db: Database, access: Access, batch_id: UUID) -> schemas.Batch:
    async with db.workspace(access.workspace_id) as connection:
        row = await queries.get(connection, access.workspace_id, batch_id)
        left = await queries.events_of(
            connection,
            access.workspace_id,
            batch_id,
            results=("skipped", "not_found"),
            after=None,
            limit=_MOST_LEFT_ALONE,
        )
    return schemas.Batch(**row, left_alone=[schemas.BatchEvent(**one) for one in left[:_MOST_LEFT_ALONE]])
