"""What machines ask: alive, ready, and how much work there is."""

import re
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace
from tests.web import WATCHER, client_of, web_app


@pytest.fixture
def app_without_database(tmp_path: Path) -> FastAPI:
    return web_app(Database(f"postgresql://nobody@/none?host={tmp_path}"), tmp_path)


async def worker_seen(db: Database, *, seconds_ago: int) -> None:
    async with db.system() as connection:
        await connection.execute("DELETE FROM procrastinate_workers")
        await connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            (seconds_ago,),
        )


async def test_ready_with_database_schema_and_a_worker(client: httpx.AsyncClient, db: Database) -> None:
    await worker_seen(db, seconds_ago=1)
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["checks"] == {"database": "ok", "schema": "ok", "worker": "ok", "disk": "ok"}


async def test_not_ready_when_the_workers_are_silent(client: httpx.AsyncClient, db: Database) -> None:
    await worker_seen(db, seconds_ago=120)
    response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.json()["checks"]["worker"] == "none seen in 30 s"


async def test_alive_but_not_ready_without_a_database(app_without_database: FastAPI) -> None:
    async with client_of(app_without_database) as client:
        assert (await client.get("/healthz")).status_code == 200
        refused = await client.get("/readyz")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert "database" in refused.json()["checks"]
        called = await client.get("/api/me", headers={"authorization": "Bearer dyn_x"})
        assert (called.status_code, called.json()["code"]) == (503, "unavailable")
        assert "dynaris_database_up 0.0" in (await client.get("/metrics", headers=WATCHER)).text


async def test_metrics_count_requests_by_route_and_work_by_state(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await waiting_event(db, workspace)
    await client.get(f"/probe/error/{'conflict'}")
    text = (await client.get("/metrics", headers=WATCHER)).text
    assert re.search(
        r'dynaris_http_requests_total\{method="GET",process="web:[^"]+",route="/probe/error/\{kind\}",status="409"\}',
        text,
    )
    # Counted over all workspaces, so other tests' events are in it.
    assert re.search(r'dynaris_events_open\{status="waiting",waiting_for="person"\} [1-9]', text)
    assert re.search(r"dynaris_events_overdue [1-9]", text)
    assert "dynaris_database_up 1.0" in text
    assert "process_resident_memory_bytes" in text


async def waiting_event(db: Database, workspace: NewWorkspace) -> UUID:
    event_id = new_id()
    async with db.workspace(workspace.id) as connection:
        for row_id, status, outcome in ((event_id, "waiting", None), (new_id(), "done", "ignored")):
            await connection.execute(
                """INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, status, outcome,
                                      deadline, owner_id, waiting_for)
                   VALUES (%s, %s, 'generic', %s, %s, 'l', '', %s, %s, now(), %s, 'person')""",
                (workspace.id, row_id, new_id(), str(row_id), status, outcome, workspace.owner_id),
            )
    return event_id
