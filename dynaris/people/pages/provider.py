"""Pages: leaving for the sign-in provider, and coming back."""

import re
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.people import oidc_sign_in, tickets
from dynaris.people.browser import entered, provider_of, settings_of
from dynaris.people.oidc_paths import CALLBACK, DEPART
from dynaris.people.pages.forms import failed
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.cookies import OIDC_COOKIE, ONWARD_COOKIE, cookie, drop_cookie, set_cookie
from dynaris.workspaces.onward import Next, onward, with_next
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

_AGAIN = '<p><a href="/sign-in">Back to sign-in</a></p>'
_Text = Annotated[str, Query(max_length=4_000)]
_ERROR = re.compile("[a-z_]{1,60}")  # as providers name them; anybody's words are not shown as ours


@router.get(DEPART)
async def depart(request: Request, db: Db, visitor: FromVisitor, goes_to: Next = "/") -> Response:
    try:
        departure = await oidc_sign_in.depart(db, provider_of(request), visitor)
    except DynarisError as error:
        return failed("Sign in", error, _AGAIN)
    answer = RedirectResponse(departure.url, status_code=303)
    minutes = tickets.MINUTES["oidc"]
    set_cookie(request, answer, OIDC_COOKIE, departure.browser, seconds=minutes * 60)
    set_cookie(request, answer, ONWARD_COOKIE, quote(onward(goes_to)), seconds=minutes * 60)
    return answer


@router.get(CALLBACK)
async def come_back(
    request: Request, db: Db, visitor: FromVisitor, *, state: _Text = "", code: _Text = "", error: _Text = ""
) -> Response:
    if error or not code:
        said = error if _ERROR.fullmatch(error) else "no code came"
        return page("Sign in", f'<p class="error">The provider did not sign you in: {said}.</p>{_AGAIN}', 403)
    try:
        result = await oidc_sign_in.come_back(
            db,
            settings_of(request),
            provider_of(request),
            state=state,
            code=code,
            browser=cookie(request, OIDC_COOKIE),
            visitor=visitor,
        )
    except DynarisError as failure:
        return failed("Sign in", failure, _AGAIN)
    goes_to = onward(unquote(cookie(request, ONWARD_COOKIE) or "/"))
    answer = RedirectResponse(goes_to, status_code=303)
    if await entered(request, answer, db, result):
        answer.headers["location"] = with_next("/sign-in/code", goes_to)
    for spent in (OIDC_COOKIE, ONWARD_COOKIE):
        drop_cookie(request, answer, spent)
    return answer
