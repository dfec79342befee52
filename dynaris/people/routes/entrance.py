"""HTTP: sign-up, sign-in, forgotten passwords, links from mails."""

from fastapi import APIRouter, Request, Response

from dynaris.core.http import PROBLEMS, Db
from dynaris.people import account, sign_in, sign_up
from dynaris.people.browser import end_earlier, entered, let_in, remember, session_of, settings_of, vault_of
from dynaris.people.oidc_paths import DEPART
from dynaris.people.routes.gone import GONE
from dynaris.people.schemas import (
    Accepted,
    AskReset,
    ConfirmedAddress,
    OneToken,
    Options,
    ProviderView,
    Reset,
    SignedIn,
    SignIn,
    SignInCode,
    SignUp,
    Verify,
)
from dynaris.people.visitor import FromVisitor
from dynaris.workspaces.access import require_same_origin
from dynaris.workspaces.cookies import (
    SECOND_STEP_COOKIE,
    SESSION_COOKIE,
    SIGN_UP_COOKIE,
    cookie,
    drop_cookie,
    set_cookie,
)

router = APIRouter(prefix="/api/auth", tags=["auth"], responses=PROBLEMS)

_SIGN_UP_SECONDS = 24 * 3_600


@router.get("/options")
async def get_options(request: Request) -> Options:
    """How people get in here; needs no sign-in."""
    settings = settings_of(request)
    provider = ProviderView(name=settings.oidc_name, url=DEPART) if settings.oidc_issuer else None
    return Options(sign_up="closed" if settings.sign_up == "closed" else "open", provider=provider)


@router.post("/sign-up", status_code=202)
async def post_sign_up(request: Request, response: Response, db: Db, visitor: FromVisitor, body: SignUp) -> Accepted:
    """Mails a link. Alike for an address that has an account: that one is told so by mail."""
    browser = await sign_up.sign_up(
        db,
        settings_of(request),
        name=body.name,
        email=body.email,
        password=body.password,
        workspace=body.workspace,
        visitor=visitor,
    )
    set_cookie(request, response, SIGN_UP_COOKIE, browser, seconds=_SIGN_UP_SECONDS)
    return Accepted(detail=f"A mail is on its way to {body.email}: open its link to go on.")


@router.post("/verify", responses=GONE)
async def post_verify(request: Request, response: Response, db: Db, visitor: FromVisitor, body: Verify) -> SignedIn:
    """Makes the account and its workspace, and signs in."""
    opened = await sign_up.verify(
        db, token=body.token, browser=cookie(request, SIGN_UP_COOKIE), password=body.password, visitor=visitor
    )
    await let_in(request, response, db, opened)
    return SignedIn()


@router.post("/sign-in")
async def post_sign_in(request: Request, response: Response, db: Db, visitor: FromVisitor, body: SignIn) -> SignedIn:
    """The session is a cookie. With two-step sign-in there is none before `sign-in/code`."""
    result = await sign_in.sign_in(db, email=body.email, password=body.password, visitor=visitor)
    return SignedIn(totp_required=await entered(request, response, db, result))


@router.post("/sign-in/code")
async def post_sign_in_code(
    request: Request, response: Response, db: Db, visitor: FromVisitor, body: SignInCode
) -> SignedIn:
    """The second step, in the browser of the first, within ten minutes."""
    opened = await sign_in.sign_in_with_code(
        db, vault_of(request), token=cookie(request, SECOND_STEP_COOKIE), code=body.code, visitor=visitor
    )
    await let_in(request, response, db, opened)
    return SignedIn()


@router.post("/sign-out", status_code=204)
async def post_sign_out(request: Request, response: Response, db: Db) -> None:
    require_same_origin(request)
    await end_earlier(request, db)
    drop_cookie(request, response, SESSION_COOKIE)


@router.post("/password/reset", status_code=202)
async def ask_reset(request: Request, db: Db, visitor: FromVisitor, body: AskReset) -> Accepted:
    """Mails a link for a new password, or the word that there is no account."""
    await account.ask_reset(db, settings_of(request), email=body.email, visitor=visitor)
    return Accepted(detail=f"A mail is on its way to {body.email}.")


@router.post("/password/reset/confirm", status_code=204, responses=GONE)
async def confirm_reset(request: Request, response: Response, db: Db, visitor: FromVisitor, body: Reset) -> None:
    """Ends every session of the person. Sign in with the new password then."""
    device = await account.reset(db, settings_of(request), token=body.token, password=body.password, visitor=visitor)
    remember(request, response, device)


@router.post("/email/confirm", responses=GONE)
async def confirm_address(request: Request, db: Db, visitor: FromVisitor, body: OneToken) -> ConfirmedAddress:
    """The new address is used from now on. Only in a session of the person who asked; their other sessions end."""
    session = await session_of(request, db)
    return ConfirmedAddress(email=await account.confirm_address(db, session, token=body.token, visitor=visitor))
