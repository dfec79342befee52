"""Streams of server-sent events for whoever is signed in: how many at once, beats, and an end for who is no member."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent

from dynaris.core.http import Db
from dynaris.core.pace import Limit
from dynaris.core.streams import PER_NETWORK, Streams
from dynaris.workspaces.access import Access, access_of, known_keys, session_by_token
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie
from dynaris.workspaces.status import seen

PER_MEMBER = 12  # browsers and programs of one person
CHECK_SECONDS = 30.0  # who was signed out or removed hears nothing after that
BEAT_SECONDS = 15.0  # without an event: who hears nothing for twice as long is cut off
_AGAIN_MS = 500  # a browser waits that long before it comes back

T = TypeVar("T")


async def streamed(
    request: Request,
    access: Access,
    db: Db,
    happening: Callable[[], AsyncGenerator[T]],
    event_of: Callable[[T], ServerSentEvent],
) -> EventSourceResponse:
    """Endless. Raises `TooManyRequests`."""
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
    events = _while_allowed(happening(), event_of, lambda: _is_allowed(request, db, access))
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
    happening: AsyncGenerator[T],
    event_of: Callable[[T], ServerSentEvent],
    is_allowed: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[ServerSentEvent]:
    yield ServerSentEvent(retry=_AGAIN_MS)
    checked = time.monotonic()
    waiting = asyncio.ensure_future(anext(happening))
    try:
        while True:
            await asyncio.wait([waiting], timeout=min(BEAT_SECONDS, CHECK_SECONDS))
            if time.monotonic() - checked >= CHECK_SECONDS:
                if not await is_allowed():
                    return
                checked = time.monotonic()
            if waiting.done():
                yield event_of(waiting.result())
                waiting = asyncio.ensure_future(anext(happening))
            else:
                yield ServerSentEvent(event="beat", data="{}")
    finally:
        waiting.cancel()
        await asyncio.wait([waiting])
        await happening.aclose()
