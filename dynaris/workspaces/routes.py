"""HTTP: who is asking, members, API keys and a workspace's settings."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request

from dynaris.core.addresses import addresses
from dynaris.core.db import Connection
from dynaris.core.errors import Forbidden, InvalidInput
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces import actions, queries, status
from dynaris.workspaces.access import Access, AdminAccess, AdminInPerson, CurrentAccess, known_keys, own_member
from dynaris.workspaces.schemas import (
    ApiKeyView,
    IssuedApiKey,
    Me,
    MemberView,
    NewApiKey,
    NewStatus,
    WorkspaceChanges,
    WorkspaceSettings,
    WorkspaceView,
)
from dynaris.workspaces.signature import reaches, rendered, signature_facts

router = APIRouter(prefix="/api", responses=PROBLEMS)


@router.get("/me", tags=["workspace"])
async def get_me(access: CurrentAccess, db: Db) -> Me:
    async with db.workspace(access.workspace_id) as connection:
        workspace = await queries.settings(connection, access.workspace_id)
        member = access.member_id and await queries.member(connection, access.workspace_id, access.member_id)
    return Me(
        actor=access.actor,
        role=access.role,
        workspace=WorkspaceView(**workspace),
        member=MemberView(**member) if member else None,
    )


@router.get("/members", tags=["workspace"])
async def list_members(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[MemberView]:
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.members(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([MemberView(**row) for row in rows], limit, lambda member: member.id)


@router.put("/me/status", tags=["workspace"])
async def set_status(access: CurrentAccess, db: Db, body: NewStatus) -> MemberView:
    """Whether you are there for conversations: shown to your teammates at once."""
    member_id = own_member(access)
    async with db.transaction(access.workspace_id) as connection:
        await status.set_status(connection, access.workspace_id, member_id, status=body.status, note=body.note)
        return MemberView(**await queries.member(connection, access.workspace_id, member_id))


@router.get("/api-keys", tags=["api-keys"])
async def list_api_keys(access: AdminAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[ApiKeyView]:
    """Keys that work; what was revoked stands in the audit log."""
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.api_keys(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([ApiKeyView(**row) for row in rows], limit, lambda key: key.id)


@router.post("/api-keys", tags=["api-keys"], status_code=201)
async def create_api_key(access: AdminInPerson, db: Db, body: NewApiKey) -> IssuedApiKey:
    """The key is shown in this answer and never again. It ends when you are no admin any more."""
    async with db.transaction(access.workspace_id) as connection:
        await queries.hold_admin(connection, access.workspace_id, access.member_id)
        key = await actions.create_api_key(connection, access.workspace_id, name=body.name, by=access.actor)
        row = await queries.api_key(connection, access.workspace_id, key)
    return IssuedApiKey(**row, key=key)


@router.delete("/api-keys/{id}", tags=["api-keys"], status_code=204)
async def revoke_api_key(
    access: AdminAccess, db: Db, request: Request, key_id: Annotated[UUID, Path(alias="id")]
) -> None:
    """Other processes may still accept the key for up to 5 seconds."""
    async with db.transaction(access.workspace_id) as connection:
        await actions.revoke_api_key(connection, access.workspace_id, key_id=key_id, by=access.actor)
    known_keys(request).forget()


@router.get("/settings/workspace", tags=["settings"])
async def get_settings(access: CurrentAccess, db: Db, request: Request) -> WorkspaceSettings:
    async with db.workspace(access.workspace_id) as connection:
        return _shown(request, await queries.settings(connection, access.workspace_id))


@router.patch("/settings/workspace", tags=["settings"])
async def change_settings(access: AdminAccess, db: Db, request: Request, body: WorkspaceChanges) -> WorkspaceSettings:
    """What is left out or null stays; `business_hours`, `hours_exceptions` and `languages` are replaced as a whole. In
    `profile` what is left out stays and null takes a key out. `plan` and `credits_note` are an owner's or staff's."""
    changes = body.model_dump(mode="json", exclude_unset=True, exclude_none=True, exclude={"profile"})
    _check_may_note(access, changes)
    if body.profile:
        if access.staff and "trusted_recipients" in body.profile.model_fields_set:
            raise Forbidden("staff on a visit cannot choose whom agents may write to: the workspace's people do")
        changes["profile"] = body.profile.model_dump(mode="json", exclude_unset=True)
    async with db.transaction(access.workspace_id) as connection:
        for field in ("model", "supervisor_model"):
            if field in changes:
                await _check_model(connection, access, request, field, changes[field])
        if name := changes.get("transcription_model"):
            await _check_model(connection, access, request, "transcription_model", name, hears=True)
        await actions.update_settings(connection, access.workspace_id, changes, access.actor)
        return _shown(request, await queries.settings(connection, access.workspace_id))


def _check_may_note(access: Access, changes: dict[str, Any]) -> None:
    noted = next((field for field in ("plan", "credits_note") if field in changes), None)
    if noted and access.role != "owner" and not access.actor.startswith("staff:"):
        raise Forbidden(f"`{noted}` is noted by the workspace's owner or by staff; your role is {access.role}")


def _shown(request: Request, row: dict[str, Any]) -> WorkspaceSettings:
    facts = signature_facts(row["name"], row["profile"], addresses(request.app.state.settings))
    has_facts = row["profile"].get("signature") is not None or reaches(row["profile"])
    return WorkspaceSettings(**row, signature=rendered(row["profile"].get("signature"), facts) if has_facts else "")


async def _check_model(
    connection: Connection, access: Access, request: Request, field: str, name: str, *, hears: bool = False
) -> None:
    """Which models there are is known further up: the application brings the check."""
    try:
        if hears and ":" not in name:
            raise ValueError(f"{name!r} hears nothing: a model that transcribes is expected, as `provider:name`")
        await request.app.state.check_models(connection, access.workspace_id, [name])
    except ValueError as error:
        raise InvalidInput(f"{field}: {error}", errors=[{"field": field, "message": str(error)}]) from error
