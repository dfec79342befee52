"""Batches as programs and operators start them: beside a source's signed events, and with `dynaris replay`."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.jobs import jobs
from dynaris.app.replaying import replay_events, replay_matching
from dynaris.app.web import create_app
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.batches import working
from dynaris.pipeline.batches.starting import BATCH_JOB
from dynaris.workspaces.actions import create_sign_in_link, create_workspace
from tests.flows.conftest import Sink, World
from tests.web import client_of, new_key

AT = "/api/process-events"
QUESTION = "What does a first assessment cost?"


@pytest.fixture
def app(world: World) -> FastAPI:
    return create_app(world.services, Host(world.services))


@pytest.fixture
async def api(world: World, app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(world.services.db, world.workspace.id)
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def waiting(world: World, sink: Sink, number: int = 2) -> list[str]:
    await world.set_auto_mode(enabled=False)
    events = [await world.say(QUESTION, reply_url=sink.url, email=f"p{n}@example.com") for n in range(number)]
    await world.settle()
    await world.set_auto_mode(enabled=True)
    return [str(event.event_id) for event in events]


async def test_a_batch_is_started_followed_and_listed(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    events = await waiting(world, sink)
    unknown = str(new_id())
    response = await api.post(AT, json={"event_ids": [*events, unknown]})
    assert (response.status_code, response.json()["total"]) == (202, 3)
    batch_id = response.json()["id"]
    begun = (await api.get(f"{AT}/{batch_id}")).json()
    assert (begun["status"], begun["done"], begun["ended_at"]) == ("running", 0, None)
    await working.work_off(world.services.db, world.workspace.id, batch_id)
    ended = (await api.get(f"{AT}/{batch_id}")).json()
    assert (ended["status"], ended["done"], ended["by_result"]) == ("done", 3, {"run": 2, "not_found": 1})
    assert [(one["event_id"], one["result"]) for one in ended["left_alone"]] == [(unknown, "not_found")]
    assert ended["started_by"].startswith("key:")
    assert ended["ended_at"]
    assert [one["id"] for one in (await api.get(AT)).json()["items"]] == [batch_id]
    run = (await api.get(f"{AT}/{batch_id}/events", params={"result": "run"})).json()["items"]
    assert {one["event_id"] for one in run} == set(events)
    assert (await api.post(f"{AT}/{batch_id}/cancel")).status_code == 409


async def test_the_workers_job_does_a_batch(api: httpx.AsyncClient, world: World, sink: Sink) -> None:
    await waiting(world, sink)
    batch_id = (await api.post(AT, json={"filter": {"status": "waiting"}})).json()["id"]
    [job] = await world.rows(
        "SELECT args FROM procrastinate_jobs WHERE args->>'workspace_id' = %s::text AND task_name = %s", BATCH_JOB
    )
    await jobs(world.services)[BATCH_JOB](**job["args"])
    assert (await api.get(f"{AT}/{batch_id}")).json()["by_result"] == {"run": 2}


# The same in each process that collects the tests: it is part of their names.
SOMEBODYS = "0193b2c4-7a11-7000-8000-00000000abcd"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "event_ids"),
        ({"event_ids": []}, "event_ids"),
        ({"event_ids": ["x"]}, "event_ids"),
        ({"event_ids": [SOMEBODYS] * 1001}, "1000"),
        ({"event_ids": [SOMEBODYS], "filter": {}}, "either"),
        ({"filter": {"status": "queued"}}, "status"),
        ({"filter": {"colour": "red"}}, "colour"),
        ({"filter": {"since": "yesterday"}}, "since"),
        ({"filter": {"status": "failed", "waiting_for": "run"}}, "waiting"),
        ([], "body"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_wrong_batch_is_refused(api: httpx.AsyncClient, body: Any, said: str) -> None:
    response = await api.post(AT, json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    assert said in response.text


async def test_who_is_neither_a_source_nor_signed_in_is_told_both_ways(app: FastAPI) -> None:
    async with client_of(app) as nobody:
        response = await nobody.post(AT, json={"event_ids": [str(new_id())]})
        assert response.status_code == 401
        assert "X-Dynaris-Source" in response.json()["detail"]
        assert "Authorization" in response.json()["detail"]
        wrong = await nobody.post(AT, json={}, headers={"authorization": "Bearer dyn_wrong"})
        assert wrong.status_code == 401
        unsigned = await nobody.post(AT, json={}, headers={"x-dynaris-source": new_id().hex})
        assert unsigned.status_code == 401


async def test_a_signed_in_browser_starts_a_batch_from_our_own_pages_only(app: FastAPI, world: World) -> None:
    token = await create_sign_in_link(world.services.db, world.workspace.id, person_id=world.workspace.owner_person_id)
    async with client_of(app) as browser:
        own = {"sec-fetch-site": "same-origin"}
        assert (await browser.post(f"/auth/link/{token}", headers=own)).status_code == 303
        body = {"filter": {"status": "failed"}}
        assert (await browser.post(AT, json=body, headers=own)).status_code == 202
        assert (await browser.post(AT, json=body, headers={"sec-fetch-site": "cross-site"})).status_code == 403


async def test_another_workspace_finds_neither_the_events_nor_the_batch(
    api: httpx.AsyncClient, app: FastAPI, world: World, sink: Sink
) -> None:
    events = await waiting(world, sink, 1)
    batch_id = (await api.post(AT, json={"event_ids": events})).json()["id"]
    slug = f"o-{new_id().hex}"
    db = world.services.db
    other = await create_workspace(db, slug=slug, name="O", owner_email=f"o@{slug}.example", owner_name="O")
    async with client_of(app, authorization=f"Bearer {await new_key(db, other.id)}") as stranger:
        for answer in (
            await stranger.get(f"{AT}/{batch_id}"),
            await stranger.get(f"{AT}/{batch_id}/events"),
            await stranger.post(f"{AT}/{batch_id}/cancel"),
        ):
            assert answer.status_code == 404
        theirs = (await stranger.post(AT, json={"event_ids": events})).json()["id"]
        await working.work_off(db, other.id, theirs)
        assert (await stranger.get(f"{AT}/{theirs}")).json()["by_result"] == {"not_found": 1}
        assert (await stranger.get(AT)).json()["items"][0]["id"] == theirs


async def test_replay_at_the_command_line_counts_first_and_then_does_it(world: World, sink: Sink) -> None:
    await waiting(world, sink)
    said: list[str] = []
    await replay_matching(world.services, world.workspace.id, {"status": "waiting"}, dry_run=True, say=said.append)
    assert said[-1] == "2 events fit; nothing was changed"
    assert await world.rows("SELECT id FROM batch WHERE workspace_id = %s") == []
    await replay_matching(world.services, world.workspace.id, {"status": "waiting"}, dry_run=False, say=said.append)
    assert said[-1].endswith("2 run")
    await world.settle()
    assert len(sink.got) == 2
    with pytest.raises(InvalidInput, match="--since"):
        await replay_matching(world.services, world.workspace.id, {"since": "soon"}, dry_run=True, say=said.append)


async def test_named_events_are_replayed_whatever_became_of_them(world: World, sink: Sink) -> None:
    first = (await world.say(QUESTION, reply_url=sink.url)).event_id
    await world.settle()
    said: list[str] = []
    await replay_events(world.services, [first], dry_run=False, say=said.append)
    assert "an earlier reply stands" in said[0]
    await world.settle()
    assert len(sink.got) == 1
    with pytest.raises(NotFound):
        await replay_events(world.services, [first, new_id()], dry_run=False, say=said.append)
    assert (await world.event(first))["status"] == "done"
