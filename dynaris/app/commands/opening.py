"""What every command begins with: the settings, and the product's services over the right database."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from dynaris.core import log
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.invalid import in_words
from dynaris.core.private import keep_private
from dynaris.core.settings import SAFE_KEY, Settings, unknown_variables

T = TypeVar("T")

Home = Annotated[Path | None, typer.Option(help="Folder of the database, the files and the keys.")]
Workspace = Annotated[str | None, typer.Option(help="Its short name; needed where there are several workspaces.")]

_MOST_NAMED = 20
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
        if not first["loc"]:  # what several settings are together; the words name them
            raise InvalidInput(in_words(first)) from error
        name = str(first["loc"][0])
        # A URL may have a password in it.
        given_value = "" if name in _SECRET else f", not {first['input']!r}"
        variable = name if name.isupper() else f"DYNARIS_{name.upper()}"
        raise InvalidInput(f"{variable}: {in_words(first)}{given_value}") from error


def with_services(home: Path | None, body: Callable[[Any], Awaitable[T]]) -> T:
    """Runs `body` over DATABASE_URL, or over the home's own database, started for it where it does not run."""

    async def whole() -> T:
        async with opened(as_it_runs(settings(home=home))) as services:
            return await body(services)

    return asyncio.run(whole())


def as_it_runs(chosen: Settings) -> Settings:
    """With the addresses that the `dynaris up` of this home was given, where it runs, and the networks it may call."""
    from pydantic import SecretStr

    from dynaris.app.up import SANDBOX_HOST, running_file

    try:
        told: dict[str, str] = json.loads(running_file(chosen.home).read_text())
        found: dict[str, Any] = {"host": told["DYNARIS_HOST"], "port": int(told["DYNARIS_PORT"])}
        if chosen.private_networks is None:
            found["private_networks"] = told["DYNARIS_PRIVATE_NETWORKS"]
        for name in ("sandbox_meta_port", "sandbox_twilio_port"):
            found[name] = int(told.get(f"DYNARIS_{name.upper()}", 0))
        sandbox = f"smtp://{SANDBOX_HOST}:{int(told['DYNARIS_SANDBOX_SMTP_PORT'])}"
    except (OSError, ValueError, KeyError):
        return chosen
    if chosen.database_url is not None and "port" in chosen.model_fields_set and chosen.port != found["port"]:
        return chosen  # processes that somebody started one by one
    return chosen.model_copy(update=found if chosen.smtp_url else {**found, "smtp_url": SecretStr(sandbox)})


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


async def workspace_named(services: Any, slug: str | None) -> UUID:
    """The only one, where none is named."""
    from dynaris.workspaces.queries import slugs, workspace_by_slug

    if slug is not None:
        return await workspace_by_slug(services.db, slug)
    found = await slugs(services.db, most=_MOST_NAMED + 1)
    if not found:
        raise NotFound("there is no workspace yet: dynaris workspace create makes one")
    if len(found) > 1:
        names = sorted(slug for _, slug in found[:_MOST_NAMED]) + (["…"] if len(found) > _MOST_NAMED else [])
        raise InvalidInput(f"there are several workspaces, name one with --workspace: {', '.join(names)}")
    return found[0][0]


def as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"an id looks like 0193…-…-…, not {text!r}") from None
