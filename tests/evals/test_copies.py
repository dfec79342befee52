"""What a rehearsal's copy is made of, and that nothing of it stays."""

import asyncio
from email.message import EmailMessage

from dynaris.agents import agent_settings_store
from dynaris.agents.agent_parts import McpServer
from dynaris.agents.agent_settings import AgentSettings
from dynaris.channels.contract import Arrival
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.evals.play import end_of
from dynaris.evals.runs import EVALS_JOB, MOST_AT_ONCE, start
from dynaris.evals.schemas import NewRun
from dynaris.evals.world import COPIED, Options, stage
from dynaris.privacy.places import NOT_ABOUT_CONTACTS
from dynaris.scheduling.catalogue import add_person, add_service
from tests.evals.examples import a_case
from tests.flows.conftest import World


def test_nothing_about_a_contact_is_copied() -> None:
    """So who is erased while a rehearsal goes on is nowhere left."""
    assert set(COPIED) <= NOT_ABOUT_CONTACTS.keys()


async def test_what_comes_while_the_copy_is_made_is_not_half_in_it(world: World) -> None:
    async def is_set() -> None:
        async with stage(world.services, world.workspace.id, new_id()):
            pass

    async with world.services.db.transaction(world.workspace.id) as connection:
        await connection.execute("LOCK TABLE calendar_person IN ACCESS EXCLUSIVE MODE")
        setting = asyncio.create_task(is_set())
        await world.until_somebody_waits()  # it has the services, and not yet the people
        service = {"name": "Massage", "duration_minutes": 60}
        await add_service(connection, world.workspace.id, fields=service, by="system")
        await add_person(connection, world.workspace.id, fields={"name": "Ann"}, by="system")
    await setting


async def test_the_copys_embeddings_are_in_no_index_of_the_workspaces(world: World) -> None:
    """Searches there would find the copy's first, and leave out as many of their own."""
    model = new_id()
    await world.rows(
        """INSERT INTO embedding_model (workspace_id, id, name, dimensions, status)
           VALUES (%(ws)s, %(model)s, 'x', 3, 'serving') RETURNING id""",
        model=model,
    )
    await world.rows(
        """INSERT INTO passage_embedding (workspace_id, model_id, passage_id, embedding)
           SELECT workspace_id, %(model)s, id, '{1,0,0}' FROM passage WHERE workspace_id = %(ws)s
           RETURNING passage_id""",
        model=model,
    )
    copy_id = new_id()
    async with (
        stage(world.services, world.workspace.id, copy_id),
        world.services.db.workspace(copy_id) as connection,
    ):
        cursor = await connection.execute(
            """SELECT e.model_id, count(*) AS n FROM passage_embedding e
               JOIN embedding_model m ON m.workspace_id = e.workspace_id AND m.id = e.model_id
               WHERE e.workspace_id = %s GROUP BY e.model_id""",
            (copy_id,),
        )
        [copied] = await cursor.fetchall()
    assert copied["n"] == 3
    assert copied["model_id"] != model


async def test_files_of_its_customers_go_with_it(world: World) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "ann@example.com", "Is there parking?", "<1@example.com>"
    mail.set_content("See the map.")
    mail.add_attachment(b"x", "image", "png", filename="map.png")
    async with stage(world.services, world.workspace.id, new_id()) as own:
        folder = world.services.settings.home / "files" / str(own.workspace_id)
        arrival = Arrival(external_id="1", lane="email:ann@example.com", raw=bytes(mail))
        await end_of(own, own.accounts["email"], arrival)
        assert [path for path in folder.rglob("*") if path.is_file()]
    assert not [path for path in folder.rglob("*") if path.is_file()]


async def test_its_connections_to_models_are_closed(world: World) -> None:
    async with stage(world.services, world.workspace.id, new_id()) as own:
        client = own.services.models._guarded()
        assert not client.is_closed
    assert client.is_closed


async def test_rehearsals_of_many_workspaces_leave_workers_for_other_jobs(db: Database) -> None:
    """Jobs with one lock are done one after the other."""
    locks: set[str] = set()
    for _ in range(3 * MOST_AT_ONCE):
        workspace_id = new_id()
        async with db.workspace(workspace_id) as connection, connection.transaction(force_rollback=True):
            await start(connection, workspace_id, NewRun.model_validate({"cases": [a_case()]}), by="system")
            cursor = await connection.execute(
                "SELECT lock FROM procrastinate_jobs WHERE task_name = %s AND args->>'workspace_id' = %s",
                (EVALS_JOB, str(workspace_id)),
            )
            locks |= {row["lock"] for row in await cursor.fetchall()}
    assert 1 < len(locks) <= MOST_AT_ONCE


async def test_its_agents_have_no_servers_of_tools(world: World) -> None:
    """What they did there would have happened."""
    server = McpServer(url="https://tools.clinic.test/mcp")
    given = AgentSettings(role="You welcome.", mcp_server=server).model_dump(mode="json", exclude_none=True)
    async with world.services.db.transaction(world.workspace.id) as connection:
        await agent_settings_store.change(connection, world.workspace.id, "chat", given, by="system")
        await agent_settings_store.change(connection, world.workspace.id, "chat", {"role": "You greet."}, by="system")
    for options in (Options(), Options(agent_versions=(("*", 1),))):
        copy_id = new_id()
        async with (
            stage(world.services, world.workspace.id, copy_id, options=options),
            world.services.db.workspace(copy_id) as connection,
        ):
            cursor = await connection.execute("SELECT agents FROM workspace WHERE id = %s", (copy_id,))
            assert list((await cursor.fetchall())[0]["agents"]["chat"]) == ["role"]
