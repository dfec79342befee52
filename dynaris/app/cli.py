"""The command line: `dynaris up | web | worker | migrate | api-key | source | account | trace | replay`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args
from uuid import UUID

import typer

from dynaris.app import processes
from dynaris.core import log
from dynaris.core.errors import DynarisError, InvalidInput, NotFound
from dynaris.core.private import keep_private
from dynaris.core.settings import SAFE_KEY, Settings, unknown_variables

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Dynaris answers every inquiry a business gets, and can prove it.",
)
api_key = typer.Typer(no_args_is_help=True, help="Keys for the REST API.")
source = typer.Typer(no_args_is_help=True, help="Systems that may send signed events.")
account = typer.Typer(no_args_is_help=True, help="Accounts on channels.")
app.add_typer(api_key, name="api-key")
app.add_typer(source, name="source")
app.add_typer(account, name="account")

Home = Annotated[Path | None, typer.Option(help="Folder of the database, the files and the keys.")]
Workspace = Annotated[str, typer.Option(help="The workspace's short name.")]


def main() -> None:
    from typer._click.exceptions import NoArgsIsHelpError, UsageError  # the library has no public name for them

    try:
        code = app(standalone_mode=False)
    except DynarisError as error:
        fail(str(error))
    except NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except UsageError as error:
        fail(error.format_message(), error.exit_code)
    except typer.Abort:
        raise SystemExit(1) from None
    else:
        raise SystemExit(code)


def fail(line: str, code: int = 1) -> None:
    typer.echo(f"dynaris: {' '.join(line.split())}", err=True)
    raise SystemExit(code)


_SECRET = ("secret_key", "smtp_url", "files_url", "migrate_url")


def settings(**given: Any) -> Settings:
    """From the environment; options that were given win."""
    from pydantic import ValidationError

    for name, meant in unknown_variables(os.environ).items():
        hint = f"; did you mean {meant}?" if meant else ""
        typer.echo(f"dynaris: {name} is no setting and is ignored{hint}", err=True)
    try:
        made = Settings(**{name: value for name, value in given.items() if value is not None})
        if made.secret_key and len(made.secret_key) < SAFE_KEY:
            typer.echo(f"dynaris: DYNARIS_SECRET_KEY is short: {SAFE_KEY} random characters or more are safe", err=True)
        return made
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        # A URL may have a password in it.
        given_value = "" if name in _SECRET else f", not {first['input']!r}"
        raise InvalidInput(
            f"DYNARIS_{name.upper()}: {first['msg'].removeprefix('Value error, ')}{given_value}"
        ) from error


@app.command()
def up(
    home: Home = None,
    port: Annotated[int | None, typer.Option(help="Port of the web process.")] = None,
    smtp_port: Annotated[int | None, typer.Option(help="Port of the built-in SMTP listener.")] = None,
    imap_port: Annotated[int | None, typer.Option(help="Port of the sandbox mailbox's IMAP.")] = None,
) -> None:
    """Run everything, database included, until Ctrl-C."""
    from dynaris.app.up import up as bring_up

    chosen = settings(home=home, port=port, smtp_port=smtp_port, imap_port=imap_port)
    raise SystemExit(processes.run(bring_up, chosen))


@app.command()
def web(port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None) -> None:
    """Run a web process over DATABASE_URL."""
    raise SystemExit(processes.run(processes.web, settings(port=port)))


@app.command()
def worker(
    smtp: Annotated[bool, typer.Option(help="Also listen for mail on DYNARIS_SMTP_PORT.")] = False,
) -> None:
    """Run a worker process over DATABASE_URL."""

    async def body(chosen: Settings) -> None:
        await processes.worker(chosen, serve=smtp)

    raise SystemExit(processes.run(body, settings()))


@app.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to this release's schema (as DYNARIS_MIGRATE_URL where that is set)."""
    from dynaris.app.wiring import database_url
    from dynaris.migrations.run import ensure_current

    chosen = settings()
    asyncio.run(ensure_current(chosen.migrate_url or database_url(chosen)))


@app.command()
def trace(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="Of an event, a message, a conversation or a contact.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as one JSON document.")] = False,
    home: Home = None,
) -> None:
    """Tell the story of an event, a message, a conversation or a contact."""
    from dynaris.pipeline.trace import trace as story_of

    async def tell(services: Any) -> None:
        story = await story_of(services.db, as_id(wanted))
        if story is None:
            raise NotFound(f"no event, message, conversation or contact has the id {wanted}")
        if as_json:
            typer.echo(story.model_dump_json(indent=2))
            return
        typer.echo(f"{story.kind} {story.id}")
        for step in story.steps:
            ids = " ".join(f"{name}={value}" for name, value in step.ids.items())
            typer.echo(f"{step.at:%Y-%m-%d %H:%M:%S.%f}  {step.what:<10} {step.text}  ({ids})")

    with_services(home, tell)


