"""HTTP of contacts: look up, create, change, their addresses, merge and undo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from dynaris.contacts import actions, listing, merge, queries
from dynaris.contacts.merge import Merge, MergePreview
from dynaris.contacts.schemas import Contact, ContactChanges, MergeRequest, NewAddress, NewContact, PerformedMerge
from dynaris.contacts.suppression import AddressHash, begin_blocked, hasher
from dynaris.core.db import Connection
from dynaris.core.http import PROBLEMS, Cursor, CursorText, Db, Limit, Page, page_of
from dynaris.workspaces.access import CurrentAccess


async def _hashed(request: Request) -> AddressHash:
    return hasher(request.app.state.services.accounts.vault)


Hashed = Annotated[AddressHash, Depends(_hashed)]

router = APIRouter(prefix="/api/contacts", tags=["contacts"], responses=PROBLEMS)


@router.get("", summary="Contacts: searched, filtered and in order, or those with an address")
async def list_contacts(
    access: CurrentAccess,
    db: Db,
    filters: Annotated[listing.Filters, Depends()],
    *,
    address: Annotated[
        str | None,
        Query(
            max_length=400,
            description="Mail address, telephone number or any other address: its holder, then who only claims it. "
            "All of them are on one page, and no filter counts.",
        ),
    ] = None,
    sort: Annotated[listing.Order, Query(description="Newest first, last active first, or by name.")] = "created",
    cursor: CursorText = None,
    limit: Limit = 50,
) -> Page[listing.ContactLine]:
    async with db.workspace(access.workspace_id) as connection:
        if address is not None:
            rows = await queries.find_by_address(connection, access.workspace_id, address, limit=limit)
            ids = [row["id"] for row in rows]
            return Page(items=await listing.lines_of(connection, access.workspace_id, ids))
        return await listing.page(connection, access.workspace_id, filters, order=sort, cursor=cursor, limit=limit)


@router.get("/tags", summary="Tags that contacts bear, the commonest first")
async def list_tags(access: CurrentAccess, db: Db, limit: Limit = 100) -> Page[listing.Tag]:
    async with db.workspace(access.workspace_id) as connection:
        return Page(items=await listing.tags(connection, access.workspace_id, limit=limit))


@router.post("", status_code=201, summary="Add a contact")
async def create_contact(access: CurrentAccess, db: Db, body: NewContact, hashed: Hashed) -> Contact:
    async with db.transaction(access.workspace_id) as connection:
        contact_id = await actions.create_contact(connection, access.workspace_id, body, by=access.actor)
        await begin_blocked(connection, access.workspace_id, contact_id, hashed)
        return await _contact(connection, access.workspace_id, contact_id)


@router.post("/merge", summary="Make two contacts one, or see what that would do")
async def merge_contacts(access: CurrentAccess, db: Db, body: MergeRequest) -> MergePreview | Merge:
    async with db.transaction(access.workspace_id) as connection:
        if body.dry_run:
            return await merge.preview(connection, access.workspace_id, body.keep, body.drop)
        return await merge.perform(
            connection, access.workspace_id, body.keep, body.drop, reason=body.reason, by=access.actor
        )


@router.post("/merges/{merge_id}/undo", summary="Part two merged contacts again")
async def undo_merge(access: CurrentAccess, db: Db, merge_id: UUID) -> PerformedMerge:
    async with db.transaction(access.workspace_id) as connection:
        await merge.undo(connection, access.workspace_id, merge_id, by=access.actor)
        return PerformedMerge(**await queries.merge(connection, access.workspace_id, merge_id))


@router.get("/{contact_id}", summary="One contact; for a merged one, the one it is part of")
async def get_contact(access: CurrentAccess, db: Db, contact_id: UUID) -> Contact:
    async with db.workspace(access.workspace_id) as connection:
        return await _contact(connection, access.workspace_id, contact_id)


@router.patch("/{contact_id}", summary="Change what is named, leave the rest")
async def update_contact(access: CurrentAccess, db: Db, contact_id: UUID, body: ContactChanges) -> Contact:
    async with db.transaction(access.workspace_id) as connection:
        changes = body.model_dump(mode="json", exclude_unset=True)
        await actions.update_contact(connection, access.workspace_id, contact_id, changes, by=access.actor)
        return await _contact(connection, access.workspace_id, contact_id)


@router.get("/{contact_id}/merges", summary="Merges it took part in, newest first")
async def list_merges(
    access: CurrentAccess, db: Db, contact_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> Page[PerformedMerge]:
    async with db.workspace(access.workspace_id) as connection:
        await merge.survivor(connection, access.workspace_id, contact_id)
        rows = await queries.merges_of(connection, access.workspace_id, contact_id, before=cursor, limit=limit + 1)
    return page_of([PerformedMerge(**row) for row in rows], limit, lambda one: one.id)


@router.post("/{contact_id}/addresses", status_code=201, summary="Add an address that you know to be theirs")
async def add_address(access: CurrentAccess, db: Db, contact_id: UUID, body: NewAddress, hashed: Hashed) -> Contact:
    async with db.transaction(access.workspace_id) as connection:
        contact_id = await merge.survivor(connection, access.workspace_id, contact_id)
        address_id = await actions.add_address(
            connection,
            access.workspace_id,
            contact_id,
            body.kind,
            body.value,
            region=body.region,
            by=access.actor,
        )
        await begin_blocked(connection, access.workspace_id, contact_id, hashed, address_id=address_id)
        return await _contact(connection, access.workspace_id, contact_id)


@router.post("/{contact_id}/addresses/{address_id}/verify", summary="Vouch for an address")
async def verify_address(access: CurrentAccess, db: Db, contact_id: UUID, address_id: UUID, hashed: Hashed) -> Contact:
    async with db.transaction(access.workspace_id) as connection:
        contact_id = await merge.survivor(connection, access.workspace_id, contact_id)
        if await actions.verify_address(connection, access.workspace_id, contact_id, address_id, by=access.actor):
            await begin_blocked(connection, access.workspace_id, contact_id, hashed, address_id=address_id)
        return await _contact(connection, access.workspace_id, contact_id)


@router.delete("/{contact_id}/addresses/{address_id}", status_code=204, summary="Remove an address")
async def remove_address(access: CurrentAccess, db: Db, contact_id: UUID, address_id: UUID) -> None:
    async with db.transaction(access.workspace_id) as connection:
        await actions.remove_address(connection, access.workspace_id, contact_id, address_id, by=access.actor)


async def _contact(connection: Connection, workspace_id: UUID, contact_id: UUID) -> Contact:
    return Contact(**await queries.get(connection, workspace_id, contact_id))
