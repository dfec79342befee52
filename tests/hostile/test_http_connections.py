"""Clients that send slowly, send too much or never read: each ends in time, and an honest one beside them is served."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dynaris.app.edge import Edge
from dynaris.app.http_connection import Limits
from dynaris.core.networks import networks_of
from dynaris.core.pace import network_of
from dynaris.core.settings import Settings
from tests.hostile.conftest import Client, connected, served

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
LARGE = 32 * 1024 * 1024


async def _read(request: Request) -> Response:
    return Response(str(len(await request.body())))


async def _large(_: Request) -> Response:
    return Response(bytes(LARGE))


async def _stream(_: Request) -> StreamingResponse:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65_536)
            await asyncio.sleep(0)

    return StreamingResponse(endless())


def quick_limits(**change: float) -> Limits:
    values = {"head_seconds": 0.4, "stalled_seconds": 0.5, "linger_seconds": 0.3, "look_seconds": 0.05, **change}
    return Limits(proxies=(), **values)  # type: ignore[arg-type]


@pytest.fixture
async def limits() -> Limits:
    return quick_limits()


@pytest.fixture
async def port(limits: Limits) -> AsyncIterator[int]:
    routes = [
        Route("/", _read, methods=["GET", "POST"]),
        Route("/large", _large),
        Route("/stream", _stream),
    ]
    app = Edge(Starlette(routes=routes), limits=[], https=False, body_seconds=0.5)
    async with served(app, limits) as bound:
        yield bound


async def is_served(port: int) -> bool:
    """An honest client, at once."""
    started = time.monotonic()
    async with connected(port) as client:
        client.send(GET)
        status, _ = await client.answer()
    return status == 200 and time.monotonic() - started < 1


async def refusal(client: Client) -> tuple[int, str]:
    status, body = await client.answer()
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"]
    return status, problem["code"]


async def test_headers_that_drip_end_the_connection(port: int) -> None:
    async with connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\n")
        dripping = asyncio.create_task(_drip(client, b"x-a: 1\r\n"))
        assert await refusal(client) == (408, "too_slow")
        assert await client.ended()
        dripping.cancel()


@pytest.mark.parametrize("start", [b"", b"\r\n", b"G", b"GET / HTTP/1.1", b"POST / HTTP/1.1\r\nhost: x\r\n"])
async def test_a_request_that_never_begins_in_earnest_ends_the_connection(port: int, start: bytes) -> None:
    async with connected(port) as client:
        client.send(start)
        assert await client.ended(within=3)


async def test_blank_lines_between_requests_keep_no_connection(port: int) -> None:
    async with connected(port) as client:
        client.send(GET)
        assert (await client.answer())[0] == 200
        dripping = asyncio.create_task(_drip(client, b"\r\n"))
        assert await client.ended(within=3)
        dripping.cancel()


async def test_a_body_that_drips_is_refused(port: int) -> None:
    async with connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        dripping = asyncio.create_task(_drip(client, b"x"))
        assert await refusal(client) == (408, "too_slow")
        assert await client.ended()
        dripping.cancel()


async def test_a_refused_body_is_read_no_longer_than_a_moment(port: int) -> None:
    async with connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(40):
            client.send(b"10000\r\n" + bytes(65_536) + b"\r\n")
        assert await refusal(client) == (413, "too_large")
        dripping = asyncio.create_task(_drip(client, b"1\r\nx\r\n"))
        assert await client.ended(within=3)
        dripping.cancel()


@pytest.mark.parametrize("path", [b"/large", b"/stream"])
async def test_who_does_not_read_is_left(port: int, limits: Limits, path: bytes) -> None:
    async with connected(port) as client:
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.send(b"GET %s HTTP/1.1\r\nhost: x\r\n\r\n" % path)
        await _until(lambda: len(limits.open) == 1)
        await _until(lambda: not limits.open)


async def test_who_reads_slowly_but_reads_gets_everything(port: int) -> None:
    async with connected(port) as client:
        client.send(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        got = 0
        while chunk := await client.reader.read(1024 * 1024):
            got += len(chunk)
            await asyncio.sleep(0.03)
    assert got > LARGE


HEADS = {
    "an address": (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
    "an endless address": (b"GET /" + b"x" * 5_000_000, 431),
    "a header": (b"GET / HTTP/1.1\r\nx: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    "an endless header": (b"GET / HTTP/1.1\r\nx: " + b"x" * 5_000_000, 431),
    "an endless name": (b"GET / HTTP/1.1\r\n" + b"x" * 5_000_000, 431),
    "many headers": (b"GET / HTTP/1.1\r\n" + b"x: 1\r\n" * 10_000 + b"\r\n", 431),
    "no request": (b"\x00\xff\x16\x03\x01" * 1_000, 400),
    "mail": (b"EHLO x\r\nMAIL FROM:<a@b>\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx", 400),
    "length and chunks": (
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a negative length": (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
    "an endless length": (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
    "a folded header": (b"GET / HTTP/1.1\r\nhost: x\r\nx: 1\r\n 2\r\n\r\n", 400),
    "a NUL": (b"GET / HTTP/1.1\r\nhost: x\r\nx: a\x00b\r\n\r\n", 400),
    "a path of other letters": (b"GET /\xc3\xa9 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
}


@pytest.mark.parametrize("kind", HEADS)
async def test_broken_and_oversized_heads_are_refused_with_a_reason(port: int, kind: str) -> None:
    raw, expected = HEADS[kind]
    async with connected(port) as client:
        client.send(raw)
        assert (await refusal(client))[0] == expected
        assert await client.ended()
    assert await is_served(port)


ENDLESS_BODIES = {
    "extensions": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;" + b"x=1;" * 500_000,
    "a trailer": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: " + b"x" * 2_000_000,
    "trailers": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + b"x: 1\r\n" * 300_000,
    "requests": GET * 50_000,
}


@pytest.mark.parametrize("kind", ENDLESS_BODIES)
async def test_what_stands_around_a_body_is_bounded_too(port: int, kind: str) -> None:
    async with connected(port) as client:
        client.send(ENDLESS_BODIES[kind])
        assert await client.ended(within=3)
    assert await is_served(port)


async def test_a_large_body_may_come_apart_from_its_headers(port: int) -> None:
    async with connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n")
        await asyncio.sleep(0.05)  # as clients do that write the two one after the other
        client.send(b"x" * 900_000)
        assert await client.answer() == (200, b"900000")


async def test_a_body_in_the_smallest_chunks_is_read(port: int) -> None:
    async with connected(port) as client:
        client.send(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 50_000)
        client.send(b"0\r\n\r\n")
        assert await client.answer() == (200, b"50000")


async def test_a_few_pipelined_requests_are_answered(port: int) -> None:
    async with connected(port) as client:
        client.send(GET * 20)
        assert [(await client.answer())[0] for _ in range(20)] == [200] * 20


async def test_a_wish_for_a_web_socket_is_answered_as_any_request(port: int) -> None:
    async with connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        assert (await client.answer())[0] == 200


async def test_one_network_holds_only_so_many_connections() -> None:
    limits = quick_limits(per_network=5)
    app = Edge(Starlette(routes=[Route("/", _read)]), limits=[], https=False)
    async with served(app, limits) as port, contextlib.AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(connected(port))
        late = await stack.enter_async_context(connected(port))
        assert await refusal(late) == (503, "unavailable")
        assert await late.ended()
        await _until(lambda: not limits.open)  # those who only hold on are late themselves
        assert await is_served(port)


async def test_a_proxy_holds_as_many_as_all_may() -> None:
    limits = quick_limits(per_network=2, connections=6, head_seconds=5)
    limits.proxies = networks_of("127.0.0.1")
    app = Edge(Starlette(routes=[Route("/", _read)]), limits=[], https=False)
    async with served(app, limits) as port, contextlib.AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(connected(port))
        assert await is_served(port)
        await _until(lambda: len(limits.open) == 5)
        await stack.enter_async_context(connected(port))
        await _until(lambda: len(limits.open) == 6)
        late = await stack.enter_async_context(connected(port))
        assert await refusal(late) == (503, "unavailable")


def test_a_proxy_is_known_by_its_own_address_whatever_the_network_around_it() -> None:
    limits = Limits(per_network=0, proxies=networks_of(Settings(trusted_proxies="::1, 10.1.0.0/16").trusted_proxies))
    limits.open = {object(): network_of(client) for client in ("::1", "10.1.2.3", "10.2.0.1", "::2")}  # type: ignore[misc]
    assert [limits.refuses(client) for client in ("::1", "10.1.2.3")] == [False, False]
    assert [limits.refuses(client) for client in ("::2", "10.2.0.1")] == [True, True]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "seen"),
    [
        ("10.9.9.9", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.0/8, 203.0.113.9", "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
async def test_a_client_is_who_a_trusted_proxy_says_and_nobody_elses_word_counts(
    trusted: str, forwarded: str, seen: str
) -> None:
    async def client_seen(request: Request) -> Response:
        assert request.client
        return Response(request.client.host)

    limits = Limits(proxies=networks_of(trusted))
    async with served(Starlette(routes=[Route("/", client_seen)]), limits) as port, connected(port) as client:
        client.send(f"GET / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: {forwarded}\r\n\r\n".encode())
        assert await client.answer() == (200, seen.encode())


async def test_an_honest_client_is_served_beside_all_of_them(port: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for start in (b"", b"GET / HTTP/1.1\r\nx: ", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nx", GET * 20):
            for _ in range(30):
                (await stack.enter_async_context(connected(port))).send(start)
        for _ in range(10):
            assert await is_served(port)


async def _drip(client: Client, piece: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while not client.writer.is_closing():
            client.send(piece)
            await asyncio.sleep(0.05)


async def _until(holds) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - connections set no event
            await asyncio.sleep(0.02)
