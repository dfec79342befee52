"""The business calls: somebody answers, or a machine, or nobody; and nobody is rung twice for one thing."""

from typing import Any

import pytest

from dynaris.calls.placing import place_wanted
from tests.flows.telephones import ADA, Telephones, telephones

__all__ = ["telephones"]

WANTED = {"purpose": "your appointment tomorrow at ten", "key": "one"}


async def contact(telephones: Telephones, **more: Any) -> str:
    body = {"name": "Ada Byron", "addresses": [{"kind": "phone", "value": ADA}], **more}
    answer = await telephones.owner.post("/api/contacts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def placed(telephones: Telephones, contact_id: str, **more: Any) -> dict[str, Any]:
    answer = await telephones.owner.post("/api/calls", json={"contact_id": contact_id, **WANTED, **more})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def test_a_contact_is_called_and_told_who_calls_and_why(telephones: Telephones) -> None:
    contact_id = await contact(telephones)
    call = await placed(telephones, contact_id)
    assert (call["direction"], call["caller"], call["called"]) == ("outbound", telephones.number, ADA)
    assert (await placed(telephones, contact_id))["id"] == call["id"], "asked for twice, rung once"
    await telephones.until_said(1)
    sid = (await telephones.call())["external_id"]
    await telephones.says(sid, "Is there parking?")
    await telephones.until_said(2)
    await telephones.hangs_up(sid)
    ended = await telephones.ended()
    assert (ended["outcome"], ended["answered_by"]) == ("answered", "person")
    said = await telephones.spoken()
    assert said[0][1] == (
        "Hello, this is the AI assistant of Test clinic. I am calling about this: your appointment tomorrow at ten. "
        "Is this a good moment?"
    )
    assert "garage" in said[2][1]
    state = (await telephones.control.get("state")).json()
    assert len(state["calls"]) == 1


async def test_a_machine_gets_the_message_after_its_tone(telephones: Telephones) -> None:
    await telephones.person(ADA, manner="machine", says="Please leave a message.", rings=0.1)
    await placed(telephones, await contact(telephones))
    ended = await telephones.ended()
    assert (ended["outcome"], ended["answered_by"]) == ("voicemail", "machine")
    (_, message) = (await telephones.spoken())[-1]
    assert message.startswith("Hello, this is the AI assistant of Test clinic, with a message for you")
    call = await telephones.at(ended["external_id"])
    assert call["heard_seconds"] > 4, "all of it"


@pytest.mark.parametrize(
    ("manner", "outcome", "reason"),
    [
        ("busy", "busy", "the line was busy"),
        ("no_answer", "no_answer", "nobody answered"),
        ("unreachable", "failed", "the carrier could not connect it"),
    ],
)
async def test_nobody_answers(telephones: Telephones, manner: str, outcome: str, reason: str) -> None:
    await telephones.person(ADA, manner=manner)
    await placed(telephones, await contact(telephones))
    ended = await telephones.ended()
    assert (ended["outcome"], ended["reason"]) == (outcome, reason)
    assert not await telephones.world.rows("SELECT id FROM task WHERE workspace_id = %s"), "that is for missed calls"


async def test_a_call_is_ended_from_the_desktop(telephones: Telephones) -> None:
    call = await placed(telephones, await contact(telephones))
    await telephones.until_said(1)
    assert (await telephones.owner.post(f"/api/calls/{call['id']}/hang-up")).status_code == 204
    ended = await telephones.ended()
    assert ended["outcome"] == "answered"
    assert (await telephones.owner.post(f"/api/calls/{call['id']}/hang-up")).status_code == 204, "it is over"


async def test_what_cannot_be_called_is_told_why(telephones: Telephones) -> None:
    nobody = (await telephones.owner.post("/api/contacts", json={"name": "Eve"})).json()["id"]
    answer = await telephones.owner.post("/api/calls", json={"contact_id": nobody, **WANTED})
    assert (answer.status_code, "no telephone number" in answer.text) == (422, True), answer.text
    contact_id = await contact(telephones)
    answer = await telephones.owner.post("/api/calls", json={"contact_id": contact_id, **WANTED, "number": "+4930999"})
    assert (answer.status_code, "no number of this contact" in answer.text) == (422, True), answer.text
    await telephones.control.patch("account", json={"faults": [500]})
    call = await placed(telephones, contact_id)
    assert (call["status"], call["outcome"]) == ("ended", "failed")
    assert "Twilio answered 500" in call["reason"]
    await telephones.world.rows(
        "UPDATE contact SET status = 'do_not_contact' WHERE workspace_id = %s AND name = 'Ada Byron' RETURNING id"
    )
    answer = await telephones.owner.post("/api/calls", json={"contact_id": contact_id, **WANTED, "key": "two"})
    assert (answer.status_code, "do-not-contact" in answer.text) == (409, True), answer.text


async def test_what_a_dead_process_left_is_placed_by_the_worker(
    telephones: Telephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.calls import routes

    contact_id = await contact(telephones)

    async def dies(*_: object) -> None:
        """Before it asked Twilio."""

    monkeypatch.setattr(routes, "place", dies)
    await placed(telephones, contact_id)
    await telephones.world.rows(
        "UPDATE call SET created_at = now() - interval '3 seconds' WHERE workspace_id = %s RETURNING id"
    )
    await place_wanted(telephones.world.services)
    await telephones.until_said(1)
    await place_wanted(telephones.world.services)
    assert len((await telephones.control.get("state")).json()["calls"]) == 1
    await telephones.hangs_up((await telephones.call())["external_id"])
    await telephones.ended()


async def test_who_placed_and_who_ended_a_call_is_in_the_audit_log(telephones: Telephones) -> None:
    call = await placed(telephones, await contact(telephones))
    await telephones.until_said(1)
    assert (await telephones.owner.post(f"/api/calls/{call['id']}/hang-up")).status_code == 204
    await telephones.ended()
    for action in ("call.placed", "call.ended"):
        (entry,) = (await telephones.owner.get("/api/audit-log", params={"action": action})).json()["items"]
        assert entry["subject"] == f"call:{call['id']}"
