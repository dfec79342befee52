"""The telephones' page and its files."""

from pathlib import Path

from aiohttp import web

from dynaris.core.look import ELEMENTS, PALETTE
from dynaris.sandbox.twilio.control import ROOT

_FILES = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def page_routes() -> list[web.RouteDef]:
    return [web.get(ROOT, _to_the_page), web.get(f"{ROOT}/", _page), web.get(ROOT + "/page/{name}", _file)]


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
        text = PALETTE + ELEMENTS + text
    return web.Response(text=text, content_type=_TYPES[path.suffix])
