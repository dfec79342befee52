"""The phones' page on the product's own port: passed on whole, streamed, and nothing beyond it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dynaris.app.ports import free_port
from dynaris.core.errors import DynarisError
from dynaris.sandbox.forward import forwarded
from tests.sandbox.meta.conftest import Meta, until


@pytest.fixture
async def product(meta: Meta) -> AsyncIterator[httpx.AsyncClient]:
    async with served(meta.running.port) as client:
        yield client


@asynccontextmanager
async def served(sandbox_port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A web process with the router alone."""
    app, port = FastAPI(), free_port("127.0.0.1")
    app.include_router(forwarded("whatsapp", sandbox_port))

    @app.exception_handler(DynarisError)
    async def problem(_request: Request, error: DynarisError) -> JSONResponse:
        return JSONResponse({"detail": error.detail}, error.status)

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        yield client
    server.should_exit = True
    await task


async def test_the_page_and_its_api_are_passed_on(meta: Meta, product: httpx.AsyncClient) -> None:
    moved = await product.get("/sandbox/whatsapp")
    assert moved.headers["location"] == "/sandbox/whatsapp/"
    page = await product.get("/sandbox/whatsapp/")
    assert page.text == (await meta.control.get("")).text
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    made = await product.post("/sandbox/whatsapp/customers", json={"name": "Ada", "wa_id": "16505551234"})
    assert made.status_code == 201
    sent = await product.get("/sandbox/whatsapp/sent", params={"customer": "16505551234", "text": "a b&c"})
    assert sent.json() == {"count": 0, "messages": []}
    refused = await product.post("/sandbox/whatsapp/customers", json={"name": "Ada"})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json; charset=utf-8")


async def test_the_news_are_passed_on_as_they_come(meta: Meta, product: httpx.AsyncClient) -> None:
    customer = await meta.customer()
    async with asyncio.timeout(5), product.stream("GET", "/sandbox/whatsapp/live") as live:
        lines = (line async for line in live.aiter_lines() if line.startswith("data:"))
        assert await anext(lines) == "data: []"
        await meta.writes(customer, text="Hello")
        assert await anext(lines) == f'data: ["{customer}"]'


@pytest.mark.parametrize("path", ["%2e%2e/%2e%2e/v23.0/debug_token", "..%2f..%2fv23.0/debug_token"])
async def test_the_graph_api_is_not_passed_on(product: httpx.AsyncClient, path: str) -> None:
    answer = await product.get(f"/sandbox/whatsapp/{path}")
    assert answer.status_code == 404


async def test_other_sites_are_kept_out_here_too(product: httpx.AsyncClient) -> None:
    answer = await product.get("/sandbox/whatsapp/customers", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_a_sandbox_that_is_gone_is_said(tmp_path: Path) -> None:
    async with served(free_port("127.0.0.1")) as client:
        answer = await client.get("/sandbox/whatsapp/")
        assert answer.status_code == 503
        assert "does not answer" in answer.json()["detail"]
