"""Page: the own account. Password, address, two-step sign-in, sessions, workspaces."""

from datetime import datetime
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.people import account, persons, second_step, sessions, workspaces
from dynaris.people.browser import let_in, settings_of, vault_of
from dynaris.people.pages.forms import body_of, failed, field, form, hidden, typed
from dynaris.people.pages.signed_in import PageSession
from dynaris.people.schemas import (
    ChangeAddress,
    ChangePassword,
    ChooseWorkspace,
    ConfirmTotp,
    EndSession,
    NewWorkspaceBody,
    PasswordAndCode,
    PasswordOnly,
)
from dynaris.people.second_step import Beginning
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import Session
from dynaris.workspaces.cookies import SESSION_COOKIE, drop_cookie, set_session
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

_BACK = '<p><a href="/account">Back to your account</a></p>'
_PASSWORD = field("password", "Password now", "password", complete="current-password")
_CODE = field("code", "Code of your authenticator app", complete="one-time-code")


@router.get("/account")
async def account_page(session: PageSession, db: Db) -> Response:
    async with db.system() as connection:
        person = await persons.by_id(connection, session.person_id)
        mine = await persons.workspaces_of(connection, session.person_id)
        running = await sessions.listed(connection, session.person_id)
        left = await second_step.recovery_codes_left(connection, session.person_id)
    parts = (
        f'<p class="hint">{escape(person.name)}, {escape(person.email)}</p>',
        _section("Workspaces", _workspaces(mine, session)),
        _section("Password", _password(person.password_hash is not None)),
        _section("E-mail address", _address()),
        _section("Two-step sign-in", _two_steps(person.totp_on, left)),
        _section("Where you are signed in", _sessions(running, session)),
        '<p><a href="/">Start page</a></p>',
    )
    return page("Your account", "".join(parts), wide=True)


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _workspaces(mine: list[dict[str, Any]], session: Session) -> str:
    rows = "".join(
        f"<tr><td>{escape(each['name'])}</td><td>{escape(each['role'])}</td><td>{_choose(each, session)}</td></tr>"
        for each in mine
    )
    new = form("/account/workspaces", field("name", "Name of a new workspace"), button="Make it")
    return (f"<table>{rows}</table>" if mine else "<p>You work in no workspace yet.</p>") + new


def _choose(workspace: dict[str, Any], session: Session) -> str:
    if workspace["id"] == session.workspace_id:
        return "here now"
    chosen = hidden("workspace_id", str(workspace["id"]))
    return form("/account/workspace", chosen, button="Go there", quiet=True)


def _password(has_one: bool) -> str:
    if not has_one:
        return '<p>You have none yet: <a href="/forgotten">choose one</a>.</p>'
    new = field("new_password", "New password (10 characters or more)", "password", complete="new-password")
    return form("/account/password", _PASSWORD, new, button="Change the password")


def _address(new: str = "") -> str:
    return form(
        "/account/email", field("email", "New address", "email", value=new), _PASSWORD, button="Change the address"
    )


def _two_steps(on: bool, left: int) -> str:
    if on:
        said = f"<p>It is on. {left} recovery codes are left.</p>"
        renew = form("/account/totp/recovery-codes", _PASSWORD, _CODE, button="New recovery codes")
        return said + renew + form("/account/totp/disable", _PASSWORD, _CODE, button="Switch it off")
    return "<p>It is off.</p>" + form("/account/totp", _PASSWORD, button="Switch it on")


def _sessions(running: list[dict[str, Any]], session: Session) -> str:
    rows = "".join(
        f"<tr><td>{escape(each['device'])}</td><td>{escape(each['ip'])}</td><td>{_when(each['last_seen_at'])}</td>"
        f"<td>{'this one' if each['id'] == session.id else _end(each)}</td></tr>"
        for each in running
    )
    everywhere = form("/account/sign-out-everywhere", button="Sign out everywhere")
    return f"<table><tr><th>Browser</th><th>From</th><th>Last seen (UTC)</th><th></th></tr>{rows}</table>{everywhere}"


def _end(session: dict[str, Any]) -> str:
    return form("/account/sessions/end", hidden("id", str(session["id"])), button="End it", quiet=True)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _done() -> Response:
    return RedirectResponse("/account", status_code=303)


@router.post("/account/workspaces")
async def add_workspace(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, NewWorkspaceBody)
        workspaces.may_add(settings_of(request), session)
        _, token = await workspaces.add_workspace(db, session, body.name)
    except DynarisError as error:
        return failed("New workspace", error, _BACK)
    answer = RedirectResponse("/", status_code=303)
    set_session(request, answer, token)
    return answer


