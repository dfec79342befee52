"""Accounts: secrets are sealed by row and field, shown to nobody, and opened for the flow."""

from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from dynaris.connections import actions, queries
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import UnreadableSecret, Vault
from dynaris.core.db import Database
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.web import client_of, new_key, web_app

VAULT = Vault("test")
SECRET = "do-not-show-this-to-anyone"


async def add(db: Database, workspace_id, address: str, vault: Vault = VAULT):
    async with db.workspace(workspace_id) as connection:
        return await actions.add_account(
            connection, workspace_id, vault, channel="generic", address=address, settings={"secret": SECRET}
        )


async def stored(db: Database, workspace: NewWorkspace, account_id) -> dict:
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute(
            "SELECT * FROM account WHERE workspace_id = %s AND id = %s", (workspace.id, account_id)
        )
        row = await cursor.fetchone()
    assert row is not None
    return row


async def test_a_secret_is_stored_sealed_and_opens_in_its_own_row_only(db: Database, workspace: NewWorkspace) -> None:
    one, other = await add(db, workspace.id, "one"), await add(db, workspace.id, "other")
    row = await stored(db, workspace, one)
    assert SECRET not in str(row)
    assert queries.opened(row, VAULT).settings.secret.get_secret_value() == SECRET
    async with db.workspace(workspace.id) as connection:
        await connection.execute(
            "UPDATE account SET settings = %s WHERE workspace_id = %s AND id = %s",
            (Jsonb(row["settings"]), workspace.id, other),
        )
    with pytest.raises(UnreadableSecret):
        await queries.by_id(db, VAULT, workspace.id, other)


async def test_an_address_is_a_workspaces_once(db: Database, workspace: NewWorkspace) -> None:
    await add(db, workspace.id, "shop")
    with pytest.raises(Conflict):
        await add(db, workspace.id, "shop")


async def test_two_workspaces_may_name_a_source_alike(db: Database, workspace: NewWorkspace) -> None:
    other = await create_workspace(db, slug=new_id().hex, name="O", owner_email="o@x.example", owner_name="O")
    name = new_id().hex
    ids = {await add(db, workspace.id, name), await add(db, other.id, name)}
    assert {account.id for account in await queries.find(db, VAULT, "generic", name)} == ids


async def test_wrong_settings_and_unknown_channels_say_what_is_wrong(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        with pytest.raises(InvalidInput, match="secret") as raised:
            await actions.add_account(
                connection, workspace.id, VAULT, channel="generic", address="a", settings={"secret": [SECRET]}
            )
        assert SECRET not in str(raised.value.extra)
        with pytest.raises(NotFound, match="pigeon"):
            await actions.add_account(connection, workspace.id, VAULT, channel="pigeon", address="a", settings={})


async def test_an_account_that_cannot_be_read_does_not_stop_the_others(db: Database, workspace: NewWorkspace) -> None:
    broken = await add(db, workspace.id, "broken", Vault("another key"))
    sound = await add(db, workspace.id, "sound")
    found = {account.id for account in await queries.of_channel(db, VAULT, "generic")}
    assert sound in found
    assert broken not in found


async def test_the_flow_asks_once_and_sees_a_new_account_at_once(db: Database, workspace: NewWorkspace) -> None:
    accounts, name = Accounts(db, VAULT), new_id().hex
    assert await accounts.find("generic", name) == []
    account_id = await add(db, workspace.id, name)
    [found] = await accounts.find("generic", name)
    assert found.id == account_id
    assert (await accounts.find("generic", name))[0] is found
    assert await accounts.by_id(workspace.id, account_id) is await accounts.by_id(workspace.id, account_id)
    with pytest.raises(NotFound):
        await accounts.by_id(workspace.id, new_id())


async def test_a_disabled_account_takes_nothing_in_but_still_answers(db: Database, workspace: NewWorkspace) -> None:
    name = new_id().hex
    account_id = await add(db, workspace.id, name)
    async with db.workspace(workspace.id) as connection:
        await connection.execute(
            "UPDATE account SET enabled = false WHERE workspace_id = %s AND id = %s", (workspace.id, account_id)
        )
    assert await queries.find(db, VAULT, "generic", name) == []
    assert (await queries.by_id(db, VAULT, workspace.id, account_id)).address == name


async def test_health_and_checkpoint_are_kept(db: Database, workspace: NewWorkspace) -> None:
    account_id = await add(db, workspace.id, "listened")
    async with db.workspace(workspace.id) as connection:
        assert await actions.checkpoint(connection, workspace.id, account_id) == {}
        await actions.checkpoint(connection, workspace.id, account_id, {"uid": 7})
        assert await actions.checkpoint(connection, workspace.id, account_id) == {"uid": 7}
        await actions.set_health(connection, workspace.id, account_id, "refused\x00" + "x" * 5_000)
        error = (await stored(db, workspace, account_id))["error"]
        assert error.startswith("refusedx")
        assert len(error) == 1_000
        await actions.set_health(connection, workspace.id, account_id, None)
        assert (await stored(db, workspace, account_id))["error"] is None
        with pytest.raises(NotFound):
            await actions.checkpoint(connection, workspace.id, new_id(), {})


async def test_http_shows_accounts_and_toolkits_without_secrets(
    db: Database, workspace: NewWorkspace, tmp_path: Path
) -> None:
    await add(db, workspace.id, "shown")
    key = await new_key(db, workspace.id)
    async with client_of(web_app(db, tmp_path), authorization=f"Bearer {key}") as client:
        listed = await client.get("/api/accounts")
        toolkits = await client.get("/api/integrations/toolkits")
    [account] = listed.json()["items"]
    assert (account["channel"], account["address"], account["settings"]) == ("generic", "shown", {})
    assert SECRET not in listed.text
    assert "enc:v1" not in listed.text
    [generic] = [toolkit for toolkit in toolkits.json()["items"] if toolkit["name"] == "generic"]
    assert (generic["connected"], generic["accounts"]) == (True, 1)
    assert generic["settings_schema"]["properties"]["secret"]["format"] == "password"
