"""The few pages of the web process itself: the start page and sign-in by link. No scripts; everything escaped."""

import base64
import hashlib
from html import escape
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dynaris.core.http import Db
from dynaris.core.ids import token_hash
from dynaris.workspaces import actions, queries
from dynaris.workspaces.access import access_of, note_visit, require_same_origin, session_by_token
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie, drop_cookie, set_session

router = APIRouter(include_in_schema=False)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.5rem; } table { border-collapse: collapse; width: 100%; } td, th { text-align: left;
padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e4e7ec; vertical-align: top; } a { color: #0b5cad; }
code { background: #f2f4f7; padding: .1rem .3rem; border-radius: 3px; } button { font: inherit; padding: .5rem 1.2rem;
border: 0; border-radius: 6px; background: #0b5cad; color: #fff; cursor: pointer; } .on { color: #13713c; }
label { display: block; margin: .8rem 0; } input, select, textarea { font: inherit; padding: .45rem .6rem; width: 100%;
max-width: 24rem; box-sizing: border-box; border: 1px solid #98a2b3; border-radius: 6px; display: block; }
section { margin: 2rem 0; } h2 { font-size: 1.15rem; } .error { color: #b42318; font-weight: 600; }
.quiet { background: none; color: #0b5cad; padding: .2rem .4rem; } td form { margin: 0; } td label { margin: 0; }
pre { overflow-x: auto; }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #e4e7ec; } a { color: #7ab8f5; }
code { background: #262c36; } td, th { border-color: #333b47; } .on { color: #6fcf97; } .error { color: #f97066; }
.quiet { color: #7ab8f5; } input, select, textarea { background: #1d232d; color: inherit; border-color: #475467; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """`body` is HTML, escaped by the caller."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>",
        status,
        headers=_HEADERS,
    )


@router.get("/")
async def start(request: Request, db: Db) -> Response:
    token = cookie(request, SESSION_COOKIE)
    session = await session_by_token(db, token) if token else None
    if session is None:
        return page(
            "Dynaris",
            '<p>You are signed out. <a href="/sign-in">Sign in</a> or <a href="/sign-up">sign up</a>; '
            "<code>dynaris up</code> also prints a sign-in link each time it starts.</p>"
            '<p><a href="/api/docs">API</a></p>',
        )
    access = access_of(session)
    if access is None:
        return RedirectResponse("/account", status_code=303)
    if access.staff:
        await note_visit(request, db, session, access)
    async with db.workspace(access.workspace_id) as connection:
        workspace = await queries.settings(connection, access.workspace_id)
        mode = await queries.auto_mode(connection, access.workspace_id)
    role = "staff, on a visit" if access.staff else access.role
    may_set_up = access.member_id is not None and access.role != "teammate"
    return page(workspace["name"], _overview(session.name, role, mode) + (_SET_UP if may_set_up else "") + _END)


def _overview(name: str, role: str, mode: dict[str, Any]) -> str:
    narrowed = [name for part in ("channels", "effects") for name, on in mode.get(part, {}).items() if not on]
    state = '<strong class="on">Auto</strong>' if mode["enabled"] else "<strong>Manual</strong>"
    if mode["enabled"] and narrowed:
        state += f" (manual for {escape(', '.join(narrowed))})"
    return (
        f"<p>Signed in as {escape(name)} ({escape(role)}). Mode: {state}.</p>"
        '<ul><li><a href="/account">Your account</a></li><li><a href="/sandbox/mail">Sandbox mailbox</a></li>'
        '<li><a href="/api/docs">API</a></li><li><a href="/api/events">Events</a> and '
        '<a href="/api/approvals?status=pending">approvals</a>, as programs see them</li></ul>'
    )


# These pages belong to packages above this one.
_SET_UP = (
    "<section><h2>Getting started</h2><ol>"
    '<li><a href="/connect">Connect a mailbox</a>, and prove that its address is yours; '
    '<a href="/connect">make a web form</a> for your site</li>'
    '<li><a href="/answers">Add answers</a> that agents give</li>'
    '<li><a href="/team">Invite colleagues</a>, change roles</li>'
    '<li><a href="/keys">Make an API key</a> for your own programs</li></ol></section>'
)
_END = '<form method="post" action="/auth/sign-out"><button>Sign out</button></form>'


@router.get("/auth/link/{token}")
async def sign_in_page(token: str) -> Response:
    """Opening the link uses nothing up: whatever previews links must not spend it. The button does."""
    action = escape(f"/auth/link/{quote(token, safe='')}")
    return page("Sign in to Dynaris", f'<form method="post" action="{action}"><button>Sign in</button></form>')


@router.post("/auth/link/{token}")
async def sign_in(request: Request, token: str, db: Db) -> Response:
    if "origin" in request.headers or "sec-fetch-site" in request.headers:  # without both it is no browser
        require_same_origin(request)
    session = await actions.use_sign_in_link(db, token)
    if session is None:
        return page(
            "This link does not work any more",
            "<p>It was used before or has expired. <code>dynaris up</code> prints a new one when it starts.</p>",
            status=410,
        )
    async with db.system() as connection:
        ip = request.client.host if request.client else ""
        await connection.execute("SELECT touch_session(%s, %s, 'by a link')", (token_hash(session), ip))
    if earlier := cookie(request, SESSION_COOKIE):
        await actions.sign_out(db, earlier)
    response = RedirectResponse("/", status_code=303)
    set_session(request, response, session)
    return response


@router.post("/auth/sign-out")
async def sign_out(request: Request, db: Db) -> Response:
    require_same_origin(request)
    if session := cookie(request, SESSION_COOKIE):
        await actions.sign_out(db, session)
    response = RedirectResponse("/", status_code=303)
    drop_cookie(request, response, SESSION_COOKIE)
    return response
