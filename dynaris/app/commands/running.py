"""Commands that run the product: `dynaris up | web | worker | calls | migrate`."""

import asyncio
from typing import Annotated

import typer

from dynaris.app import processes
from dynaris.app.commands.opening import Home, settings
from dynaris.core.settings import Settings

app = typer.Typer()


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
def calls() -> None:
    """Run a calls process over DATABASE_URL: it listens on DYNARIS_CALLS_PORT for the sockets of calls."""
    raise SystemExit(processes.run(processes.calls, settings()))


@app.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to this release's schema (as DYNARIS_MIGRATE_URL where that is set)."""
    from dynaris.app.wiring import database_url
    from dynaris.migrations.run import ensure_current

    chosen = settings()
    asyncio.run(ensure_current(chosen.migrate_url or database_url(chosen)))
