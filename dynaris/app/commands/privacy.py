"""Commands of privacy: `dynaris contact export`, `dynaris privacy erasures | reapply`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, Workspace, as_id, with_services, workspace_named

contact = typer.Typer(no_args_is_help=True, help="One contact's data.")
privacy = typer.Typer(no_args_is_help=True, help="Proofs of erasure, to be kept beside backups.")
app = typer.Typer()
app.add_typer(contact, name="contact")
app.add_typer(privacy, name="privacy")


@contact.command("export")
def export_contact(
    contact_id: Annotated[str, typer.Argument(metavar="ID", help="The contact.")],
    *,
    workspace: Workspace = None,
    out: Annotated[Path, typer.Option(help="The ZIP to write.")],
    home: Home = None,
) -> None:
    """Write everything there is about a contact into a ZIP: a page for people, JSON for programs, all files."""
    from dynaris.core.errors import InvalidInput
    from dynaris.privacy.export import write_export
    from dynaris.workspaces.actions import record

    async def write(services: Any) -> None:
        workspace_id, wanted = await workspace_named(services, workspace), as_id(contact_id)
        if out.exists():
            raise InvalidInput(f"{out} is there already")
        with out.open("xb") as target:
            try:
                counts = await write_export(services, workspace_id, wanted, target)
            except BaseException:
                out.unlink()
                raise
        async with services.db.transaction(workspace_id) as connection:
            await record(
                connection,
                workspace_id,
                actor="system",
                action="contact.exported",
                subject=f"contact:{wanted}",
                detail={"by": "command line"},
            )
        typer.echo(f"{out}: " + ", ".join(f"{n} {table}" for table, n in counts.items()))

    with_services(home, write)


@privacy.command("erasures")
def erasures(
    since: Annotated[datetime | None, typer.Option(help="Only those requested from then on (UTC).")] = None,
    home: Home = None,
) -> None:
    """Print every erasure as a line of JSON: what `dynaris privacy reapply` needs after a restore. No personal data."""
    from dynaris.privacy.proof import erasures_since

    async def tell(services: Any) -> None:
        for record in await erasures_since(services, since.replace(tzinfo=UTC) if since else None):
            typer.echo(record.model_dump_json())

    with_services(home, tell)


@privacy.command("reapply")
def reapply(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Lines of `dynaris privacy erasures`.")],
    home: Home = None,
) -> None:
    """Erase again, after a restore, whom the backup brought back. No worker may run meanwhile."""
    from dynaris.privacy.proof import erasures_in, reapply_erasures

    records = erasures_in(file)

    async def again(services: Any) -> None:
        count = await reapply_erasures(services, records)
        typer.echo(f"{count} contacts erased again, of {len(records)} erasures")

    with_services(home, again)
