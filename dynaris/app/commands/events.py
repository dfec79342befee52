"""Commands about events: `dynaris trace | replay`."""

from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, Workspace, as_id, with_services, workspace_named
from dynaris.core.errors import InvalidInput, NotFound

app = typer.Typer()


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
    event_ids: Annotated[list[str] | None, typer.Argument(metavar="EVENT_ID", help="Events to run again.")] = None,
    *,
    workspace: Workspace = None,
    status: Annotated[str | None, typer.Option(help="`waiting` or `failed`; without it both.")] = None,
    outcome: Annotated[str | None, typer.Option(help="An outcome instead of a status, also `answered`.")] = None,
    waiting_for: Annotated[str | None, typer.Option(help="`run`, `person`, `approval` or `delivery`.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    contact: Annotated[str | None, typer.Option(help="Only this contact's.")] = None,
    since: Annotated[str | None, typer.Option(help="Arrived then or later: 2026-11-21T09:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Arrived before then.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say which events it would be, and change nothing.")
    ] = False,
    home: Home = None,
) -> None:
    """Run events again from their stored arrivals, without sending twice: those named, or those that fit."""
    from dynaris.app.replaying import replay_events, replay_matching

    chosen = {
        "status": status,
        "outcome": outcome,
        "waiting_for": waiting_for,
        "channel": channel,
        "contact_id": contact,
        "since": since,
        "until": until,
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    if bool(event_ids) == bool(workspace or given):
        raise InvalidInput("name the events, or which of a --workspace's: --status failed --channel email; not both")

    async def again(services: Any) -> None:
        if event_ids:
            await replay_events(services, [as_id(one) for one in event_ids], dry_run=dry_run, say=typer.echo)
        else:
            workspace_id = await workspace_named(services, workspace)
            await replay_matching(services, workspace_id, given, dry_run=dry_run, say=typer.echo)

    with_services(home, again)
