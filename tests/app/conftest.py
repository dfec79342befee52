"""The application with routes that echo and fail on purpose."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import APIRouter, FastAPI, Request

from dynaris.channels.contract import Rejected
from dynaris.core.db import Database
from dynaris.core.errors import Conflict, TooManyRequests
from tests.web import client_of, web_app


def probes() -> APIRouter:
    router = APIRouter(prefix="/probe", tags=["probe"])

    @router.post("/echo")
    async def echo(body: dict[str, Any]) -> dict[str, Any]:
        return body

    @router.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @router.post("/large", max_body_size=3_000_000)
    async def large(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @router.get("/typed")
    async def typed(number: int) -> int:
        return number

    @router.get("/error/{kind}")
    async def fail(kind: str) -> None:
        raise {
            "conflict": Conflict("three wait", waiting=3),
            "busy": TooManyRequests("slow down", retry_after=7),
            "rejected": Rejected("bad signature"),
            "unexpected": RuntimeError("the password is 123"),
            "database": psycopg.OperationalError("server closed the connection"),
        }[kind]

    @router.post("/store")
    async def store(request: Request) -> None:
        async with request.app.state.db.system() as connection:
            await connection.execute("SELECT %s::text", ((await request.body()).decode(),))

    return router


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    return web_app(db, tmp_path, [probes()])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client
