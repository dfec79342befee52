"""The secret key is compared with the database's before anything is done with it."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.types.json import Jsonb

from dynaris.app.key import check_key
from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import StartupError
from dynaris.workspaces.actions import NewWorkspace

RIGHT, WRONG = Vault("right"), Vault("wrong")


@pytest.fixture
def unchecked(database_url: str) -> Iterator[None]:
    """A database that no process has worked on yet, or that is older than the check."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        before = owner.execute("SELECT id, settings FROM account WHERE enabled").fetchall()
        owner.execute("UPDATE account SET settings = '{}'")  # other tests' secrets have other keys
        owner.execute("DELETE FROM key_check")
        yield
        owner.execute("DELETE FROM key_check")
        for account_id, settings in before:
            owner.execute("UPDATE account SET settings = %s WHERE id = %s", (Jsonb(settings), account_id))


async def test_the_first_key_stays_the_only_one(db: Database, unchecked: None) -> None:
    await check_key(db, RIGHT)
    await check_key(db, RIGHT)
    with pytest.raises(StartupError, match="DYNARIS_SECRET_KEY"):
        await check_key(db, WRONG)
    await check_key(db, RIGHT)


async def test_in_a_database_older_than_the_check_the_accounts_tell_the_key(
    db: Database, workspace: NewWorkspace, unchecked: None
) -> None:
    async with db.workspace(workspace.id) as connection:
        await add_account(
            connection, workspace.id, RIGHT, channel="generic", address="crm", settings={"secret": "s3cret"}
        )
    with pytest.raises(StartupError, match="DYNARIS_SECRET_KEY"):
        await check_key(db, WRONG)
    await check_key(db, RIGHT)
    with pytest.raises(StartupError):
        await check_key(db, WRONG)