@router.post("/account/workspace")
async def choose_workspace(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, ChooseWorkspace)
        token = await workspaces.switch(db, session, body.workspace_id)
    except DynarisError as error:
        return failed("Workspaces", error, _BACK)
    answer = RedirectResponse("/", status_code=303)
    set_session(request, answer, token)
    return answer


@router.post("/account/password")
async def change_password(request: Request, session: PageSession, db: Db, visitor: FromVisitor) -> Response:
    try:
        body = await body_of(request, ChangePassword)
        opened = await account.change_password(
            db,
            settings_of(request),
            session,
            password=body.password,
            new_password=body.new_password,
            visitor=visitor,
        )
    except DynarisError as error:
        return failed("Password", error, _BACK)
    answer = page("The password is changed", f"<p>Your other sessions were ended.</p>{_BACK}")
    await let_in(request, answer, db, opened)
    return answer


@router.post("/account/email")
async def change_address(request: Request, session: PageSession, db: Db, visitor: FromVisitor) -> Response:
    try:
        body = await body_of(request, ChangeAddress)
        await account.ask_address(
            db, settings_of(request), session, email=body.email, password=body.password, visitor=visitor
        )
    except DynarisError as error:
        return failed("E-mail address", error, _address(typed(request).get("email", "")) + _BACK)
    said = f"A mail is on its way to {escape(body.email)}. Open its link in this browser, where you are signed in."
    return page("Look into your mail", f"<p>{said}</p>{_BACK}", 202)


@router.post("/account/totp")
async def begin_totp(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, PasswordOnly)
        begun = await account.begin_totp(db, vault_of(request), session, password=body.password)
    except DynarisError as error:
        return failed("Two-step sign-in", error, _BACK)
    return page("Two-step sign-in", _begun(begun))


def _begun(begun: Beginning) -> str:
    return (
        f"<p>Scan this with an authenticator app, or type <code>{escape(begun.secret)}</code> there.</p>{begun.qr}"
        + form("/account/totp/confirm", hidden("secret", begun.secret), _CODE, button="Switch it on")
    )


@router.post("/account/totp/confirm")
async def confirm_totp(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, ConfirmTotp)
        codes, token = await account.confirm_totp(db, vault_of(request), session, code=body.code)
    except DynarisError as error:
        begun = await account.begun_totp(db, vault_of(request), session, secret=typed(request).get("secret", ""))
        return failed("Two-step sign-in", error, _begun(begun) if begun else _BACK)
    answer = page("Two-step sign-in is on", _recovery(codes))
    set_session(request, answer, token)
    return answer


def _recovery(codes: list[str]) -> str:
    shown = "".join(f"<li><code>{code}</code></li>" for code in codes)
    return (
        "<p>Keep these recovery codes: each works once when you do not have the app. They are shown only now.</p>"
        f"<ul>{shown}</ul>{_BACK}"
    )


@router.post("/account/totp/recovery-codes")
async def renew_recovery_codes(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, PasswordAndCode)
        codes = await account.renew_recovery_codes(
            db, vault_of(request), session, password=body.password, code=body.code
        )
    except DynarisError as error:
        return failed("New recovery codes", error, _BACK)
    return page("Your new recovery codes", f"<p>The earlier ones work no more.</p>{_recovery(codes)}")


@router.post("/account/totp/disable")
async def disable_totp(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, PasswordAndCode)
        token = await account.disable_totp(db, vault_of(request), session, password=body.password, code=body.code)
    except DynarisError as error:
        return failed("Two-step sign-in", error, _BACK)
    answer = _done()
    set_session(request, answer, token)
    return answer


@router.post("/account/sessions/end")
async def end_session(request: Request, session: PageSession, db: Db) -> Response:
    try:
        body = await body_of(request, EndSession)
        async with db.system() as connection:
            await sessions.end(connection, session.person_id, body.id)
    except DynarisError as error:
        return failed("Sessions", error, _BACK)
    return _done()


@router.post("/account/sign-out-everywhere")
async def sign_out_everywhere(request: Request, session: PageSession, db: Db) -> Response:
    async with db.system() as connection:
        await sessions.end_all(connection, session.person_id)
    answer = RedirectResponse("/", status_code=303)
    drop_cookie(request, answer, SESSION_COOKIE)
    return answer
