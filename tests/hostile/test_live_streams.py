"""A visitor's tabs are served, a thousand streams of one session are not, and closing one makes room."""

import secrets
from contextlib import AsyncExitStack, ExitStack
from typing import Any

from fastapi import FastAPI

from dynaris.app.edge import Edge
from dynaris.app.http_connection import Limits
from dynaris.app.problems import install
from dynaris.channels.contract import Account
from dynaris.channels.webchat.routes import widget_routes
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.ids import new_id
from dynaris.core.pace import Limit
from dynaris.core.streams import PER_SESSION, Streams
from tests.fakes.host import FakeHost
from tests.hostile.conftest import Client, connected, served

_SESSIONS = [secrets.token_urlsafe(24), secrets.token_urlsafe(24)]


async def test_one_session_holds_only_its_streams_and_gets_them_back() -> None:
    account: Account[Any] = Account(new_id(), new_id(), "webchat", "key", WidgetSettings(origins=["*"]))
    app = FastAPI()
    app.include_router(widget_routes(FakeHost(account)))
    install(app)
    async with served(Edge(app, limits=[], https=False), Limits()) as port, AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(connected(port)) for _ in range(PER_SESSION)]
        assert [await opened(tab, _SESSIONS[0]) for tab in tabs] == [200] * PER_SESSION
        late, other = [await stack.enter_async_context(connected(port)) for _ in range(2)]
        assert await opened(late, _SESSIONS[0]) == 429
        assert await opened(other, _SESSIONS[1]) == 200
        tabs[0].writer.close()
        status = 429
        for _ in range(100):
            if (status := await opened(late, _SESSIONS[0])) == 200:
                break
        assert status == 200


async def test_streams_that_are_asked_for_in_one_moment_are_as_few() -> None:
    streams, limit = Streams(), Limit("session", PER_SESSION, "live streams for a session")
    for _ in range(20):
        streams.check(limit)  # all answered before one of them begins
    with ExitStack() as stack:
        began = [stack.enter_context(streams.held(limit)) for _ in range(20)]
        assert began.count(True) == PER_SESSION
    with streams.held(limit) as fits:
        assert fits


async def opened(client: Client, session: str) -> int:
    client.send(f"GET /api/chat-widget/sse?api_key=key&session_id={session} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    return (await client.answer())[0]
