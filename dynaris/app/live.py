"""`GET /api/live`: what changes in the workspace, as it happens, for every tab of one browser."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from dynaris.core.changes import Change, follow
from dynaris.core.http import PROBLEMS, Db
from dynaris.core.pace import Limit
from dynaris.core.streams import PER_NETWORK, Streams
from dynaris.workspaces.access import Access, CurrentAccess, access_of, known_keys, session_by_token
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie
from dynaris.workspaces.status import seen

PER_MEMBER = 12  # browsers and programs of one person
_CHECK_SECONDS = 30.0  # who was signed out or removed hears nothing after that
_BEAT_SECONDS = 15.0  # without a change: who hears nothing for twice as long is cut off
_AGAIN_MS = 500  # a browser waits that long before it comes back

router = APIRouter(prefix="/api", tags=["live"], responses=PROBLEMS)


@router.get("/live", response_class=EventSourceResponse, summary="What changes, as it happens")
async def stream(
    request: Request,
    access: CurrentAccess,
    db: Db,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
    after: Annotated[
        str | None, Query(max_length=100, description="The last `id` heard, where no header can be set.")
    ] = None,
) -> EventSourceResponse:
    """Unnamed server-sent events with JSON `{"kind", "ids"}`: ask the API again for what you show of them. `reset`:
    anything may have changed. `position` only carries an `id`: come back with it as `Last-Event-ID` within an hour,
    and hear what you missed; what you heard may come twice. An event named `beat` comes when nothing else has for 15
    seconds: without it the connection is lost."""
    state = request.app.state
    if not hasattr(state, "streams"):
        state.streams = Streams()
    network = request.client.host if request.client else ""
    limits = (
        Limit(f"actor {access.actor}", PER_MEMBER, "live streams for one person"),
        Limit(f"network {network}", PER_NETWORK, "live streams for one network"),
    )
    state.streams.check(*limits)
    await _note_seen(db, access)
    changes = follow(db, state.feed, access.workspace_id, last_event_id or after)
    events = _while_allowed(changes, lambda: _is_allowed(request, db, access))
    return EventSourceResponse(_held(state.streams, events, limits))


async def _held(
    streams: Streams, events: AsyncGenerator[ServerSentEvent], limits: tuple[Limit, ...]
) -> AsyncGenerator[ServerSentEvent]:
    with streams.held(*limits) as fits:
        async with aclosing(events):
            if fits:
                async for event in events:
                    yield event


async def _is_allowed(request: Request, db: Db, access: Access) -> bool:
    """Whether who asked still works there: sessions end, keys are revoked, members are removed."""
    header = request.headers.get("authorization", "")
    if header:
        now = await known_keys(request).access(db, header.partition(" ")[2])
    else:
        token = cookie(request, SESSION_COOKIE)
        session = await session_by_token(db, token) if token else None
        now = access_of(session) if session else None
    if now is None or now.workspace_id != access.workspace_id:
        return False
    await _note_seen(db, now)
    return True


async def _note_seen(db: Db, access: Access) -> None:
    """A screen of theirs is open: to their teammates they are there."""
    if access.member_id is not None:
        async with db.workspace(access.workspace_id) as connection:
            await seen(connection, access.workspace_id, access.member_id)


async def _while_allowed(
    changes: AsyncGenerator[Change], is_allowed: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[ServerSentEvent]:
    yield ServerSentEvent(retry=_AGAIN_MS)
    checked = time.monotonic()
    waiting = asyncio.ensure_future(anext(changes))
    try:
        while True:
            await asyncio.wait([waiting], timeout=min(_BEAT_SECONDS, _CHECK_SECONDS))
            if time.monotonic() - checked >= _CHECK_SECONDS:
                if not await is_allowed():
                    return
                checked = time.monotonic()
            if waiting.done():
                yield _event(waiting.result())
                waiting = asyncio.ensure_future(anext(changes))
            else:
                yield ServerSentEvent(event="beat", data="{}")
    finally:
        waiting.cancel()
        await asyncio.wait([waiting])
        await changes.aclose()


def _event(change: Change) -> ServerSentEvent:
    return ServerSentEvent(data=orjson.dumps({"kind": change.kind, "ids": change.ids}).decode(), id=change.position)
