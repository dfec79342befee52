"""The Graph endpoints: what they answer, and what Meta refuses they refuse with its code."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dynaris.core import clock
from tests.sandbox.meta.conftest import Meta, until

BUTTON = {"type": "reply", "reply": {"id": "a", "title": "Yes"}}
ROW = {"id": "a", "title": "First"}


def buttons(*replies: dict[str, Any]) -> dict[str, Any]:
    interactive = {"type": "button", "body": {"text": "Shall we?"}, "action": {"buttons": list(replies)}}
    return {"type": "interactive", "interactive": interactive}


def a_list(*sections: dict[str, Any]) -> dict[str, Any]:
    action = {"button": "Choose", "sections": list(sections)}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "Which?"}, "action": action}}


def template(name: str = "answer_ready", *texts: str, language: str = "en") -> dict[str, Any]:
    parameters = [{"type": "text", "text": text} for text in texts]
    components = [{"type": "body", "parameters": parameters}] if texts else []
    return {"type": "template", "template": {"name": name, "language": {"code": language}, "components": components}}


def code_of(answer: httpx.Response) -> int:
    error = answer.json()["error"]
    assert {"message", "type", "code", "fbtrace_id"} <= set(error)
    if error["code"] >= 100_000:
        assert set(error["error_data"]) == {"messaging_product", "details"}
    return error["code"]


@pytest.fixture
async def ada(meta: Meta) -> str:
    """She has written, so that anything may be sent to her."""
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    return customer


TAKEN: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": {"body": "x" * 4096, "preview_url": True}},
    "text of no type": {"text": {"body": "Hi"}},
    "image by link": {"type": "image", "image": {"link": "https://example.com/a.png", "caption": "Look"}},
    "document": {"type": "document", "document": {"link": "https://example.com/a.pdf", "filename": "a.pdf"}},
    "location": {"type": "location", "location": {"latitude": "52.5", "longitude": 13.4, "name": "Here"}},
    "contacts": {"type": "contacts", "contacts": [{"name": {"formatted_name": "Bob"}, "phones": []}]},
    "buttons": buttons(BUTTON, {"type": "reply", "reply": {"id": "b", "title": "No"}}),
    "list": a_list({"rows": [ROW, {"id": "b", "title": "Second", "description": "Later"}]}),
    "link": {
        "type": "interactive",
        "interactive": {
            "type": "cta_url",
            "body": {"text": "See"},
            "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com"}},
        },
    },
    "template": template("answer_ready", "Ada", "parking"),
    "template without variables": template("hello_world", language="en_US"),
}


@pytest.mark.parametrize("kind", TAKEN)
async def test_every_type_is_taken_and_reaches_the_phone(meta: Meta, ada: str, kind: str) -> None:
    answer = await meta.post(to="+1 650-555-1234", **TAKEN[kind])
    assert answer.status_code == 200, answer.text
    [contact], [message] = answer.json()["contacts"], answer.json()["messages"]
    assert contact == {"input": "+1 650-555-1234", "wa_id": "16505551234", "user_id": ada}
    assert message["id"].startswith("wamid.")
    assert (await meta.conversation(ada))[-1]["id"] == message["id"]


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "no body": (131008, {"type": "text", "text": {"body": ""}}),
    "a body too long": (100, {"type": "text", "text": {"body": "x" * 4097}}),
    "an unknown type": (100, {"type": "poll", "poll": {}}),
    "its part missing": (131008, {"type": "image"}),
    "id and link": (100, {"type": "image", "image": {"id": "1", "link": "https://example.com/a.png"}}),
    "an unknown medium": (131009, {"type": "image", "image": {"id": "1"}}),
    "a caption on audio": (100, {"type": "audio", "audio": {"link": "https://example.com/a", "caption": "x"}}),
    "a link that is none": (131009, {"type": "image", "image": {"link": "javascript:alert(1)"}}),
    "four buttons": (131009, buttons(*({"type": "reply", "reply": {"id": c, "title": c}} for c in "abcd"))),
    "a button's long title": (100, buttons({"type": "reply", "reply": {"id": "a", "title": "x" * 21}})),
    "two buttons with one title": (131009, buttons(BUTTON, {"type": "reply", "reply": {"id": "b", "title": "Yes"}})),
    "eleven rows": (131009, a_list({"rows": [{"id": str(n), "title": str(n)} for n in range(11)]})),
    "a row's long title": (100, a_list({"rows": [{"id": "a", "title": "x" * 25}]})),
    "sections without titles": (131008, a_list({"rows": [ROW]}, {"rows": [{"id": "b", "title": "x"}]})),
    "a place beyond the pole": (131009, {"type": "location", "location": {"latitude": 91, "longitude": 0}}),
    "a card without a name": (131008, {"type": "contacts", "contacts": [{"name": {}}]}),
    "a reaction to nothing": (131009, {"type": "reaction", "reaction": {"message_id": "wamid.no", "emoji": "👍"}}),
    "a reply to nothing": (131009, {"text": {"body": "x"}, "context": {"message_id": "wamid.no"}}),
    "an unknown template": (132001, template("no_such_thing")),
    "a template in another language": (132001, template("answer_ready", "Ada", "parking", language="fr")),
    "a template that waits": (132001, template("spring_offer", "Monday")),
    "too few parameters": (132000, template("answer_ready", "Ada")),
    "a parameter with a new line": (132018, template("answer_ready", "Ada", "a\nb")),
    "half a character": (100, {"text": {"body": "half \ud800"}}),
    "a long opaque": (100, {"text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_meta_refuses_is_refused_with_its_code(meta: Meta, ada: str, what: str) -> None:
    code, message = REFUSED[what]
    body = json.dumps({"messaging_product": "whatsapp", "to": "16505551234", **message})
    headers = {"content-type": "application/json"}
    answer = await meta.graph.post(f"{meta.number}/messages", content=body, headers=headers)
    assert answer.status_code >= 400, answer.text
    assert code_of(answer) == code, answer.text
    assert (await meta.control.get("counts")).json()["total"] == 0


async def test_the_token_is_checked_and_so_are_its_scopes(meta: Meta, ada: str) -> None:
    url = f"{meta.number}/messages"
    for header in ({"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        refused = await meta.graph.post(url, json={}, headers=header)
        assert (refused.status_code, code_of(refused) in (104, 190)) == (401, True)
    await meta.control.patch("account", json={"token": "expired"})
    expired = await meta.post(to="16505551234", text={"body": "x"})
    assert (code_of(expired), expired.json()["error"]["error_subcode"]) == (190, 463)
    debugged = await meta.graph.get(
        "debug_token",
        params={"input_token": meta.running.credentials["access_token"]},
        headers={"Authorization": "Bearer {app_id}|{app_secret}".format(**meta.running.credentials)},
    )
    assert debugged.json()["data"]["is_valid"] is False
    await meta.control.patch("account", json={"token": "valid", "scopes": ["whatsapp_business_management"]})
    assert code_of(await meta.post(to="16505551234", text={"body": "x"})) == 200
    assert (await meta.graph.get(f"{meta.waba}/phone_numbers")).status_code == 200
    token = await meta.graph.get("debug_token", params={"input_token": meta.running.credentials["access_token"]})
    assert token.json()["data"]["scopes"] == ["whatsapp_business_management"]
    assert token.json()["data"]["app_id"] == meta.running.credentials["app_id"]


async def test_outside_the_24_hours_only_templates_go_through(meta: Meta) -> None:
    customer = await meta.customer()
    assert code_of(await meta.post(to="16505551234", text={"body": "x"})) == 131047, "nothing was written yet"
    await meta.writes(customer, text="Hello")
    await meta.says("16505551234", "Good morning")
    tomorrow = clock.now() + timedelta(hours=24, minutes=1)
    clock.set_source(lambda: tomorrow)
    try:
        assert code_of(await meta.post(to="16505551234", text={"body": "x"})) == 131047
        paid = await meta.post(to="16505551234", **template("answer_ready", "Ada", "parking"))
        assert paid.status_code == 200
        await until(lambda: len(meta.receiver.statuses) == 4)
        assert meta.receiver.statuses[-1]["pricing"]["type"] == "regular"
    finally:
        clock.set_source(None)
    await meta.control.patch(f"customers/{customer}", json={"window": "closed"})
    assert code_of(await meta.post(to="16505551234", text={"body": "x"})) == 131047


async def test_who_is_unknown_gone_or_the_sender_is_not_reached(meta: Meta, ada: str) -> None:
    assert code_of(await meta.post(to="16505550000", text={"body": "x"})) == 131030
    own = meta.running.credentials["display_phone_number"]
    assert code_of(await meta.post(to=own, text={"body": "x"})) == 131021
    assert code_of(await meta.post(text={"body": "x"})) == 100
    await meta.control.patch(f"customers/{ada}", json={"reachable": False})
    await meta.says("16505551234", "x")
    await until(lambda: meta.receiver.statuses)
    [status] = meta.receiver.statuses
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)


async def test_a_number_that_is_not_registered_sends_nothing_until_it_is(meta: Meta, ada: str) -> None:
    await meta.control.patch("account", json={"registered": False})
    assert code_of(await meta.post(to="16505551234", text={"body": "x"})) == 133010
    shown = await meta.graph.get(meta.number, params={"fields": "status,platform_type"})
    assert shown.json() == {"status": "PENDING", "platform_type": "NOT_APPLICABLE", "id": meta.number}
    body = {"messaging_product": "whatsapp", "pin": "12"}
    assert code_of(await meta.graph.post(f"{meta.number}/register", json=body)) == 100
    await meta.graph.post(f"{meta.number}/register", json={**body, "pin": "123456"})
    await meta.says("16505551234", "x")


async def test_media_go_up_and_down_with_the_token_and_their_address_ends(meta: Meta, ada: str) -> None:
    form = {"messaging_product": "whatsapp", "type": "image/png"}
    up = await meta.graph.post(f"{meta.number}/media", data=form, files={"file": ("a.png", b"PNG", "image/png")})
    media_id = up.json()["id"]
    found = (await meta.graph.get(media_id)).json()
    assert (found["mime_type"], found["file_size"], len(found["sha256"])) == ("image/png", 3, 64)
    assert (await meta.graph.get(found["url"])).content == b"PNG"
    assert (await meta.graph.get(found["url"], headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await meta.graph.get(found["url"].replace("hash=", "hash=0"))).status_code == 404
    later = clock.now() + timedelta(minutes=6)
    clock.set_source(lambda: later)
    try:
        assert (await meta.graph.get(found["url"])).status_code == 404
    finally:
        clock.set_source(None)
    assert (await meta.post(to="16505551234", type="image", image={"id": media_id})).status_code == 200
    assert code_of(await meta.post(to="16505551234", type="audio", audio={"id": media_id})) == 131053
    assert (await meta.graph.delete(media_id)).json() == {"success": True}
    gone = await meta.graph.get(media_id)
    assert (code_of(gone), gone.json()["error"]["error_subcode"]) == (100, 33)
    odd = {"file": ("a.exe", b"MZ", "application/x-msdownload")}
    assert code_of(await meta.graph.post(f"{meta.number}/media", data={**form, "type": ""}, files=odd)) == 100


async def test_templates_are_made_decided_listed_by_pages_and_deleted(meta: Meta, ada: str) -> None:
    url = f"{meta.waba}/message_templates"
    body = {"type": "BODY", "text": "Hello {{1}}", "example": {"body_text": [["Ada"]]}}
    asked = {"name": "greeting", "language": "en", "category": "utility", "components": [body]}
    made = (await meta.graph.post(url, json=asked)).json()
    assert made["status"] == "PENDING"
    assert code_of(await meta.graph.post(url, json=asked)) == 100
    assert code_of(await meta.graph.post(url, json={**asked, "name": "Bad Name"})) == 100
    assert code_of(await meta.graph.post(url, json={**asked, "name": "x", "components": [{"type": "BODY"}]})) == 100
    rejected = {"status": "REJECTED", "reason": "INVALID_FORMAT"}
    await meta.control.patch(f"templates/{made['id']}", json=rejected)
    params = {"name": "greeting", "fields": "status,rejected_reason"}
    [found] = (await meta.graph.get(url, params=params)).json()["data"]
    assert found == {"status": "REJECTED", "rejected_reason": "INVALID_FORMAT", "id": made["id"]}
    await until(lambda: meta.receiver.values[-1].get("event") == "REJECTED")
    names, following = [], f"{meta.graph.base_url}{url}?limit=2"
    while following:
        page = (await meta.graph.get(following)).json()
        names += [each["name"] for each in page["data"]]
        following = page["paging"].get("next")
    assert len(names) == 8
    assert (await meta.graph.delete(url, params={"name": "answer_ready"})).json() == {"success": True}
    assert code_of(await meta.post(to="16505551234", **template("answer_ready", "Ada", "x"))) == 132001


async def test_a_template_with_named_parameters_and_a_picture_is_filled(meta: Meta, ada: str) -> None:
    components = [
        {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["x"]}},
        {"type": "BODY", "text": "Hello {{first_name}}", "example": {"body_text_named_params": [{}]}},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": "https://example.com/{{1}}"}]},
    ]
    asked = {"name": "named", "language": "en", "category": "MARKETING", "parameter_format": "named"}
    made = await meta.graph.post(f"{meta.waba}/message_templates", json={**asked, "components": components})
    await meta.control.patch(f"templates/{made.json()['id']}", json={"status": "APPROVED"})
    given: list[dict[str, Any]] = [
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.png"}}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Ada"}]},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "42"}]},
    ]
    named = {"name": "named", "language": {"code": "en"}}
    for missing, code in ((0, 132012), (1, 132000), (2, 131008)):
        less = [each for index, each in enumerate(given) if index != missing]
        answer = await meta.post(to="16505551234", type="template", template={**named, "components": less})
        assert code_of(answer) == code
    answer = await meta.post(to="16505551234", type="template", template={**named, "components": given})
    assert answer.status_code == 200, answer.text
    shown = (await meta.conversation(ada))[-1]["content"]
    assert shown["body"] == "Hello Ada"
    assert shown["buttons"][0]["url"] == "https://example.com/42"


async def test_a_webhook_is_subscribed_only_where_it_answers_the_challenge(meta: Meta) -> None:
    app = meta.running.credentials["app_id"]
    asked = {
        "object": "whatsapp_business_account",
        "callback_url": meta.receiver.url,
        "verify_token": "wrong",
        "fields": "messages,account_update",
    }
    assert code_of(await meta.graph.post(f"{app}/subscriptions", json=asked)) == 2200
    asked["verify_token"] = meta.receiver.verify_token
    assert (await meta.graph.post(f"{app}/subscriptions", data=asked)).json() == {"success": True}
    [found] = (await meta.graph.get(f"{app}/subscriptions")).json()["data"]
    assert found["callback_url"] == meta.receiver.url
    assert [each["name"] for each in found["fields"]] == ["messages", "account_update"]
    await meta.graph.delete(f"{meta.waba}/subscribed_apps")
    assert (await meta.graph.get(f"{meta.waba}/subscribed_apps")).json() == {"data": []}
    await meta.graph.post(f"{meta.waba}/subscribed_apps")
    assert len((await meta.graph.get(f"{meta.waba}/subscribed_apps")).json()["data"]) == 1


async def test_reading_and_typing_are_seen_on_the_phone_until_the_answer_comes(meta: Meta, ada: str) -> None:
    [written] = await meta.conversation(ada)
    typing = {"status": "read", "message_id": written["id"], "typing_indicator": {"type": "text"}}
    assert (await meta.post(**typing)).json() == {"success": True}
    [customer] = (await meta.control.get("customers")).json()
    assert customer["typing"]
    assert (await meta.conversation(ada))[0]["status"] == "read"
    await meta.says("16505551234", "Good morning")
    [customer] = (await meta.control.get("customers")).json()
    assert not customer["typing"]
    assert code_of(await meta.post(status="read", message_id="wamid.no")) == 131009


async def test_reactions_of_both_are_seen_and_taken_back(meta: Meta, ada: str) -> None:
    [written] = await meta.conversation(ada)
    for emoji in ("👍", ""):
        reaction = {"message_id": written["id"], "emoji": emoji}
        assert (await meta.post(to="16505551234", type="reaction", reaction=reaction)).status_code == 200
        assert (await meta.conversation(ada))[0]["reactions"] == ({"business": emoji} if emoji else {})


async def test_numbers_and_profile_are_shown_and_changed(meta: Meta) -> None:
    [number] = (await meta.graph.get(f"{meta.waba}/phone_numbers")).json()["data"]
    assert number["id"] == meta.number
    profile = {"messaging_product": "whatsapp", "about": "Open", "websites": ["https://example.com"]}
    await meta.graph.post(f"{meta.number}/whatsapp_business_profile", json=profile)
    shown = await meta.graph.get(f"{meta.number}/whatsapp_business_profile", params={"fields": "about,websites"})
    assert shown.json() == {"data": [profile]}


async def test_anything_unknown_is_answered_as_graph_does(meta: Meta) -> None:
    for url in ("123456", "123456/messages"):
        answer = await (meta.graph.get(url) if url == "123456" else meta.graph.post(url, json=_to()))
        assert (answer.status_code, code_of(answer)) == (400, 100)
    nowhere = await meta.graph.get(f"{meta.running.url}/nothing")
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (400, 2500)
    broken = await meta.graph.post(
        f"{meta.number}/messages", content=b"{", headers={"content-type": "application/json"}
    )
    assert code_of(broken) == 100


def _to() -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": "16505551234", "text": {"body": "x"}}


async def test_a_hundred_messages_a_second_are_taken_and_counted(meta: Meta) -> None:
    numbers = [f"1650556{index:04d}" for index in range(20)]
    for number in numbers:
        await meta.customer(wa_id=number)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(meta.writes(numbers[turn % 20], text=str(turn)) for turn in range(100)))
    await until(lambda: len(meta.receiver.messages) == 100)
    assert asyncio.get_running_loop().time() - began < 3
    answers = (meta.says(numbers[turn % 20], "x", biz_opaque_callback_data=f"o{turn % 50}") for turn in range(100))
    await asyncio.gather(*answers)
    counts = (await meta.control.get("counts")).json()
    assert counts["total"] == 100
    assert counts["by_opaque"] == {f"o{turn}": 2 for turn in range(50)}
