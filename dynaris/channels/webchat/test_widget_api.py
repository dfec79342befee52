"""What the widget asks beside messages: its looks, who is signed in, who types, and the files of a chat."""

import asyncio
import hmac
import secrets
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from dynaris.channels.contract import Account
from dynaris.channels.webchat.adapter import session_key
from dynaris.channels.webchat.appearance import readable_on
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.channels.webchat.test_webchat import SESSION, SITE, app_over, widget
from dynaris.channels.webchat.texts import TEXTS
from dynaris.core.ids import new_id
from tests.fakes.host import FakeHost
from tests.web import client_of

NEW, OLD = SecretStr("dwi_new"), SecretStr("dwi_old")


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(widget(origins=[SITE], identity_secret=NEW, earlier_identity_secret=OLD))


@pytest.fixture
async def page(host: FakeHost, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app_over(host, tmp_path), **{"x-api-key": "demo", "origin": SITE}) as client:
        yield client


def hash_of(text: str, secret: SecretStr = NEW) -> str:
    return hmac.digest(secret.get_secret_value().encode(), text.encode(), sha256).hex()


async def identify(page: httpx.AsyncClient, **given: Any) -> httpx.Response:
    return await page.post("/api/chat-widget/identify", json={"session_id": SESSION, **given})


async def test_the_look_is_public_cacheable_in_the_wanted_language_and_holds_no_secret(
    host: FakeHost, page: httpx.AsyncClient
) -> None:
    host.known[0] = widget(
        origins=[SITE],
        identity_secret=NEW,
        colour="#ffdd00",
        pre_chat={"enabled": True, "email": {"required": True, "label": "Your address"}, "name": {"visible": False}},
        texts={"de": {"send": "Abschicken"}},
    )
    answer = await page.get("/api/chat-widget/config", params={"lang": "pt,de-AT,en"})
    look = answer.json()
    assert (look["language"], look["texts"]["send"]) == ("de", "Abschicken")
    assert (look["title"], look["greeting"], look["on_colour"]) == ("Demo Clinic", TEXTS["de"]["greeting"], "#000000")
    assert look["form"] == [{"name": "email", "label": "Your address", "required": True}]
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "dwi_" not in answer.text
    assert (await page.get("/api/chat-widget/config", headers={"origin": "https://evil.example"})).status_code == 403


async def test_outside_of_business_hours_the_away_text_greets(host: FakeHost, page: httpx.AsyncClient) -> None:
    host.business = ("Demo Clinic", False, False)
    look = (await page.get("/api/chat-widget/config")).json()
    assert (look["is_open"], look["greeting"]) == (False, TEXTS["en"]["away"])
    host.business = ("Demo Clinic", False, True)
    look = (await page.get("/api/chat-widget/config")).json()
    assert look["greeting"] == TEXTS["en"]["greeting"], "agents answer all the same"
    host.known[0] = widget(origins=[SITE], away_text="Our assistant is here for you.")
    look = (await page.get("/api/chat-widget/config")).json()
    assert look["greeting"] == "Our assistant is here for you."


def test_every_language_has_every_text_with_the_same_places_to_fill() -> None:
    def places(text: str) -> set[str]:
        return {part.split("}")[0] for part in text.split("{")[1:]}

    for texts in TEXTS.values():
        assert {name: places(text) for name, text in texts.items()} == {
            name: places(text) for name, text in TEXTS["en"].items()
        }


def test_what_is_written_on_a_colour_is_readable_on_any() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for colour in [f"#{red:02x}{green:02x}{blue:02x}" for red in range(0, 256, 51) for green in range(0, 256, 51) for blue in range(0, 256, 51)]:  # fmt: skip  # noqa: E501
        ends = sorted((light(colour), light(readable_on(colour))))
        assert (ends[1] + 0.05) / (ends[0] + 0.05) >= 4.5, colour


@pytest.mark.parametrize(
    "settings",
    [
        {"colour": "red"},
        {"texts": {"xx": {}}},
        {"texts": {"de": {"sned": "x"}}},
        {"privacy_url": "javascript:alert(1)"},
    ],
)
def test_settings_that_would_look_broken_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WidgetSettings(**settings)


@pytest.mark.parametrize(
    ("given", "text", "secret"),
    [
        ({"email": " Ada@Example.com "}, "ada@example.com", NEW),
        ({"email": "ada@example.com"}, "ada@example.com", OLD),
        ({"email": "ada@example.com", "user_id": "17"}, "ada@example.com\n17\n", NEW),
        (
            {"email": "ada@example.com", "user_id": "17", "expires_at": 4102444800},
            "ada@example.com\n17\n4102444800",
            NEW,
        ),
    ],
)
async def test_a_signed_visitor_is_vouched_for(
    host: FakeHost, page: httpx.AsyncClient, given: dict[str, Any], text: str, secret: SecretStr
) -> None:
    answer = await identify(page, **given, name="Ada", hash=hash_of(text, secret).upper())
    assert (answer.status_code, answer.json()["verified"]) == (200, True)
    assert host.vouched == [(session_key(SESSION), given["email"], "Ada", given.get("user_id"))]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"email": "ada@example.com", "hash": hash_of("eve@example.com")}, "HMAC-SHA256"),
        ({"email": "ada@example.com", "hash": hash_of("ada@example.com", SecretStr("dwi_other"))}, "HMAC-SHA256"),
        ({"email": "ada@example.com", "user_id": "17", "hash": hash_of("ada@example.com")}, "HMAC-SHA256"),
        ({"email": "ada@example.com", "hash": ""}, "HMAC-SHA256"),
        ({"email": "ada@example.com", "hash": "ä"}, "HMAC-SHA256"),
        ({"email": "ada@example.com", "expires_at": 9, "hash": hash_of("ada@example.com\n\n9")}, "is over"),
    ],
)
async def test_a_wrong_hash_is_told_and_nothing_is_claimed(
    host: FakeHost, page: httpx.AsyncClient, given: dict[str, Any], says: str
) -> None:
    answer = await identify(page, **given)
    assert (answer.status_code, says in answer.json()["detail"]) == (403, True)
    assert (host.vouched, host.saved) == ([], [])


