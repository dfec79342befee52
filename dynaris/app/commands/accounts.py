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

    async def add(services: Any) -> None:
        account_id = await add_account_named(
            services,
            workspace,
            channel=channel,
            address=address,
            account_settings={name: value for name, value in given.items() if value is not None},
            agent=agent,
        )
        typer.echo(str(account_id))
        await show_snippet(services, workspace, account_id)

    with_services(home, add)


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
    """`name=value`, the value read as JSON where it is some."""
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidInput(f"--set takes name=value, not {text!r}")
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
                await check_agent(connection, workspace_id, agent)
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
