"""Bodies that are small to send and dear to read: refused with a reason, within moments."""

import json
import re
import time

import pytest
from fastapi import Request, Response
from starlette.applications import Starlette
from starlette.routing import Route

from dynaris.app.edge import MOST_BYTES, Edge
from tests.web import client_of

BODIES: dict[str, tuple[bytes, int]] = {
    "ten megabytes of depth": (b"[" * 10_000_000, 413),
    "a megabyte of depth": (b"[" * 999_999, 400),
    "closed depth": (b"[" * 499_999 + b"]" * 499_999, 400),
    "depth in objects": (b'{"a":' * 160_000 + b"1" + b"}" * 160_000, 400),
    "depth just over": (b"[" * 101 + b"]" * 101, 400),
    "depth in bounds": (b"[" * 99 + b"]" * 99, 200),
    "many small lists": (b"[" + b"[]," * 333_000 + b"[]]", 400),
    "a huge number": (b'{"a": 1' + b"0" * 900_000 + b"}", 400),
    "a number beyond 64 bits": (b'{"a": 99999999999999999999}', 400),
    "a huge exponent": (b'{"a": 1e999999999}', 400),
    "many fields": (b"{" + b",".join(b'"%d":1' % number for number in range(90_000)) + b"}", 200),
    "one field again and again": (b"{" + b'"a":1,' * 160_000 + b'"a":2}', 400),
    "a NUL": (b'{"a": "\\u0000"}', 400),
    "a lone surrogate": (b'{"a": "\\ud800"}', 400),
    "NaN": (b'{"a": NaN}', 400),
    "two documents": (b"{}{}", 400),
    "another charset": ('{"a": "é"}'.encode("utf-16"), 400),
    "packed": (b"\x1f\x8b\x08\x00" + bytes(100), 400),
}


async def _echo(request: Request) -> Response:
    return Response(str(len(await request.body())))


@pytest.mark.parametrize("kind", BODIES)
async def test_json_that_costs_more_than_it_weighs(kind: str) -> None:
    body, expected = BODIES[kind]
    app = Edge(Starlette(routes=[Route("/", _echo, methods=["POST"])]), limits=[], https=False)
    async with client_of(app, **{"content-type": "application/json"}) as client:  # type: ignore[arg-type]
        started = time.thread_time()
        answer = await client.post("/", content=body)
        spent = time.thread_time() - started
    assert (answer.status_code, spent < 4) == (expected, True), (answer.text[:200], spent)
    if expected >= 400:
        assert json.loads(answer.content)["detail"]


LARGE: dict[str, tuple[bytes, int]] = {
    "many small lists": (b"[" + b"[]," * 3_900_000 + b"[]]", 400),
    "many numbers": (b"[" + b"1234567890123456789," * 590_000 + b"1]", 400),
    "many fields": (b"{" + b",".join(b'"%d":1' % number for number in range(900_000)) + b"}", 400),
    "one text": (b'{"a":"' + b"x" * 11_900_000 + b'"}', 200),
}


@pytest.mark.parametrize("kind", LARGE)
async def test_a_large_body_is_refused_before_its_values_are_made(kind: str) -> None:
    """Where a route takes more, for files: nobody else is served while a body is read."""
    body, expected = LARGE[kind]
    routes = [Route("/", _echo, methods=["POST"])]
    app = Edge(Starlette(routes=routes), limits=[(re.compile("/"), 12_000_000)], https=False)
    async with client_of(app, **{"content-type": "application/json"}) as client:  # type: ignore[arg-type]
        started = time.thread_time()
        answer = await client.post("/", content=body)
        spent = time.thread_time() - started
    assert (answer.status_code, spent < 0.4) == (expected, True), (answer.text[:200], spent)


def test_a_body_is_a_megabyte_unless_its_route_says_otherwise() -> None:
    assert MOST_BYTES == 1_000_000