async def test_a_widget_without_a_secret_identifies_nobody(host: FakeHost, page: httpx.AsyncClient) -> None:
    host.known[0] = widget(origins=[SITE])
    answer = await identify(page, email="ada@example.com", hash=hash_of("ada@example.com", SecretStr("")))
    assert answer.status_code == 403
    assert host.vouched == []


async def test_typing_is_told_and_held_back_when_it_is_too_much(host: FakeHost, page: httpx.AsyncClient) -> None:
    answers = [
        (await page.post("/api/chat-widget/typing", json={"session_id": SESSION})).status_code for _ in range(41)
    ]
    assert (answers[0], answers[-1], len(host.typed)) == (204, 429, 40)


async def test_a_file_of_the_chat_opens_by_its_link_and_by_no_other(host: FakeHost, page: httpx.AsyncClient) -> None:
    [account] = host.known
    other = Account(new_id(), new_id(), "webchat", "other", WidgetSettings())
    host.known.append(other)
    key, file_id, of_another = session_key(SESSION), new_id(), new_id()
    theirs = session_key(secrets.token_urlsafe(16))
    host.files |= {(key, file_id): "the plan", (theirs, of_another): "theirs"}
    await host.say(account, key, "Here it is")
    said = host.threads[account.id, key]
    said[0] = said[0].model_copy(update={"attachments": [{"id": str(file_id), "filename": "plan.pdf"}]})
    read = await page.get("/api/chat-widget/messages", params={"session_id": SESSION})
    link = read.json()["messages"][0]["attachments"][0]["url"]
    async with client_of(page._transport.app) as anybody:  # type: ignore[attr-defined] - a click has no origin
        opened = await anybody.get(link)
        assert (opened.text, opened.headers["cross-origin-resource-policy"]) == ("the plan", "cross-origin")
        signature = httpx.URL(link).params["signature"]
        wrong = [
            link.replace(str(file_id), str(of_another)),
            link.replace(str(file_id), str(of_another)).replace(key, theirs),
            link.replace(signature, "0" * 64),
            link.replace("until=", "until=9"),
            link.replace("api_key=demo", "api_key=other"),
        ]
        assert [(await anybody.get(each)).status_code for each in wrong] == [403] * 5
        past = int(time.time()) - 1
        sign = host.fingerprint(f"chat file:{account.id}:{key}:{file_id}:{past}")
        old = f"/api/chat-widget/attachments/{file_id}?api_key=demo&thread={key}&until={past}&signature={sign}"
        assert "too old" in (await anybody.get(old)).json()["detail"]
        host.files.clear()
        assert (await anybody.get(link)).status_code == 404


async def test_a_visitor_calls_from_the_page_and_ends_it(host: FakeHost, page: httpx.AsyncClient) -> None:
    body = {"session_id": SESSION, "agent_id": "chat", "participant_name": "Ada", "session_duration_minutes": 20}
    started = await page.post("/api/chat-widget/voice/start", json=body)
    assert started.status_code == 200, started.text
    assert {name: started.json()[name] for name in ("session_id", "room_name", "token", "ws_url")} == {
        "session_id": SESSION,
        "room_name": "a room",
        "token": "a token",
        "ws_url": "wss://livekit.test",
    }
    ((_, visitor),) = host.invited
    assert (visitor.key, visitor.name, visitor.minutes, visitor.agent) == (session_key(SESSION), "Ada", 20, None)
    assert (await page.post("/api/chat-widget/voice/close", json={"session_id": SESSION})).status_code == 204
    assert host.dismissed == [session_key(SESSION)]


async def test_nobody_calls_again_and_again_nor_from_another_site(host: FakeHost, page: httpx.AsyncClient) -> None:
    path = "/api/chat-widget/voice/start"
    elsewhere = await page.post(path, json={"session_id": SESSION}, headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    answers = [(await page.post(path, json={"session_id": SESSION})).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    assert len(host.invited) == 3
    async with asyncio.TaskGroup() as group:
        others = [group.create_task(page.post(path, json={"session_id": secrets.token_urlsafe(24)})) for _ in range(8)]
    assert sorted(each.result().status_code for each in others)[-1] == 429, "one network has few calls, too"
    assert (await page.post(path, json={"session_id": SESSION, "session_duration_minutes": 500})).status_code == 422
