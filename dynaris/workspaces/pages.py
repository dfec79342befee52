"""The frame of pages that work without scripts, and sign-in by link. Everything escaped."""

from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from dynaris.core.http import Db
from dynaris.core.ids import token_hash
from dynaris.core.look import ELEMENTS, PALETTE, VIEWPORT, source_of
from dynaris.workspaces import actions
from dynaris.workspaces.access import require_same_origin
from dynaris.workspaces.cookies import SESSION_COOKIE, cookie, drop_cookie, set_session
from dynaris.workspaces.onward import Next, onward, with_next

router = APIRouter(include_in_schema=False)

_STYLE = f"""{PALETTE}{ELEMENTS}
.top{{display:flex;justify-content:center;padding:clamp(1.5rem,9vh,5.5rem) 1rem 1.4rem}}
.brand{{display:inline-flex;align-items:center;gap:.55rem;font-size:1.1rem;font-weight:650;letter-spacing:-.015em;
color:inherit;text-decoration:none}}
.brand::before{{content:"";width:1.6rem;height:1.6rem;border-radius:.42rem;background:#4c51bf}}
.brand{{position:relative}}.brand::after{{content:"";position:absolute;left:.52rem;top:50%;translate:0 -50%;
width:.62rem;height:.78rem;border:.14rem solid #fff;border-radius:.08rem .39rem .39rem .08rem}}
main{{max-width:25.5rem;margin:0 auto 3rem;padding:1.9rem 1.9rem 1.7rem;background:var(--card);
border:1px solid var(--line);border-radius:14px;box-shadow:var(--shadow)}}
main>form>button,main>p>.go{{width:100%}}.other{{background:none;color:var(--accent-text);border-color:var(--field);margin:0}}
main>:last-child{{margin-bottom:0}}
.wide .top{{padding:1.5rem 1rem 1.2rem}}.wide main{{max-width:46rem}}.wide main>form>button{{width:auto}}
.wide form{{max-width:24rem}}
section{{border-top:1px solid var(--line);margin:1.6rem 0 0;padding:1.4rem 0 0}}
table{{border-collapse:collapse;width:100%}}th{{font-size:.82rem;font-weight:500;color:var(--soft)}}
td,th{{text-align:left;padding:.5rem .8rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}}
td form,td label{{margin:0}}.quiet{{background:none;color:var(--accent-text);min-height:0;padding:.2rem .4rem;
margin:0 0 0 -.4rem;font-weight:500}}.quiet:hover{{background:var(--tint);filter:none}}
svg{{background:#fff;border-radius:8px;max-width:100%}}pre{{overflow-x:auto}}
.foot{{margin-top:1.2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.92rem}}
@media(max-width:32rem){{main,.wide main{{margin:0 .75rem 2rem;padding:1.4rem 1.15rem}}.top{{padding-top:2rem}}
table{{display:block;overflow-x:auto}}}}
"""
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src {source_of(_STYLE)}; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_BRAND = '<header class="top"><a class="brand" href="/">Dynaris</a></header>'


def page(title: str, body: str, status: int = 200, *, wide: bool = False) -> HTMLResponse:
    """`body` is HTML, escaped by the caller. A form is a small card; what has tables is `wide`."""
    kind = ' class="wide"' if wide else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"{VIEWPORT}<style>{_STYLE}</style></head>"
        f"<body{kind}>{_BRAND}<main><h1>{escape(title)}</h1>{body}</main></body></html>",
        status,
        headers=_HEADERS,
    )


@router.get("/auth/link/{token}")
async def sign_in_page(token: str, goes_to: Next = "/") -> Response:
    """Opening the link uses nothing up: whatever previews links must not spend it. The button does."""
    action = escape(with_next(f"/auth/link/{quote(token, safe='')}", goes_to))
    said = "<p>This link signs you in once, in this browser.</p>"
    return page("Sign in to Dynaris", f'{said}<form method="post" action="{action}"><button>Sign in</button></form>')


@router.post("/auth/link/{token}")
async def sign_in(request: Request, token: str, db: Db, goes_to: Next = "/") -> Response:
    if "origin" in request.headers or "sec-fetch-site" in request.headers:  # without both it is no browser
        require_same_origin(request)
    session = await actions.use_sign_in_link(db, token)
    if session is None:
        return page(
            "This link does not work any more",
            "<p>It was used before or has expired. <code>dynaris up</code> prints a new one when it starts.</p>"
            '<p class="foot"><a href="/sign-in">Sign in with a password</a></p>',
            status=410,
        )
    async with db.system() as connection:
        ip = request.client.host if request.client else ""
        await connection.execute("SELECT touch_session(%s, %s, 'by a link')", (token_hash(session), ip))
    if earlier := cookie(request, SESSION_COOKIE):
        await actions.sign_out(db, earlier)
    response = RedirectResponse(onward(goes_to), status_code=303)
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
