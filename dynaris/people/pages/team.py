"""Page: who works here. Members with their roles, and invitations."""

from collections.abc import Mapping
from html import escape
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.people import invitations, members
from dynaris.people.browser import settings_of
from dynaris.people.pages.forms import START, body_of, choice, failed, field, form, hidden, table, typed
from dynaris.people.pages.signed_in import PageAdmin
from dynaris.people.schemas import NewInvitation, NewRole
from dynaris.workspaces import queries
from dynaris.workspaces.access import Access, known_keys
from dynaris.workspaces.pages import page

router = APIRouter()

_MOST = 100  # of each on the page; the API has them all
_BACK = '<p><a href="/team">Team</a></p>'


class _Whom(BaseModel):
    id: UUID


class _RoleOf(_Whom, NewRole):
    pass


@router.get("/team")
async def team_page(access: PageAdmin, db: Db) -> Response:
    async with db.workspace(access.workspace_id) as connection:
        people = await queries.members(connection, access.workspace_id, after=None, limit=_MOST)
        invited = await invitations.listed(connection, access.workspace_id, after=None, limit=_MOST)
    listed = table(("Name", "Address", "Role", ""), [_member(each, access) for each in people])
    waiting = table(("Address", "Role", "Until", ""), [_invitation(each) for each in invited])
    open_ones = f"<section><h2>Invited</h2>{waiting}</section>" if invited else ""
    inviting = f"<section><h2>Invite somebody</h2>{_invite_form(access, {})}</section>"
    return page("Team", f"{listed}{open_ones}{inviting}{START}", wide=True)


def _roles(access: Access) -> list[str]:
    return ["teammate", "admin", *(["owner"] if access.role == "owner" else [])]


def _member(member: dict[str, Any], access: Access) -> tuple[str, ...]:
    name, email, role = escape(member["name"]), escape(member["email"]), member["role"]
    if role == "owner" and access.role != "owner":
        return name, email, role, ""
    whom = hidden("id", str(member["id"]))
    change = form("/team/role", whom, choice("role", "Role", _roles(access), role), button="Change", quiet=True)
    leave = "Leave" if member["id"] == access.member_id else "Remove"
    return name, email, change, form("/team/remove", whom, button=leave, quiet=True)


def _invitation(invitation: dict[str, Any]) -> tuple[str, ...]:
    whom = hidden("id", str(invitation["id"]))
    buttons = form("/team/resend", whom, button="Send again", quiet=True)
    buttons += form("/team/take-back", whom, button="Take back", quiet=True)
    return escape(invitation["email"]), invitation["role"], f"{invitation['expires_at']:%Y-%m-%d}", buttons


def _invite_form(access: Access, given: Mapping[str, str]) -> str:
    return form(
        "/team/invite",
        field("email", "E-mail address", "email", value=given.get("email", "")),
        choice("role", "Role", _roles(access), given.get("role", "teammate")),
        button="Invite",
    )


def _done() -> Response:
    return RedirectResponse("/team", status_code=303)


@router.post("/team/invite")
async def invite(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        body = await body_of(request, NewInvitation)
        await invitations.invite(db, settings_of(request), access, email=body.email, role=body.role)
    except DynarisError as error:
        return failed("Team", error, _invite_form(access, typed(request)) + _BACK)
    return _done()


@router.post("/team/resend")
async def resend(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        await invitations.resend(db, settings_of(request), access, (await body_of(request, _Whom)).id)
    except DynarisError as error:
        return failed("Team", error, _BACK)
    return _done()


@router.post("/team/take-back")
async def take_back(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        await invitations.revoke(db, access, (await body_of(request, _Whom)).id)
    except DynarisError as error:
        return failed("Team", error, _BACK)
    return _done()


@router.post("/team/role")
async def change_role(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        body = await body_of(request, _RoleOf)
        await members.change_role(db, access, body.id, body.role)
    except DynarisError as error:
        return failed("Team", error, _BACK)
    known_keys(request).forget()
    return _done()


@router.post("/team/remove")
async def remove(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        await members.remove(db, access, (await body_of(request, _Whom)).id)
    except DynarisError as error:
        return failed("Team", error, _BACK)
    known_keys(request).forget()
    return _done()
