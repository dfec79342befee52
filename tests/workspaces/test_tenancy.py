"""Tenancy: no row of one workspace is seen or written from another, in any table."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.migrations.security import DEFINER_FUNCTIONS
from dynaris.migrations.tables import metadata
from dynaris.workspaces.actions import NewWorkspace, create_workspace

TENANT = sorted(table.name for table in metadata.tables.values() if table.info["tenant"])
REFERENCE = sorted(table.name for table in metadata.tables.values() if not table.info["tenant"])


@pytest.mark.parametrize("table", TENANT)
async def test_every_tenant_table_is_guarded_by_row_level_security(db: Database, table: str) -> None:
    async with db.system() as connection:
        cursor = await connection.execute("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", (table,))
        row = await cursor.fetchone()
        assert row == {"relrowsecurity": True}
        rows = await (await connection.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(Identifier(table)))).fetchall()
        assert rows == []


async def test_another_workspaces_rows_are_neither_seen_nor_changed_nor_made(
    db: Database, workspace: NewWorkspace
) -> None:
    other = await create_workspace(db, slug=new_id().hex, name="Other", owner_email="o@other.example", owner_name="O")
    async with db.workspace(other.id) as connection:
        for statement in (
            "SELECT id FROM member WHERE workspace_id = %(id)s",
            "UPDATE member SET name = 'x' WHERE workspace_id = %(id)s RETURNING id",
            "DELETE FROM member WHERE workspace_id = %(id)s RETURNING id",
            "SELECT id FROM workspace WHERE id = %(id)s",
        ):
            assert await (await connection.execute(statement, {"id": workspace.id})).fetchall() == [], statement
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("INSERT INTO contact (workspace_id, id) VALUES (%s, %s)", (workspace.id, new_id()))


@pytest.mark.parametrize("table", REFERENCE)
async def test_tables_without_a_workspace_are_out_of_reach(db: Database, workspace: NewWorkspace, table: str) -> None:
    async with db.workspace(workspace.id) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(SQL("SELECT 1 FROM {}").format(Identifier(table)))


async def test_no_table_is_forgotten(db: Database) -> None:
    async with db.system() as connection:
        cursor = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {row["tablename"] for row in await cursor.fetchall()}
    ours = {name for name in found if not name.startswith("procrastinate_")} - {"alembic_version"}
    assert ours == {*TENANT, *REFERENCE}


async def test_only_listed_functions_step_over_row_level_security(db: Database) -> None:
    async with db.system() as connection:
        cursor = await connection.execute(
            """SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE prosecdef AND n.nspname = 'public'"""
        )
        assert {row["proname"] for row in await cursor.fetchall()} == set(DEFINER_FUNCTIONS)


async def test_the_application_role_owns_no_table(db: Database) -> None:
    async with db.system() as connection:
        cursor = await connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
        assert await cursor.fetchall() == []
