"""Webhooks are shaped as the recorded ones, signed, kept until they are answered, and in the order they were made."""

import base64
from typing import Any

import pytest

from tests.sandbox.meta.conftest import Meta, sample, shape, until

PICTURE = {"data": base64.b64encode(b"\x89PNG and so on").decode(), "mime_type": "image/png"}
VOICE = {"data": base64.b64encode(b"OggS and so on").decode(), "mime_type": "audio/ogg; codecs=opus"}
CARD = {
    "name": {"first_name": "Chandler", "last_name": "Bing", "formatted_name": "Chandler Bing"},
    "phones": [{"phone": "+1 555-555-5555", "wa_id": "972987654321", "type": "CELL"}],
}
AD = sample("message__referral")["entry"][0]["changes"][0]["value"]["messages"][0]["referral"]

WRITTEN: dict[str, dict[str, Any]] = {
    "message__text": {"type": "text", "text": "Hello"},
    "message__forwarded_many_times": {"type": "text", "text": "Hello", "forwarded": "many"},
    "message__referral": {"type": "text", "text": "Hello", "referral": AD},
    "message__reply": {"type": "text", "text": "That one", "reply_to": "$sent"},
    "message__media_with_url": {"type": "image", **PICTURE},
    "message__voice": {"type": "audio", "voice": True, **VOICE},
    "message__animated_sticker": {"type": "sticker", "animated": True, **PICTURE, "mime_type": "image/webp"},
    "message__document": {
        "type": "document",
        **PICTURE,
        "mime_type": "application/pdf",
        "caption": "The bill",
        "filename": "bill.pdf",
        "forwarded": True,
    },
    "message__current_location": {"type": "location", "latitude": 12.25, "longitude": 43.9, "forwarded": True},
    "message__contacts": {"type": "contacts", "contacts": [CARD]},
    "message__unreaction_empty": {"type": "reaction", "message_id": "$sent", "emoji": ""},
    "message__unsupported": {"type": "unsupported"},
    "callback_button__quick_reply": {"type": "button", "payload": "yes", "text": "Yes", "reply_to": "$sent"},
    "callback_selection__callback": {"type": "list_reply", "id": "a", "title": "First", "reply_to": "$sent"},
    "deleted_message__revoke": {"type": "revoke", "message_id": "$written"},
}


@pytest.mark.parametrize("name", WRITTEN)
async def test_what_a_customer_does_has_the_shape_of_the_recorded_webhook(meta: Meta, name: str) -> None:
    customer = await meta.customer()
    known = {"$written": await meta.writes(customer, text="First")}
    known["$sent"] = await meta.says("16505551234", "Good morning")
    await until(lambda: meta.receiver.messages and len(meta.receiver.statuses) == 2)
    meta.receiver.bodies.clear()
    await meta.writes(customer, **{key: known.get(value, value) if isinstance(value, str) else value
                                   for key, value in WRITTEN[name].items()})  # fmt: skip
    await until(lambda: meta.receiver.bodies)
    [made] = meta.receiver.bodies
    recorded = sample(name)
    [one], [other] = (body["entry"][0]["changes"][0]["value"]["messages"][:1] for body in (made, recorded))
    if "url" in one.get(one["type"], {}):  # which the recordings of older versions have not
        other[one["type"]].setdefault("url", "")
    assert shape(made) == shape(recorded)


async def test_statuses_have_the_shape_of_the_recorded_ones_and_echo_what_they_were_given(meta: Meta) -> None:
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    sent = await meta.says("16505551234", "Good morning", biz_opaque_callback_data="outbox-1")
    await until(lambda: len(meta.receiver.statuses) == 2)
    await meta.control.post(f"customers/{customer}/read")
    await until(lambda: len(meta.receiver.statuses) == 3)
    statuses = meta.receiver.statuses
    assert [each["status"] for each in statuses] == ["sent", "delivered", "read"]
    assert {(each["id"], each["biz_opaque_callback_data"]) for each in statuses} == {(sent, "outbox-1")}
    assert statuses[0]["pricing"] == {
        "billable": False,
        "pricing_model": "PMP",
        "category": "service",
        "type": "free_customer_service",
    }
    recorded = sample("message_status__with_tracker")
    recorded["entry"][0]["changes"][0]["value"]["statuses"][0]["pricing"]["type"] = ""
    [first] = [body for body in meta.receiver.bodies if body["entry"][0]["changes"][0]["value"].get("statuses")][:1]
    assert shape(first) == shape(recorded)


