"""A database as an earlier release left it becomes this release's: the same schema, and everything in it still works.

The fixtures are made of the real product of that release (scripts/old_database.py).
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from sqlalchemy import create_engine, pool

from dynaris.app.wiring import services_of
from dynaris.core.errors import StartupError
from dynaris.core.ids import new_id
from dynaris.core.postgres_home import tool
from dynaris.core.settings import Settings
from dynaris.migrations.run import current_revision, ensure_app_role, ensure_current, revisions, upgrade
from dynaris.migrations.tables import metadata
from dynaris.people.mail import SYSTEM
from dynaris.workspaces.actions import NewWorkspace
from tests.databases import ask, new_database, rows_of
from tests.flows.conftest import KEY, Sink, World, sink
from tests.web import client_of, web_app

__all__ = ["sink"]

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.sql.gz"))
SESSION, API_KEY = "a session from before the upgrade", "dk_a_key_from_before_the_upgrade"

# Everything that a schema is made of, each as one line.
_SCHEMA = """
SELECT concat_ws(' ', 'column', table_name, column_name, udt_name, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', 'policy', tablename, policyname, roles, cmd, qual, with_check)
    FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT concat_ws(' ', 'table', relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity,
        ARRAY(SELECT unnest(relacl)::text ORDER BY 1))
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v', 'm', 'p')
UNION ALL SELECT concat_ws(' ', 'function', pg_get_functiondef(oid), ARRAY(SELECT unnest(proacl)::text ORDER BY 1))
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')
UNION ALL SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', 'type', typname, typtype,
        ARRAY(SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder))
    FROM pg_type t WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL SELECT concat_ws(' ', 'schema', nspname, ARRAY(SELECT unnest(nspacl)::text ORDER BY 1))
    FROM pg_namespace WHERE nspname = 'public'
