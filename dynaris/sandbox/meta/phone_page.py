"""The phones' page, its files, and its live news."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from dynaris.core.look import PALETTE
from dynaris.sandbox.here import HEADERS
from dynaris.sandbox.meta.control import ROOT
from dynaris.sandbox.meta.graph import STANDIN

_FILES = Path(__file__).parent / "phone"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_BEAT_SECONDS = 15.0


def page_routes() -> list[web.RouteDef]:
    return [
        web.get(ROOT, _to_the_page),
        web.get(f"{ROOT}/", _page),
        web.get(f"{ROOT}/live", _live),
        web.get(ROOT + "/page/{name}", _file),
    ]


async def _to_the_page(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect(f"{ROOT}/")


async def _page(_request: web.Request) -> web.StreamResponse:
    return _served("index.html")


async def _file(request: web.Request) -> web.StreamResponse:
    return _served(request.match_info["name"])


def _served(name: str) -> web.StreamResponse:
    path = _FILES / name
    if path.parent != _FILES or path.suffix not in _TYPES or not path.is_file():
        raise web.HTTPNotFound
    text = path.read_text()
    if path.suffix == ".css":
        text = PALETTE + text
    return web.Response(text=text, content_type=_TYPES[path.suffix])


async def _live(request: web.Request) -> web.StreamResponse:
    """Server-sent events: what has changed, for the page to read anew."""
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    with request.app[STANDIN].changes.watching() as watcher, suppress(ConnectionError):  # until the page is closed
        await response.write(b"retry: 1000\n\ndata: []\n\n")
        while True:
            try:
                changed = await asyncio.wait_for(watcher.next(), _BEAT_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
            else:
                await response.write(f"data: {json.dumps(sorted(changed))}\n\n".encode())
    return response