async def test_templates_echoes_edits_and_changed_numbers_have_the_recorded_shapes(meta: Meta) -> None:
    customer = await meta.customer()
    written = await meta.writes(customer, text="Helo")
    await meta.writes(customer, type="edit", message_id=written, text="Hello")
    [pending] = [each for each in (await meta.control.get("templates")).json() if each["status"] == "PENDING"]
    await meta.control.patch(f"templates/{pending['id']}", json={"status": "APPROVED"})
    await meta.control.post(f"customers/{customer}/echo", json={"text": "From the app"})
    await meta.control.post(f"customers/{customer}/number", json={"wa_id": "12195555358"})
    await until(lambda: len(meta.receiver.bodies) == 5)
    changes = {}
    for body in meta.receiver.bodies:
        [change] = body["entry"][0]["changes"]
        kind = change["value"].get("messages", [{}])[0].get("type", change["field"])
        changes[kind] = body
    edit = changes["edit"]["entry"][0]["changes"][0]["value"]["messages"][0]["edit"]
    assert edit == {"original_message_id": written, "message": {"type": "text", "text": {"body": "Hello"}}}
    assert shape(changes["message_template_status_update"]) == shape(sample("template_status_update__approved"))
    assert shape(changes["smb_message_echoes"]) == shape(sample("outgoing_message__text"))
    value = changes["system"]["entry"][0]["changes"][0]["value"]
    assert "contacts" not in value
    assert value["messages"][0]["from"] == "16505551234"
    assert value["messages"][0]["system"]["type"] == "user_changed_number"
    assert value["messages"][0]["system"]["wa_id"] == "12195555358"


async def test_who_has_only_a_username_shows_no_number_anywhere(meta: Meta) -> None:
    customer = await meta.customer(username_only=True, name="Ada")
    await meta.writes(customer, text="Hello")
    answer = await meta.post(recipient=customer, type="text", text={"body": "Good morning"})
    assert answer.json()["contacts"] == [{"input": customer, "user_id": customer}]
    await until(lambda: len(meta.receiver.statuses) == 2)
    [message] = meta.receiver.messages
    assert "from" not in message
    assert message["from_user_id"] == customer
    [contact] = meta.receiver.values[0]["contacts"]
    assert "wa_id" not in contact
    assert contact["user_id"] == customer
    assert contact["profile"] == {"name": "Ada", "username": "ada"}
    assert "recipient_id" not in meta.receiver.statuses[0]


async def test_a_webhook_is_posted_again_until_it_is_answered_200(meta: Meta) -> None:
    meta.receiver.refuses = 1
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    assert (await meta.conversation(customer))[0]["status"] == "sent"
    await until(lambda: meta.receiver.messages)
    await until(lambda: not meta.running.standin.deliveries.waiting())
    assert (await meta.conversation(customer))[0]["status"] == "delivered"


async def test_each_customers_messages_come_in_their_order_while_many_write(meta: Meta) -> None:
    meta.receiver.waits = 0.005
    numbers = [f"1650555{index:04d}" for index in range(20)]
    for number in numbers:
        await meta.customer(wa_id=number)
    together = [{"customer": number, "text": str(turn)} for turn in range(10) for number in numbers]
    written = await meta.control.post("batch", json={"shape": "separate", "messages": together})
    assert written.status_code == 201, written.text
    await until(lambda: len(meta.receiver.messages) == 200)
    for number in numbers:
        own = [each["text"]["body"] for each in meta.receiver.messages if each["from"] == number]
        assert own == [str(turn) for turn in range(10)]


@pytest.mark.parametrize(("shape_of", "entries", "changes"), [("messages", 1, 1), ("changes", 1, 3), ("entries", 3, 1)])
async def test_a_batch_is_one_post(meta: Meta, shape_of: str, entries: int, changes: int) -> None:
    await meta.customer(wa_id="16505550001", name="Ann")
    await meta.customer(wa_id="16505550002", name="Bob")
    three = [{"customer": f"1650555000{n}", "text": f"Hello {n}"} for n in (1, 2)] + [
        {"customer": "16505550001", "text": "Again"}
    ]
    await meta.control.post("batch", json={"shape": shape_of, "messages": three})
    await until(lambda: meta.receiver.bodies)
    [body] = meta.receiver.bodies
    assert (len(body["entry"]), len(body["entry"][0]["changes"])) == (entries, changes)
    assert [each["text"]["body"] for each in meta.receiver.messages] == ["Hello 1", "Hello 2", "Again"]
    if shape_of == "messages":
        assert [each["profile"]["name"] for each in meta.receiver.values[0]["contacts"]] == ["Ann", "Bob"]


async def test_statuses_are_held_back_and_released_in_the_wrong_order(meta: Meta) -> None:
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    await meta.control.patch("account", json={"statuses": "held"})
    await meta.says("16505551234", "Good morning")
    await meta.control.post(f"customers/{customer}/read")
    assert (await meta.control.get("state")).json()["held"] == 3
    released = await meta.control.post("statuses/release", json={"order": "reversed"})
    assert released.json() == {"released": 3}
    await until(lambda: len(meta.receiver.statuses) == 3)
    assert [each["status"] for each in meta.receiver.statuses] == ["read", "delivered", "sent"]


async def test_nothing_is_posted_for_a_field_that_nobody_subscribed_to(meta: Meta) -> None:
    customer = await meta.customer()
    await meta.control.patch("account", json={"webhook_fields": ["message_template_status_update"]})
    await meta.writes(customer, text="Hello")
    assert (await meta.control.get("webhooks")).json() == []


async def test_any_recorded_body_can_be_posted_signed(meta: Meta) -> None:
    body = sample("account_update__account_deleted")
    await meta.control.post("webhooks", json={"body": body})
    await until(lambda: meta.receiver.bodies)
    assert meta.receiver.bodies == [body]
