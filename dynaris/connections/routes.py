"""HTTP: a workspace's accounts, and what it could connect."""

from uuid import UUID

from fastapi import APIRouter, Request

from dynaris.channels.contract import Called, Embeddable, Examinable
from dynaris.channels.registry import channels
from dynaris.connections import actions, limits, queries
from dynaris.connections.schemas import (
    AccountChanges,
    AccountCheck,
    AccountView,
    Address,
    CallbackAddress,
    CheckFinding,
    ConnectedAccount,
    NewAccount,
    PublicAddresses,
    RenewedSecret,
    SecretToRenew,
    Snippet,
    Toolkit,
    Toolkits,
)
from dynaris.core.addresses import addresses
from dynaris.core.db import Database
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.http import PROBLEMS, Cursor, Db, Limit, Page, page_of
from dynaris.workspaces.access import Access, AdminAccess, CurrentAccess

router = APIRouter(prefix="/api", tags=["connections"], responses=PROBLEMS)


@router.get("/accounts")
async def list_accounts(access: CurrentAccess, db: Db, cursor: Cursor, limit: Limit = 50) -> Page[AccountView]:
    """Where the workspace is reached and from where it sends."""
    async with db.workspace(access.workspace_id) as connection:
        rows = await queries.listed(connection, access.workspace_id, after=cursor, limit=limit)
    return page_of([AccountView(**row) for row in rows], limit, lambda account: account.id)


@router.post("/accounts", status_code=201)
async def connect_account(access: AdminAccess, db: Db, request: Request, body: NewAccount) -> ConnectedAccount:
    """Nothing is asked of the provider yet: `…/check` does. Secrets in `settings` are stored encrypted."""
    if body.channel not in channels():
        raise InvalidInput(f"there is no channel {body.channel[:50]!r}; there are {', '.join(sorted(channels()))}")
    if channels()[body.channel].traits.tells == "member":
        raise InvalidInput(f"{body.channel} is connected by itself, when the first of your people subscribes to it")
    agent = await _agent_named(request, db, access, body.agent)
    await limits.count_settings(db, access.workspace_id, body.channel, body.settings)
    issued = actions.issued_secrets(body.channel, body.settings)
    async with db.transaction(access.workspace_id) as connection:
        account_id = await actions.add_account(
            connection,
            access.workspace_id,
            _known(request).vault,
            channel=body.channel,
            address=body.address or actions.made_address(body.channel),
            settings={**body.settings, **issued},
            agent=agent,
            by=access.actor,
        )
        row = await queries.shown(connection, access.workspace_id, account_id)
    _known(request).forget()
    return ConnectedAccount(**row, issued=issued)


@router.get("/accounts/{account_id}")
async def get_account(access: CurrentAccess, db: Db, account_id: UUID) -> AccountView:
    async with db.workspace(access.workspace_id) as connection:
        return AccountView(**await queries.shown(connection, access.workspace_id, account_id))


@router.patch("/accounts/{account_id}")
async def change_account(
    access: AdminAccess, db: Db, request: Request, account_id: UUID, body: AccountChanges
) -> AccountView:
    """Other processes go by the old settings for up to 3 seconds."""
    changes = body.model_dump(exclude_unset=True)
    if changes.get("enabled", True) is None:
        del changes["enabled"]
    if body.agent is not None:
        changes["agent"] = await _agent_named(request, db, access, body.agent)
    if body.settings:
        async with db.workspace(access.workspace_id) as connection:
            row = await queries.shown(connection, access.workspace_id, account_id)
        await limits.count_settings(db, access.workspace_id, row["channel"], body.settings)
    async with db.transaction(access.workspace_id) as connection:
        await actions.change_account(
            connection,
            access.workspace_id,
            _known(request).vault,
            account_id=account_id,
            changes=changes,
            by=access.actor,
        )
        row = await queries.shown(connection, access.workspace_id, account_id)
    _known(request).forget()
    return AccountView(**row)


@router.post("/accounts/{account_id}/secrets", status_code=201, summary="Renew a secret of ours")
async def renew_secret(
    access: AdminAccess, db: Db, request: Request, account_id: UUID, body: SecretToRenew
) -> RenewedSecret:
    """Where its schema says `kept_as`, the one before counts until that setting is null; elsewhere it ends."""
    async with db.transaction(access.workspace_id) as connection:
        made = await actions.renew_secret(
            connection,
            access.workspace_id,
            _known(request).vault,
            account_id=account_id,
            field=body.field,
            by=access.actor,
        )
        row = await queries.shown(connection, access.workspace_id, account_id)
    _known(request).forget()
    return RenewedSecret(**row, issued={body.field: made})


@router.delete("/accounts/{account_id}", status_code=204)
async def remove_account(access: AdminAccess, db: Db, request: Request, account_id: UUID) -> None:
    """Nothing comes in any more, and the address is free for a new account. Its conversations stay."""
    async with db.transaction(access.workspace_id) as connection:
        await actions.remove_account(connection, access.workspace_id, account_id=account_id, by=access.actor)
    _known(request).forget()


