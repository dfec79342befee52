"""Policies over HTTP, the inbox with its clocks, and the report against an example that was reckoned by hand."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.conversations.routes import router as conversations
from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.sla.routes import router
from tests.sla.conftest import Desk, minutes, policy
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def api(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    db = desk.world.services.db
    key = await new_key(db, desk.world.workspace.id)
    app = web_app(db, tmp_path, [router, conversations])
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


STANDARD: dict[str, Any] = {"name": "Standard", "first_response_minutes": 60, "warn_percent": 80}


async def test_a_fresh_workspace_has_no_policies(api: httpx.AsyncClient) -> None:
    assert (await api.get("/api/sla/policies")).json() == {"policies": []}


async def test_policies_are_replaced_in_their_order_and_keep_their_ids_by_name(
    api: httpx.AsyncClient, desk: Desk
) -> None:
    vip = {"name": "VIP", "contact_tags": ["vip"], "resolution_minutes": 240, "warn_minutes": 30, "channels": ["email"]}
    (first,) = (await api.put("/api/sla/policies", json={"policies": [STANDARD]})).json()["policies"]
    answer = await api.put("/api/sla/policies", json={"policies": [vip, {**STANDARD, "name": "standard"}]})
    stored = (await api.get("/api/sla/policies")).json()["policies"]
    assert answer.json()["policies"] == stored
    assert [(each["name"], each["id"] == first["id"]) for each in stored] == [("VIP", False), ("standard", True)]
    assert stored[0]["contact_tags"] == ["vip"]
    rows = await desk.world.rows(
        "SELECT detail FROM audit_entry WHERE workspace_id = %s AND action = 'sla.policies_changed' ORDER BY id"
    )
    assert rows[-1]["detail"] == {"before": ["Standard"], "after": ["VIP", "standard"]}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"first_response_minutes": None}, "a policy needs a target"),
        ({"warn_minutes": 5}, "expected warn_percent or warn_minutes, and both came"),
        ({"warn_percent": None, "warn_minutes": 60}, "warn_minutes 60 must be less than the shortest target, 60"),
        ({"resolution_minutes": 30}, "resolution_minutes 30 must not be less than first_response_minutes 60"),
        ({"channels": ["pigeon"]}, "unknown channel 'pigeon'; there are"),
        ({"team_ids": [str(new_id())]}, "there is no team"),
        ({"tag_ids": [str(new_id())]}, "there is no tag"),
        ({"first_response_minutes": 0}, "greater than or equal to 1"),
        ({"warn_percent": 100}, "less than or equal to 99"),
        ({"surprise": True}, "surprise"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_nonsense_is_refused_with_what_was_expected(
    api: httpx.AsyncClient, wrong: dict[str, Any], says: str
) -> None:
    answer = await api.put("/api/sla/policies", json={"policies": [{**STANDARD, **wrong}]})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.text
    assert (await api.get("/api/sla/policies")).json() == {"policies": []}


async def test_two_policies_of_one_name_are_refused(api: httpx.AsyncClient) -> None:
    answer = await api.put("/api/sla/policies", json={"policies": [STANDARD, {**STANDARD, "name": "STANDARD"}]})
    assert answer.status_code == 422
    assert "two policies are called 'standard'" in answer.text


async def test_the_report_says_what_share_was_met_and_how_long_it_took(api: httpx.AsyncClient, desk: Desk) -> None:
    await desk.policies(policy(resolution_minutes=None))
    team = new_id()
    await desk.world.rows(
        "INSERT INTO team (workspace_id, id, name) VALUES (%(ws)s, %(id)s, 'A') RETURNING id", id=team
    )
    # First responses after 10, 20, 30 and 90 minutes, the last one missed; one is still open.
    for waited, channel in ((10, "email"), (20, "email"), (30, "email"), (90, "webchat")):
        conversation = await desk.conversation(channel=channel, team_id=team if waited > 20 else None)
        await desk.writes(conversation, "2026-11-20 10:00")
        await desk.answers(conversation, (await desk.clocks())[-1]["started_at"] + minutes(waited))
    await desk.writes(await desk.conversation(), "2026-11-20 10:00")
    await desk.writes(await desk.conversation(), "2026-11-22 10:00")  # after the period
    await desk.at("2026-11-20 10:05")
    period = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
    report = (await api.get("/api/sla/report", params=period)).json()
    assert report["kinds"][0] == {"kind": "first_response", "met": 3, "breached": 1, "running": 1, "share_met": 0.75}
    assert report["kinds"][1]["share_met"] is None
    assert report["channels"] == [
        # the 90th percentile of 10, 20, 30 lies 8/10 of the way from 20 to 30
        {"kind": "first_response", "channel": "email", "count": 3, "median_seconds": 1200.0, "p90_seconds": 1680.0},
        {"kind": "first_response", "channel": "webchat", "count": 1, "median_seconds": 5400.0, "p90_seconds": 5400.0},
    ]
    first, rest = report["teams"]
    assert (first["team_name"], first["count"], first["median_seconds"]) == ("A", 2, 3600.0)
    assert (rest["team_name"], rest["count"], rest["median_seconds"]) == (None, 2, 900.0)


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2026-11-21T00:00:00Z", "to": "2026-11-20T00:00:00Z"},
        {"from": "2020-01-01T00:00:00Z", "to": "2026-11-20T00:00:00Z"},
        {"to": "0001-01-02T00:00:00Z"},
    ],
)
async def test_a_period_without_sense_is_refused(api: httpx.AsyncClient, period: dict[str, str]) -> None:
    answer = await api.get("/api/sla/report", params=period)
    assert answer.status_code == 422


async def test_the_inbox_shows_the_tightest_clock_and_finds_by_it(api: httpx.AsyncClient, desk: Desk) -> None:
    await desk.policies(policy("Chat", channels=["webchat"], first_response_minutes=10), policy())
    now = clock.now()
    calm, warned, missed = [await desk.conversation(channel) for channel in ("email", "webchat", "webchat")]
    for conversation, ago in ((calm, 0), (warned, 9), (missed, 20)):
        await desk.writes(conversation, now - minutes(ago))
    await desk.at(now)
    lines = (await api.get("/api/conversations", params={"sort": "due"})).json()["items"]
    assert [line["id"] for line in lines] == [str(each) for each in (missed, warned, calm)]
    assert [line["sla"]["breached"] for line in lines] == [True, False, False]
    assert lines[2]["sla"]["kind"] == "first_response"
    found = {}
    for state in ("running", "warning", "breached"):
        page = (await api.get("/api/conversations", params={"sla": state, "sort": "due"})).json()
        found[state] = [line["id"] for line in page["items"]]
    assert found == {
        "running": [str(missed), str(warned), str(calm)],
        "warning": [str(missed), str(warned)],
        "breached": [str(missed)],
    }
    await desk.answers(missed, now)
    one = (await api.get(f"/api/conversations/{missed}")).json()
    assert one["sla"] is None
