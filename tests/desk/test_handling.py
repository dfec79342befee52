"""Assigning, snoozing and closing conversations: who answers then, who is told, and what becomes of what waits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dynaris.conversations import routes as conversation_routes
from dynaris.conversations import tag_routes
from dynaris.core import clock
from dynaris.core.ids import new_id
from dynaris.desk import routes
from dynaris.pipeline import person
from dynaris.pipeline import routes as pipeline_routes
from dynaris.pipeline.watchdog import end_snooze
from tests.flows.audit_desk import Desk
from tests.flows.conftest import Sink, World
from tests.flows.test_person_and_agent import access
from tests.web import client_of, new_key, web_app

ROUTERS = [conversation_routes.router, tag_routes.router, routes.router, pipeline_routes.router]


@pytest.fixture
async def desk(world: World, sink: Sink) -> AsyncIterator[Desk]:
    key = await new_key(world.services.db, world.workspace.id)
    app = web_app(world.services.db, world.services.settings.home, ROUTERS)
    async with client_of(app, authorization=f"Bearer {key}") as api:
        yield Desk(api, world, sink)


async def assigned(desk: Desk, conversation_id: Any, **to: Any) -> httpx.Response:
    return await desk.api.post(f"/api/conversations/{conversation_id}/assign", json=to)


async def changed(desk: Desk, conversation_id: Any, **changes: Any) -> httpx.Response:
    return await desk.api.patch(f"/api/conversations/{conversation_id}", json=changes)


async def notices(world: World) -> list[tuple[str, str]]:
    rows = await world.rows("SELECT member_id, title FROM notification WHERE workspace_id = %s ORDER BY id")
    return [(str(row["member_id"]), row["title"]) for row in rows]


async def test_who_is_given_a_conversation_is_told_and_answers_instead_of_the_agents(desk: Desk) -> None:
    approval = await desk.approval()
    [event] = await desk.world.rows("SELECT * FROM event WHERE workspace_id = %s")
    tom = await desk.teammate()
    answer = await assigned(desk, event["conversation_id"], member_id=tom)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["holder"], shown["holder_name"], shown["pending_approvals"]) == ("member", "Tom", 0)
    assert await notices(desk.world) == [(tom, "key test gave you the conversation with Ada (generic)")]
    event = await desk.world.event(event["id"])
    assert (event["status"], event["waiting_for"], str(event["owner_id"])) == ("waiting", "person", tom)
    assert (await desk.api.post(f"/api/approvals/{approval}", json={"decision": "approve"})).status_code == 409
    await desk.world.set_auto_mode(enabled=True)
    await desk.world.say("And is there parking?", reply_url=desk.sink.url)
    await desk.world.settle()
    assert desk.sink.texts == []


async def test_a_team_or_nobody_holds_what_is_given_to_them_and_its_dissolution_leaves_it_to_all(desk: Desk) -> None:
    conversation_id = await desk.conversation()
    team = await desk.made("/api/teams", {"name": "Front desk"})
    shown = (await assigned(desk, conversation_id, team_id=team["id"])).json()
    assert (shown["holder"], shown["team_name"], shown["hold_until"]) == ("team", "Front desk", None)
    await desk.api.delete(f"/api/teams/{team['id']}")
    shown = (await desk.api.get(f"/api/conversations/{conversation_id}")).json()
    assert (shown["holder"], shown["team_id"]) == ("team", None)
    await person.hand_back(desk.world.services, access(desk.world), conversation_id=shown["id"])
    shown = (await assigned(desk, conversation_id)).json()
    assert (shown["holder"], shown["holder_id"]) == ("team", None)


async def test_two_who_assign_at_once_do_not_overrule_each_other_unseen(desk: Desk) -> None:
    conversation_id = await desk.conversation()
    tom = await desk.teammate()
    assert (await assigned(desk, conversation_id, member_id=tom, expected_holder="agent")).status_code == 200
    refused = await assigned(
        desk, conversation_id, member_id=str(desk.world.workspace.owner_id), expected_holder="agent"
    )
    assert (refused.status_code, refused.json()["detail"]) == (409, "Tom has this conversation now")
    assert refused.json()["holder_id"] == tom
    assert (await assigned(desk, conversation_id, expected_holder=tom)).status_code == 200
    refused = await assigned(desk, conversation_id, expected_holder=tom)
    assert refused.json()["detail"] == "nobody has taken this conversation now"


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ({"member_id": str(new_id())}, 404),
        ({"team_id": str(new_id())}, 404),
        ({"member_id": str(new_id()), "team_id": str(new_id())}, 422),
        ({"expected_holder": "somebody"}, 422),
    ],
)
async def test_nobody_can_be_given_what_does_not_exist(desk: Desk, to: dict[str, str], status: int) -> None:
    assert (await assigned(desk, await desk.conversation(), **to)).status_code == status


async def wake(world: World, conversation_id: str) -> list[str]:
    """The watchdog's look, by two workers. The kinds of what was due."""
    async with world.services.db.system() as connection:
        cursor = await connection.execute("SELECT * FROM due_work(1000)")
        due = [row for row in await cursor.fetchall() if row["id"] == conversation_id]
    for row in due * 2:
        assert row["kind"] == "snoozed"
        await end_snooze(world.services, world.workspace.id, row["id"])
    return [row["kind"] for row in due]


