"""Bad input of every kind ends in a problem that says why, never in a 500."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import structlog.testing
import uvicorn
from fastapi import FastAPI

from dynaris.app.edge import MOST_BYTES
from dynaris.core.http import PROBLEM_JSON

JSON = {"content-type": "application/json"}


def is_problem(response: httpx.Response, status: int, code: str) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM_JSON
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:dynaris:problem:{code}"
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\x00"}',
        b'{"a": "\x07"}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": [{"b": "x\\u0000y"}]}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\udc00\\ud800"}',
        b'{"a": 99999999999999999999999}',
        b'{"a": -9223372036854775809}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
    ids=lambda body: body[:24].decode(errors="replace"),
)
async def test_json_that_cannot_be_read_or_stored_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    is_problem(await client.post("/probe/echo", content=body, headers=JSON), 400, "malformed_request")


async def test_an_escaped_backslash_before_u0000_is_no_nul(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/probe/echo", content=b'{"a": "\\\\u0000", "n": [[9223372036854775807]]}', headers=JSON
    )
    assert response.json() == {"a": "\\u0000", "n": [[2**63 - 1]]}


async def test_another_json_media_type_is_guarded_too(client: httpx.AsyncClient) -> None:
    for name in ("application/vnd.x+json", "Application/JSON; charset=utf-8"):
        response = await client.post("/probe/echo", content=b'{"a": "\\u0000"}', headers={"content-type": name})
        is_problem(response, 400, "malformed_request")


async def test_a_field_that_is_wrong_is_named_but_not_repeated(client: httpx.AsyncClient) -> None:
    body = is_problem(await client.get("/probe/typed", params={"number": "secret-word"}), 422, "invalid_input")
    assert body["errors"][0]["field"] == "number"
    assert "secret-word" not in str(body)


async def test_a_nul_in_the_address_is_refused(client: httpx.AsyncClient) -> None:
    is_problem(await client.get("/probe/typed?number=%00"), 400, "malformed_request")
    is_problem(await client.get("/probe/error/%00"), 400, "malformed_request")


async def test_a_nul_that_only_the_database_notices_is_the_callers_mistake(client: httpx.AsyncClient) -> None:
    is_problem(await client.post("/probe/store", content=b"a\x00b"), 422, "invalid_input")


async def test_unknown_routes_and_methods_are_problems(client: httpx.AsyncClient) -> None:
    is_problem(await client.get("/api/nothing"), 404, "not_found")
    is_problem(await client.get("/api/members/"), 404, "not_found")
    refused = await client.delete("/probe/echo")
    is_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "POST"


async def test_our_errors_carry_their_extras(client: httpx.AsyncClient) -> None:
    assert is_problem(await client.get("/probe/error/conflict"), 409, "conflict")["waiting"] == 3
    busy = await client.get("/probe/error/busy")
    is_problem(busy, 429, "too_many_requests")
    assert busy.headers["retry-after"] == "7"


async def test_a_channels_refusal_is_a_problem(client: httpx.AsyncClient) -> None:
    refused = await client.get("/probe/error/rejected")
    is_problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_lost_database_is_unavailable_and_worth_another_try(client: httpx.AsyncClient) -> None:
    response = await client.get("/probe/error/database")
    is_problem(response, 503, "unavailable")
    assert "retry-after" in response.headers


async def test_the_unexpected_is_logged_with_the_id_that_the_caller_gets(client: httpx.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        response = await client.get("/probe/error/unexpected")
    body = is_problem(response, 500, "internal")
    assert "password" not in response.text
    assert [line["error_id"] for line in lines if line["log_level"] == "error"] == [body["error_id"]]


async def test_a_body_over_the_limit_is_refused_while_it_is_read(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 100_000
            yield b"x" * 100_000
            assert read < 3 * MOST_BYTES, "nobody stopped reading"

    async def bounded() -> AsyncIterator[bytes]:
        async for chunk in endless():
            if read > 2 * MOST_BYTES:
                return
            yield chunk

    is_problem(await client.post("/probe/raw", content=bounded()), 413, "too_large")


async def test_an_announced_length_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    is_problem(await client.post("/probe/raw", content=b"x" * (MOST_BYTES + 1)), 413, "too_large")
    assert (await client.post("/probe/raw", content=b"x" * MOST_BYTES)).json() == {"size": MOST_BYTES}


async def test_a_route_may_take_more(client: httpx.AsyncClient) -> None:
    assert (await client.post("/probe/large", content=b"x" * 2_999_999)).json() == {"size": 2_999_999}
    refused = is_problem(await client.post("/probe/large", content=b"x" * 4_500_000), 413, "too_large")
    assert refused["detail"] == "the body may have 3.0 MB, not 4.5 MB"


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/inbox", "/api/nothing"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"


@contextlib.asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    listening = socket.create_server(("127.0.0.1", 0))  # connections wait here until the server has started
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()[1]
    server.should_exit = True
    await running


async def test_a_real_server_answers_413_to_chunks_without_a_length(app: FastAPI) -> None:
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /probe/raw HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        for _ in range(20):
            writer.write(chunk)
        writer.write(b"0\r\n\r\n")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 413")


async def test_documented_operations_have_readable_and_unique_names(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))
    assert "workspace-list-members" in names
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in str(document["paths"]["/api/members"])


async def test_the_api_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = (await client.get("/api/docs")).text
    assert "GET /api/members" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page
