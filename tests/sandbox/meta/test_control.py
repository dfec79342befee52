"""The control API and the phones' page: bad input is named, other sites are kept out, nothing from outside is live."""

import asyncio
import base64
import json
from typing import Any

import pytest

from tests.sandbox.meta.conftest import Meta, until
from tests.web import client_at

EVIL = "<script>window.__xss=1</script>"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"type": "poll"}, "type must be one of text, image"),
        ({"type": "text"}, "text must be a text of 1 to"),
        ({"type": "text", "text": "x", "colour": "red"}, "unknown colour"),
        ({"type": "image"}, "image needs media_id, or data"),
        ({"type": "image", "data": "%%", "mime_type": "image/png"}, "data is no base64"),
        ({"type": "image", "data": "eA==", "mime_type": "audio/ogg"}, "'audio/ogg' is no image"),
        ({"type": "location", "latitude": 91, "longitude": 0}, "latitude must be a number from -90 to 90"),
        ({"type": "location", "latitude": float("nan"), "longitude": 0}, "latitude must be a number"),
        ({"type": "text", "text": "half \ud800"}, "this cannot be kept"),
        ({"type": "contacts", "contacts": []}, "contacts must be a list of cards"),
        ({"type": "reaction", "message_id": "wamid.no", "emoji": "x"}, "there is no message wamid.no"),
        ({"type": "text", "text": "x", "reply_to": "wamid.no"}, "there is no message wamid.no"),
    ],
)
async def test_what_a_customer_cannot_send_is_named_and_not_kept(
    meta: Meta, message: dict[str, Any], says: str
) -> None:
    customer = await meta.customer()
    body, headers = json.dumps(message), {"content-type": "application/json"}
    refused = await meta.control.post(f"customers/{customer}/messages", content=body, headers=headers)
    assert refused.status_code in (404, 422)
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert says in refused.json()["detail"]
    assert await meta.conversation(customer) == []
    assert (await meta.control.get("webhooks")).json() == []


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"name": "Ada"}, 422),
        ({"name": "Ada", "wa_id": "12"}, 422),
        ({"name": " ", "wa_id": "16505550000"}, 422),
        ({"name": "Ada", "wa_id": "16505550000", "user_id": "me"}, 422),
        ({"name": "Ada", "wa_id": "16505551234"}, 409),
    ],
)
async def test_a_customer_that_cannot_be_is_refused(meta: Meta, asked: dict[str, Any], status: int) -> None:
    await meta.customer()
    assert (await meta.control.post("customers", json=asked)).status_code == status


async def test_one_bad_message_of_a_batch_and_none_is_kept(meta: Meta) -> None:
    customer = await meta.customer()
    both = [{"customer": customer, "text": "Good"}, {"customer": customer, "type": "poll"}]
    assert (await meta.control.post("batch", json={"messages": both})).status_code == 422
    assert await meta.conversation(customer) == []


async def test_read_receipts_can_be_hidden(meta: Meta) -> None:
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    await meta.control.patch(f"customers/{customer}", json={"receipts": False})
    await meta.says("16505551234", "x")
    assert (await meta.control.post(f"customers/{customer}/read")).json() == {"read": 1}
    await until(lambda: len(meta.receiver.statuses) == 2)
    await asyncio.sleep(0.1)
    assert [each["status"] for each in meta.receiver.statuses] == ["sent", "delivered"]
    assert (await meta.conversation(customer))[-1]["status"] == "read"


async def test_what_was_sent_is_listed_and_counted(meta: Meta) -> None:
    customer = await meta.customer()
    await meta.writes(customer, text="Hello")
    for text in ("one", "two", "one"):
        await meta.says("16505551234", text)
    sent = (await meta.control.get("sent", params={"customer": customer})).json()
    assert (sent["count"], [each["text"] for each in sent["messages"]]) == (3, ["one", "two", "one"])
    assert (await meta.control.get("sent", params={"text": "one"})).json()["count"] == 2
    counts = (await meta.control.get("counts")).json()
    assert (counts["total"], counts["received"], counts["by_customer"]) == (3, 1, {customer: 3})
    assert counts["by_text"] == {"one": 2, "two": 1}


async def test_the_page_is_strict_about_what_it_loads_and_shows_no_secret(meta: Meta) -> None:
    page = await meta.control.get("")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    for name in ("main.js", "phone.css"):
        assert (await meta.control.get(f"page/{name}")).status_code == 200
    for name in ("..%2fstore.py", "nothing.js", "%2e%2e"):
        assert (await meta.control.get(f"page/{name}")).status_code == 404
    state = (await meta.control.get("state")).text
    for name in ("access_token", "app_secret", "verify_token"):
        assert meta.running.credentials[name] not in state


async def test_a_customers_file_is_saved_and_never_opened_by_the_browser(meta: Meta) -> None:
    customer = await meta.customer()
    data = base64.b64encode(EVIL.encode()).decode()
    for mime_type in ("text/html", "image/svg+xml"):
        kind = "document" if mime_type == "text/html" else "image"
        await meta.writes(customer, type=kind, data=data, mime_type=mime_type)
        media_id = (await meta.conversation(customer))[-1]["content"]["id"]
        answer = await meta.control.get(f"media/{media_id}")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_pages_of_other_sites_are_kept_out(meta: Meta, headers: dict[str, str]) -> None:
    for method, path in (("POST", "customers"), ("GET", "customers"), ("DELETE", "faults")):
        refused = await meta.control.request(method, path, headers=headers)
        assert refused.status_code == 403, (method, path)


async def test_a_form_of_another_site_is_no_command(meta: Meta) -> None:
    refused = await meta.control.post("customers", data={"name": "Ada", "wa_id": "16505551234"})
    assert refused.status_code == 422


async def test_who_looks_is_told_what_has_changed(meta: Meta) -> None:
    customer = await meta.customer()
    async with meta.control.stream("GET", "live") as live:
        lines = live.aiter_lines()
        assert await _next_data(lines) == "data: []"
        await meta.writes(customer, text="Hello")
        assert await _next_data(lines) == f'data: ["{customer}"]'


async def _next_data(lines: Any) -> str:
    async with asyncio.timeout(5):
        async for line in lines:
            if line.startswith("data:"):
                return line
    raise AssertionError("the stream ended")


async def test_a_file_is_uploaded_as_the_body_itself(meta: Meta) -> None:
    customer = await meta.customer()
    up = await meta.control.post(
        "media", params={"kind": "audio", "name": "a.ogg"}, content=b"OggS", headers={"content-type": "audio/ogg"}
    )
    await meta.writes(customer, type="audio", voice=True, media_id=up.json()["media_id"])
    await until(lambda: meta.receiver.messages)
    assert meta.receiver.messages[0]["audio"]["voice"] is True
    too_large = await meta.control.post(
        "media", params={"kind": "sticker"}, content=b"x" * 600_000, headers={"content-type": "image/webp"}
    )
    assert too_large.status_code == 422


async def test_the_graph_api_has_no_control_and_the_other_way_round(meta: Meta) -> None:
    async with client_at(meta.running.url) as stranger:
        assert (await stranger.get("/v23.0/sandbox/whatsapp/state")).status_code == 400
        assert (await stranger.get(f"/v23.0/{meta.number}")).status_code == 401
