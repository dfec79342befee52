"""A teammate's message leaves once, and not after somebody else's without their knowing."""

import asyncio
from uuid import uuid4

import pytest

from tests.flows.teammates import Office, office
from tests.flows.test_person_and_agent import approve

__all__ = ["office"]


async def test_a_message_that_is_sent_twice_is_stored_once(office: Office) -> None:
    path = f"/api/conversations/{await office.asked()}/messages"
    for body in ({"text": "Olivia here."}, {"text": "Call her back.", "note": True}):
        given = {**body, "message_id": str(uuid4())}
        answers = await asyncio.gather(*(office.olivia.post(path, json=given) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
    await office.delivered()
    assert office.sink.texts.count("Olivia here.") == 1
    assert len(office.sink.texts) == 2, "the agent's answer and hers"


async def test_an_id_of_another_conversation_is_refused(office: Office) -> None:
    given = {"text": "Hello.", "message_id": str(uuid4())}
    first = await office.asked()
    accepted = await office.world.say("And you?", reply_url=office.sink.url, email="eve@example.com", name="Eve")
    await office.world.settle()
    second = (await office.world.event(accepted.event_id))["conversation_id"]
    assert (await office.olivia.post(f"/api/conversations/{first}/messages", json=given)).status_code == 201
    refused = await office.olivia.post(f"/api/conversations/{second}/messages", json=given)
    assert refused.status_code == 409
    assert "another conversation" in refused.json()["detail"]


async def test_of_two_teammates_who_send_at_once_exactly_one_is_asked(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}/messages"
    for _ in range(5):
        seen = (await office.newest(conversation))["id"]
        answers = await asyncio.gather(
            office.olivia.post(path, json={"text": "From Olivia.", "seen": seen}),
            office.tom.post(path, json={"text": "From Tom.", "seen": seen}),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        asked = next(answer for answer in answers if answer.status_code == 409).json()
        sent = next(answer for answer in answers if answer.status_code == 201).json()
        assert asked["newer"]["id"] == sent["id"]
        assert asked["newer"]["text"] in ("From Olivia.", "From Tom.")
        assert asked["newer"]["author_name"] in ("Olivia Owner", "Tom Team")


async def test_who_was_asked_may_send_all_the_same(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}/messages"
    seen = (await office.newest(conversation))["id"]
    await office.olivia.post(path, json={"text": "From Olivia.", "seen": seen})
    body = {"text": "From Tom.", "seen": seen, "message_id": str(uuid4())}
    newer = (await office.tom.post(path, json=body)).json()["newer"]
    again = await office.tom.post(path, json={**body, "seen": newer["id"]})
    assert again.status_code == 201, again.text
    await office.delivered()
    assert office.sink.texts[1:] == ["From Olivia.", "From Tom."]


async def test_who_takes_a_colleagues_conversation_is_asked_and_it_is_told(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}"
    olivia = (await office.olivia.post(f"{path}/claim")).json()["holder_id"]
    me = (await office.tom.get("/api/me")).json()["member"]["id"]
    body = {"text": "From Tom.", "expected_holder": me, "message_id": str(uuid4())}
    asked = await office.tom.post(f"{path}/messages", json=body)
    assert (asked.status_code, asked.json()["holder"]) == (409, {"id": olivia, "name": "Olivia Owner"})
    assert (
        await office.tom.post(f"{path}/messages", json={**body, "note": True, "message_id": None})
    ).status_code == 201

    taken = await office.tom.post(f"{path}/messages", json={**body, "expected_holder": olivia})
    assert taken.status_code == 201, taken.text
    assert (await office.tom.get(path)).json()["holder_id"] == me
    told = [(line["kind"], line["who"]) for line in (await office.olivia.get(f"{path}/activity")).json()["items"]]
    assert told.count(("claimed", "Tom Team")) == 1
    assert (await office.tom.post(f"{path}/messages", json={"text": "More.", "expected_holder": me})).status_code == 201
    assert (await office.olivia.post(f"{path}/messages", json={"text": "A program asks nobody."})).status_code == 201


async def test_nobody_is_asked_for_their_own_reply_or_for_a_note(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}/messages"
    seen = (await office.newest(conversation))["id"]
    await office.tom.post(path, json={"text": "She called.", "note": True})
    assert (await office.olivia.post(path, json={"text": "One.", "seen": seen})).status_code == 201
    assert (await office.olivia.post(path, json={"text": "Two.", "seen": seen})).status_code == 201
    assert (await office.tom.post(path, json={"text": "Noted.", "note": True, "seen": seen})).status_code == 201


async def test_an_agents_reply_that_came_meanwhile_is_shown_first(office: Office) -> None:
    world = office.world
    await world.set_auto_mode(enabled=True, channels={}, effects={"send": False})
    conversation = await office.asked()
    seen = (await office.newest(conversation))["id"]
    await approve(world, "Two hours free.")
    answer = await office.olivia.post(
        f"/api/conversations/{conversation}/messages", json={"text": "Yes, there is.", "seen": seen}
    )
    assert answer.status_code == 409
    assert (answer.json()["newer"]["author"], answer.json()["newer"]["text"]) == ("agent", "Two hours free.")


async def test_what_was_seen_has_to_be_a_message_of_this_conversation(office: Office) -> None:
    path = f"/api/conversations/{await office.asked()}/messages"
    assert (await office.olivia.post(path, json={"text": "Hello.", "seen": str(uuid4())})).status_code == 404


async def test_what_did_not_leave_can_be_sent_again(office: Office) -> None:
    conversation = await office.asked()
    sent = await office.olivia.post(f"/api/conversations/{conversation}/messages", json={"text": "Olivia here."})
    office.sink.statuses = [410]
    await office.delivered()
    failed = await office.newest(conversation)
    assert failed["delivery"] == "failed"
    assert "410" in failed["delivery_error"]
    again = await office.olivia.post(f"/api/messages/{sent.json()['id']}/send-again")
    assert again.status_code == 200, again.text
    assert ((await office.newest(conversation))["delivery"], office.sink.texts[-1]) == ("queued", "Olivia here.")
    await office.delivered()
    assert (await office.newest(conversation))["delivery"] == "sent"
    refused = await office.olivia.post(f"/api/messages/{sent.json()['id']}/send-again")
    assert refused.status_code == 409
    assert "sent" in refused.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"text": "  "}, {"text": "x", "attachments": ["not-an-id"]}])
async def test_a_message_that_says_nothing_is_refused(office: Office, body: dict[str, object]) -> None:
    path = f"/api/conversations/{await office.asked()}/messages"
    assert (await office.olivia.post(path, json=body)).status_code == 422
