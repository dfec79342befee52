"""Commands that let systems and people in: `dynaris api-key | source | account`."""

import json
from typing import Annotated, Any
from uuid import UUID

import typer

from dynaris.app.commands.opening import Home, Workspace, with_services, workspace_named
from dynaris.core.errors import InvalidInput

api_key = typer.Typer(no_args_is_help=True, help="Keys for the REST API.")
source = typer.Typer(no_args_is_help=True, help="Systems that may send signed events.")
account = typer.Typer(no_args_is_help=True, help="Accounts on channels.")
app = typer.Typer()
app.add_typer(api_key, name="api-key")
app.add_typer(source, name="source")
app.add_typer(account, name="account")


@api_key.command("create")
def create_api_key(name: Annotated[str, typer.Option()], *, workspace: Workspace = None, home: Home = None) -> None:
    """Print a new key, alone on its line; it is shown only now."""
    from dynaris.workspaces.actions import create_api_key as create

    async def make(services: Any) -> None:
        workspace_id = await workspace_named(services, workspace)
        async with services.db.transaction(workspace_id) as connection:
            typer.echo(await create(connection, workspace_id, name=name))

    with_services(home, make)


@source.command("add")
def add_source(
    name: Annotated[str, typer.Option(help="What the source calls itself in X-Dynaris-Source.")],
    *,
    workspace: Workspace = None,
    agent: Annotated[str | None, typer.Option(help="The agent that answers; else the supervisor decides.")] = None,
    home: Home = None,
) -> None:
    """Add a source of signed events and print its secret; it is shown only now."""
    from dynaris.core.ids import new_token

    secret = new_token("dsk_")

    async def add(services: Any) -> None:
        await add_account_named(
            services, workspace, channel="generic", address=name, account_settings={"secret": secret}, agent=agent
        )
        typer.echo(secret)

    with_services(home, add)


