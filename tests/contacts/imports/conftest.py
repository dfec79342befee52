"""Imports over HTTP, worked off as a worker does."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from dynaris.contacts.duplicates.routes import router as duplicates
from dynaris.contacts.imports import running
from dynaris.contacts.imports.routes import router as imports
from dynaris.contacts.routes import router
from dynaris.contacts.suppression import hasher
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from tests.contacts.desk import Desk
from tests.web import client_of, new_key, web_app

LIST = "/api/contacts/imports"
ROUTERS = (duplicates, imports, router)
Api = httpx.AsyncClient
HASHED = hasher(Vault("test"))


@pytest.fixture
async def api(db: Database, desk: Desk, tmp_path: Path) -> AsyncIterator[Api]:
    key = await new_key(db, desk.id)
    app = web_app(db, tmp_path, ROUTERS)
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def uploaded(api: Api, text: str, **options: Any) -> str:
    answer = await api.post(LIST, content=text.encode(), headers={"content-type": "text/csv"})
    assert answer.status_code == 201, answer.text
    found = answer.json()["id"]
    if options:
        answer = await api.patch(f"{LIST}/{found}", json={"options": options})
        assert answer.status_code == 200, answer.text
    return found


async def worked(desk: Desk, found: str) -> None:
    await running.work(desk.db, desk.id, UUID(found), hashed=HASHED)


async def does(api: Api, desk: Desk, found: str, *steps: str) -> dict[str, Any]:
    for step in steps:
        answer = await api.post(f"{LIST}/{found}/{step}")
        assert answer.status_code == 202, answer.text
        await worked(desk, found)
    return (await api.get(f"{LIST}/{found}")).json()


async def rows(api: Api, found: str) -> list[dict[str, Any]]:
    return (await api.get(f"{LIST}/{found}/rows", params={"limit": 100})).json()["items"]


async def contacts(api: Api, **query: Any) -> list[dict[str, Any]]:
    return (await api.get("/api/contacts", params={"limit": 100, **query})).json()["items"]
