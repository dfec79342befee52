"""A web site of the test's own, on this machine, and a worker that visits it."""

import asyncio
import gzip
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from dynaris.knowledge.web.visit import visit
from tests.knowledge.documents.conftest import Library, library

__all__ = ["Site", "Surfer", "library"]


def html(title: str, body: str, head: str = "") -> str:
    return (
        f'<html lang="en"><head><title>{title}</title>{head}</head><body><h1 id="top">{title}</h1>{body}</body></html>'
    )


@dataclass
class Site:
    """`pages`: what stands at a path, as text, bytes, or a whole answer."""

    port: int = 0
    pages: dict[str, Any] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    not_modified: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path_qs] += 1
        found: Any = self.pages.get(request.path_qs)
        if callable(found):
            answered: Any = found(request)
            return await answered
        if found is None:
            return web.Response(status=404, text="none")
        if isinstance(found, int):
            return web.Response(status=found)
        body = found if isinstance(found, bytes) else found.encode()
        etag = f'"{hash(body)}"'
        if request.headers.get("If-None-Match") == etag:
            self.not_modified += 1
            return web.Response(status=304, headers={"ETag": etag})
        kind = "text/xml" if request.path.endswith((".xml", ".gz")) else "text/html"
        kind = "text/plain" if request.path == "/robots.txt" else kind
        return web.Response(body=body, content_type=kind, headers={"ETag": etag})

    def redirect(self, path: str, target: str) -> None:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": target})

        self.pages[path] = answer

    def packed(self, path: str, body: bytes) -> None:
        async def answer(_: web.Request) -> web.Response:
            headers = {"Content-Encoding": "gzip", "Content-Type": "text/html"}
            return web.Response(body=gzip.compress(body), headers=headers)

        self.pages[path] = answer


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    app = web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()


@dataclass
class Surfer:
    """A workspace with sources on the web."""

    library: Library

    async def add(self, url: str, kind: str = "site", **given: Any) -> dict[str, Any]:
        """After its first visit."""
        answer = await self.library.api.post("/api/knowledge/web", json={"kind": kind, "url": url, **given})
        assert answer.status_code == 202, answer.text
        return await self.visited(answer.json()["id"])

    async def again(self, source_id: str) -> dict[str, Any]:
        answer = await self.library.api.post(f"/api/knowledge/{source_id}/visit")
        assert answer.status_code == 202, answer.text
        return await self.visited(source_id)

    async def visited(self, source_id: str) -> dict[str, Any]:
        async with self.library.desk.db.workspace(self.library.id) as connection:
            cursor = await connection.execute(
                "SELECT visit FROM knowledge_source WHERE workspace_id = %s AND id = %s",
                (self.library.id, UUID(source_id)),
            )
            row = await cursor.fetchone()
        assert row is not None
        async with asyncio.timeout(30):
            await visit(self.library.desk, self.library.id, UUID(source_id), row["visit"])
        return (await self.library.api.get(f"/api/knowledge/{source_id}")).json()

    async def documents(self, source_id: str) -> dict[str, dict[str, Any]]:
        query = {"source_id": source_id, "limit": 100}
        rows = (await self.library.api.get("/api/knowledge/documents", params=query)).json()["items"]
        return {row["url"].partition("//")[2].partition("/")[2]: row for row in rows}


@pytest.fixture
def surfer(library: Library) -> Surfer:
    return Surfer(library)