@router.post("/accounts/{account_id}/check")
async def check_account(access: AdminAccess, db: Db, request: Request, account_id: UUID) -> AccountCheck:
    """Asks the provider whether the account works: for mail, signs in at its servers. Sends nothing of its own; what
    waited for an account that works is sent."""
    async with db.workspace(access.workspace_id) as connection:
        await queries.shown(connection, access.workspace_id, account_id)
    await limits.count_check(db, access.workspace_id)
    async with db.transaction(access.workspace_id) as connection:
        await actions.record_check(connection, access.workspace_id, account_id, by=access.actor)
    account = await queries.by_id(db, _known(request).vault, access.workspace_id, account_id)
    channel = channels()[account.channel]
    if not isinstance(channel, Examinable):
        return AccountCheck(ok=None, findings=[])
    found = list(await channel.examine(account))
    if channel.traits.spoken:  # how calls are answered is known further up: the application brings the check
        async with db.workspace(access.workspace_id) as connection:
            found += await request.app.state.examine_answering(connection, access.workspace_id, account)
    works = all(one.status != "failed" for one in found)
    if works:
        async with db.transaction(access.workspace_id) as connection:
            await actions.works_again(connection, access.workspace_id, account_id)
    return AccountCheck(
        ok=works,
        findings=[CheckFinding(part=one.part, status=one.status, found=one.found, remedy=one.remedy) for one in found],
    )


@router.get("/accounts/{account_id}/snippet", summary="What to paste into a web site")
async def get_snippet(access: CurrentAccess, db: Db, request: Request, account_id: UUID) -> Snippet:
    """For channels that a site embeds, such as forms."""
    async with db.workspace(access.workspace_id) as connection:
        await queries.shown(connection, access.workspace_id, account_id)
    account = await queries.by_id(db, _known(request).vault, access.workspace_id, account_id)
    channel = channels()[account.channel]
    if not isinstance(channel, Embeddable):
        raise NotFound(f"there is nothing to paste for an account on {account.channel}")
    return Snippet(**channel.snippet(account, addresses(request.app.state.settings).gateway))


def _known(request: Request) -> queries.Accounts:
    return request.app.state.services.accounts


async def _agent_named(request: Request, db: Database, access: Access, given: str | None) -> str | None:
    """Its name. Which agents there are is known further up: the application brings the check."""
    if given is None:
        return None
    try:
        async with db.workspace(access.workspace_id) as connection:
            return await request.app.state.check_agent(connection, access.workspace_id, given)
    except ValueError as error:
        raise InvalidInput(f"agent: {error}", errors=[{"field": "agent", "message": str(error)}]) from error


@router.get("/integrations/toolkits")
async def list_toolkits(access: CurrentAccess, db: Db) -> Toolkits:
    """What can be connected, the settings each needs, and whether this workspace has connected it."""
    async with db.workspace(access.workspace_id) as connection:
        counts = await queries.count_by_channel(connection, access.workspace_id)
        errors = await queries.errors_by_channel(connection, access.workspace_id)
    return Toolkits(
        items=[
            Toolkit(
                name=name,
                kind="channel",
                settings_schema=channel.settings.model_json_schema(),
                connected=counts.get(name, 0) > 0,
                accounts=counts.get(name, 0),
                errors=errors.get(name, []),
                members_only=channel.traits.tells is not None,
                embedded=isinstance(channel, Embeddable),
            )
            for name, channel in sorted(channels().items())
            if channel.traits.tells != "member"
        ]
    )


@router.get("/settings/addresses", tags=["settings"])
async def get_addresses(access: CurrentAccess, db: Db, request: Request) -> PublicAddresses:
    """Where the product is reached, and what other systems and web pages are told to call. Set by whoever runs it."""
    public = addresses(request.app.state.settings)
    callbacks: list[CallbackAddress] = []
    for name, channel in sorted(channels().items()):
        if not isinstance(channel, Called):
            continue
        for account in await queries.of_workspace(db, _known(request).vault, access.workspace_id, name):
            callbacks += [
                CallbackAddress(
                    channel=name,
                    account_id=account.id,
                    account=account.address,
                    used_for=used_for,
                    url=public.callback(path),
                )
                for used_for, path in channel.called_at(account).items()
            ]
    return PublicAddresses(
        app=Address(url=public.app, setting="DYNARIS_PUBLIC_URL", used_for="the pages of the people who work here"),
        docs=Address(url=public.docs, setting="DYNARIS_DOCS_URL", used_for="the documentation"),
        auth=Address(url=public.auth, setting="DYNARIS_AUTH_URL", used_for="sign-in, invitations, identity providers"),
        gateway=Address(
            url=public.gateway, setting="AI_BACKEND_URL", used_for="events, forms, widgets, vendors' webhooks"
        ),
        callbacks=callbacks,
    )
