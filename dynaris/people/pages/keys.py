"""Page: API keys. Made, shown once, listed with who made them, revoked."""

from html import escape
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from dynaris.core.db import Database
from dynaris.core.errors import DynarisError
from dynaris.core.http import Db
from dynaris.people.pages.forms import START, body_of, failed, field, form, hidden, table
from dynaris.people.pages.signed_in import PageAdmin
from dynaris.workspaces import actions, queries
from dynaris.workspaces.access import known_keys
from dynaris.workspaces.pages import page
from dynaris.workspaces.schemas import NewApiKey

router = APIRouter()

_MOST = 100  # on the page; /api/api-keys has them all
_NEW = form("/keys", field("name", "What the key is for"), button="Make a key")
_BACK = '<p><a href="/keys">API keys</a></p>'


class _Key(BaseModel):
    id: UUID


@router.get("/keys")
async def keys_page(access: PageAdmin, db: Db) -> Response:
    keys = await _listed(db, access.workspace_id)
    said = '<p>A program sends <code>Authorization: Bearer KEY</code>; see <a href="/api/docs">the API</a>.</p>'
    listed = table(("Name", "Begins with", "Made by", "Last used", ""), keys)
    return page("API keys", said + listed + _NEW + START, wide=True)


async def _listed(db: Database, workspace_id: UUID) -> list[tuple[str, ...]]:
    async with db.workspace(workspace_id) as connection:
        rows = await queries.api_keys(connection, workspace_id, after=None, limit=_MOST)
    return [_row(row) for row in rows]


def _row(key: dict[str, Any]) -> tuple[str, ...]:
    used = f"{key['last_used_at']:%Y-%m-%d %H:%M} UTC" if key["last_used_at"] else "never"
    revoke = form("/keys/revoke", hidden("id", str(key["id"])), button="Revoke", quiet=True)
    made_by = key["created_by_name"] or "whoever runs Dynaris"
    return escape(key["name"]), f"<code>{escape(key['prefix'])}…</code>", escape(made_by), used, revoke


@router.post("/keys")
async def make_key(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        body = await body_of(request, NewApiKey)
        async with db.transaction(access.workspace_id) as connection:
            await queries.hold_admin(connection, access.workspace_id, access.member_id)
            key = await actions.create_api_key(connection, access.workspace_id, name=body.name, by=access.actor)
    except DynarisError as error:
        return failed("API keys", error, _NEW + _BACK)
    said = "Copy it now: it is shown only this once. It ends when you are no admin here any more."
    return page("Your new API key", f"<p><code>{escape(key)}</code></p><p>{said}</p>{_BACK}", 201)


@router.post("/keys/revoke")
async def revoke_key(request: Request, access: PageAdmin, db: Db) -> Response:
    try:
        body = await body_of(request, _Key)
        async with db.transaction(access.workspace_id) as connection:
            await actions.revoke_api_key(connection, access.workspace_id, key_id=body.id, by=access.actor)
    except DynarisError as error:
        return failed("API keys", error, _BACK)
    known_keys(request).forget()
    return RedirectResponse("/keys", status_code=303)
