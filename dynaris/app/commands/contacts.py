"""Commands about many contacts at once: `dynaris contacts import | export`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from dynaris.app.commands.opening import Home, Workspace, with_services, workspace_named
from dynaris.core.errors import Conflict, InvalidInput

contacts = typer.Typer(no_args_is_help=True, help="Contacts from and into CSV files.")
app = typer.Typer()
app.add_typer(contacts, name="contacts")


@contacts.command("import")
def import_contacts(
    file: Annotated[Path, typer.Argument(help="CSV with a header row.")],
    *,
    workspace: Workspace = None,
    dry_run: Annotated[bool, typer.Option(help="Only say what would become of each row.")] = False,
    region: Annotated[
        str | None,
        typer.Option(help="Country of numbers without country code; else the workspace's own."),
    ] = None,
    on_conflict: Annotated[str, typer.Option(help="keep, fill or overwrite what is there.")] = "fill",
    home: Home = None,
) -> None:
    """Add and complete contacts from a file, with the mapping that its header suggests."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}") from error
    options = {"region": region, "on_conflict": on_conflict}

    async def run(services: Any) -> None:
        workspace_id = await workspace_named(services, workspace)
        await import_file(services, workspace_id, content, name=file.name, options=options, dry_run=dry_run)

    with_services(home, run)


async def import_file(
    services: Any, workspace_id: UUID, content: bytes, *, name: str, options: dict[str, Any], dry_run: bool
) -> None:
    from pydantic import ValidationError

    from dynaris.contacts.imports import actions, queries
    from dynaris.contacts.imports.mapped_row import ImportOptions
    from dynaris.contacts.imports.running import work
    from dynaris.contacts.suppression import hasher
    from dynaris.core.invalid import faults_in, told

    db = services.db

    try:
        wanted = {option: value for option, value in options.items() if value is not None}
        chosen = ImportOptions.model_validate(wanted).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise InvalidInput(f"--{told(faults_in(error), most=1)}") from error
    async with db.transaction(workspace_id) as connection:
        import_id = await actions.create_import(connection, workspace_id, content, name=name, by="system")
        await actions.change_import(connection, workspace_id, import_id, targets=None, options=chosen, by="system")
    for what in ("checking",) if dry_run else ("checking", "applying"):
        async with db.transaction(workspace_id) as connection:
            await actions.start(connection, workspace_id, import_id, what=what, by="system")
        await work(db, workspace_id, import_id, hashed=hasher(services.accounts.vault))
    if dry_run:
        async for cells in queries.report(db, workspace_id, import_id):
            typer.echo(" | ".join(cell for cell in cells if cell))
    async with db.workspace(workspace_id) as connection:
        done = await queries.one(connection, workspace_id, import_id)
    if done.state == "failed":
        raise Conflict(f"import {import_id} failed: the log says why; what was applied can be undone")
    counts = done.planned if dry_run else done.results
    typer.echo(f"{import_id}: " + ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))


@contacts.command("export")
def export_contacts(
    file: Annotated[Path, typer.Argument(help="Where to write; - is standard output.")],
    *,
    workspace: Workspace = None,
    home: Home = None,
) -> None:
    """Write all contacts of a workspace to a CSV file, which `dynaris contacts import` reads back."""

    async def run(services: Any) -> None:
        await export_file(services, await workspace_named(services, workspace), file)

    with_services(home, run)


async def export_file(services: Any, workspace_id: UUID, file: Path) -> None:
    from dynaris.contacts import export
    from dynaris.core.csv_file import as_csv
    from dynaris.workspaces.actions import record

    columns = await export.header(services.db, workspace_id)
    async with services.db.transaction(workspace_id) as connection:
        subject = f"workspace:{workspace_id}"
        await record(connection, workspace_id, actor="system", action="contacts.exported", subject=subject)
    pieces = as_csv(columns, export.exported(services.db, workspace_id, columns))
    try:
        with nullcontext(sys.stdout.buffer) if str(file) == "-" else file.open("wb") as target:
            async for piece in pieces:
                target.write(piece)
            target.flush()
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}") from error