@account.command("add")
def add_account(
    channel: Annotated[str, typer.Argument(help="email, webchat, ...")],
    *,
    address: Annotated[str, typer.Option(help="The mailbox's address.")],
    workspace: Workspace = None,
    smtp_url: Annotated[str | None, typer.Option(help="smtp://user:password@host:587, or smtps://…")] = None,
    imap_url: Annotated[str | None, typer.Option(help="imaps://user:password@host")] = None,
    name: Annotated[str | None, typer.Option(help="The sender's name on what is sent.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting, as name=value; a list is JSON.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="The agent that answers; else the supervisor decides.")] = None,
    home: Home = None,
) -> None:
    """Connect an account to a channel."""
    given: dict[str, Any] = {"smtp_url": smtp_url, "imap_url": imap_url, "name": name}
    given |= dict(named_value(each) for each in setting or [])
    stated = {name: value for name, value in given.items() if value is not None}

    async def add(services: Any) -> None:
        account_id, issued = await add_with_secrets(
            services, workspace, channel=channel, address=address, account_settings=stated, agent=agent
        )
        typer.echo(str(account_id))
        for secret, value in issued.items():
            typer.echo(f"{secret}: {value} (made for it, and shown only now)", err=True)
        await show_snippet(services, workspace, account_id)

    with_services(home, add)


@account.command("check")
def check_account(
    address: Annotated[str, typer.Argument(help="The account's address, or its id.")],
    *,
    workspace: Workspace = None,
    home: Home = None,
) -> None:
    """Ask the provider whether an account works: what is wrong, and what to do. Of one that works again, what waited
    is sent."""

    async def check(services: Any) -> bool:
        return await checked(services, await workspace_named(services, workspace), address)

    if not with_services(home, check):
        raise typer.Exit(1)


@account.command("set-up")
def set_up_account(
    address: Annotated[str, typer.Argument(help="The account's address, or its id.")],
    *,
    workspace: Workspace = None,
    home: Home = None,
) -> None:
    """Set up at the provider what an account needs there, such as LiveKit's SIP trunk and dispatch rule. Again, it
    brings them up to the account's settings."""

    async def make(services: Any) -> None:
        from dynaris.channels.contract import Refused, SettingUp, TryLater
        from dynaris.channels.registry import channel
        from dynaris.connections.queries import by_address
        from dynaris.core.errors import NotFound

        workspace_id = await workspace_named(services, workspace)
        async with services.db.workspace(workspace_id) as connection:
            ids = await by_address(connection, workspace_id, address)
        if not ids:
            raise NotFound(f"this workspace has no account {address!r}")
        for account_id in ids:
            known = await services.accounts.by_id(workspace_id, account_id)
            asked = channel(known.channel)
            if not isinstance(asked, SettingUp):
                typer.echo(f"{known.channel}: nothing is to be set up there")
                continue
            try:
                found = await asked.set_up(known)
            except (TryLater, Refused) as error:
                raise InvalidInput(error.reason) from error
            for one in found:
                typer.echo(f"{known.channel}, {one.part}: {one.found}")

    with_services(home, make)


async def checked(services: Any, workspace_id: UUID, address: str) -> bool:
    """Whether nothing failed. Raises `NotFound`."""
    from dynaris.channels.contract import Examinable
    from dynaris.channels.registry import channel
    from dynaris.connections.actions import works_again
    from dynaris.connections.queries import by_address
    from dynaris.core.errors import NotFound

    async with services.db.workspace(workspace_id) as connection:
        ids = await by_address(connection, workspace_id, address)
    if not ids:
        raise NotFound(f"this workspace has no account {address!r}")
    works = True
    for account_id in ids:
        known = await services.accounts.by_id(workspace_id, account_id)
        asked = channel(known.channel)
        if not isinstance(asked, Examinable):
            typer.echo(f"{known.channel}: there is no server to ask: it works as long as messages come")
            continue
        found = await asked.examine(known)
        for one in found:
            works = works and one.status != "failed"
            typer.echo(f"{known.channel}, {one.part}: {one.status}: {one.found}")
            if one.remedy:
                typer.echo(f"  → {one.remedy}")
        if all(one.status != "failed" for one in found):
            async with services.db.transaction(workspace_id) as connection:
                await works_again(connection, workspace_id, account_id)
    return works


async def add_with_secrets(
    services: Any, workspace: str | None, *, channel: str, account_settings: dict[str, Any], **more: Any
) -> tuple[UUID, dict[str, str]]:
    """The new account, and the secrets that were made for it where none was given."""
    from dynaris.channels.registry import channels
    from dynaris.connections.actions import issued_secrets

    issued = issued_secrets(channel, account_settings) if channel in channels() else {}
    whole = {**account_settings, **issued}
    return await add_account_named(services, workspace, channel=channel, account_settings=whole, **more), issued


async def show_snippet(services: Any, workspace: str | None, account_id: UUID) -> None:
    """What to paste into a web site, on stderr: the id stays alone on its line."""
    from dynaris.channels.contract import Embeddable
    from dynaris.channels.registry import channel
    from dynaris.core.addresses import addresses

    account = await services.accounts.by_id(await workspace_named(services, workspace), account_id)
    embedded = channel(account.channel)
    if isinstance(embedded, Embeddable):
        typer.echo("".join(embedded.snippet(account, addresses(services.settings).gateway).values()), err=True)


def named_value(text: str) -> tuple[str, Any]:
    """`name=value`. A list, an object, a text in quotes and null are JSON; figures stay text, as ids and secrets are,
    and become numbers where a setting is one."""
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidInput(f"--set takes name=value, not {text!r}")
    if not value.startswith(("[", "{", '"')) and value != "null":
        return name, value
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def add_account_named(
    services: Any,
    workspace: str | None,
    *,
    channel: str,
    address: str,
    account_settings: dict[str, Any],
    agent: str | None,
) -> UUID:
    from dynaris.agents.known_models import check_agent
    from dynaris.app.wiring import vault_of
    from dynaris.connections.actions import add_account as add
    from dynaris.connections.actions import refuse_private_servers

    workspace_id = await workspace_named(services, workspace)
    refuse_private_servers(channel, account_settings)
    async with services.db.transaction(workspace_id) as connection:
        if agent is not None:
            try:
                agent = await check_agent(connection, workspace_id, agent)
            except ValueError as error:
                raise InvalidInput(f"agent: {error}") from error
        return await add(
            connection,
            workspace_id,
            vault_of(services.settings),
            channel=channel,
            address=address,
            settings=account_settings,
            agent=agent,
        )
