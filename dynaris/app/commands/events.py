"""Commands about events: `dynaris trace | replay`."""

from typing import Annotated, Any

import typer

from dynaris.app.commands.opening import Home, as_id, with_services
from dynaris.core.errors import NotFound

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
