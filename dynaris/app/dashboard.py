"""The dashboard's files, as the build put them into the package, and the page that every screen's address shows."""

import gzip
import json
import mimetypes
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dynaris.calls.taking import sockets_origin
from dynaris.core.changes import position_of
from dynaris.core.errors import NotFound
from dynaris.core.http import Db
from dynaris.workspaces.access import access_of, note_visit, session_by_token
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

FILES = Path(__file__).parent / "web_files"
# As the web's router has them, and what is shown at the address itself and at those below it; a test compares.
SCREENS = {
    "": ("overview/OverviewScreen", None),
    "inbox": ("inbox/InboxScreen", "inbox/InboxScreen"),
    "events": ("events/EventsScreen", "events/EventScreen"),
    "calls": ("calls/CallsScreen", "calls/CallScreen"),
    "contacts": ("contacts/ContactsScreen", "contacts/detail/ContactScreen"),
    "tasks": ("tasks/TasksScreen", None),
    "agents": ("agents/AgentsScreen", "agents/AgentScreen"),
    "knowledge": ("knowledge/SourcesScreen", None),
    "scheduling": ("scheduling/CalendarScreen", None),
    "connectors": ("connectors/ConnectorsScreen", "connectors/AccountScreen"),
    "settings": ("settings/SettingsScreen", "settings/SettingsScreen"),
    "onboarding": ("onboarding/OnboardingScreen", None),
}
_ENTRY = "index.html"  # the manifest's name of what every screen needs
_FOREVER = "public, max-age=31536000, immutable"  # the name of an asset says what is in it
_SMALL = 1_000  # bytes: not worth packing


def _policy(nonce: str, sockets: str) -> str:
    return (
        f"default-src 'none'; script-src 'self'; connect-src 'self' {sockets}; font-src 'self'; manifest-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob: https:; media-src 'self' blob:; "
        "frame-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@lru_cache(maxsize=512)
def packed(path: Path) -> tuple[bytes, bytes | None]:
    """A file's content, plain and gzipped; read once, as a new build comes with a new process."""
    content = path.read_bytes()
    return content, gzip.compress(content, 9, mtime=0) if len(content) > _SMALL else None


def file_response(request: Request, path: Path, *, cache: str, **headers: str) -> Response:
    plain, zipped = packed(path)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    sent = {"Cache-Control": cache, "Vary": "Accept-Encoding", **headers}
    if zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(zipped, media_type=kind, headers={**sent, "Content-Encoding": "gzip"})
    return Response(plain, media_type=kind, headers=sent)


def found(folder: Path, name: str) -> Path:
    """A file of the build. Raises `NotFound` for anything else, also for what a name with `..` leads to."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise NotFound(f"there is no file {name}")
    return path


@router.get("/assets/{name}")
async def asset(request: Request, name: str) -> Response:
    return file_response(request, found(FILES / "assets", name), cache=_FOREVER)


@router.get("/icon.svg")
async def icon(request: Request) -> Response:
    return file_response(request, found(FILES, "icon.svg"), cache="public, max-age=86400")


@router.get("/push-worker.js")
async def push_worker(request: Request) -> Response:
    """What shows a browser's pushes while no page is open; browsers look for a new one by themselves."""
    return file_response(request, found(FILES, "push-worker.js"), cache="no-cache")


@lru_cache
def _files_of(files: Path, screen: str) -> str:
    """Links to the screen's own scripts and styles, so that they come beside the entry and not after it has run."""
    manifest = json.loads(packed(files / "manifest.json")[0])
    known = _needed(manifest, _ENTRY)
    links = []
    for name in (name for name in _needed(manifest, f"app/screens/{screen}.tsx") if name not in known):
        links.append(f'<link rel="modulepreload" href="/{manifest[name]["file"]}">')
        links += [f'<link rel="stylesheet" href="/{style}">' for style in manifest[name].get("css", ())]
    return "".join(links)


def _needed(manifest: dict[str, Any], name: str) -> dict[str, None]:
    """The part itself and all that it imports, each once."""
    found = {name: None}
    for part in manifest[name].get("imports", ()):
        found |= _needed(manifest, part)
    return found


@router.get("/overview")
async def overview() -> Response:
    """What its label in the navigation suggests."""
    return RedirectResponse("/")


async def screen(request: Request, db: Db) -> Response:
    """One page for all screens: its script reads the address. Who is signed out signs in, and comes back."""
    token = cookie(request, SESSION_COOKIE)
    session = await session_by_token(db, token) if token else None
    if session is None:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/sign-in" if here == "/" else f"/sign-in?next={quote(here)}", status_code=303)
    access = access_of(session)
    if access is None:
        return RedirectResponse("/account", status_code=303)
    if access.staff:
        await note_visit(request, db, session, access)
    index = FILES / "index.html"
    if not index.exists():
        return page("The dashboard is not built", "<p>Run <code>make up</code>, which builds it.</p>", status=503)
    nonce = secrets.token_urlsafe(16)
    async with db.system() as connection:
        position = await position_of(connection)
    html = packed(index)[0].decode().replace("__NONCE__", nonce).replace("__POSITION__", position)
    _, name, *rest = request.url.path.split("/")
    if shown := SCREENS[name][bool(rest and rest[0])]:
        html = html.replace("</head>", f"{_files_of(FILES, shown)}</head>")
    policy = _policy(nonce, sockets_origin(request.app.state.services))
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


for _name in SCREENS:
    router.add_api_route(f"/{_name}", screen, name=_name)
    if _name:
        router.add_api_route(f"/{_name}/{{rest:path}}", screen, name=f"{_name}-part")
