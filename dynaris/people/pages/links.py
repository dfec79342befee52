"""Pages behind the links of mails. Opening one uses nothing up: whatever looks at links must not; the button does."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from dynaris.core.errors import DynarisError, Gone, Unauthenticated
from dynaris.core.http import Db
from dynaris.people import account, invitations, sign_up
from dynaris.people.browser import let_in, remember, session_of, settings_of
from dynaris.people.pages.forms import body_of, failed, field, form, hidden, typed
from dynaris.people.schemas import AcceptInvitation, OneToken, Reset, Verify
from dynaris.people.sign_up import PasswordNeeded
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import Session
from dynaris.workspaces.cookies import SIGN_UP_COOKIE, cookie, set_session
from dynaris.workspaces.onward import with_next
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

Token = Annotated[str, Query(max_length=200)]

_SIGN_IN = '<p class="foot"><a href="/sign-in">Sign in</a></p>'
_FORGOTTEN = '<p class="foot"><a href="/forgotten">Ask for a new link</a></p>'
_PASSWORD = field("password", "The password you chose when you signed up", "password", complete="current-password")
_NEW = field("password", "New password (10 characters or more)", "password", complete="new-password")


async def _looked(
    title: str, look: Awaitable[object], shown: Callable[[], str], *, otherwise: str = _SIGN_IN
) -> Response:
    """The page for a link that works, or why it does not."""
    try:
        await look
    except DynarisError as error:
        return failed(title, error, otherwise)
    return page(title, shown())


def _verify_form(token: str, *, ask: bool) -> str:
    return form("/verify", hidden("token", token), _PASSWORD if ask else "", button="Confirm and begin")


@router.get("/verify")
async def verify_page(request: Request, db: Db, token: Token = "") -> Response:
    ask = cookie(request, SIGN_UP_COOKIE) is None
    return await _looked("Confirm your address", sign_up.pending(db, token), lambda: _verify_form(token, ask=ask))


@router.post("/verify")
async def verify(request: Request, db: Db, visitor: FromVisitor) -> Response:
    title, again = "Confirm your address", _SIGN_IN
    try:
        body = await body_of(request, Verify)
        again = _verify_form(body.token, ask=True)
        browser = cookie(request, SIGN_UP_COOKIE)
        opened = await sign_up.verify(db, token=body.token, browser=browser, password=body.password, visitor=visitor)
    except PasswordNeeded as error:
        return failed(title, error, again)
    except DynarisError as error:
        return failed(title, error, _SIGN_IN)
    answer = RedirectResponse("/", status_code=303)
    await let_in(request, answer, db, opened)
    return answer


def _reset_form(token: str) -> str:
    return form("/reset", hidden("token", token), _NEW, button="Change the password")


@router.get("/reset")
async def reset_page(db: Db, token: Token = "") -> Response:
    look = account.look_reset(db, token)
    return await _looked("New password", look, lambda: _reset_form(token), otherwise=_FORGOTTEN)


@router.post("/reset")
async def reset(request: Request, db: Db, visitor: FromVisitor) -> Response:
    again = _SIGN_IN
    try:
        body = await body_of(request, Reset)
        again = _reset_form(body.token)
        device = await account.reset(
            db, settings_of(request), token=body.token, password=body.password, visitor=visitor
        )
    except Gone as error:
        return failed("New password", error, _FORGOTTEN)
    except DynarisError as error:
        return failed("New password", error, again)
    answer = page("The password is changed", f"<p>You were signed out everywhere.</p>{_SIGN_IN}")
    remember(request, answer, device)
    return answer


@router.get("/address")
async def address_page(request: Request, db: Db, token: Token = "") -> Response:
    shown = form("/address", hidden("token", token), button="Use this address")
    look = account.look_address(db, await session_of(request, db), token)
    return await _looked("Confirm your new address", look, lambda: shown)


@router.post("/address")
async def address(request: Request, db: Db, visitor: FromVisitor) -> Response:
    try:
        body = await body_of(request, OneToken)
        session = await session_of(request, db)
        changed = await account.confirm_address(db, session, token=body.token, visitor=visitor)
    except DynarisError as error:
        return failed("Confirm your new address", error, _SIGN_IN)
    return page(
        "Your address is changed",
        f"<p>From now on sign in with {escape(changed)}. Your other sessions were ended.</p>"
        '<p><a href="/account">Your account</a></p>',
    )


@router.get("/invitation")
async def invitation_page(request: Request, db: Db, token: Token = "") -> Response:
    try:
        found = await invitations.look(db, token)
    except DynarisError as error:
        return failed("Invitation", error, _SIGN_IN)
    session = await session_of(request, db)
    shown = _invitation_form(request, session, token, found["email"], has_account=found["has_account"])
    return page(f"Invitation to {found['workspace']}", f"<p>You would work there as {found['role']}.</p>{shown}")


def _invitation_form(request: Request, session: Session | None, token: str, email: str, *, has_account: bool) -> str:
    if session and session.email != email:
        return (
            f"<p>This invitation is for {escape(email)}; you are signed in as {escape(session.email)}. "
            "Sign out, then open the link of the mail again.</p>" + form("/auth/sign-out", button="Sign out")
        )
    if not has_account:
        return form(
            "/invitation",
            hidden("token", token),
            field("name", "Your name", value=typed(request).get("name", ""), complete="name"),
            field("password", "Password (10 characters or more)", "password", complete="new-password"),
            button="Accept",
        )
    if session:
        return form("/invitation", hidden("token", token), button="Accept")
    sign_in = escape(with_next("/sign-in", f"/invitation?token={quote(token, safe='')}"))
    return f'<p>{escape(email)} has an account.</p><p><a class="go" href="{sign_in}">Sign in to accept</a></p>'


@router.post("/invitation")
async def accept(request: Request, db: Db, visitor: FromVisitor) -> Response:
    answer = RedirectResponse("/", status_code=303)
    again = _SIGN_IN
    try:
        body = await body_of(request, AcceptInvitation)
        found = await invitations.look(db, body.token)
        session = await session_of(request, db)
        again = _invitation_form(request, session, body.token, found["email"], has_account=found["has_account"])
        if body.name and body.password:
            opened = await invitations.accept_new(
                db, token=body.token, name=body.name, password=body.password, visitor=visitor
            )
            await let_in(request, answer, db, opened)
            return answer
        if session is None:
            raise Unauthenticated("type your name and a password, or sign in first")
        set_session(request, answer, await invitations.accept_signed_in(db, session, token=body.token))
    except DynarisError as error:
        return failed("Invitation", error, again)
    return answer
