"""Pages: connect a mailbox and prove its address; make a web form and get what a site pastes."""

from collections.abc import Mapping
from html import escape
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from dynaris.channels.contract import Account, Embeddable
from dynaris.channels.registry import channels
from dynaris.connections import actions, limits, queries
from dynaris.connections.proof import address_of, require_proved, send_code, try_code
from dynaris.connections.schemas import AccountView, GivenCode
from dynaris.core.addresses import addresses
from dynaris.core.db import Database
from dynaris.core.errors import DynarisError, InvalidInput
from dynaris.core.http import Db
from dynaris.people.pages.forms import START, body_of, failed, field, form, hidden, table, typed
from dynaris.people.pages.signed_in import PageAdmin
from dynaris.workspaces.access import Access
from dynaris.workspaces.pages import page

router = APIRouter(include_in_schema=False)

_MOST = 100  # on the page; /api/accounts has them all
_BACK = '<p><a href="/connect">Accounts</a></p>'


class _New(BaseModel):
    """An account's address, where it has one of its own, and secret settings: the URLs of servers."""

    model_config = ConfigDict(extra="allow")

    channel: str = Field(max_length=100)
    address: str | None = Field(default=None, max_length=400)


def _offered() -> list[str]:
    """What these pages connect: mailboxes, and what a web site embeds. The API connects everything."""
    return [name for name, one in sorted(channels().items()) if one.traits.subject or isinstance(one, Embeddable)]


def _new_form(channel: str, given: Mapping[str, str]) -> str:
    fields = [hidden("channel", channel)]
    known = channels()[channel]
    if known.traits.subject:
        fields.append(field("address", "E-mail address", "email", value=given.get("address", "")))
        for name in sorted(actions.secret_fields(known.settings)):
            label = known.settings.model_fields[name].description or name
            fields.append(field(name, label, "password", complete="off", needed=False))
    return form("/connect", *fields, button="Connect it" if known.traits.subject else "Make one")


@router.get("/connect")
async def accounts_page(access: PageAdmin, db: Db) -> Response:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.listed(connection, access.workspace_id, after=None, limit=_MOST)
    accounts = [_row(AccountView(**row)) for row in rows]
    listed = table(("Account", "Channel", "State"), accounts) if accounts else "<p>None is connected yet.</p>"
    new = "".join(f"<section><h2>New: {escape(name)}</h2>{_new_form(name, {})}</section>" for name in _offered())
    return page("Accounts", listed + new + START, wide=True)


def _row(account: AccountView) -> tuple[str, ...]:
    link = f'<a href="/connect/{account.id}">{escape(account.address)}</a>'
    return link, escape(account.channel), escape(_state(account))


def _state(account: AccountView) -> str:
    if not account.enabled:
        return "switched off"
    if account.proof.state == "unproved":
        return "address not proved yet"
    return account.error or account.send_error or "connected"


@router.post("/connect")
async def connect(request: Request, access: PageAdmin, db: Db) -> Response:
    again = ""
    try:
        body = await body_of(request, _New)
        if body.channel not in _offered():
            raise InvalidInput(f"these pages connect {', '.join(_offered())}")
        again = _new_form(body.channel, typed(request))
        given: dict[str, Any] = dict(body.model_extra or {})
        await limits.count_settings(db, access.workspace_id, body.channel, given)
        async with db.transaction(access.workspace_id) as connection:
            account_id = await actions.add_account(
                connection,
                access.workspace_id,
                _known(request).vault,
                channel=body.channel,
                address=body.address or actions.made_address(body.channel),
                settings={**given, **actions.issued_secrets(body.channel, given)},
                by=access.actor,
            )
    except DynarisError as error:
        return failed("Accounts", error, again + _BACK)
    _known(request).forget()
    return RedirectResponse(f"/connect/{account_id}", status_code=303)


@router.get("/connect/{account_id}")
async def account_page(request: Request, access: PageAdmin, db: Db, account_id: UUID) -> Response:
    try:
        shown, account = await _connected(request, db, access, account_id)
    except DynarisError as error:
        return failed("Account", error, _BACK)
    channel = channels()[shown.channel]
    body = f"<p>{escape(shown.channel)}: {escape(_state(shown))}.</p>"
    if shown.proof.state == "unproved":
        body += f"<p>{escape(shown.proof.to_do or '')}</p>{_proof_forms(account_id)}"
    if isinstance(channel, Embeddable):
        paste = channel.snippet(account, addresses(request.app.state.settings).gateway)["html"]
        body += f"<p>Paste this into your web site:</p><pre><code>{escape(paste)}</code></pre>"
    return page(shown.address, body + _BACK, wide=True)


def _proof_forms(account_id: UUID) -> str:
    send = form(f"/connect/{account_id}/code", button="Mail a code to this address")
    typed_in = field("code", "Code from the mail", complete="one-time-code")
    return send + form(f"/connect/{account_id}/prove", typed_in, button="Prove the address")


@router.post("/connect/{account_id}/code")
async def mail_code(request: Request, access: PageAdmin, db: Db, account_id: UUID) -> Response:
    try:
        _, account = await _connected(request, db, access, account_id)
        address = address_of(account, None)
        await limits.count_code(db, access.workspace_id, address)
        async with db.transaction(access.workspace_id) as connection:
            await send_code(connection, _known(request).vault, account, address, by=access.actor)
    except DynarisError as error:
        return failed("Account", error, _BACK)
    return RedirectResponse(f"/connect/{account_id}", status_code=303)


@router.post("/connect/{account_id}/prove")
async def prove(request: Request, access: PageAdmin, db: Db, account_id: UUID) -> Response:
    try:
        body = await body_of(request, GivenCode)
        _, account = await _connected(request, db, access, account_id)
        await limits.count_proof(db, access.workspace_id)
        async with db.transaction(access.workspace_id) as connection:
            reason = await try_code(
                connection, _known(request).vault, account, address_of(account, None), body.code, by=access.actor
            )
        require_proved(reason)
    except DynarisError as error:
        return failed("Account", error, _proof_forms(account_id) + _BACK)
    _known(request).forget()
    return RedirectResponse(f"/connect/{account_id}", status_code=303)


async def _connected(
    request: Request, db: Database, access: Access, account_id: UUID
) -> tuple[AccountView, Account[Any]]:
    """Raises `NotFound`, also for one that was removed."""
    async with db.workspace(access.workspace_id) as connection:
        shown = AccountView(**await queries.shown(connection, access.workspace_id, account_id))
    return shown, await queries.by_id(db, _known(request).vault, access.workspace_id, account_id)


def _known(request: Request) -> queries.Accounts:
    return request.app.state.services.accounts
