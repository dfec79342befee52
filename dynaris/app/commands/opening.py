"""What every command begins with: the settings, and the product's services over the right database."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from dynaris.core import log
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.private import keep_private
from dynaris.core.settings import SAFE_KEY, Settings, unknown_variables

T = TypeVar("T")

Home = Annotated[Path | None, typer.Option(help="Folder of the database, the files and the keys.")]
Workspace = Annotated[str, typer.Option(help="The workspace's short name.")]

_SECRET = ("secret_key", "smtp_url", "files_url", "migrate_url", "metrics_token")


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
