"""HTTP: proving that an account's address is the workspace's, by a mailed code or by a record of its domain."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from dynaris.channels.contract import Account
from dynaris.connections import limits, queries
from dynaris.connections.proof import address_of, prove_domain, record_of, require_proved, send_code, try_code
from dynaris.connections.records import texts_of
from dynaris.connections.schemas import AccountView, AskedProof, DomainProof, GivenCode, SentCode
from dynaris.core.db import Database
from dynaris.core.http import PROBLEMS, Db
from dynaris.workspaces.access import AdminAccess

router = APIRouter(prefix="/api/accounts/{account_id}/prove", tags=["connections"], responses=PROBLEMS)


def _known(request: Request) -> queries.Accounts:
    return request.app.state.services.accounts


Known = Annotated[queries.Accounts, Depends(_known)]


@router.post("/code", status_code=202)
async def post_code(access: AdminAccess, db: Db, known: Known, account_id: UUID, body: AskedProof) -> SentCode:
    """Mails a code to the address, good for half an hour; an earlier one ends."""
    account = await _connected(db, known, access.workspace_id, account_id)
    address = address_of(account, body.address)
    await limits.count_code(db, access.workspace_id, address)
    async with db.transaction(access.workspace_id) as connection:
        await send_code(connection, known.vault, account, address, by=access.actor)
    return SentCode(detail=f"A code is on its way to {address}.")


@router.post("")
async def post_proof(access: AdminAccess, db: Db, known: Known, account_id: UUID, body: GivenCode) -> AccountView:
    """With the code from the mail the address is proved: no other workspace can have it from then on."""
    account = await _connected(db, known, access.workspace_id, account_id)
    address = address_of(account, body.address)
    await limits.count_proof(db, access.workspace_id)
    async with db.transaction(access.workspace_id) as connection:
        reason = await try_code(connection, known.vault, account, address, body.code, by=access.actor)
        row = await queries.shown(connection, access.workspace_id, account_id)
    require_proved(reason)
    known.forget()
    return AccountView(**row)


@router.post("/dns")
async def post_domain(access: AdminAccess, db: Db, known: Known, account_id: UUID, body: AskedProof) -> DomainProof:
    """The record to publish, looked for at once. Found, it proves all the workspace's addresses at the domain, also
    those that are connected later.
    """
    account = await _connected(db, known, access.workspace_id, account_id)
    address = address_of(account, body.address)
    await limits.count_proof(db, access.workspace_id)
    name, value = record_of(known.vault, access.workspace_id, address)
    texts, found = await texts_of(name)
    if value in texts:
        accounts = await queries.of_workspace(db, known.vault, access.workspace_id, account.channel)
        own = {each.id: each for each in (*accounts, account)}
        async with db.transaction(access.workspace_id) as connection:
            await prove_domain(connection, own.values(), address, by=access.actor)
        known.forget()
        found = "the record is there"
    return DomainProof(proved=value in texts, record_name=name, record_value=value, found=found)


async def _connected(db: Database, known: queries.Accounts, workspace_id: UUID, account_id: UUID) -> Account[Any]:
    async with db.workspace(workspace_id) as connection:
        await queries.shown(connection, workspace_id, account_id)  # one that was removed is not found
    return await queries.by_id(db, known.vault, workspace_id, account_id)
