"""People whom a file brought, erased: what files say of them goes, and a later file finds what they had forbidden."""

from uuid import UUID

from dynaris.contacts.imports import actions, running
from dynaris.contacts.suppression import hasher
from dynaris.privacy import erasure
from tests.flows.conftest import World

FILE = b"name,phone,do_not_contact\nAda Berg,0660 1234567,yes\nBen Ost,0660 7654321,\n"


async def imported(world: World, *steps: str) -> UUID:
    db, workspace_id = world.services.db, world.workspace.id
    async with db.transaction(workspace_id) as connection:
        found = await actions.create_import(connection, workspace_id, FILE, name="x.csv", by="system")
        region = {"region": "AT"}
        await actions.change_import(connection, workspace_id, found, targets=None, options=region, by="system")
    for what in steps:
        async with db.transaction(workspace_id) as connection:
            await actions.start(connection, workspace_id, found, what=what, by="system")
        await running.work(db, workspace_id, found, hashed=hasher(world.services.accounts.vault))
    return found


async def test_what_files_say_of_them_goes_and_what_they_forbade_stays(world: World) -> None:
    await imported(world, "checking", "applying")
    await imported(world, "checking")
    named = "SELECT id, blocked_channels FROM contact WHERE workspace_id = %s AND name = 'Ada Berg'"
    [ada] = await world.rows(named)
    row, _ = await erasure.request(world.services, world.workspace.id, ada["id"], reason="requested", by="system")
    assert await erasure.erase(world.services, world.workspace.id, row["id"])
    left = await world.rows("SELECT cells->>0 AS name FROM contact_import_row WHERE workspace_id = %s")
    assert [each["name"] for each in left] == ["Ben Ost"] * 2
    await imported(world, "checking", "applying")
    assert [each["blocked_channels"] for each in await world.rows(named)] == [["any"]]
