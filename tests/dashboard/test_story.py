"""An event's story over HTTP, its replay, and handing it to a person."""

import httpx
import pytest

from tests.dashboard.desk import QUESTION, fail, manual
from tests.flows.conftest import Sink, World


async def test_a_story_tells_arrival_match_decision_run_delivery_and_outcome_with_costs(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    said = await world.say(QUESTION, reply_url=sink.url)
    await world.settle()
    await world.rows(
        """INSERT INTO run_step (workspace_id, id, run_id, position, kind, tool, effect, request, response, done,
                                 duration_ms)
           SELECT workspace_id, gen_random_uuid(), run_id, 99, 'tool', 'find_slots', 'read', '{"day": "Monday"}',
                  '["09:00"]', true, 12.5
           FROM event WHERE workspace_id = %s AND id = %s RETURNING id""",
        said.event_id,
    )
    told = (await api.get(f"/api/events/{said.event_id}/story")).json()
    steps = [step["what"] for step in told["steps"]]
    for what in ("arrived", "matched", "decided", "message", "model", "tool", "reply", "queued", "delivery", "outcome"):
        assert what in steps
    tool = next(step for step in told["steps"] if step["what"] == "tool")
    assert (tool["detail"]["tool"], tool["detail"]["effect"]) == ("find_slots", "read")
    assert (tool["detail"]["arguments"], tool["detail"]["result"]) == ({"day": "Monday"}, ["09:00"])
    assert float(tool["detail"]["duration_ms"]) == 12.5
    [run] = told["runs"]
    assert (run["status"], run["cost"]) == ("done", "0.000000")
    assert told["event"]["outcome"] == "answered"
    fields = {field["name"]: field["value"] for field in told["arrival"]["fields"]}
    assert (fields["from.email"], told["arrival"]["size"] > 0) == ("ada@example.com", True)


async def test_a_story_names_who_started_what_and_each_verdict(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    event = await manual(world, sink)
    await api.post(f"/api/events/{event['id']}/run")
    await world.settle()
    [pending] = (await api.get("/api/approvals", params={"status": "pending"})).json()["items"]
    verdict = {"decision": "approve", "edits": {"text": "It costs €75."}}
    await api.post(f"/api/approvals/{pending['id']}", json=verdict)
    told = (await api.get(f"/api/events/{event['id']}/story")).json()
    asked = next(step for step in told["steps"] if step["what"] == "asked")
    assert (asked["detail"]["action"], asked["detail"]["actor_name"]) == ("event.run", "key test")
    proposed, decided = (step["detail"] for step in told["steps"] if step["what"] == "approval")
    assert "€75" in proposed["proposal"]["text"]
    assert (decided["status"], decided["edits"], decided["decided_by_name"]) == (
        "approved",
        {"text": "It costs €75."},
        "key test",
    )


async def test_one_failed_event_is_replayed_by_a_press_of_a_button(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    event = await manual(world, sink)
    await fail(world, event["id"])
    await world.set_auto_mode(enabled=True)
    answer = await api.post(f"/api/events/{event['id']}/replay")
    assert (answer.status_code, answer.json()["reply_stands"]) == (202, False)
    assert answer.json()["event"]["status"] == "queued"
    assert (await api.post(f"/api/events/{event['id']}/replay")).status_code == 409
    await world.settle()
    assert len(sink.got) == 1
    again = await api.post(f"/api/events/{event['id']}/replay")
    assert again.json()["reply_stands"] is True


async def test_an_inquiry_is_given_to_a_colleague_with_a_note_and_the_draft_is_void(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    event = await manual(world, sink)
    await api.post(f"/api/events/{event['id']}/run")
    await world.settle()
    me = str(world.workspace.owner_id)
    given = await api.post(f"/api/events/{event['id']}/hand-off", json={"member_id": me, "note": "Knows her"})
    assert given.is_success, given.text
    shown = given.json()
    assert (shown["status"], shown["waiting_for"], shown["owner_id"]) == ("waiting", "person", me)
    assert shown["reason"] == "given to Olivia Owner"
    assert (await api.get("/api/approvals", params={"status": "pending"})).json()["items"] == []
    conversation = (await api.get(f"/api/conversations/{event['conversation_id']}")).json()
    assert (conversation["holder"], conversation["holder_id"]) == ("member", me)
    notes = await world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'note'")
    assert [note["text"] for note in notes] == ["Knows her"]
    [told] = await world.rows("SELECT title FROM notification WHERE workspace_id = %s AND cause LIKE 'given:%%'")
    assert told["title"] == "An inquiry of Ada (generic) was given to you"
    team = (await api.post("/api/teams", json={"name": "Front desk"})).json()["id"]
    shown = (await api.post(f"/api/events/{event['id']}/hand-off", json={"team_id": team})).json()
    assert (shown["reason"], shown["waiting_for"]) == ("given to Front desk", "person")


async def test_what_failed_waits_again_once_it_is_given_to_the_team(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    event = await manual(world, sink)
    await fail(world, event["id"])
    shown = (await api.post(f"/api/events/{event['id']}/hand-off", json={})).json()
    assert (shown["status"], shown["outcome"], shown["reason"]) == ("waiting", None, "given to the team")
    [line] = (await api.get("/api/ledger", params={"open": True})).json()["items"]
    assert line["owner"] == "team"
    await api.post(f"/api/conversations/{event['conversation_id']}/messages", json={"text": "€75."})
    assert (await world.event(event["id"]))["waiting_for"] == "delivery"


async def test_what_the_agents_are_at_or_nobody_knows_is_not_handed_off(
    api: httpx.AsyncClient, world: World, sink: Sink
) -> None:
    event = await manual(world, sink)
    await world.set_auto_mode(enabled=True)
    await api.post(f"/api/events/{event['id']}/run")
    refused = await api.post(f"/api/events/{event['id']}/hand-off", json={})
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "the agents are at it now: it can be handed off when they are done",
    )
    unread = await world.say(QUESTION, reply_url=sink.url, email="new@example.com")
    assert (await api.post(f"/api/events/{unread.event_id}/hand-off", json={})).status_code == 409
    nobody = {"member_id": str(event["id"])}
    assert (await api.post(f"/api/events/{event['id']}/hand-off", json=nobody)).status_code == 404


@pytest.mark.parametrize("path", ["/story", ""])
async def test_an_unknown_event_has_no_story(api: httpx.AsyncClient, path: str, world: World) -> None:
    assert (await api.get(f"/api/events/{world.workspace.id}{path}")).status_code == 404
