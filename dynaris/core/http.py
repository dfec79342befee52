"""What every package's routes are made of: the database, pages with cursors, problem+json, the guard of JSON bodies."""

import base64
import binascii
import json
import re
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict
from starlette.requests import HTTPConnection

from dynaris.core.db import Database
from dynaris.core.errors import DynarisError, InvalidInput, MalformedRequest
from dynaris.core.files import Files

T = TypeVar("T")

PROBLEM_JSON = "application/problem+json"
UPLOAD = 201_000_000  # `max_body_size` of routes that take documents; `DYNARIS_DOCUMENT_MEGABYTES` says how much of it
DEEPEST = 100  # levels of nesting that a JSON body may have
_MOST_VALUES = 100_000  # of a body: a large one holds files or long texts
_INTEGERS = range(-(2**63), 2**63)
_LONG_NUMBER = re.compile(rb"\d{19}")


async def get_db(connection: HTTPConnection) -> Database:
    return connection.app.state.db


Db = Annotated[Database, Depends(get_db)]


async def get_files(connection: HTTPConnection) -> Files:
    return connection.app.state.services.files


StoredFiles = Annotated[Files, Depends(get_files)]


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is absent on the last one."""

    items: list[T]
    next_cursor: str | None = None


class Position(NamedTuple):
    """Where an item stands in a list by time: its id decides between items of one moment."""

    at: datetime
    id: UUID


class Rank(NamedTuple):
    """Where an item stands in a list by a number: its id decides between items of one number."""

    number: int
    id: UUID


class Named(NamedTuple):
    """Where an item stands in a list by name: its id decides between items of one name."""

    name: bytes
    id: UUID


def page_of(found: Sequence[T], limit: int, place_of: Callable[[T], UUID | Position | Rank]) -> Page[T]:
    """`found` holds up to `limit + 1` items: the extra one says that there is a next page."""
    items = list(found[:limit])
    more = len(found) > limit
    return Page(items=items, next_cursor=encode_cursor(place_of(items[-1])) if more else None)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_cursor(last: UUID | Position | Rank | Named) -> str:
    """Opaque to callers: the id, or the place, of the last item they have."""
    if isinstance(last, Position):
        last = Rank((last.at - _EPOCH) // _MICROSECOND, last.id)
    if isinstance(last, Rank):
        last = Named(last.number.to_bytes(8, "big", signed=True), last.id)
    raw = last.bytes if isinstance(last, UUID) else last.name + last.id.bytes
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> UUID:
    try:
        return UUID(bytes=_decoded(cursor))
    except (ValueError, binascii.Error) as error:
        raise _no_cursor() from error


def decode_position(cursor: str) -> Position:
    rank = decode_rank(cursor)
    try:
        return Position(_EPOCH + rank.number * _MICROSECOND, rank.id)
    except OverflowError as error:
        raise _no_cursor() from error


def decode_rank(cursor: str) -> Rank:
    try:
        raw = _decoded(cursor)
        return Rank(int.from_bytes(raw[:8], "big", signed=True), UUID(bytes=raw[8:]))
    except (ValueError, binascii.Error) as error:
        raise _no_cursor() from error


def decode_named(cursor: str) -> Named:
    try:
        raw = _decoded(cursor)
        return Named(raw[:-16], UUID(bytes=raw[-16:]))
    except (ValueError, binascii.Error) as error:
        raise _no_cursor() from error


def _decoded(cursor: str) -> bytes:
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)


def _no_cursor() -> InvalidInput:
    return InvalidInput("`cursor` must be the `next_cursor` of an earlier page")


CursorText = Annotated[str | None, Query(description="The `next_cursor` of the page before.", max_length=200)]


async def _cursor(cursor: CursorText = None) -> UUID | None:
    return None if cursor is None else decode_cursor(cursor)


async def _position(cursor: CursorText = None) -> Position | None:
    return None if cursor is None else decode_position(cursor)


async def _rank(cursor: CursorText = None) -> Rank | None:
    return None if cursor is None else decode_rank(cursor)


Cursor = Annotated[UUID | None, Depends(_cursor)]
"""The id after which a page starts; `None` is the first page."""

PositionCursor = Annotated[Position | None, Depends(_position)]
"""The same for lists whose order is a moment that is not in the id."""

RankCursor = Annotated[Rank | None, Depends(_rank)]
"""The same for lists whose order is a number, like a score or a line."""

Limit = Annotated[int, Query(ge=1, le=100, description="Most items on a page.")]
"""Write `limit: Limit = 50`."""


class Queued(BaseModel):
    """The answer to what is done soon, and of which there is nothing to follow."""

    status: Literal["queued"] = "queued"


class Problem(BaseModel):
    """An error (RFC 9457). `code` is for programs, `detail` for people."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] | None = None


def problem_content(status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:dynaris:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    content = {**(extra or {}), **problem_content(status, code, detail)}
    return Response(orjson.dumps(content, default=str), status, media_type=PROBLEM_JSON, headers=dict(headers or {}))


def problem_response(error: DynarisError) -> Response:
    """The error's `extra` stands beside its detail; `retry_after` (seconds) becomes a header."""
    extra = dict(error.extra)
    headers: dict[str, str] = {}
    retry_after = extra.pop("retry_after", 1 if error.retry else None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.status, error.code, error.detail, extra=extra, headers=headers)


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
}
"""For `responses=` of a router: the documented errors are the ones that are sent."""


CSV_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A CSV file."}
}


def csv_download(pieces: AsyncIterable[bytes], name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)


def checked_json(body: bytes) -> Any:
    """The body's value, refused where it could not be stored or answered: PostgreSQL knows neither NUL nor
    lone surrogates, and the serialisers neither endless nesting nor integers beyond 64 bits."""
    if body.count(b",") > _MOST_VALUES:
        raise MalformedRequest(f"a body may hold {_MOST_VALUES} values, counted by its commas; this one has more")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedRequest(f"the body is not JSON: {error}") from error
    if b"\\u0000" in body:
        _refuse_nul(value)
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _refuse_depth(value)
    if _LONG_NUMBER.search(body):
        json.loads(body, parse_int=_integer)
    return value


def _refuse_nul(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\x00" in item:
            raise MalformedRequest("the body holds a NUL character (\\u0000), which cannot be stored")
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            waiting += item


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise MalformedRequest(f"the body is nested more than {DEEPEST} levels deep")


def _integer(digits: str) -> int:
    if len(digits) > 20 or int(digits) not in _INTEGERS:
        raise MalformedRequest("the body holds an integer of more than 64 bits")
    return int(digits)
