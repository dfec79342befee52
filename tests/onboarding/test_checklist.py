"""The checklist looks for itself, and what people say of it stays; a test message is answered like any other."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.email.smtp_in import listening
from dynaris.channels.registry import channels
from dynaris.core.db import Database
from dynaris.core.settings import Settings
from dynaris.onboarding.items import BY_KEY, ITEMS
from dynaris.workspaces.actions import NewWorkspace
from tests.flows.conftest import World, a_world
from tests.web import client_of, new_key


@pytest.fixture
async def world(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(db, workspace, tmp_path) as world:
        yield world


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(world.services.db, world.workspace.id)
    app = create_app(world.services, Host(world.services))
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def items(api: httpx.AsyncClient) -> dict[str, Any]:
    shown = (await api.get("/api/onboarding")).json()
    return {item["key"]: item for section in shown["sections"] for item in section["items"]}


async def checked(api: httpx.AsyncClient, item: str) -> dict[str, Any]:
    response = await api.post("/api/onboarding/check", json={"item": item})
    assert response.status_code == 200, response.text
    return response.json()


def test_every_item_is_in_one_section() -> None:
    assert tuple(BY_KEY) == ITEMS


async def test_what_no_release_can_do_yet_says_so_and_may_be_not_needed(api: httpx.AsyncClient) -> None:
    assert {item["state"] for key, item in (await items(api)).items() if key in ("crm", "contact_sync")} == {"not_yet"}
    said = {"item": "crm", "not_needed": "the practice software is the CRM"}
    changed = (await api.patch("/api/onboarding/items", json=said)).json()
    assert (changed["state"], changed["why"]) == ("not_needed", said["not_needed"])
    shown = (await api.get("/api/onboarding")).json()
    assert shown["counts"]["not_needed"] == 1
    taken_back = await api.patch("/api/onboarding/items", json={"item": "crm", "not_needed": None})
    assert taken_back.json()["state"] == "not_yet"


async def test_a_note_and_a_reason_do_not_overwrite_each_other(api: httpx.AsyncClient) -> None:
    item = {"item": "custom_config"}
    assert (await items(api))["custom_config"]["state"] == "open"
    await api.patch("/api/onboarding/items", json={**item, "note": "Forwards from\ninfo@old.example"})
    both = (await api.patch("/api/onboarding/items", json={**item, "not_needed": "nothing special"})).json()
    assert (both["state"], both["note"]) == ("done", "Forwards from\ninfo@old.example")


async def test_accounts_and_knowledge_are_looked_at_on_each_reading(api: httpx.AsyncClient, world: World) -> None:
    before = await items(api)
    assert (before["mailbox"]["state"], before["website"]["state"], before["knowledge"]["state"]) == (
        *("open", "open"),
        "done",
    )
    mail = (await api.post("/api/accounts", json={"channel": "email", "address": "hello@clinic.example"})).json()
    await api.post("/api/accounts", json={"channel": "webchat"})
    after = await items(api)
    assert (after["mailbox"]["state"], after["website"]["state"]) == ("done", "open")
    await world.rows(
        "UPDATE account SET error = 'sign-in refused' WHERE workspace_id = %s AND id = %s RETURNING id", mail["id"]
    )
    unwell = (await items(api))["mailbox"]
    assert unwell["state"] == "failed"
    assert "sign-in refused" in unwell["why"]
    assert unwell["next"]["path"].endswith(mail["id"])


async def test_the_knowledge_check_names_the_questions_that_find_nothing(api: httpx.AsyncClient) -> None:
    assert (await items(api))["knowledge_fits"]["state"] == "open"
    result = await checked(api, "knowledge_fits")
    found = {detail["text"]: detail["ok"] for detail in result["details"]}
    assert found["What are your opening hours?"] is True
    assert found["How can I reach you by telephone?"] is False
    assert result["state"] == "open"
    kept = (await items(api))["knowledge_fits"]
    assert kept["details"] == result["details"]
    assert kept["checked_at"]


async def test_availability_is_really_looked_up(api: httpx.AsyncClient) -> None:
    service = {"name": "Massage", "duration_minutes": 60}
    await api.post("/api/services", json=service)
    without_people = await checked(api, "availability")
    assert without_people["state"] == "failed"
    hours = {"monday": ["08:00-18:00"], "wednesday": ["08:00-18:00"]}
    made = await api.post("/api/calendar/people", json={"name": "Anna", "hours": hours})
    assert made.status_code == 201, made.text
    with_anna = await checked(api, "availability")
    assert (with_anna["state"], with_anna["details"][0]["ok"]) == ("done", True)
    assert "with Anna" in with_anna["details"][0]["found"]


async def test_health_is_what_the_doctor_finds(api: httpx.AsyncClient) -> None:
    health = await checked(api, "health")
    findings = (await api.get("/api/doctor")).json()["findings"]
    assert len(health["details"]) == len(findings)


async def test_what_reading_tells_has_no_closer_check(api: httpx.AsyncClient) -> None:
    refused = await api.post("/api/onboarding/check", json={"item": "plan"})
    assert refused.status_code == 409


async def test_a_test_chat_comes_in_like_a_visitors_and_is_answered(api: httpx.AsyncClient, world: World) -> None:
    refused = await api.post("/api/onboarding/try", json={"kind": "chat"})
    assert (refused.status_code, "chat widget" in refused.json()["detail"]) == (409, True)
    await api.post("/api/accounts", json={"channel": "webchat"})
    tried = await api.post("/api/onboarding/try", json={"kind": "chat", "text": "Is there parking?"})
    assert tried.status_code == 202, tried.text
    event_id = tried.json()["event_id"]
    assert (await world.event(event_id))["channel"] == "webchat"
    assert (await items(api))["verification"]["why"].endswith("is being answered.")
    await world.settle()
    verification = (await items(api))["verification"]
    assert verification["state"] == "done", verification
    assert verification["evidence"][0]["path"] == f"/events/{event_id}"


async def test_a_test_mail_needs_a_sandbox_and_comes_in_by_smtp(api: httpx.AsyncClient, world: World) -> None:
    email: Any = channels()["email"]
    await api.post("/api/accounts", json={"channel": "email", "address": f"hello@{world.workspace.id}.localhost"})
    await world.rows(
        """UPDATE account SET proofs = jsonb_build_object(address, '{"how": "operator"}'::jsonb)
           WHERE workspace_id = %s AND channel = 'email' RETURNING id"""
    )
    refused = await api.post("/api/onboarding/try", json={"kind": "mail"})
    assert (refused.status_code, "sandbox" in refused.json()["detail"]) == (409, True)
    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        email.configure(Settings(private_networks="loopback", sandbox_pages=True, smtp_port=port))
        try:
            tried = await api.post("/api/onboarding/try", json={"kind": "mail", "text": "Is there parking?"})
        finally:
            email.configure(Settings(private_networks="loopback"))
    assert tried.status_code == 202, tried.text
    event = await world.event(tried.json()["event_id"])
    assert event["channel"] == "email"
