"""The widget's API: who may write from where, how much and how often, and the stream of replies."""

import asyncio
import base64
import json
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import httpx
import pytest
import uvicorn
from pydantic import ValidationError
from sse_starlette import ServerSentEvent

from dynaris.channels.contract import Account, Arrival, LiveEvent, Routed, Unreadable
from dynaris.channels.webchat import channel
from dynaris.channels.webchat.adapter import session_key
from dynaris.channels.webchat.routes import live_events
from dynaris.channels.webchat.schemas import MOST_BYTES, ContactIn, MessageIn
from dynaris.channels.webchat.settings import WidgetSettings
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from tests.fakes.host import FakeHost
from tests.web import client_of, web_app

SITE = "https://clinic.example"
SESSION = "wK3vX9pQ2mN8rT5yL1cJ4g"
KEY = session_key(SESSION)


def widget(address: str = "demo", **settings: Any) -> Account[WidgetSettings]:
    return Account(new_id(), new_id(), "webchat", address, WidgetSettings(**settings))


def app_over(host: FakeHost, folder: Path) -> Any:
    assert isinstance(channel, Routed)
    return web_app(Database("postgresql:///never-opened"), folder, [channel.routes(host)])


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(widget(origins=[SITE]))


@pytest.fixture
async def page(host: FakeHost, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The widget on a page of the clinic's site."""
    async with client_of(app_over(host, tmp_path), **{"x-api-key": "demo", "origin": SITE}) as client:
        yield client


async def say(page: httpx.AsyncClient, text: str = "Hello", **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    body = {"session_id": SESSION, "message": text, **more}
    return await page.post("/api/chat-widget/message", json=body, headers=headers)


async def test_a_message_is_stored_and_read_back_in_the_products_words(host: FakeHost, page: httpx.AsyncClient) -> None:
    answer = await say(page, " Hello ", metadata={"page_url": "https://clinic.example/prices", "password": "x"})
    assert (answer.status_code, answer.json()["duplicate"]) == (202, False)
    [(account, arrival)] = host.arrivals
    inbound = channel.read(arrival, account)
    assert (inbound.text, inbound.sender.value, inbound.thread.key) == ("Hello", KEY, KEY)
    assert inbound.sender.identity.value == "claimed"
    assert inbound.data == {"page_url": "https://clinic.example/prices"}
    assert SESSION not in f"{inbound.sender} {arrival.lane} {arrival.external_id}"


async def test_a_message_sent_twice_is_one(page: httpx.AsyncClient, host: FakeHost) -> None:
    first, second = await say(page, message_id="m1"), await say(page, message_id="m1")
    assert (first.json()["duplicate"], second.json()["duplicate"]) == (False, True)
    assert first.json()["event_id"] == second.json()["event_id"]
    other = await page.post(
        "/api/chat-widget/message",
        json={"session_id": secrets.token_urlsafe(16), "message": "Hi", "message_id": "m1"},
    )
    assert other.json()["duplicate"] is False
    assert len(host.arrivals) == 2


@pytest.mark.parametrize(
    "session_id",
    [
        "",
        "short",
        "a" * 64,
        "abababababababababababababababab",
        "0123456789" * 3,
        "12345678" * 4,
        "9f27c41be0d36a58",
        "wK3vX9pQ2mN8rT5yL1cJ",
        "wK3vX9pQ2mN8rT5yL1cJ4 ",
        "wK3vX9pQ2mN8rT5yL1cJ4ö",
        "wK3vX9pQ2mN8rT5yL1cJ4\n",
        "x" * 201,
    ],
)
async def test_a_weak_session_id_is_refused(session_id: str, page: httpx.AsyncClient, host: FakeHost) -> None:
    body = {"session_id": session_id, "message": "Hello"}
    answer = await page.post("/api/chat-widget/message", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert (await page.get("/api/chat-widget/messages", params={"session_id": session_id})).status_code == 422
    assert host.arrivals == []


def test_random_session_ids_are_never_refused() -> None:
    for _ in range(500):
        for session_id in (
            secrets.token_urlsafe(16),
            secrets.token_hex(16),
            str(uuid4()),
            base64.b64encode(secrets.token_bytes(16)).decode(),
        ):
            ContactIn(session_id=session_id)


@pytest.mark.parametrize("key", [None, "", "other", "demo\x00", "é"])
async def test_an_unknown_key_is_refused(host: FakeHost, tmp_path: Path, key: str | None) -> None:
    async with client_of(app_over(host, tmp_path)) as page:
        answer = await say(page, headers={} if key is None else {"x-api-key": key.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_only_the_named_sites_may_embed_the_widget(page: httpx.AsyncClient, host: FakeHost) -> None:
    for origin in ("https://evil.example", "http://clinic.example", f"{SITE}.evil.example", "null"):
        answer = await say(page, headers={"origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert host.arrivals == []


async def test_a_page_of_this_server_may_show_every_widget(page: httpx.AsyncClient) -> None:
    answer = await say(page, headers={"origin": str(page.base_url).rstrip("/")})
    assert answer.status_code == 202


async def test_a_session_stays_with_its_site_and_widget(tmp_path: Path) -> None:
    host = FakeHost(widget(), widget("second"))
    async with client_of(app_over(host, tmp_path), **{"x-api-key": "demo"}) as page:
        assert (await say(page, headers={"origin": SITE})).status_code == 202
        assert (await say(page, headers={"origin": "https://evil.example"})).status_code == 403
        assert (await say(page, headers={"origin": SITE, "x-api-key": "second"})).status_code == 403
        query = {"session_id": SESSION, "api_key": "second"}
        stolen = await page.get("/api/chat-widget/messages", params=query, headers={"x-api-key": "second"})
        assert stolen.status_code == 403


async def test_a_preflight_is_answered_for_every_path(page: httpx.AsyncClient) -> None:
    answer = await page.options("/api/chat-widget/message", headers={"access-control-request-method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["vary"] == "Origin"
    assert "x-api-key" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_page_can_read_errors_too(page: httpx.AsyncClient) -> None:
    json_type = {"content-type": "application/json"}
    for answer, status in (
        (await say(page, ""), 422),
        (await say(page, headers={"x-api-key": "no"}), 401),
        (await say(page), 202),
        (await page.post("/api/chat-widget/message", content=b"{", headers=json_type), 400),
        (await page.post("/api/chat-widget/message", content=b"x" * 8_000_000, headers=json_type), 413),
        (await page.post("/api/chat-widget/contact", content=b"x" * 2_000_000, headers=json_type), 413),
        (await page.get("/api/chat-widget/messages?session_id=%00"), 400),
        (await page.get("/api/chat-widget/nothing"), 405),
    ):
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == SITE
        assert answer.headers["access-control-expose-headers"] == "retry-after"
    elsewhere = await page.get("/healthz")
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_a_session_of_a_program_is_no_web_pages_afterwards(tmp_path: Path) -> None:
    async with client_of(app_over(FakeHost(widget()), tmp_path), **{"x-api-key": "demo"}) as program:
        query = {"session_id": SESSION}
        assert (await program.get("/api/chat-widget/messages", params=query)).status_code == 200
        assert (await say(program)).status_code == 202
        assert (await say(program, headers={"origin": SITE})).status_code == 403
        stolen = await program.get("/api/chat-widget/messages", params=query, headers={"origin": SITE})
        assert stolen.status_code == 403
        assert (await say(program)).status_code == 202


async def test_a_page_on_the_widgets_own_site_reads_before_it_writes(tmp_path: Path) -> None:
    async with client_of(app_over(FakeHost(widget()), tmp_path), **{"x-api-key": "demo"}) as page:
        assert (await page.get("/api/chat-widget/messages", params={"session_id": SESSION})).status_code == 200
        assert (await say(page, headers={"origin": SITE})).status_code == 202
        assert (await say(page, headers={"origin": "https://evil.example"})).status_code == 403


async def test_too_many_messages_are_slowed_down(tmp_path: Path) -> None:
    host = FakeHost(widget(messages_per_minute=2))
    async with client_of(app_over(host, tmp_path), **{"x-api-key": "demo", "origin": SITE}) as page:
        *taken, refused = [await say(page) for _ in range(3)]
    assert [answer.status_code for answer in taken] == [202, 202]
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["access-control-expose-headers"] == "retry-after"


def attached(size: int, **more: Any) -> dict[str, Any]:
    content = base64.b64encode(b"x" * size).decode()
    return {"data_base64": content, "mime_type": "image/png", "filename": "knee.png", **more}


async def test_attachments_of_five_megabytes_are_taken(page: httpx.AsyncClient, host: FakeHost) -> None:
    answer = await say(page, "", attachments=[attached(MOST_BYTES)])
    assert answer.status_code == 202, answer.text
    [(account, arrival)] = host.arrivals
    inbound = channel.read(arrival, account)
    assert [(len(each.content), each.mime_type) for each in inbound.attachments] == [(MOST_BYTES, "image/png")]
    assert inbound.text == "[1 attachment: knee.png]"


@pytest.mark.parametrize(
    "attachments",
    [
        [attached(MOST_BYTES + 1)],
        [attached(MOST_BYTES // 2), attached(MOST_BYTES // 2 + 1)],
        [attached(1)] * 11,
        [attached(1, data_base64="not base64!")],
        [attached(1, data_base64="data:image/png;base64,AAAA")],
        [attached(1, mime_type="image/png\r\nx: y")],
        [attached(1, filename="")],
        [{}],
        "file",
    ],
)
async def test_attachments_that_are_too_much_or_none_are_refused(
    page: httpx.AsyncClient, host: FakeHost, attachments: Any
) -> None:
    assert (await say(page, attachments=attachments)).status_code == 422
    assert host.arrivals == []


async def test_a_body_beyond_the_limit_is_not_even_read(page: httpx.AsyncClient) -> None:
    answer = await say(page, attachments=[attached(6_000_000)])
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"[]", 422),
        (json.dumps({"session_id": SESSION, "message": "a\x00b"}).encode(), 400),
        (json.dumps({"session_id": SESSION, "message": "x", "metadata": {"page_url": "\x00"}}).encode(), 400),
        (f'{{"session_id": "{SESSION}", "message": "\\ud800"}}'.encode(), 400),
        (f'{{"session_id": "{SESSION}", "message": "\xff"}}'.encode("latin-1"), 400),
        (f'{{"session_id": "{SESSION}", "message": "x", "metadata": {"[" * 200 + "]" * 200}}}'.encode(), 400),
        (json.dumps({"session_id": SESSION, "message": "x" * 10_001}).encode(), 422),
        (json.dumps({"session_id": SESSION, "message": " \n "}).encode(), 422),
        (json.dumps({"session_id": SESSION, "message": 7}).encode(), 422),
        (json.dumps({"message": "no session"}).encode(), 422),
    ],
)
async def test_a_body_that_cannot_be_kept_is_refused(
    page: httpx.AsyncClient, host: FakeHost, content: bytes, status: int
) -> None:
    answer = await page.post("/api/chat-widget/message", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert host.arrivals == []


async def test_a_body_that_is_not_called_json_is_refused(page: httpx.AsyncClient, host: FakeHost) -> None:
    body = json.dumps({"session_id": SESSION, "message": "a\x00b"})
    answer = await page.post("/api/chat-widget/message", content=body, headers={"content-type": "text/plain"})
    assert (answer.status_code, host.arrivals) == (422, [])


def test_a_stored_arrival_that_cannot_be_read_says_so() -> None:
    for raw in (b"", b"\xff", b"[]", b'{"session_id": "short", "message": "x"}'):
        with pytest.raises(Unreadable):
            channel.read(Arrival(external_id="1", lane="l", raw=raw), widget())
    with pytest.raises(ValidationError):
        MessageIn.model_validate({"session_id": SESSION})


async def test_the_conversation_is_polled_from_the_last_message_seen(host: FakeHost, page: httpx.AsyncClient) -> None:
    question = await host.say(host.known[0], KEY, "Hello?", "inbound")
    await host.say(host.known[0], KEY, "Hi!")
    query = {"session_id": SESSION}
    everything = (await page.get("/api/chat-widget/messages", params=query)).json()["messages"]
    assert [(each["direction"], each["content"]["body"]) for each in everything] == [
        ("inbound", "Hello?"),
        ("outbound", "Hi!"),
    ]
    later = await page.get("/api/chat-widget/messages", params={**query, "after": str(question.id)})
    assert [each["content"]["body"] for each in later.json()["messages"]] == ["Hi!"]
    other = {"session_id": secrets.token_urlsafe(16)}
    assert (await page.get("/api/chat-widget/messages", params=other)).json() == {"messages": []}


async def test_who_the_visitor_is_and_the_code_are_handed_on(host: FakeHost, page: httpx.AsyncClient) -> None:
    body = {"session_id": SESSION, "first_name": "Ada", "email": "ada@example.com", "last_name": " ", "role": "admin"}
    assert (await page.post("/api/chat-widget/contact", json=body)).status_code == 204
    assert host.saved == [(KEY, {"first_name": "Ada", "email": "ada@example.com"})]
    for code, shown in (("000000", (200, False)), (" 123456 ", (200, True)), ("12345", (422, None))):
        answer = await page.post("/api/chat-widget/verify", json={"session_id": SESSION, "code": code})
        assert (answer.status_code, answer.json().get("verified")) == shown


@asynccontextmanager
async def served(host: FakeHost, folder: Path) -> AsyncIterator[str]:
    """A real server, because a stream is read while it is written."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app_over(host, folder), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server._serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/chat-widget/sse"
    finally:
        server.should_exit = True
        await serving


class Stream:
    """What `EventSource` sees."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def event(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        while True:
            line = (await asyncio.wait_for(self.response.content.readline(), 5)).decode().rstrip("\r\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                return fields

    async def data(self) -> dict[str, Any]:
        return json.loads((await self.event())["data"])


@asynccontextmanager
async def watched(url: str, **query: str) -> AsyncIterator[Stream]:
    headers = {"origin": SITE} | ({"last-event-id": query.pop("last")} if "last" in query else {})
    async with aiohttp.ClientSession() as http:
        parameters = {"session_id": SESSION, "api_key": "demo", **query}
        async with http.get(url, params=parameters, headers=headers) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "text/event-stream"
            assert response.headers["access-control-allow-origin"] == SITE
            yield Stream(response)


async def test_replies_and_typing_are_streamed_as_unnamed_events(host: FakeHost, tmp_path: Path) -> None:
    [account] = host.known
    await host.say(account, KEY, "said before")
    async with served(host, tmp_path) as url, watched(url) as stream:
        await host.until_watched(account, KEY)
        host.happens(account, KEY, LiveEvent("typing"))
        assert await stream.data() == {"type": "chat_typing", "data": {}}
        await host.say(account, KEY, "the visitor's own", "inbound")
        reply = await host.say(account, KEY, "Hi!\nTwo lines")
        event = await stream.event()
        assert set(event) == {"id", "data"}  # a name would hide it from `onmessage`
        assert event["id"] == str(reply.id)
        data = json.loads(event["data"])
        assert (data["type"], data["data"]["message"]["content"]) == ("chat_new_message", {"body": "Hi!\nTwo lines"})


async def test_a_broken_stream_goes_on_where_it_ended(host: FakeHost, tmp_path: Path) -> None:
    [account] = host.known
    seen = await host.say(account, KEY, "seen")
    for text in ("missed 1", "missed 2"):
        await host.say(account, KEY, text)
    async with served(host, tmp_path) as url:
        for query in ({"last": str(seen.id)}, {"after": str(seen.id)}):
            async with watched(url, **query) as stream:
                bodies = [(await stream.data())["data"]["message"]["content"]["body"] for _ in range(2)]
                assert bodies == ["missed 1", "missed 2"]


async def test_another_visitors_stream_stays_silent(host: FakeHost, tmp_path: Path) -> None:
    [account] = host.known
    async with served(host, tmp_path) as url, watched(url) as stream:
        await host.until_watched(account, KEY)
        await host.say(account, session_key("someone else"), "not for you")
        await host.say(account, KEY, "for you")
        assert (await stream.data())["data"]["message"]["content"]["body"] == "for you"


def body_of(event: ServerSentEvent) -> str:
    assert event.data is not None
    return json.loads(event.data)["data"]["message"]["content"]["body"]


async def test_a_long_conversation_is_news_from_its_end_on(host: FakeHost) -> None:
    """More than one page is stored: neither repeated as news, nor cut off when it was missed."""
    [account] = host.known
    first = await host.say(account, KEY, "1")
    for number in range(2, 251):
        await host.say(account, KEY, str(number))
    stream = live_events(host, account, KEY, None)
    following = asyncio.ensure_future(anext(stream))
    await host.until_watched(account, KEY)
    await asyncio.sleep(0)
    await host.say(account, KEY, "new")
    assert body_of(await asyncio.wait_for(following, 5)) == "new"
    await stream.aclose()
    missed = live_events(host, account, KEY, first.id)
    assert [body_of(await anext(missed)) for _ in range(250)] == [*map(str, range(2, 251)), "new"]
    await missed.aclose()


async def test_a_stream_that_ends_watches_no_longer(host: FakeHost, tmp_path: Path) -> None:
    [account] = host.known
    async with served(host, tmp_path) as url:
        async with watched(url):
            await host.until_watched(account, KEY)
        await asyncio.wait_for(host.unwatched.wait(), 5)
    assert not host.watching[account.id, KEY]


@pytest.mark.parametrize(
    "origin", ["clinic.example", "https://", "https://clinic.example/page", "https://a b", "https://*.example", ""]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match="scheme://host"):
        WidgetSettings(origins=[SITE, origin])


def test_origins_are_kept_as_browsers_send_them() -> None:
    given = ["https://Clinic.example/", "http://localhost:3000", "http://[::1]:80", "capacitor://localhost", "*"]
    assert WidgetSettings(origins=given).origins == ["https://clinic.example", *given[1:]]
