"""A workspace's documents over HTTP, with a worker's desk that reads them when the test says so."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from dynaris.knowledge.documents import routes as documents
from dynaris.knowledge.documents.limits import Desk
from dynaris.knowledge.documents.reading import read_queued
from dynaris.knowledge.routes import router
from dynaris.knowledge.web import routes as web
from dynaris.workspaces.actions import NewWorkspace
from tests.web import client_of, new_key, web_app


@dataclass
class Library:
    """What a test needs of one workspace."""

    api: httpx.AsyncClient
    desk: Desk
    id: UUID

    async def upload(self, name: str, content: bytes, **form: str) -> dict[str, Any]:
        answer = await self.api.post("/api/knowledge/files", files={"file": (name, content)}, data=form)
        assert answer.status_code == 202, answer.text
        return answer.json()["items"][0]

    async def read(self) -> None:
        await read_queued(self.desk, self.id)

    async def uploaded(self, name: str, content: bytes, **form: str) -> dict[str, Any]:
        """After it was read, or failed."""
        document = await self.upload(name, content, **form)
        await self.read()
        return await self.document(document["id"])

    async def document(self, document_id: str) -> dict[str, Any]:
        return (await self.api.get(f"/api/knowledge/documents/{document_id}")).json()

    async def passages(self, document_id: str) -> list[dict[str, Any]]:
        async with self.desk.db.workspace(self.id) as connection:
            cursor = await connection.execute(
                """SELECT heading, text, page, link FROM passage
                   WHERE workspace_id = %s AND document_id = %s ORDER BY position""",
                (self.id, UUID(document_id)),
            )
            return await cursor.fetchall()

    async def somebody_waits(self) -> None:
        """Until a statement waits for a lock."""
        for _ in range(500):
            async with self.desk.db.workspace(self.id) as connection:
                if await (await connection.execute("SELECT FROM pg_locks WHERE NOT granted")).fetchone() is not None:
                    return
            await asyncio.sleep(0.01)
        raise AssertionError("nobody waits")

    async def found(self, question: str) -> list[dict[str, Any]]:
        return (await self.api.get("/api/knowledge/search", params={"q": question})).json()["items"]


@pytest.fixture
async def library(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[Library]:
    key = await new_key(db, workspace.id)
    settings = Settings(home=tmp_path, crawl_pause=0, private_networks="loopback")
    desk = Desk(db, Files(None, tmp_path / "files"), settings, Outbound.of(settings))
    app = web_app(db, tmp_path, [documents.router, web.router, router])
    app.state.settings = settings
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield Library(client, desk, workspace.id)
