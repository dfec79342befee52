"""The phones' page, its files, and its live news; and the guard that keeps pages of other sites away."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from dynaris.core.errors import DynarisError, Forbidden, InvalidInput
from dynaris.core.look import PALETTE
from dynaris.core.networks import is_loopback
from dynaris.sandbox.meta.control import ROOT
from dynaris.sandbox.meta.graph import NOT_KEPT, STANDIN, answer

_FILES = Path(__file__).parent / "phone"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
_BEAT_SECONDS = 15.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), geolocation=(self)",
    "Cache-Control": "no-store",
}


def page_routes() -> list[web.RouteDef]:
    return [
        web.get(ROOT, _to_the_page),
        web.get(f"{ROOT}/", _page),
        web.get(f"{ROOT}/live", _live),
        web.get(ROOT + "/page/{name}", _file),
    ]


@web.middleware
async def only_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The control API asks for no sign-in: it answers this machine by its own name, and no page of another site."""
    if not request.path.startswith(ROOT):
        return await handler(request)
    try:
        _check_here(request)
        response = await handler(request)
    except (DynarisError, *NOT_KEPT) as error:
        if not isinstance(error, DynarisError):
            error = InvalidInput(f"this cannot be kept: {error}"[:300])
        response = answer({"code": error.code, "status": error.status, "detail": error.detail}, error.status)
        response.content_type = "application/problem+json"
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _check_here(request: web.Request) -> None:
    name = urlsplit(f"//{request.host}").hostname or ""
    if not (is_loopback(name) or name.endswith(".localhost")):
        raise Forbidden("this is shown on the machine it runs on alone, at http://localhost or http://127.0.0.1")
    site = request.headers.get("Sec-Fetch-Site", "none")
    opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in ("none", "same-origin") and not opened:
        raise Forbidden("pages of other sites cannot use this")


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
    response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
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
