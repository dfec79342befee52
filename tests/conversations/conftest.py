"""A workspace with conversations that are written row by row, and its API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.types.json import Jsonb

from dynaris.contacts.routes import router as contact_routes
from dynaris.conversations import tag_routes
from dynaris.conversations.routes import router
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.desk import routes as desk
from dynaris.workspaces.actions import NewWorkspace
from tests.web import client_of, new_key, web_app

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Room:
    """Rows as the flow leaves them; each is one minute later than the one before."""

    db: Database
    workspace: NewWorkspace
    api: httpx.AsyncClient
    account_id: UUID = field(default_factory=new_id)
    minutes: int = 0

    def next_moment(self) -> datetime:
        self.minutes += 1
        return START + timedelta(minutes=self.minutes)

    async def insert(self, table: str, **values: Any) -> UUID:
        values = {"workspace_id": self.workspace.id, "id": new_id(), **values}
        plain = {key: Jsonb(value) if isinstance(value, dict) else value for key, value in values.items()}
        columns, places = ", ".join(plain), ", ".join(f"%({name})s" for name in plain)
        async with self.db.workspace(self.workspace.id) as connection:
            await connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", plain)  # type: ignore[arg-type]
        return values["id"]

    async def contact(self, name: str = "Ada", **values: Any) -> UUID:
        return await self.insert("contact", name=name, **values)

    async def conversation(self, contact_id: UUID, channel: str = "email", **values: Any) -> UUID:
        moment = self.next_moment()
        usual = {"reply_to": "ada@example.com", "account_id": self.account_id, "identity": "verified"}
        times = {"last_message_at": moment, "created_at": moment}
        return await self.insert("conversation", contact_id=contact_id, channel=channel, **usual | times | values)

    async def message(self, conversation_id: UUID, contact_id: UUID, text: str, **values: Any) -> UUID:
        usual = {"direction": "inbound", "author": "contact", "created_at": self.next_moment()}
        return await self.insert(
            "message", conversation_id=conversation_id, contact_id=contact_id, text=text, **usual | values
        )

    async def event(self, contact_id: UUID, outcome: str, reason: str, **values: Any) -> UUID:
        usual = {
            "channel": "email",
            "account_id": self.account_id,
            "external_id": new_id().hex,
            "lane": "l",
            "raw": b"",
        }
        ended = {"status": "done", "outcome": outcome, "reason": reason, "settled_at": self.next_moment()}
        return await self.insert("event", contact_id=contact_id, **usual | ended | values)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.api.get(f"/api{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def walk(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All items, page after page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = await self.get(path, **query, **cursor)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            cursor = {"cursor": page["next_cursor"]}


@pytest.fixture
async def room(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[Room]:
    key = await new_key(db, workspace.id)
    app = web_app(db, tmp_path, [router, desk.router, tag_routes.router, contact_routes])
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield Room(db, workspace, client)
