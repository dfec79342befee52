"""The demo clinic can be booked from its first start."""

from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from dynaris.app.demo import ensure_demo
from dynaris.core.db import Database
from dynaris.core.settings import Settings
from dynaris.migrations.run import ensure_current
from dynaris.scheduling.availability import free_slots
from dynaris.scheduling.queries import people, services
from tests.databases import new_database
from tests.scheduling.conftest import MONDAY


async def test_anna_and_tom_give_all_three_services_in_business_hours(server_url: str, tmp_path: Path) -> None:
    async with new_database(server_url) as url:
        await ensure_current(url)
        await ensure_demo(Settings(home=tmp_path, database_url=url, secret_key=SecretStr("demo")))
        db = Database(url)
        await db.open()
        async with db.system() as connection:
            row = await (await connection.execute("SELECT workspace_ids() AS id")).fetchone()
        assert row is not None
        async with db.workspace(row["id"]) as connection:
            offered = await services(connection, row["id"])
            who = await people(connection, row["id"])
            slots = await free_slots(
                connection,
                row["id"],
                service_id=offered[0].id,
                windows=[(MONDAY, MONDAY + timedelta(days=7))],
                now=MONDAY,
            )
        await db.close()
    assert [service.name for service in offered] == ["First assessment", "Physiotherapy session", "Sports massage"]
    assert [person.name for person in who] == ["Anna Weber", "Tom Klein"]
    assert all(len(service.staff_ids) == 2 and service.minimum_notice_minutes == 120 for service in offered)
    assert slots[0].starts_at == MONDAY + timedelta(hours=2)
