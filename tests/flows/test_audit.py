"""Every change over HTTP or by an agent's tool leaves its line in the audit log, without private words."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core.db import Database
from tests.flows.audit_desk import Desk
from tests.flows.audited import ELSEWHERE, JUSTIFIED, PERFORMED
from tests.flows.conftest import Sink, World, services_over
from tests.web import client_of, new_key

ROOT = Path(__file__).parents[2]
MUTATING = {"post", "put", "patch", "delete"}
PRIVATE = ("Ada", "Eve", "example.com", "e.example", "Private words", "Invoice", "shorter")


@pytest.fixture(scope="module")
def app(db: Database, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One for all: it takes long to put together."""
    services = services_over(db, tmp_path_factory.mktemp("audit"))
    return create_app(services, Host(services))


@pytest.fixture
async def desk(world: World, sink: Sink, app: FastAPI) -> AsyncIterator[Desk]:
    key = await new_key(world.services.db, world.workspace.id)
    async with client_of(app, authorization=f"Bearer {key}") as api:
        yield Desk(api, world, sink)


def test_every_route_that_changes_something_is_recorded_or_says_why_not(app: FastAPI) -> None:
    routes = {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if method in MUTATING
    }
    known = {*PERFORMED, *ELSEWHERE}
    forgotten = {route for route in routes - known if not route.startswith(tuple(JUSTIFIED))}
    assert forgotten == set(), "record what these change, and add them to tests/flows/audited.py"
    assert known - routes == set(), "these are no routes any more"
    for beginning in JUSTIFIED:
        assert any(route.startswith(beginning) for route in routes), f"no route begins with {beginning}"


@pytest.mark.parametrize("route", sorted(ELSEWHERE))
def test_what_is_tested_elsewhere_is(route: str) -> None:
    action, file = ELSEWHERE[route]
    assert action in (ROOT / file).read_text()


@pytest.mark.parametrize("route", sorted(PERFORMED))
async def test_a_change_is_in_the_audit_log(route: str, desk: Desk) -> None:
    action, perform = PERFORMED[route]
    response = await perform(desk)
    assert response.is_success, response.text
    entries = (await desk.api.get("/api/audit-log", params={"action": action, "actor": "key"})).json()["items"]
    assert entries, f"{route} left no {action}"
    said = orjson.dumps([entry["detail"] for entry in entries]).decode()
    if not action.startswith(("settings.", "account.", "invitation.")):
        assert [word for word in PRIVATE if word in said] == []


async def test_what_an_agents_tool_changes_is_in_the_audit_log_once(desk: Desk) -> None:
    await desk.world.say("My phone is +43 660 1234567. What does a first assessment cost?", reply_url=desk.sink.url)
    await desk.world.settle()
    await desk.world.settle()
    entries = (await desk.api.get("/api/audit-log", params={"actor": "agent"})).json()["items"]
    [noted] = [entry for entry in entries if entry["action"] == "tool.update_contact"]
    assert noted["subject"].startswith("conversation:")
    assert "1234567" not in str(noted)
    journal = (await desk.api.get(f"/api/runs/{noted['detail']['run']}")).json()
    assert noted["detail"]["call"] in str(journal)
    assert not [entry for entry in entries if entry["action"].startswith("tool.search")]


async def test_a_rejection_without_a_reason_is_refused_and_records_nothing(desk: Desk) -> None:
    approval = await desk.approval()
    for body in ({"decision": "reject"}, {"decision": "reject", "reason": "  "}):
        refused: httpx.Response = await desk.api.post(f"/api/approvals/{approval}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
        assert "reason" in refused.json()["detail"]
    assert (await desk.api.get("/api/audit-log", params={"action": "approval."})).json()["items"] == []
    assert (await desk.api.get(f"/api/approvals/{approval}")).json()["status"] == "pending"
