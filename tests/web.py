"""The web application around a test's own routers, and a client that speaks to it in this process."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from dynaris.app import api_page, dashboard, health
from dynaris.app.web import assembled
from dynaris.connections import proof_routes
from dynaris.connections import routes as connection_routes
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.settings import Settings
from dynaris.pipeline.services import Services
from dynaris.workspaces import audit_routes, pages, team_routes
from dynaris.workspaces import routes as workspace_routes
from dynaris.workspaces.actions import create_api_key

ADDRESS = "http://dynaris.test"
WATCHER = {"authorization": "Bearer the metrics token of tests"}


def web_app(db: Database, folder: Path, extra: Iterable[APIRouter] = (), *, public_url: str = ADDRESS) -> FastAPI:
    settings = Settings(home=folder, public_url=public_url, metrics_token=SecretStr(WATCHER["authorization"][7:]))
    services = Services(
        db=db, settings=settings, accounts=Accounts(db, Vault("test")), files=Files(None, folder / "files")
    )
    own = (
        health,
        pages,
        api_page,
        workspace_routes,
        team_routes,
        audit_routes,
        connection_routes,
        proof_routes,
    )
    return assembled(services, [*(module.router for module in own), *extra, dashboard.router])


def client_of(app: FastAPI, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    return httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers)


_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def client_at(address: str, **rest: Any) -> httpx.AsyncClient:
    """Over plain http. httpx reads the system's certificates for each client, which takes 40 ms."""
    return httpx.AsyncClient(base_url=address, verify=_NO_CERTIFICATES, **rest)


async def new_key(db: Database, workspace_id, name: str = "test") -> str:
    async with db.workspace(workspace_id) as connection:
        return await create_api_key(connection, workspace_id, name=name)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[int]:
    """Its port: for what must come over a real connection."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield listening.getsockname()[1]
    server.should_exit = server.force_exit = True
    await running
