"""The WhatsApp story over the wire: customers write to the stand-in for Meta, and are answered there, once."""

import asyncio
import hashlib
import hmac
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from dynaris.pipeline.by_template import choices_in
from tests.flows.conftest import World, services_over
from tests.flows.phones import ADA, Phones, phones
from tests.flows.test_booking_story import make_bookable

__all__ = ["phones"]


async def test_a_question_is_answered_and_everybody_sees_how_far_it_came(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (reply,) = await phones.got(ada)
    assert "garage" in reply["text"]
    (event,) = await phones.events()
    assert (event["outcome"], event["kind"]) == ("answered", "message")
    ours = "SELECT * FROM message WHERE workspace_id = %s AND direction = 'outbound'"
    (message,) = await phones.world.rows(ours)
    assert (message["delivery"], message["external_id"]) == ("delivered", reply["id"])
    await phones.control.post(f"customers/{ada}/read", json={})
    await phones.delivered()
    (message,) = await phones.world.rows(ours)
    assert message["delivery"] == "read"
    assert await phones.events() == [event], "what became of a reply is no event"
    (priced,) = await phones.world.rows(
        "SELECT price FROM receipt WHERE workspace_id = %s AND status = 'delivered' AND part = 0"
    )
    assert priced["price"]["category"] == "service"
    path = f"/api/conversations/{message['conversation_id']}/messages"
    shown = (await phones.owner.get(path, params={"order": "newest"})).json()["items"][0]
    assert (shown["delivery"], shown["charged_as"]) == ("read", "service")


async def test_the_customer_sees_that_it_was_read_and_somebody_types(phones: Phones) -> None:
    ada = await phones.customer()
    written = await phones.writes(ada, "Is there parking?")
    await phones.settled()
    async with asyncio.timeout(5):
        while await status_of(phones, ada, written) != "read":  # noqa: ASYNC110 - the phone does not tell
            await asyncio.sleep(0.02)


async def status_of(phones: Phones, customer: str, message_id: str) -> str:
    return next(each["status"] for each in await phones.thread(customer) if each["id"] == message_id)


async def test_a_number_and_a_hidden_number_are_one_contact(phones: Phones) -> None:
    """Who hides the number is known by a user id; a message with both joins them, whoever was there first."""
    user = await phones.customer(None)
    await phones.writes(user, "Is there parking?")
    await phones.settled()
    await webhook(phones, message("both", wa_id=ADA, user_id=user))
    await phones.settled()
    contacts = await phones.world.rows("SELECT id, name FROM contact WHERE workspace_id = %s AND merged_into IS NULL")
    assert [contact["name"] for contact in contacts] == ["Ada Byron"]
    held = await phones.world.rows("SELECT value FROM address WHERE workspace_id = %s AND holds ORDER BY value")
    assert [row["value"] for row in held] == [ADA, user]
    assert len(await phones.got(user)) == 1


async def test_two_contacts_that_prove_to_be_one_are_merged(phones: Phones) -> None:
    hidden = await phones.customer(None, name="Ada")
    await phones.writes(hidden, "Is there parking?")
    other = await phones.customer(ADA)
    await phones.writes(other, "What are your opening hours?")
    await phones.settled()
    people = "SELECT id FROM contact WHERE workspace_id = %s AND merged_into IS NULL"
    assert len(await phones.world.rows(people)) == 2
    await webhook(phones, message("both", wa_id=ADA, user_id=hidden))
    await phones.settled()
    assert len(await phones.world.rows(people)) == 1
    (merge,) = await phones.world.rows("SELECT * FROM merge WHERE workspace_id = %s")
    assert "are one sender, says their provider" in merge["reason"]


async def test_a_new_number_is_the_same_contact_and_the_old_one_is_free(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    await phones.control.post(f"customers/{ada}/number", json={"wa_id": "4915550333444"})
    await phones.delivered()
    await phones.world.settle()
    (contact,) = await phones.world.rows("SELECT id FROM contact WHERE workspace_id = %s")
    held = await phones.world.rows("SELECT value FROM address WHERE workspace_id = %s AND holds AND value ~ '^[0-9]+$'")
    assert [row["value"] for row in held] == ["4915550333444"]
    (conversation,) = await phones.world.rows("SELECT reply_to FROM conversation WHERE workspace_id = %s")
    assert conversation["reply_to"] == "4915550333444"
    stranger = await phones.customer(ADA, name="Bob")
    await phones.writes(stranger, "What are your opening hours?")
    await phones.settled()
    contacts = await phones.world.rows("SELECT id FROM contact WHERE workspace_id = %s")
    assert len(contacts) == 2
    assert contact in contacts


async def test_a_picture_and_a_voice_note_are_stored_with_the_message(phones: Phones) -> None:
    ada = await phones.customer()
    picture = b"\xff\xd8\xff\xe0 a small picture"
    media = await phones.control.post(
        "media", params={"kind": "image", "name": "tooth.jpg"}, content=picture, headers={"Content-Type": "image/jpeg"}
    )
    await phones.writes(ada, type="image", media_id=media.json()["media_id"], caption="Is there parking?")
    await phones.settled()
    (file,) = await phones.world.rows("SELECT * FROM attachment WHERE workspace_id = %s")
    assert (file["mime_type"], file["size"]) == ("image/jpeg", len(picture))
    assert await phones.world.services.files.get(file["storage_key"]) == picture
    (said,) = await phones.world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    assert said["text"] == "Is there parking?"


async def test_a_file_that_cannot_be_had_is_told_and_the_message_is_not_lost(phones: Phones) -> None:
    ada = await phones.customer()
    media = await phones.control.post(
        "media", params={"kind": "image"}, content=b"\xff\xd8\xff", headers={"Content-Type": "image/jpeg"}
    )
    await phones.plans(on="media", kind="expired", times=50)
    await phones.writes(ada, type="image", media_id=media.json()["media_id"], caption="Is there parking?")
    for _ in range(5):
        await phones.settled()
    (said,) = await phones.world.rows("SELECT text FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    assert said["text"].startswith("Is there parking?\n[image.jpg could not be had:")
    (event,) = await phones.events()
    assert (event["status"], event["waiting_for"]) == ("waiting", "approval")


async def test_a_long_answer_leaves_as_several_messages_each_once(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    await reply(phones, "word " * 1_600)
    await phones.sent()
    texts = [each["text"] for each in (await phones.got(ada))[1:]]
    assert len(texts) == 2
    assert " ".join(texts) == ("word " * 1_600).strip()
    (message,) = await phones.world.rows(
        "SELECT delivery FROM message WHERE workspace_id = %s AND author = 'member' AND direction = 'outbound'"
    )
    assert message["delivery"] == "delivered"


async def test_a_lost_receipt_is_settled_by_what_meta_says_later(phones: Phones) -> None:
    """The answer to our call never comes; the first status names the message, and nothing is sent again."""
    ada = await phones.customer()
    await phones.plans(kind="lost_receipt")
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (row,) = await phones.world.rows("SELECT status, error FROM outbox WHERE workspace_id = %s")
    assert row == {"status": "sent", "error": None}
    assert len(await phones.got(ada)) == 1
    (event,) = await phones.events()
    assert event["outcome"] == "answered"


async def test_a_reply_that_meta_gives_up_later_is_shown_and_people_are_told(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.plans(kind="failed_later", code=131026)
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (message,) = await phones.world.rows(
        "SELECT delivery FROM message WHERE workspace_id = %s AND direction = 'outbound'"
    )
    assert message["delivery"] == "failed"
    (notice,) = await phones.world.rows("SELECT body FROM notification WHERE workspace_id = %s")
    assert "cannot be delivered to this contact" in notice["body"]
    (conversation,) = await phones.world.rows("SELECT respond_by FROM conversation WHERE workspace_id = %s")
    assert conversation["respond_by"] is not None


@pytest.mark.parametrize(("code", "status", "account"), [(130429, "queued", False), (190, "queued", True)])
async def test_what_may_work_later_is_tried_later(phones: Phones, code: int, status: str, account: bool) -> None:
    ada = await phones.customer()
    await phones.plans(kind="error", code=code)
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (row,) = await phones.world.rows("SELECT status FROM outbox WHERE workspace_id = %s")
    assert row["status"] == status
    (known,) = await phones.world.rows(
        "SELECT send_error FROM account WHERE workspace_id = %s AND channel = 'whatsapp'"
    )
    assert bool(known["send_error"]) is account
    await phones.sent()
    assert len(await phones.got(ada)) == 1
    (known,) = await phones.world.rows(
        "SELECT send_error FROM account WHERE workspace_id = %s AND channel = 'whatsapp'"
    )
    assert known["send_error"] is None


async def test_after_a_day_no_text_of_ours_leaves(phones: Phones) -> None:
    ada = await answered_and_a_day_ago(phones)
    await reply(phones, "We have news for you")
    await phones.sent()
    assert len(await phones.got(ada)) == 1, "nothing reached Meta"
    (message,) = await phones.world.rows(
        "SELECT id, delivery FROM message WHERE workspace_id = %s AND author = 'member' AND direction = 'outbound'"
    )
    assert message["delivery"] == "failed"
    (row,) = await phones.world.rows(
        "SELECT error FROM outbox WHERE workspace_id = %s AND message_id = %s", message["id"]
    )
    assert "only an approved template may leave" in row["error"]


async def test_after_a_day_a_teammate_is_told_so_and_sends_a_template(phones: Phones) -> None:
    ada = await answered_and_a_day_ago(phones)
    (conversation,) = await phones.world.rows("SELECT id, contact_id FROM conversation WHERE workspace_id = %s")
    path = f"/api/conversations/{conversation['id']}"
    refused = await phones.owner.post(f"{path}/messages", json={"text": "We have news for you"})
    assert (refused.status_code, refused.json()["window_closed"]) == (409, True)
    assert (await phones.owner.get(path)).json()["window_closes_at"] is not None
    synced = await phones.owner.post("/api/templates/sync", json={"account_id": str(phones.account_id)})
    assert synced.json()["templates"] >= 1, synced.text
    path_of_templates = f"/api/contacts/{conversation['contact_id']}/templates/{phones.account_id}"
    offered = await phones.owner.get(path_of_templates, params={"text": "Your x-ray is here"})
    templates = {each["name"]: each for each in offered.json()["items"]}
    one = next(each for each in templates.values() if each["variables"])
    values = {gap["name"]: "tomorrow" for gap in one["variables"]}
    sent = await phones.owner.post(f"{path}/messages", json={"template": {"id": one["id"], "values": values}})
    assert sent.status_code == 201, sent.text
    await phones.sent()
    last = (await phones.got(ada))[-1]
    assert (last["type"], "tomorrow" in last["text"]) == ("template", True)
    messages = (await phones.owner.get(f"{path}/messages", params={"order": "newest"})).json()["items"]
    assert (messages[0]["template"], messages[0]["delivery"]) == (one["name"], "delivered")


@pytest.mark.parametrize("fault", [{"kind": "error"}, {"kind": "failed_later"}], ids=["refused", "failed later"])
async def test_where_metas_clock_says_that_the_window_is_closed_ours_follows(
    phones: Phones, fault: dict[str, Any]
) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (conversation,) = await phones.world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    path = f"/api/conversations/{conversation['id']}"

    async def says(text: str) -> httpx.Response:
        answer = await phones.owner.post(f"{path}/messages", json={"text": text})
        await phones.sent()
        return answer

    await phones.plans(on="send", code=131047, times=1, **fault)
    assert (await says("We have news for you")).status_code == 201
    refused = await says("Really")
    assert (refused.status_code, refused.json()["window_closed"]) == (409, True)
    await phones.writes(ada, "Which news?")
    await phones.settled()
    assert (await says("Your x-ray is there")).status_code == 201


async def test_templates_in_the_language_that_the_contact_writes_are_offered_first(phones: Phones) -> None:
    await phones.template("arrived", "Your delivery is there: {{1}}.", ["a parcel"])
    await phones.template("arrived", "Ihre Lieferung ist da: {{1}}.", ["ein Paket"], language="de")
    ada = await phones.customer()
    await phones.writes(ada, "Ist der Brief schon da, und wann kann ich ihn abholen?")
    await phones.settled()
    (contact,) = await phones.world.rows("SELECT id FROM contact WHERE workspace_id = %s")
    path = f"/api/contacts/{contact['id']}"
    listed = f"{path}/templates/{phones.account_id}"

    async def first() -> str:
        return (await phones.owner.get(listed)).json()["items"][0]["language"]

    assert await first() == "de"
    await phones.owner.patch(path, json={"language": "en-GB"})
    assert (await first()).startswith("en"), "what is written down of them counts more"


async def test_a_gap_that_is_left_empty_is_named(phones: Phones) -> None:
    await answered_and_a_day_ago(phones)
    await phones.owner.post("/api/templates/sync", json={"account_id": str(phones.account_id)})
    (conversation,) = await phones.world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    listed = (await phones.owner.get("/api/templates", params={"status": "approved"})).json()["items"]
    one = next(each for each in listed if each["variables"])
    gap = one["variables"][-1]["name"]
    choice = {"id": one["id"], "values": {gap: "two\nlines", "body.99": "x"}}
    answer = await phones.owner.post(f"/api/conversations/{conversation['id']}/messages", json={"template": choice})
    assert answer.status_code == 422
    faults = {each["field"]: each["message"] for each in answer.json()["errors"]}
    assert faults[f"values.{gap}"] == "a gap takes one line, without tabs and with at most four spaces in a row"
    assert faults["values.body.99"] == "there is no such gap"


async def test_somebody_who_never_wrote_is_written_to_with_a_template_alone(phones: Phones) -> None:
    ada = await phones.customer()
    body = "Hello {{1}}, your appointment is confirmed: {{2}}."
    await phones.template("appointment_confirmed", body, ["Ada", "10:00"])
    number = {"kind": "phone", "value": f"+{ADA}"}
    made = await phones.owner.post("/api/contacts", json={"name": "Ada Byron", "addresses": [number]})
    contact = f"/api/contacts/{made.json()['id']}"
    (way,) = (await phones.owner.get(f"{contact}/ways-to-write")).json()["items"]
    assert (way["channel"], way["address"], way["templates"]) == ("whatsapp", ADA, True)
    refused = await phones.owner.post(f"{contact}/conversations", json={"text": "Hello"})
    assert (refused.status_code, refused.json()["window_closed"]) == (409, True)
    offered = await phones.owner.get(f"{contact}/templates/{phones.account_id}")
    one = next(each for each in offered.json()["items"] if each["name"] == "appointment_confirmed")
    assert (one["values"], one["preview"]) == ({"body.1": "Ada"}, None)
    body = {"template": {"id": one["id"], "values": {"body.2": "Monday at 10:00"}}}
    begun = await phones.owner.post(f"{contact}/conversations", json=body)
    assert begun.status_code == 201, begun.text
    await phones.sent()
    (got,) = await phones.got(ada)
    assert got["text"] == "Hello Ada, your appointment is confirmed: Monday at 10:00."
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (conversation,) = await phones.world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    assert str(conversation["id"]) == begun.json()["conversation_id"], "the answer comes to where it was asked"


async def test_marketing_is_not_sent_to_who_asked_meta_to_end_it(phones: Phones) -> None:
    await answered_and_a_day_ago(phones)
    await phones.template("spring_offer", "Hello {{1}}, whitening is cheaper now.", ["Ada"], "MARKETING")
    stop = {"wa_id": ADA, "value": "stop", "category": "marketing_messages", "timestamp": 1763800000}
    await webhook(phones, {"user_preferences": [stop]}, field="user_preferences")
    await phones.settled()
    listed = (await phones.owner.get("/api/templates")).json()["items"]
    one = next(each for each in listed if each["name"] == "spring_offer")
    (conversation,) = await phones.world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    path = f"/api/conversations/{conversation['id']}/messages"
    answer = await phones.owner.post(path, json={"template": {"id": one["id"]}})
    assert answer.status_code == 409
    assert "wants no marketing" in answer.json()["detail"]


async def test_when_the_agent_is_late_a_fitting_template_carries_its_words(phones: Phones) -> None:
    """The approval came a day after the question: what was drafted leaves in a template with a gap for it."""
    await phones.world.set_auto_mode(enabled=True, effects={"send": False})
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    body = "Hello {{1}}, we have an answer to your question: {{2}} Write to us if you have more questions."
    await phones.template("late_answer", body, ["Ada", "You can park in the garage."])
    german = "Hallo {{1}}, wir haben eine Antwort auf Ihre Frage: {{2}} Schreiben Sie uns gern wieder."
    await phones.template("a_late_answer", german, ["Ada", "Parken Sie in der Garage."], language="de")
    await a_day_ago(phones)
    (approval,) = (await phones.owner.get("/api/approvals", params={"status": "pending"})).json()["items"]
    decided = await phones.owner.post(f"/api/approvals/{approval['id']}", json={"decision": "approve"})
    assert decided.status_code == 200, decided.text
    await phones.control.patch(f"customers/{ada}", json={"window": "closed"})
    await phones.sent()
    (got,) = await phones.got(ada)
    assert got["type"] == "template"
    assert got["text"].startswith("Hello Ada, we have an answer to your question: ")
    assert "garage" in got["text"]


async def test_an_answer_that_meta_finds_too_late_leaves_in_a_fitting_template(phones: Phones) -> None:
    """By our clock the window was still open."""
    body = "Hello {{1}}, we have an answer to your question: {{2}} Write to us if you have more questions."
    await phones.template("late_answer", body, ["Ada", "You can park in the garage."])
    ada = await phones.customer()
    await phones.plans(on="send", kind="error", code=131047, times=1)
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (got,) = await phones.got(ada)
    assert got["type"] == "template"
    assert "garage" in got["text"]
    (message,) = await phones.world.rows(
        "SELECT text, delivery FROM message WHERE workspace_id = %s AND direction = 'outbound'"
    )
    assert (message["text"], message["delivery"]) == (got["text"], "delivered")
    assert [event["outcome"] for event in await phones.events()] == ["answered"]


async def test_what_could_not_be_sent_is_told_at_once_and_waits_for_a_person(phones: Phones) -> None:
    await phones.plans(on="send", kind="error", code=131026, times=1)
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    told = (await phones.owner.get("/api/me/notifications")).json()["items"]
    assert [(one["topic"], one["title"]) for one in told] == [
        ("delivery", "A reply to Ada Byron (WhatsApp) did not go out")
    ]
    (line,) = (await phones.owner.get("/api/conversations", params={"queue": "unassigned"})).json()["items"]
    assert (line["holder"], line["due_at"] is not None) == ("agent", True)
    assert (await phones.owner.get("/api/conversations", params={"queue": "ai"})).json()["items"] == []
    (message,) = await phones.world.rows("SELECT id FROM message WHERE workspace_id = %s AND direction = 'outbound'")
    again = await phones.owner.post(f"/api/messages/{message['id']}/send-again")
    assert again.status_code in (200, 202, 204), again.text
    await phones.sent()
    assert len(await phones.got(ada)) == 1
    (line,) = (await phones.owner.get("/api/conversations", params={"queue": "ai"})).json()["items"]
    assert line["due_at"] is None
    assert [event["outcome"] for event in await phones.events()] == ["answered"]


async def test_signs_edits_and_deletions_change_messages_and_start_nothing(phones: Phones) -> None:
    ada = await phones.customer()
    first = await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (answer,) = await phones.got(ada)
    await phones.writes(ada, type="reaction", message_id=answer["id"], emoji="👍")
    await phones.settled()
    (ours,) = await phones.world.rows("SELECT data FROM message WHERE workspace_id = %s AND direction = 'outbound'")
    assert ours["data"]["reaction"] == "👍"
    await phones.writes(ada, type="revoke", message_id=first)
    await phones.settled()
    (theirs,) = await phones.world.rows("SELECT data FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    assert theirs["data"]["taken_back"] is True
    assert [event["outcome"] for event in await phones.events()] == ["answered", "ignored", "ignored"]
    assert len(await phones.got(ada)) == 1


async def test_an_edit_before_the_answer_is_answered_once_and_one_after_it_again(
    phones: Phones, tmp_path: Path
) -> None:
    """People correct themselves within the quiet period."""
    world = phones.world
    phones.world = World(services_over(world.services.db, tmp_path, quiet_period=0.1), world.workspace, world.source)
    ada = await phones.customer()
    first = await phones.writes(ada, "Is there lunch?")
    await phones.writes(ada, type="edit", message_id=first, text="Is there parking?")
    await phones.settled()
    await asyncio.sleep(0.35)
    await phones.settled()
    (answer,) = await phones.got(ada)
    assert "garage" in answer["text"]
    await phones.writes(ada, type="edit", message_id=first, text="What are your opening hours?")
    await asyncio.sleep(0.35)
    await phones.settled()
    assert [event["outcome"] for event in await phones.events()] == ["answered", "ignored", "answered"]
    assert "8:00" in (await phones.got(ada))[-1]["text"]


async def test_what_our_people_write_on_the_phone_takes_the_conversation(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    await phones.control.post(f"customers/{ada}/echo", json={"text": "I will call you at ten"})
    await phones.delivered()
    await phones.world.settle()
    (said,) = await phones.world.rows("SELECT text FROM message WHERE workspace_id = %s AND author = 'member'")
    assert said["text"] == "I will call you at ten"
    await phones.writes(ada, "What are your opening hours?")
    await phones.settled()
    assert (await phones.events())[-1]["waiting_for"] == "person"


async def test_redelivered_reordered_and_doubled_each_message_is_answered_once(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.plans(on="webhook", kind="duplicate", times=3, copies=2)
    await phones.plans(on="webhook", kind="reorder", times=2)
    asked = [
        {"customer": ada, "type": "text", "text": text}
        for text in ("Is there parking?", "What are your opening hours?")
    ]
    await phones.control.post("batch", json={"messages": asked, "shape": "separate"})
    await phones.delivered()
    await phones.settled()
    assert len(await phones.events()) == 2
    assert len(await phones.got(ada)) == 2


async def test_offered_times_are_tapped_and_booked(phones: Phones) -> None:
    await make_bookable(phones.world)
    ada = await phones.customer()
    await phones.writes(ada, "Can I come in for a sports massage next week, any day after three?")
    await phones.settled()
    (offer,) = await phones.got(ada)
    assert offer["type"] == "interactive", offer
    taps = choices_of(offer)
    assert len(taps) >= 2
    kind = "button_reply" if "description" not in taps[1] else "list_reply"
    await phones.writes(ada, type=kind, **taps[1])
    await phones.settled()
    (booking,) = await phones.world.rows("SELECT status FROM booking WHERE workspace_id = %s")
    assert booking["status"] == "confirmed"
    said = await phones.world.rows(
        "SELECT text FROM message WHERE workspace_id = %s AND direction = 'inbound' ORDER BY id"
    )
    assert said[1]["text"] == taps[1]["id"]


def choices_of(offer: dict[str, Any]) -> list[dict[str, str]]:
    content = offer["content"]
    return content["buttons"] if "buttons" in content else content["sections"][0]["rows"]


def test_only_a_whole_numbered_list_is_offered() -> None:
    assert choices_in("Which?\n1. Monday\n2. Tuesday\n\nYou can name another day.") == [
        {"id": "Monday", "title": "Monday"},
        {"id": "Tuesday", "title": "Tuesday"},
    ]
    assert choices_in("1. Only one") == choices_in("2. Two\n3. Three") == choices_in("1. Same\n2. Same") == []


# The way in --------------------------------------------------------------------------------------


def message(name: str, *, wa_id: str | None = ADA, user_id: str | None = None) -> dict[str, Any]:
    who = {key: value for key, value in (("wa_id", wa_id), ("user_id", user_id)) if value}
    sender = {"from": wa_id} if wa_id else {"from_user_id": user_id}
    said = {**sender, "id": name, "timestamp": "1763800000", "type": "text", "text": {"body": "Is there parking?"}}
    return {"contacts": [{"profile": {"name": "Ada"}, **who}], "messages": [said]}


async def webhook(
    phones: Phones, value: dict[str, Any], *, secret: str | None = None, field: str = "messages"
) -> httpx.Response:
    known = phones.running.credentials
    metadata = {"phone_number_id": known["phone_number_id"], "display_phone_number": known["display_phone_number"]}
    change = {"field": field, "value": {"metadata": metadata, **value}}
    body = orjson.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": known["waba_id"], "changes": [change]}]}
    )
    signature = hmac.new((secret or known["app_secret"]).encode(), body, hashlib.sha256).hexdigest()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(phones.app), base_url="http://dynaris.test") as client:
        headers = {"X-Hub-Signature-256": f"sha256={signature}", "content-type": "application/json"}
        return await client.post("/meta/webhook", content=body, headers=headers)


async def test_meta_proves_itself_and_asks_whether_we_are_there(phones: Phones) -> None:
    assert (await webhook(phones, message("1"), secret="another")).status_code == 401
    assert await phones.events() == []
    assert (await webhook(phones, message("1"))).text == "EVENT_RECEIVED"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(phones.app), base_url="http://dynaris.test") as client:
        asked = {"hub.mode": "subscribe", "hub.challenge": "4711"}
        known = {**asked, "hub.verify_token": phones.running.credentials["verify_token"]}
        assert (await client.get("/meta/webhook", params=known)).text == "4711"
        assert (await client.get("/meta/webhook", params={**asked, "hub.verify_token": "x"})).status_code == 403
        unknown = {
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "9"}}}]}]
        }
        answer = await client.post("/meta/webhook", json=unknown)
        assert answer.status_code == 404
        assert "no WhatsApp number here" in answer.json()["detail"]


