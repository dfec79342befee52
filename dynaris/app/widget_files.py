"""The chat widget's files, which pages of other sites load, and `/demo`: pages here that have it."""

from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from dynaris.app.dashboard import FILES, file_response, found, packed
from dynaris.app.up import DEMO
from dynaris.calls.schemas import TestCall
from dynaris.calls.taking import sockets_origin
from dynaris.calls.trying import begin_test_call
from dynaris.core.errors import NotFound
from dynaris.core.ids import new_id
from dynaris.core.pace import network_of
from dynaris.people.throttle import Rate, take

router = APIRouter(include_in_schema=False)

_PAGE = Path(__file__).parent / "demo_page"
_ELSEWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_SOON = "public, max-age=300"  # a site's script keeps its address: a new version is seen within minutes
_FOREVER = "public, max-age=31536000, immutable"
DEMO_CALLS = Rate("calls on the demo page from one network address", 10, 600)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@router.get("/widget.js")
async def launcher(request: Request) -> Response:
    path = FILES / "widget.js"
    if not path.exists():
        text = "The chat widget is not built: `make up` builds it."
        return PlainTextResponse(text, 503, headers=_ELSEWHERE)
    mark = f'"{sha256(packed(path)[0]).hexdigest()[:20]}"'
    if request.headers.get("if-none-match", "").removeprefix("W/") == mark:
        return Response(status_code=304, headers={"ETag": mark, "Cache-Control": _SOON, **_ELSEWHERE})
    return file_response(request, path, cache=_SOON, ETag=mark, **_ELSEWHERE)


@router.get("/widget/{name}")
async def part(request: Request, name: str) -> Response:
    return file_response(request, found(FILES / "widget", name), cache=_FOREVER, **_ELSEWHERE)


@router.get("/demo")
async def demo(request: Request, key: Annotated[str, Query(max_length=200)] = DEMO) -> Response:
    """The demo clinic's page, where the demo workspace is; with another widget's key a page that has only that."""
    services = request.app.state.services
    if not await services.accounts.find("webchat", key):
        raise NotFound("there is no demo workspace here" if key == DEMO else f"there is no chat widget {key}")
    if key != DEMO:
        html = (_PAGE / "preview.html").read_text().replace("__KEY__", escape(key))
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})
    html = (_PAGE / "index.html").read_text()
    if not services.settings.sandbox_pages:
        begin, _, rest = html.partition("<!-- sandbox -->")
        html = begin + rest.partition("<!-- /sandbox -->")[2]
    policy = _POLICY.replace("connect-src 'self'", f"connect-src 'self' {sockets_origin(services)}")
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


@router.post("/demo/call")
async def demo_call(request: Request) -> TestCall:
    """A visitor calls the demo workspace's agent from their browser. Nobody is asked who they are, so few may."""
    services = request.app.state.services
    accounts = await services.accounts.find("webchat", DEMO)
    if not accounts:
        raise NotFound("there is no demo workspace here")
    network = network_of(request.client.host) if request.client else ""
    async with services.db.system() as connection:
        await take(connection, DEMO_CALLS, network)
    return await begin_test_call(services, accounts[0].workspace_id, who=f"visitor:{new_id()}", by="system")


@router.get("/demo/{name}")
async def demo_file(request: Request, name: str) -> Response:
    if name == "call.js":  # as the web's build made it
        return file_response(request, found(FILES, "demo-call.js"), cache=_SOON)
    return file_response(request, found(_PAGE, name), cache=_SOON)