@app.command()
def replay(
    event_id: Annotated[str, typer.Argument(help="The event to run again.")],
    home: Home = None,
) -> None:
    """Run an event again from its stored arrival, without sending twice."""
    from dynaris.pipeline.requeue import replay as run_again

    async def again(services: Any) -> None:
        async with services.db.system() as connection:
            workspaces = await (await connection.execute("SELECT workspace_ids() AS id")).fetchall()
        for workspace in workspaces:
            try:
                async with services.db.transaction(workspace["id"]) as connection:
                    sent = await run_again(connection, workspace["id"], event_id=as_id(event_id))
            except NotFound:
                continue
            note = "; an earlier reply stands, a new one will not be sent" if sent else ""
            typer.echo(f"queued again{note}")
            return
        raise NotFound(f"no event {event_id}")

    with_services(home, again)


@api_key.command("create")
def create_api_key(workspace: Workspace, name: Annotated[str, typer.Option()], home: Home = None) -> None:
    """Print a new key, alone on its line; it is shown only now."""
    from dynaris.workspaces.actions import create_api_key as create

    async def make(services: Any) -> None:
        workspace_id = await workspace_named(services, workspace)
        async with services.db.transaction(workspace_id) as connection:
            typer.echo(await create(connection, workspace_id, name=name))

    with_services(home, make)


@source.command("add")
def add_source(
    workspace: Workspace,
    name: Annotated[str, typer.Option(help="What the source calls itself in X-Dynaris-Source.")],
    agent: Annotated[str | None, typer.Option(help="The specialist that answers; else the supervisor decides.")] = None,
    home: Home = None,
) -> None:
    """Add a source of signed events and print its secret; it is shown only now."""
    from dynaris.core.ids import new_token

    secret = new_token("dsk_")
    known_agent(agent)

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
    workspace: Workspace = "demo",
    smtp_url: Annotated[str | None, typer.Option(help="smtp://user:password@host:587, or smtps://…")] = None,
    imap_url: Annotated[str | None, typer.Option(help="imaps://user:password@host")] = None,
    name: Annotated[str | None, typer.Option(help="The sender's name on what is sent.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting, as name=value; a list is JSON.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="The specialist that answers; else the supervisor decides.")] = None,
    home: Home = None,
) -> None:
    """Connect an account to a channel."""
    known_agent(agent)
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

    with_services(home, add)


def named_value(text: str) -> tuple[str, Any]:
    """`name=value`, the value read as JSON where it is some."""
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidInput(f"--set takes name=value, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def known_agent(name: str | None) -> None:
    from dynaris.agents.turn import SpecialistName

    if name is not None and name not in get_args(SpecialistName):
        raise InvalidInput(f"no specialist is called {name[:50]!r}; there are {', '.join(get_args(SpecialistName))}")


async def add_account_named(
    services: Any, workspace: str, *, channel: str, address: str, account_settings: dict[str, Any], agent: str | None
) -> UUID:
    from dynaris.app.wiring import vault_of
    from dynaris.connections.actions import add_account as add

    workspace_id = await workspace_named(services, workspace)
    async with services.db.transaction(workspace_id) as connection:
        return await add(
            connection,
            workspace_id,
            vault_of(services.settings),
            channel=channel,
            address=address,
            settings=account_settings,
            agent=agent,
        )


async def workspace_named(services: Any, slug: str) -> UUID:
    async with services.db.system() as connection:
        cursor = await connection.execute("SELECT workspace_by_slug(%s) AS id", (slug,))
        row = await cursor.fetchone()
    if row is None or row["id"] is None:
        raise NotFound(f"no workspace {slug!r}")
    return row["id"]


def as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"an id looks like 0193…-…-…, not {text!r}") from None


def with_services(home: Path | None, body: Callable[[Any], Awaitable[T]]) -> T:
    """Runs `body` over DATABASE_URL, or over the home's own database, started for it where it does not run."""

    async def whole() -> T:
        async with opened(settings(home=home)) as services:
            return await body(services)

    return asyncio.run(whole())


@asynccontextmanager
async def opened(chosen: Settings) -> AsyncIterator[Any]:
    from dynaris.app.up import child_environment, prepare_home, settings_of
    from dynaris.app.wiring import services_of
    from dynaris.core.postgres import attached
    from dynaris.migrations.run import ensure_current

    keep_private()
    log.configure("WARNING", chosen.log_format)
    if chosen.database_url is not None:
        await ensure_current(chosen.database_url, migrate=False)
        async with services_of(chosen, "dynaris-cli") as services:
            yield services
        return
    prepare_home(chosen.home)
    async with attached(chosen.home) as url:
        await ensure_current(url)
        async with services_of(settings_of(chosen, child_environment(chosen, url)), "dynaris-cli") as services:
            yield services


if __name__ == "__main__":
    main()