async def reply(phones: Phones, text: str) -> None:
    """A teammate's."""
    from dynaris.conversations.actions import reply_as_member

    world = phones.world
    (conversation,) = await world.rows("SELECT id FROM conversation WHERE workspace_id = %s")
    async with world.services.db.transaction(world.workspace.id) as connection:
        await reply_as_member(
            connection,
            world.workspace.id,
            conversation_id=conversation["id"],
            member_id=None,
            text=text,
            hold_minutes=60,
        )


async def answered_and_a_day_ago(phones: Phones) -> str:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    await a_day_ago(phones)
    return ada


async def a_day_ago(phones: Phones) -> None:
    await phones.world.rows(
        """UPDATE conversation SET last_inbound_at = last_inbound_at - interval '25 hours'
           WHERE workspace_id = %s RETURNING id"""
    )


async def test_a_teammate_puts_a_sign_on_a_message_changes_it_and_takes_it_away(phones: Phones) -> None:
    ada = await phones.customer()
    written = await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (theirs,) = await phones.world.rows("SELECT id FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    path = f"/api/messages/{theirs['id']}/reaction"
    for emoji in ("👍", "👍", "❤️", None):
        assert (await phones.owner.put(path, json={"emoji": emoji})).status_code == 204
        assert (await phones.owner.get(f"/api/messages/{theirs['id']}")).json()["our_reaction"] == emoji
        await phones.sent()
        on_the_phone = next(each for each in await phones.thread(ada) if each["id"] == written)
        assert on_the_phone["reactions"].get("business") == emoji
    left = await phones.world.rows(
        "SELECT status FROM outbox WHERE workspace_id = %s AND dedupe_key LIKE 'reaction:%%'"
    )
    assert [row["status"] for row in left] == ["sent"] * 3, "the same sign again is not sent again"
    (event,) = await phones.events()
    assert event["outcome"] == "answered", "a sign is no answer, and disturbs none"


@pytest.mark.parametrize("emoji", ["ok", "👍 good", "", "a👍", "1"])
async def test_what_is_no_emoji_is_refused(phones: Phones, emoji: str) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (theirs,) = await phones.world.rows("SELECT id FROM message WHERE workspace_id = %s AND direction = 'inbound'")
    refused = await phones.owner.put(f"/api/messages/{theirs['id']}/reaction", json={"emoji": emoji})
    assert refused.status_code == 422
    assert "one emoji is expected" in refused.json()["detail"]


async def test_no_sign_leaves_on_our_own_message_after_the_window_or_where_there_are_none(phones: Phones) -> None:
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    said = await phones.world.rows("SELECT id, direction FROM message WHERE workspace_id = %s ORDER BY id")
    by_direction = {row["direction"]: f"/api/messages/{row['id']}/reaction" for row in said}
    ours = await phones.owner.put(by_direction["outbound"], json={"emoji": "👍"})
    assert ours.status_code == 409
    await phones.world.rows(
        "UPDATE conversation SET last_inbound_at = now() - interval '25 hours' WHERE workspace_id = %s RETURNING id"
    )
    late = await phones.owner.put(by_direction["inbound"], json={"emoji": "👍"})
    assert (late.status_code, late.json()["window_closed"]) == (409, True)
    elsewhere = await phones.world.say("Is there parking?", reply_url=None)
    await phones.world.settle()
    event = await phones.world.event(elsewhere.event_id)
    none = await phones.owner.put(f"/api/messages/{event['message_id']}/reaction", json={"emoji": "👍"})
    assert "no reactions" in none.json()["detail"]


async def test_five_messages_within_three_seconds_get_one_answer_to_all(phones: Phones, tmp_path: Path) -> None:
    """A tenth of the pace: a quiet period of 0.1 s for 1 s, and pauses as long as they can be."""
    world = phones.world
    phones.world = World(services_over(world.services.db, tmp_path, quiet_period=0.1), world.workspace, world.source)
    ada = await phones.customer()
    working = asyncio.create_task(_work(phones))
    for pause, text in (
        (0.0, "Hi"),
        (0.0, "two things"),
        (0.0, "Is there parking?"),
        (0.25, "and"),
        (0.0, "When do you open?"),
    ):
        await asyncio.sleep(pause)
        await phones.writes(ada, text)
    await asyncio.sleep(1)
    working.cancel()
    (answer,) = await phones.got(ada)
    assert "garage" in answer["text"]
    assert "8:00" in answer["text"]
    assert {event["outcome"] for event in await phones.events()} == {"answered"}


async def _work(phones: Phones) -> None:
    while True:
        await phones.world.settle()
        await asyncio.sleep(0.02)
