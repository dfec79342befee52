"""The flow as a program sees it: over HTTP, with a key, from Auto mode to an approval that was edited."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import create_workspace
from tests.flows.conftest import Sink, World
from tests.web import client_of, new_key

MANUAL = {"enabled": False, "channels": {}, "effects": {}}
AUTO = {"enabled": True, "channels": {}, "effects": {}}


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {await new_key(world.services.db, world.workspace.id)}"}
    async with client_of(create_app(world.services, Host(world.services)), **headers) as client:
        yield client


async def test_manual_mode_an_edited_approval_and_its_run(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    assert (await api.put("/api/settings/auto-mode", json=MANUAL)).json() == {**MANUAL, "waiting": 0}
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    (waiting,) = (await api.get("/api/events", params={"status": "waiting"})).json()["items"]
    assert (waiting["id"], waiting["waiting_for"]) == (str(accepted.event_id), "run")
    assert waiting["owner_id"]
    assert waiting["deadline"]

    assert (await api.post(f"/api/events/{accepted.event_id}/run")).status_code == 202
    await world.settle()
    (pending,) = (await api.get("/api/approvals", params={"status": "pending"})).json()["items"]
    assert (pending["contact_name"], pending["channel"]) == ("Ada", "generic")
    verdict = {"decision": "approve", "edits": {"text": "€75, dear Ada."}}
    decided = (await api.post(f"/api/approvals/{pending['id']}", json=verdict)).json()
    assert decided == (await api.get(f"/api/approvals/{pending['id']}")).json()
    assert (decided["status"], decided["contact_name"]) == ("approved", "Ada")
    again = await api.post(f"/api/approvals/{pending['id']}", json=verdict)
    assert again.status_code == 409

    run = (await api.get(f"/api/runs/{pending['run_id']}")).json()
    assert {"route", "model"} <= {step["kind"] for step in run["steps"]}


@pytest.mark.parametrize("manual", [MANUAL, {**AUTO, "channels": {"generic": False}}])
async def test_switching_auto_on_asks_what_happens_to_the_queue(
    api: httpx.AsyncClient, world: World, sink: Sink, manual: dict[str, object]
) -> None:
    await api.put("/api/settings/auto-mode", json=manual)
    await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    asked = await api.put("/api/settings/auto-mode", json=AUTO)
    assert asked.status_code == 409
    assert "queue" in asked.json()["detail"]
    assert (await api.put("/api/settings/auto-mode", json={**AUTO, "queue": "process"})).json()["waiting"] == 0
    await world.settle()
    assert len(sink.got) == 1


@pytest.mark.parametrize(
    "typo",
    [
        {"enabled": "yes"},
        {"enabled": True, "chanels": {"email": False}},
        {"enabled": True, "channels": {"e-mail": False}},
        {"enabled": True, "effects": {"sned": False}},
        {"enabled": True, "effects": {"send": 0}},
    ],
)
async def test_a_mistyped_auto_mode_changes_nothing(api: httpx.AsyncClient, typo: dict[str, object]) -> None:
    before = (await api.get("/api/settings/auto-mode")).json()
    refused = await api.put("/api/settings/auto-mode", json=typo)
    assert refused.status_code == 422, refused.text
    assert (await api.get("/api/settings/auto-mode")).json() == before


async def test_what_belongs_to_another_workspace_is_not_there(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    await api.put("/api/settings/auto-mode", json={**AUTO, "effects": {"send": False}})
    accepted = await world.say("What does a first assessment cost?", reply_url=sink.url)
    await world.settle()
    event = (await api.get(f"/api/events/{accepted.event_id}")).json()
    approval = (await api.get("/api/approvals")).json()["items"][0]["id"]
    slug = f"w-{new_id().hex}"
    other = await create_workspace(
        world.services.db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="O"
    )
    conversation, contact = event["conversation_id"], event["contact_id"]
    reads = [
        f"/api/events/{accepted.event_id}",
        f"/api/approvals/{approval}",
        f"/api/runs/{event['run_id']}",
        f"/api/conversations/{conversation}/messages",
        f"/api/contacts/{contact}",
        f"/api/contacts/{contact}/timeline",
    ]
    writes = {
        f"/api/events/{accepted.event_id}/run": {},
        f"/api/approvals/{approval}": {"decision": "approve"},
        f"/api/conversations/{conversation}/messages": {"text": "Hello"},
        f"/api/conversations/{conversation}/claim": {},
        f"/api/conversations/{conversation}/hand-back": {},
        f"/api/contacts/merges/{uuid4()}/undo": {},
    }
    headers = {"authorization": f"Bearer {await new_key(world.services.db, other.id)}"}
    async with client_of(create_app(world.services, Host(world.services)), **headers) as stranger:
        statuses = [(await stranger.get(path)).status_code for path in reads]
        statuses += [(await stranger.post(path, json=body)).status_code for path, body in writes.items()]
        assert set(statuses) == {404}
        assert (await stranger.get("/api/events")).json()["items"] == []
    assert [(await api.get(path)).status_code for path in reads] == [200] * len(reads)


async def test_where_no_reply_can_leave_a_run_and_a_reply_are_refused_with_the_reason(
    api: httpx.AsyncClient, world: World
) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    event = (await api.get(f"/api/events/{accepted.event_id}")).json()
    path = f"/api/conversations/{event['conversation_id']}/messages"
    for refused in (await api.post(f"/api/events/{event['id']}/run"), await api.post(path, json={"text": "Yes"})):
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "no reply_url" in refused.json()["detail"]
    assert (await api.get(f"/api/events/{accepted.event_id}")).json() == event
    assert (await api.post(path, json={"text": "Called them", "note": True})).status_code == 201


async def test_a_run_is_refused_while_somebody_holds_the_conversation(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    await api.put("/api/settings/auto-mode", json=MANUAL)
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    event = (await api.get(f"/api/events/{accepted.event_id}")).json()
    conversation = f"/api/conversations/{event['conversation_id']}"
    await api.post(f"{conversation}/claim")
    refused = await api.post(f"/api/events/{accepted.event_id}/run")
    assert refused.status_code == 409
    assert "hand that back" in refused.json()["detail"]