async def test_a_snoozed_conversation_comes_back_at_its_time_and_its_holder_is_told_once(desk: Desk) -> None:
    conversation_id = await desk.conversation()
    tom = await desk.teammate()
    await assigned(desk, conversation_id, member_id=tom)
    shown = (await changed(desk, conversation_id, status="snoozed", snoozed_until="2150-01-01T09:00:00Z")).json()
    assert (shown["status"], shown["snoozed_until"]) == ("snoozed", "2150-01-01T09:00:00Z")
    assert await wake(desk.world, conversation_id) == []
    past = (clock.now() - timedelta(seconds=1)).isoformat()
    await changed(desk, conversation_id, status="snoozed", snoozed_until=past)
    assert await wake(desk.world, conversation_id) == ["snoozed"]
    shown = (await desk.api.get(f"/api/conversations/{conversation_id}")).json()
    assert (shown["status"], shown["snoozed_until"]) == ("open", None)
    assert (await notices(desk.world))[1:] == [(tom, "The conversation with Ada (generic) is back")]
    said = (await desk.api.get(f"/api/conversations/{conversation_id}/messages")).json()["items"]
    assert [(each["direction"], each["author"]) for each in said] == [("inbound", "contact"), ("note", "system")]


async def test_the_contacts_next_message_ends_a_snooze_at_once_and_for_good(desk: Desk) -> None:
    conversation_id = await desk.conversation()
    past = (clock.now() - timedelta(seconds=1)).isoformat()
    await changed(desk, conversation_id, status="snoozed", snoozed_until=past)
    await desk.world.say("Are you there?", reply_url=desk.sink.url)
    await desk.world.settle()
    assert await wake(desk.world, conversation_id) == []
    assert (await desk.api.get(f"/api/conversations/{conversation_id}")).json()["snoozed_until"] is None


@pytest.mark.parametrize(
    "changes", [{"snoozed_until": "2150-01-01T09:00:00Z"}, {"status": "snoozed", "snoozed_until": "2150-01-01T09:00"}]
)
async def test_a_snooze_needs_a_status_and_a_time_with_its_zone(desk: Desk, changes: dict[str, str]) -> None:
    assert (await changed(desk, await desk.conversation(), **changes)).status_code == 422


async def test_closing_ends_what_waits_there_but_not_what_waits_for_a_task(desk: Desk) -> None:
    await desk.approval()
    [event] = await desk.world.rows("SELECT * FROM event WHERE workspace_id = %s")
    other = await desk.waiting()
    assert other["conversation_id"] == event["conversation_id"]
    await desk.world.rows(
        """INSERT INTO task (workspace_id, id, title, created_by, event_id) VALUES (%s, %s, 'Call', 'system', %s)
           RETURNING id""",
        new_id(),
        other["id"],
    )
    shown = (await changed(desk, event["conversation_id"], status="closed")).json()
    assert (shown["pending_approvals"], shown["awaits_reply"], shown["respond_by"]) == (0, False, None)
    event, other = await desk.world.event(event["id"]), await desk.world.event(other["id"])
    assert (event["outcome"], event["reason"]) == ("ignored", "key test closed the conversation without an answer")
    assert other["status"] == "waiting"


async def test_bulk_actions_are_answered_one_by_one(desk: Desk) -> None:
    first = await desk.conversation()
    [contact] = await desk.world.rows("SELECT contact_id FROM conversation WHERE workspace_id = %s")
    second = new_id()
    await desk.world.rows(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to)
           VALUES (%(ws)s, %(id)s, %(contact)s, 'generic', %(account)s, 'x') RETURNING id""",
        id=second,
        contact=contact["contact_id"],
        account=desk.world.source.id,
    )
    tag = await desk.made("/api/tags", {"name": "Billing"})
    missing = str(new_id())
    ids = [first, str(second), missing, first]
    for action in ({"add_tag": tag["id"]}, {"assign": {}}, {"changes": {"status": "closed"}}):
        answer = await desk.made("/api/conversations/bulk", {"ids": ids, **action})
        assert [(each["id"], each["result"]) for each in answer["items"]] == [
            (first, "done"),
            (str(second), "done"),
            (missing, "not_found"),
        ]
    lines = (await desk.api.get("/api/conversations", params={"queue": "closed"})).json()["items"]
    assert [(line["holder"], [each["name"] for each in line["tags"]]) for line in lines] == [("team", ["Billing"])] * 2
    refused = await desk.made(
        "/api/conversations/bulk", {"ids": [first], "assign": {"expected_holder": "agent", "team_id": None}}
    )
    assert refused["items"][0]["result"] == "refused"
    for body in ({"ids": [first]}, {"ids": [], "add_tag": tag["id"]}, {"ids": [first] * 101, "add_tag": tag["id"]}):
        assert (await desk.api.post("/api/conversations/bulk", json=body)).status_code == 422
