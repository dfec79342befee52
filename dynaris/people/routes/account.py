"""HTTP: the signed-in person's own account."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from dynaris.core.http import PROBLEMS, Db
from dynaris.people import account, persons, second_step, sessions
from dynaris.people.browser import let_in, settings_of, vault_of
from dynaris.people.schemas import (
    Accepted,
    AccountView,
    ChangeAddress,
    ChangePassword,
    Ended,
    PasswordAndCode,
    PasswordOnly,
    RecoveryCodes,
    Sessions,
    SessionView,
    SignInCode,
    TotpBeginning,
)
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import CurrentSession
from dynaris.workspaces.cookies import SESSION_COOKIE, drop_cookie, set_session

router = APIRouter(prefix="/api/auth", tags=["account"], responses=PROBLEMS)


@router.get("/account")
async def get_account(session: CurrentSession, db: Db) -> AccountView:
    async with db.system() as connection:
        person = await persons.by_id(connection, session.person_id)
        left = await second_step.recovery_codes_left(connection, session.person_id)
    return AccountView(
        id=person.id,
        email=person.email,
        name=person.name,
        staff=person.staff,
        has_password=person.password_hash is not None,
        totp=person.totp_on,
        recovery_codes_left=left,
    )


@router.get("/sessions")
async def list_sessions(session: CurrentSession, db: Db) -> Sessions:
    """Where you are signed in, the last used first."""
    async with db.system() as connection:
        rows = await sessions.listed(connection, session.person_id)
    return Sessions(items=[SessionView(**row, current=row["id"] == session.id) for row in rows])


@router.delete("/sessions/{id}", status_code=204)
async def end_session(session: CurrentSession, db: Db, session_id: Annotated[UUID, Path(alias="id")]) -> None:
    async with db.system() as connection:
        await sessions.end(connection, session.person_id, session_id)


@router.post("/sign-out-everywhere")
async def sign_out_everywhere(request: Request, response: Response, session: CurrentSession, db: Db) -> Ended:
    """This session too."""
    async with db.system() as connection:
        ended = await sessions.end_all(connection, session.person_id)
    drop_cookie(request, response, SESSION_COOKIE)
    return Ended(ended=ended)


@router.post("/password", status_code=204)
async def change_password(
    request: Request, response: Response, session: CurrentSession, db: Db, visitor: FromVisitor, *, body: ChangePassword
) -> None:
    """Ends every other session."""
    opened = await account.change_password(
        db,
        settings_of(request),
        session,
        password=body.password,
        new_password=body.new_password,
        visitor=visitor,
    )
    await let_in(request, response, db, opened)


@router.post("/email", status_code=202)
async def change_address(
    request: Request, session: CurrentSession, db: Db, visitor: FromVisitor, body: ChangeAddress
) -> Accepted:
    """The new address gets a link; it changes when you confirm that, signed in."""
    await account.ask_address(
        db, settings_of(request), session, email=body.email, password=body.password, visitor=visitor
    )
    return Accepted(detail=f"A mail is on its way to {body.email}: open its link to go on.")


@router.post("/totp")
async def begin_totp(request: Request, session: CurrentSession, db: Db, body: PasswordOnly) -> TotpBeginning:
    """A secret for an authenticator app. Nothing changes before it is confirmed with a code."""
    begun = await account.begin_totp(db, vault_of(request), session, password=body.password)
    return TotpBeginning(secret=begun.secret, uri=begun.uri, qr=begun.qr)


@router.post("/totp/confirm")
async def confirm_totp(
    request: Request, response: Response, session: CurrentSession, db: Db, body: SignInCode
) -> RecoveryCodes:
    """Two-step sign-in is on from now on."""
    codes, token = await account.confirm_totp(db, vault_of(request), session, code=body.code)
    set_session(request, response, token)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/totp/recovery-codes")
async def renew_recovery_codes(
    request: Request, session: CurrentSession, db: Db, body: PasswordAndCode
) -> RecoveryCodes:
    """New ones; the earlier work no more."""
    codes = await account.renew_recovery_codes(db, vault_of(request), session, password=body.password, code=body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/totp/disable", status_code=204)
async def disable_totp(
    request: Request, response: Response, session: CurrentSession, db: Db, body: PasswordAndCode
) -> None:
    token = await account.disable_totp(db, vault_of(request), session, password=body.password, code=body.code)
    set_session(request, response, token)
