"""Members say how they want to be told, over HTTP; what the workspace decides for all is its admins'."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from dynaris.channels.registry import channels
from dynaris.channels.webpush.test_webpush import Browser
from dynaris.core.db import Database
from dynaris.core.outbound import Outbound
from dynaris.notifications.preference_routes import router
from dynaris.notifications.topics import TOPICS
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link
from tests.notifications.conftest import Clinic
from tests.web import ADDRESS, client_of, new_key, web_app

OWN = "/api/me/notification-preferences"
BROWSERS = "/api/me/push-subscriptions"
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/x"

pytestmark = pytest.mark.usefixtures("no_push_key")


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def owner(db: Database, workspace: NewWorkspace, tmp_path: Path, stack: AsyncExitStack) -> httpx.AsyncClient:
    client = await stack.enter_async_context(client_of(web_app(db, tmp_path, [router]), origin=ADDRESS))
    link = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    assert (await client.post(f"/auth/link/{link}")).status_code == 303
    return client


async def test_preferences_are_whole_and_stay(owner: httpx.AsyncClient) -> None:
    first = (await owner.get(OWN)).json()
    assert {one["topic"] for one in first["topics"]} == set(TOPICS)
    assert (first["quiet_hours"], first["digest"]["every"], first["browsers"]) == (None, "hour", [])
    wished = {
        "topics": {"booked": {"email": "off", "push": False}},
        "quiet_hours": {"since": "19:00", "until": "08:00", "days": ["friday", "monday"], "timezone": "Europe/Berlin"},
        "digest": {"every": "day", "at": "07:30"},
    }
    assert (await owner.put(OWN, json=wished)).status_code == 200
    kept = (await owner.get(OWN)).json()
    booked = next(one for one in kept["topics"] if one["topic"] == "booked")
    assert (booked["email"], booked["push"], booked["in_app"]) == ("off", False, True)
    assert kept["quiet_hours"]["days"] == ["monday", "friday"]
    assert kept["digest"] == {"every": "day", "at": "07:30"}
    assert (await owner.put(OWN, json={})).json() == first


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"topics": {"rumours": {}}}, "unknown topic 'rumours'; there are hand_off"),
        ({"topics": {"booked": {"email": "weekly"}}}, "topics.booked.email"),
        ({"quiet_hours": {"since": "8:00"}}, "quiet_hours.since"),
        ({"quiet_hours": {"since": "08:00", "until": "08:00"}}, "never end"),
        ({"quiet_hours": {"timezone": "Mars"}}, "no time zone"),
        ({"sounds": True}, "sounds"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(owner: httpx.AsyncClient, wrong: dict, said: str) -> None:
    answer = await owner.put(OWN, json=wrong)
    assert answer.status_code == 422
    assert said in answer.text


async def test_a_browser_subscribes_once_and_leaves(owner: httpx.AsyncClient) -> None:
    assert len((await owner.get("/api/push/key")).json()["key"]) == 87
    body = {"endpoint": ENDPOINT, "expirationTime": None, "keys": Browser().keys}
    ids = {(await owner.post(BROWSERS, json=body, headers={"user-agent": "Firefox"})).json()["id"] for _ in range(2)}
    assert len(ids) == 1
    [browser] = (await owner.get(OWN)).json()["browsers"]
    assert (browser["device"], browser["fingerprint"]) == ("Firefox", hashlib.sha256(ENDPOINT.encode()).hexdigest())
    accounts = (await owner.get("/api/accounts")).json()["items"]
    assert accounts == []  # the workspace's account for browsers is nobody's to look after
    for _ in range(2):
        assert (await owner.request("DELETE", BROWSERS, json={"endpoint": ENDPOINT})).status_code == 204
    assert (await owner.get(OWN)).json()["browsers"] == []


@pytest.mark.parametrize(
    "endpoint",
    ["https://192.168.0.1/x", "http://push.example.com/x", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1/"],
)
async def test_an_endpoint_inside_is_refused(
    owner: httpx.AsyncClient, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever other tests let their channels call."""
    monkeypatch.setattr(channels()["webpush"], "_outbound", Outbound())
    answer = await owner.post(BROWSERS, json={"endpoint": endpoint, "keys": Browser().keys})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "endpoint"


async def test_twenty_browsers_are_enough(owner: httpx.AsyncClient) -> None:
    bodies = [{"endpoint": f"{ENDPOINT}{n}", "keys": Browser().keys} for n in range(21)]
    statuses = [(await owner.post(BROWSERS, json=body)).status_code for body in bodies]
    assert statuses == [201] * 20 + [409]


async def test_an_account_for_browsers_is_connected_by_nobody(owner: httpx.AsyncClient) -> None:
    assert (await owner.post("/api/accounts", json={"channel": "webpush", "address": "x"})).status_code == 422
    toolkits = {one["name"]: one for one in (await owner.get("/api/integrations/toolkits")).json()["items"]}
    assert "webpush" not in toolkits
    assert (toolkits["slack"]["members_only"], toolkits["email"]["members_only"]) == (True, False)


async def test_a_test_is_told_to_oneself_alone(owner: httpx.AsyncClient, clinic: Clinic) -> None:
    await clinic.member("adam", "admin")
    assert (await owner.post("/api/me/notifications/test")).status_code == 202
    rows = await clinic.rows("SELECT member_id, topic FROM notification WHERE workspace_id = %s")
    assert rows == [{"member_id": clinic.workspace.owner_id, "topic": "test"}]


async def test_what_the_workspace_tells_everybody_is_its_admins(
    owner: httpx.AsyncClient, db: Database, workspace: NewWorkspace, clinic: Clinic
) -> None:
    settings = "/api/settings/notifications"
    shown = (await owner.get(settings)).json()
    assert shown["escalate_minutes"] == 10
    assert {one["topic"]: one["told"] for one in shown["topics"]}["hand_off"] is True
    body = {"topics": {"hand_off": False}, "escalate_minutes": 5}
    changed = (await owner.put(settings, json=body)).json()
    assert {one["topic"]: one["told"] for one in changed["topics"]}["hand_off"] is False
    audit = await clinic.rows("SELECT action FROM audit_entry WHERE workspace_id = %s AND action LIKE 'notif%%'")
    assert audit == [{"action": "notification_settings.changed"}]
    assert (await owner.put(settings, json={"escalate_minutes": 0})).status_code == 422
    assert (await owner.post(f"{settings}/test")).status_code == 409
    slack = {"webhook_url": "https://hooks.slack.com/services/T/B/x"}
    assert (
        await owner.post("/api/accounts", json={"channel": "slack", "address": "team", "settings": slack})
    ).is_success
    assert (await owner.post(f"{settings}/test")).status_code == 202
    (queued,) = await clinic.mails()
    assert (queued["channel"], queued["audience"]) == ("slack", "member")
    assert "hooks.slack.com" not in (await owner.get("/api/accounts")).text


async def test_a_key_has_no_preferences(db: Database, workspace: NewWorkspace, tmp_path: Path) -> None:
    key = f"Bearer {await new_key(db, workspace.id)}"
    async with client_of(web_app(db, tmp_path, [router]), authorization=key) as api:
        assert (await api.get(OWN)).status_code == 403
        assert (await api.post(BROWSERS, json={"endpoint": ENDPOINT, "keys": Browser().keys})).status_code == 403
