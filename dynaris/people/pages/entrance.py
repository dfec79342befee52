"""Pages: sign up, sign in, the code of two-step sign-in, forgotten password."""

from collections.abc import Mapping
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.core.settings import Settings
from dynaris.people import account, sign_in, sign_up
from dynaris.people.browser import entered, let_in, settings_of, vault_of
from dynaris.people.oidc_paths import DEPART
from dynaris.people.pages.forms import body_of, failed, field, form, typed
from dynaris.people.schemas import AskReset, SignIn, SignInCode, SignUp
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import session_by_token
from dynaris.workspaces.cookies import SECOND_STEP_COOKIE, SESSION_COOKIE, SIGN_UP_COOKIE, cookie, set_cookie
from dynaris.workspaces.onward import Next, onward, with_next
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

_DAY = 86_400
_MAILED = "<p>A mail is on its way to you. Open its link to go on.</p>"
_NOT_THERE = "<p>Look into the folder for spam. Or ask for another one; is the address right?</p>"
_CODE_PAGE = "/sign-in/code"
_PASSWORD = field("password", "Password", "password", complete="current-password")
_NEW_PASSWORD = field("password", "Password (10 characters or more)", "password", complete="new-password")

_HAS_ACCOUNT = '<p class="foot">You have an account? <a href="/sign-in">Sign in</a></p>'
_BEGIN_AGAIN = '<p class="foot"><a href="/sign-in">Begin again</a></p>'


def _email(given: Mapping[str, str]) -> str:
    return field("email", "E-mail address", "email", value=given.get("email", ""), complete="username")


def _sign_up_form(given: Mapping[str, str]) -> str:
    signing_up = form(
        "/sign-up",
        field("name", "Your name", value=given.get("name", ""), complete="name"),
        field("workspace", "Name of your business", value=given.get("workspace", ""), complete="organization"),
        _email(given),
        _NEW_PASSWORD,
        button="Sign up",
    )
    return signing_up + _HAS_ACCOUNT


def _forgotten_form(given: Mapping[str, str]) -> str:
    return form("/forgotten", _email(given), button="Send me a link") + _HAS_ACCOUNT


def _look_into_mail(again: str) -> Response:
    """What was typed is still there: most often a mail does not come because of a slip in its address."""
    return page(
        "Look into your mail", f"{_MAILED}<details><summary>Nothing came?</summary>{_NOT_THERE}{again}</details>", 202
    )


def _code_form(goes_to: str) -> str:
    label = "Code of your authenticator app, or a recovery code"
    return form(with_next(_CODE_PAGE, goes_to), field("code", label, complete="one-time-code"), button="Sign in")


def _sign_in_form(settings: Settings, given: Mapping[str, str], goes_to: str) -> str:
    provider = ""
    if settings.oidc_issuer:
        leave = escape(with_next(DEPART, goes_to))
        provider = f'<p><a class="go other" href="{leave}">Sign in with {escape(settings.oidc_name)}</a></p>'
    others = '<p class="foot"><a href="/forgotten">Password forgotten?</a>'
    if settings.sign_up == "open":
        others += ' · <a href="/sign-up">Sign up</a>'
    signing_in = form(with_next("/sign-in", goes_to), _email(given), _PASSWORD, button="Sign in")
    return f"{signing_in}{provider}{others}</p>"


@router.get("/sign-up")
async def sign_up_page(request: Request) -> Response:
    if settings_of(request).sign_up == "closed":
        return page(
            "Sign up", "<p>Sign-up is closed here: ask somebody who works in a workspace for an invitation.</p>"
        )
    return page("Sign up", _sign_up_form({}))


@router.post("/sign-up")
async def post_sign_up(request: Request, db: Db, visitor: FromVisitor) -> Response:
    try:
        body = await body_of(request, SignUp)
        browser = await sign_up.sign_up(
            db,
            settings_of(request),
            name=body.name,
            email=body.email,
            password=body.password,
            workspace=body.workspace,
            visitor=visitor,
        )
    except DynarisError as error:
        return failed("Sign up", error, _sign_up_form(typed(request)))
    answer = _look_into_mail(_sign_up_form(typed(request)))
    set_cookie(request, answer, SIGN_UP_COOKIE, browser, seconds=_DAY)
    return answer


@router.get("/sign-in")
async def sign_in_page(request: Request, db: Db, goes_to: Next = "/") -> Response:
    """Who was led here and is signed in, perhaps meanwhile in another tab, goes on."""
    token = cookie(request, SESSION_COOKIE) if "next" in request.query_params else None
    if token and await session_by_token(db, token):
        return RedirectResponse(onward(goes_to), status_code=303)
    return page("Sign in", _sign_in_form(settings_of(request), {}, goes_to))


@router.post("/sign-in")
async def post_sign_in(request: Request, db: Db, visitor: FromVisitor, goes_to: Next = "/") -> Response:
    try:
        body = await body_of(request, SignIn)
        result = await sign_in.sign_in(db, email=body.email, password=body.password, visitor=visitor)
    except DynarisError as error:
        return failed("Sign in", error, _sign_in_form(settings_of(request), typed(request), goes_to))
    answer = RedirectResponse(onward(goes_to), status_code=303)
    if await entered(request, answer, db, result):
        answer.headers["location"] = with_next(_CODE_PAGE, goes_to)
    return answer


@router.get(_CODE_PAGE)
async def code_page(goes_to: Next = "/") -> Response:
    return page("Second step", _code_form(goes_to) + _BEGIN_AGAIN)


@router.post(_CODE_PAGE)
async def post_code(request: Request, db: Db, visitor: FromVisitor, goes_to: Next = "/") -> Response:
    try:
        body = await body_of(request, SignInCode)
        opened = await sign_in.sign_in_with_code(
            db, vault_of(request), token=cookie(request, SECOND_STEP_COOKIE), code=body.code, visitor=visitor
        )
    except DynarisError as error:
        return failed("Second step", error, _code_form(goes_to) + _BEGIN_AGAIN)
    answer = RedirectResponse(onward(goes_to), status_code=303)
    await let_in(request, answer, db, opened)
    return answer


@router.get("/forgotten")
async def forgotten_page() -> Response:
    return page("Password forgotten", _forgotten_form({}))


@router.post("/forgotten")
async def post_forgotten(request: Request, db: Db, visitor: FromVisitor) -> Response:
    try:
        body = await body_of(request, AskReset)
        await account.ask_reset(db, settings_of(request), email=body.email, visitor=visitor)
    except DynarisError as error:
        return failed("Password forgotten", error, _forgotten_form(typed(request)))
    return _look_into_mail(_forgotten_form(typed(request)))