"""


async def schema(url: str) -> set[str]:
    return {row[0] for row in await ask(url, _SCHEMA)}


async def load(url: str, fixture: Path) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        ensure_app_role(connection)
    options = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={url}")
    process = await asyncio.create_subprocess_exec(
        tool("psql"), *options, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    await process.communicate(gzip.decompress(await asyncio.to_thread(fixture.read_bytes)))
    assert process.returncode == 0


@pytest.fixture(scope="module", params=FIXTURES, ids=lambda path: path.name.split(".")[0])
async def fixture(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture(scope="module")
async def upgraded(server_url: str, fixture: Path) -> AsyncIterator[tuple[str, dict[str, list[str]]]]:
    """Its url, and what it held before."""
    async with new_database(server_url) as url:
        await load(url, fixture)
        assert await current_revision(url) == fixture.name.split(".")[0]
        await ask(url, "INSERT INTO workspace (id, slug, name) VALUES (gen_random_uuid(), 'system', 'System AG')")
        for table in ("person", "member"):
            await ask(url, f"UPDATE {table} SET email = initcap(email)")
        before = await rows_of(url)
        await ensure_current(url)
        assert await current_revision(url) == revisions()[-1]
        yield url, before


async def test_an_upgraded_schema_is_a_fresh_one(upgraded: tuple[str, dict[str, list[str]]], database_url: str) -> None:
    old, fresh = await schema(upgraded[0]), await schema(database_url)
    assert sorted(old - fresh) == []
    assert sorted(fresh - old) == []


async def test_models_say_what_the_schema_is(database_url: str) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database_url), poolclass=pool.NullPool
    )
    options = {"include_object": lambda _, name, kind, *__: not (kind == "table" and name.startswith("procrastinate_"))}

    def differences() -> list[object]:
        with engine.connect() as connection:
            return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    assert await asyncio.to_thread(differences) == []


async def test_no_row_is_lost(upgraded: tuple[str, dict[str, list[str]]]) -> None:
    url, before = upgraded
    after = await rows_of(url)
    lost = {table: (len(rows), len(after.get(table, []))) for table, rows in before.items() if rows}
    assert {table: counts for table, counts in lost.items() if counts[1] < counts[0]} == {}
    assert all(before[name] for name in before if not name.startswith("procrastinate")), "the fixture has every table"


async def test_people_and_programs_get_in_as_before(upgraded: tuple[str, dict[str, list[str]]], tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=upgraded[0], secret_key=SecretStr(KEY))
    async with services_of(settings, "dynaris-tests") as services:
        app = web_app(services.db, tmp_path)
        async with client_of(app) as client:
            client.cookies.set("dynaris_session", SESSION)
            told = (await client.get("/api/me")).json()
            assert told["role"] == "owner"
        async with client_of(app, authorization=f"Bearer {API_KEY}") as client:
            assert (await client.get("/api/me")).status_code == 200


async def test_addresses_of_people_are_spelled_alike_in_all_their_workspaces(
    upgraded: tuple[str, dict[str, list[str]]],
) -> None:
    query = "SELECT m.email, p.email FROM member m JOIN person p ON p.id = m.person_id"
    spelled = await ask(upgraded[0], query)
    assert spelled
    assert all(of_member == of_person == of_person.lower() for of_member, of_person in spelled)


async def test_conversations_go_on_where_they_were(
    upgraded: tuple[str, dict[str, list[str]]], tmp_path: Path, sink: Sink
) -> None:
    url, _ = upgraded
    settings = Settings(
        home=tmp_path, database_url=url, secret_key=SecretStr(KEY), quiet_period=0, private_networks="loopback"
    )
    async with services_of(settings, "dynaris-tests") as services:
        ((workspace_id, owner_id, person_id, source),) = await ask(
            url,
            """SELECT m.workspace_id, m.id, m.person_id, a.id FROM workspace w
               JOIN member m ON m.workspace_id = w.id AND m.role = 'owner'
               JOIN account a ON a.workspace_id = w.id AND a.channel = 'generic' WHERE w.slug = 'clinic'""",
        )
        account = await services.accounts.by_id(workspace_id, source)
        world = World(services, NewWorkspace(workspace_id, owner_id, person_id), account)
        waiting = await world.rows("SELECT id FROM event WHERE workspace_id = %s AND status = 'queued'")
        assert waiting, "something was queued when the product was upgraded"

        accepted = await world.say("What are your opening hours?", reply_url=sink.url, email="ada@example.com")
        await world.settle()

        event = await world.event(accepted.event_id)
        assert event["outcome"] == "answered"
        assert await _is_known(url, event["contact_id"]), "the sender is who they were"
        assert "8:00" in sink.texts[0]
        left = await world.rows("SELECT id FROM event WHERE workspace_id = %s AND status = 'queued' AND attempts = 0")
        assert left == []


async def _is_known(url: str, contact_id: UUID) -> bool:
    found = await ask(url, "SELECT count(*) FROM event WHERE contact_id = %s", contact_id)
    return found[0][0] > 1


async def test_whose_short_name_was_the_products_own_keeps_it(upgraded: tuple[str, dict[str, list[str]]]) -> None:
    names = await ask(upgraded[0], "SELECT name FROM workspace WHERE slug = 'system' OR id = %s", SYSTEM)
    assert sorted(names) == [("Dynaris",), ("System AG",)]


async def test_who_does_not_own_the_tables_works_with_them_and_is_told_who_migrates(server_url: str) -> None:
    async with new_database(server_url) as url:
        await asyncio.to_thread(upgrade, url, revisions()[-2])
        name = f"app_{new_id().hex}"
        application = make_conninfo(url, user=name)
        await ask(url, f"CREATE ROLE {name} LOGIN")
        try:
            with pytest.raises(StartupError, match="GRANT dynaris_app TO that user"):
                await ensure_current(application)
            await ask(url, f"GRANT dynaris_app TO {name}")
            with pytest.raises(StartupError, match=r"may not change the tables .* with DYNARIS_MIGRATE_URL"):
                await ensure_current(application)
            await ensure_current(url)
            await ensure_current(application, migrate=False)
        finally:
            await ask(url, f"DROP ROLE {name}")
