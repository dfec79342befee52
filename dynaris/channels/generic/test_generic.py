"""Signatures in both directions, and each way in which the delivery of a reply can end."""

import asyncio
import re
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from pydantic import SecretStr

from dynaris.channels.contract import Account, OutboundMessage, Refused, Rejected, TryLater, WebhookRequest
from dynaris.channels.generic import adapter, channel
from dynaris.channels.generic.adapter import GenericSettings, check_signature
from dynaris.core import callbacks
from dynaris.core.callbacks import pause_of, sign
from dynaris.core.ids import new_id
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

SECRET = "s3cret"
ACCOUNT = Account(new_id(), new_id(), "generic", "site", GenericSettings(secret=SecretStr(SECRET)))
BODY = b'{"id": "1"}'


@dataclass
class Site:
    """The other side: keeps what it gets, answers as it is told."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    kept = Site()

    async def take(request: web.Request) -> web.Response:
        kept.got.append((request.method, request.headers.copy(), await request.read()))
        if kept.hangs_up:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=kept.status, headers=kept.headers, text="said \x00 something")

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/reply"
    channel.configure(Settings(private_networks="loopback"))  # type: ignore[attr-defined]
    yield kept
    await runner.cleanup()
    await channel.close()  # type: ignore[attr-defined] - its pooled connections


def a_reply(to: str, **more: Any) -> OutboundMessage:
    values = {"id": new_id(), "to": to, "text": "We open at 8:00 – see you!", "in_reply_to": "order-17", **more}
    return OutboundMessage(**values)


def signed(**change: Any) -> tuple[WebhookRequest, Account[GenericSettings]]:
    """An event with these fields, as its source would post it."""
    event = {
        "id": "1",
        "type": "message",
        "occurred_at": "2026-11-21T09:00:00Z",
        "from": {"email": "ada@example.com"},
        "text": "Hello",
    }
    body = orjson.dumps(event | change)
    headers = {"x-dynaris-signature": sign(body, SECRET, now=time.time())}
    return WebhookRequest("POST", headers, {}, body), ACCOUNT


async def test_a_reply_is_signed_and_says_what_it_answers(site: Site) -> None:
    message = a_reply(site.url, data={"event_id": "e", "conversation_id": "c"})
    receipt = await channel.send(message, ACCOUNT)
    [(method, headers, body)] = site.got
    assert (method, headers["Content-Type"]) == ("POST", "application/json")
    assert headers["Idempotency-Key"] == str(message.id)
    check_signature(headers["X-Dynaris-Signature"], body, SECRET, now=time.time())
    assert orjson.loads(body) == {
        "message_id": str(message.id),
        "in_reply_to": "order-17",
        "text": "We open at 8:00 – see you!",
        "subject": None,
        "event_id": "e",
        "conversation_id": "c",
    }
    assert receipt.detail == "200"


@pytest.mark.parametrize(
    ("status", "ends_with"),
    [(200, None), (204, None), (429, TryLater), (503, TryLater), (400, Refused), (410, Refused), (500, RuntimeError)],
)
async def test_each_answer_ends_the_send_in_its_way(site: Site, status: int, ends_with: type[Exception] | None) -> None:
    site.status = status
    if ends_with is None:
        await channel.send(a_reply(site.url), ACCOUNT)
    else:
        with pytest.raises(ends_with):
            await channel.send(a_reply(site.url), ACCOUNT)
    assert len(site.got) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_never_taken_for_a_receipt(site: Site, status: int) -> None:
    site.status, site.headers = status, {"location": "/elsewhere"}
    with pytest.raises(Refused, match=str(status)):
        await channel.send(a_reply(site.url), ACCOUNT)
    assert [method for method, _, _ in site.got] == ["POST"]


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("", 30.0),
        ("soon", 30.0),
        ("-5", 30.0),
        ("1.5", 30.0),
        ("²", 30.0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", 30.0),
        ("0", 1.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 1.0),
        ("Fri, 31 Dec 2199 23:59:59 GMT", 3_600.0),
        ("9" * 5_000, 3_600.0),
    ],
)
async def test_the_other_side_says_when_to_come_back(site: Site, retry_after: str, waits: float) -> None:
    site.status, site.headers = 429, {"retry-after": retry_after}
    with pytest.raises(TryLater) as later:
        await channel.send(a_reply(site.url), ACCOUNT)
    assert later.value.after == waits


def test_the_date_to_come_back_at_is_counted_from_now() -> None:
    now = datetime(2026, 11, 21, 9, 0, 0, tzinfo=UTC).timestamp()
    for date in ("Sat, 21 Nov 2026 09:02:00 GMT", "Saturday, 21-Nov-26 09:02:00 GMT", "Sat Nov 21 09:02:00 2026"):
        assert pause_of(date, now=now) == 120


UNREACHABLE = {
    "long label": f"http://{'a' * 64}.example/reply",
    "long label once encoded": f"http://{'ä' * 60}.example/reply",
    "empty label": "http://site..example/reply",
    "no label": "http://.example/reply",
    "long name": f"http://{'a.' * 200}example/reply",
    "port": "http://site.example:0/reply",
    "another service's port": "http://site.example:25/reply",
    "colon in the user": "http://a%3Ab:c@site.example/reply",
    "user beyond Latin-1": "http://%E2%82%AC:c@site.example/reply",
    "password beyond Latin-1": "http://a:%E2%82%AC@site.example/reply",
}


@pytest.mark.parametrize("url", UNREACHABLE.values(), ids=UNREACHABLE)
async def test_an_address_that_cannot_be_is_refused_at_the_door_and_at_the_send(url: str) -> None:
    with pytest.raises(Rejected, match="reply_url") as rejected:
        channel.receive(*signed(reply_url=url))
    assert (rejected.value.status, rejected.value.code) == (422, "invalid_input")
    with pytest.raises(Refused, match="nothing can be sent"):
        await channel.send(a_reply(url), ACCOUNT)


@pytest.mark.parametrize("url", ["", "reply", "ftp://site.example", "mailto:a@b.example", "http://[::1", "http:///x"])
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        await channel.send(a_reply(url), ACCOUNT)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{'a' * 63}.example/reply",
        "http://user:p%C3%A4ss@site.example./reply?x=%00#y",
        "http://[2606:4700::1]:8080/reply",
        "https://über.example/reply",
        "http://my_service:9000/reply",
    ],
)
def test_an_address_that_could_be_is_taken(url: str) -> None:
    request, account = signed(reply_url=url)
    [arrival] = channel.receive(request, account).arrivals
    assert channel.read(arrival, account).reply_to


async def test_a_host_that_does_not_answer_the_knock_got_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "_CONNECT_SECONDS", 0.05)
    channel.configure(Settings(private_networks="loopback"))  # type: ignore[attr-defined]
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        # The first is the one that the queue has room for.
        with socket.create_connection(address), pytest.raises(TryLater, match="cannot be reached"):
            await channel.send(a_reply(f"http://127.0.0.1:{address[1]}/reply"), ACCOUNT)
    await channel.close()  # type: ignore[attr-defined]


async def test_a_site_sets_no_cookies(site: Site) -> None:
    site.headers = {"set-cookie": "workspace=one; Path=/"}
    site.url = site.url.replace("127.0.0.1", "localhost")  # a jar keeps none of an IP address
    for _ in range(2):
        await channel.send(a_reply(site.url), ACCOUNT)
    assert [headers.get("Cookie") for _, headers, _ in site.got] == [None, None]


async def test_a_connection_that_never_opened_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TryLater, match="cannot be reached"):
        await channel.send(a_reply(f"http://127.0.0.1:{port}/reply"), ACCOUNT)
    await channel.close()  # type: ignore[attr-defined]


async def test_a_connection_that_broke_may_have_sent_it(site: Site) -> None:
    site.hangs_up = True
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await channel.send(a_reply(site.url), ACCOUNT)
    assert len(site.got) == 1


async def test_many_replies_leave_at_once(site: Site) -> None:
    await asyncio.gather(*(channel.send(a_reply(site.url), ACCOUNT) for _ in range(50)))
    assert len({headers["Idempotency-Key"] for _, headers, _ in site.got}) == 50


def test_our_own_signature_is_accepted_within_its_five_minutes() -> None:
    header = sign(BODY, SECRET, now=1_000_000)
    for now in (1_000_000, 1_000_300, 999_700):
        check_signature(header, BODY, SECRET, now=now)
    for now in (1_000_301, 999_699):
        with pytest.raises(Rejected, match="more than 5 minutes"):
            check_signature(header, BODY, SECRET, now=now)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=",
        "t=,v1=",
        "t=1000000",
        "t=1000000,v1=",
        "t=-1,v1=aa",
        "t=1e6,v1=aa",
        "t=①,v1=aa",
        "t=9999999999999,v1=aa",
        "t=1000000,v1=ünïcode",
        "t=1000000;v1=aa",
        "t=1000000,v1=" + "0" * 64,
        "t=1000001,v1=" + sign(BODY, SECRET, now=1_000_000).partition("v1=")[2],
        sign(BODY, "guessed", now=1_000_000),
        sign(BODY + b" ", SECRET, now=1_000_000),
    ],
)
def test_a_wrong_signature_is_refused(header: str) -> None:
    with pytest.raises(Rejected) as refused:
        check_signature(header, BODY, SECRET, now=1_000_000)
    assert (refused.value.status, refused.value.code) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": ""}, 422),
        ({"id": "x" * 201}, 422),
        ({"text": " \n"}, 422),
        ({"text": None}, 422),
        ({"occurred_at": "yesterday"}, 422),
        ({"from": {"name": "Nobody"}}, 422),
        ({"from": "ada@example.com"}, 422),
        ({"reply_url": "ftp://site.example"}, 422),
        ({"reply_url": "javascript:alert(1)"}, 422),
        ({"data": []}, 422),
    ],
)
def test_a_signed_body_with_a_wrong_field_says_which(change: dict[str, Any], status: int) -> None:
    with pytest.raises(Rejected) as refused:
        channel.receive(*signed(**change))
    assert refused.value.status == status
    assert next(iter(change)) in refused.value.reason


def test_signed_bytes_that_are_no_event_are_refused() -> None:
    for body, status in ((b"", 400), (b"{", 400), (b"\xff", 400), (b"[]", 422), (b"null", 422)):
        headers = {"x-dynaris-signature": sign(body, SECRET, now=time.time())}
        with pytest.raises(Rejected) as refused:
            channel.receive(WebhookRequest("POST", headers, {}, body), ACCOUNT)
        assert refused.value.status == status


def test_the_recipe_of_the_user_page_sends_an_event_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parents[3] / "docs" / "integrations" / "generic.md"
    recipe = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)[0]
    sent: list[urllib.request.Request] = []

    def keep(request: urllib.request.Request) -> BytesIO:
        sent.append(request)
        return BytesIO(b"{}")

    monkeypatch.setattr(urllib.request, "urlopen", keep)
    exec(recipe.replace('SECRET = "…"', f'SECRET = "{SECRET}"'), {})
    [request] = sent
    assert isinstance(request.data, bytes)
    headers = {name.lower(): value for name, value in request.header_items()}
    [arrival] = channel.receive(WebhookRequest("POST", headers, {}, request.data), ACCOUNT).arrivals
    assert (arrival.external_id, headers["x-dynaris-source"]) == ("order-17", "booking-site")
    assert channel.read(arrival, ACCOUNT).reply_to == "http://127.0.0.1:9000/replies"


PRIVATE = [
    "http://127.0.0.1/x",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:10.0.0.1]/",
    "http://0x7f.1/",
]


@pytest.mark.parametrize("url", [*PRIVATE, "http://localhost:8000/", "http://ann@10.0.0.1/", "http://2130706433/"])
async def test_a_private_reply_address_is_refused_at_the_door_and_at_the_send(url: str) -> None:
    strict = adapter.GenericChannel()
    with pytest.raises(Rejected, match="reply_url") as caught:
        strict.receive(*signed(reply_url=url))
    assert caught.value.status == 422
    with pytest.raises(Refused, match="nothing can be sent"):
        await strict.send(a_reply(url), ACCOUNT)


async def test_a_name_that_leads_to_us_is_told_as_one_that_nobody_knows(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    strict = adapter.GenericChannel()
    strict._callbacks._outbound = Outbound(lookup=lambda _, port: socket.getaddrinfo("127.0.0.1", port))
    with pytest.raises(TryLater, match=r"no public address is known for shop\.example"):
        await strict.send(a_reply(f"http://shop.example:{port}"), ACCOUNT)
    await strict.close()
    assert site.got == []
