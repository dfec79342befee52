"""A workspace whose people can be told by mail, and the rounds that tell them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.addresses import Addresses
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.notifications.actions import notify
from dynaris.notifications.escalating import Waits
from dynaris.notifications.telling import Teller, tell_due
from dynaris.people.mail import SYSTEM
from dynaris.workspaces.actions import NewWorkspace, add_member
from dynaris.workspaces.teams import create_team

APP = "https://app.clinic.example"


@dataclass
class Clinic:
    db: Database
    workspace: NewWorkspace
    waits: Waits = field(default_factory=dict)

    async def told(self, **changes: Any) -> list[UUID]:
        values = {
            "topic": "hand_off",
            "cause": "hand_off:1",
            "title": "A person is needed",
            "body": "Ada waits",
            "subject": "conversation:1",
        }
        async with self.db.transaction(self.workspace.id) as connection:
            return await notify(connection, self.workspace.id, **{**values, **changes})

    async def round(self, now: datetime | None = None) -> int:
        """What is due is told."""
        public = Addresses(app=APP, docs=APP, auth=APP, gateway=APP)
        return await tell_due(Teller(self.db, public, self.waits), self.workspace.id, now=now or clock.now())

    async def mails(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM outbox WHERE workspace_id = %s ORDER BY id")

    async def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.db.workspace(self.workspace.id) as connection:
            cursor = await connection.execute(query, (self.workspace.id, *parameters))  # type: ignore[arg-type]
            return await cursor.fetchall()

    async def do(self, statement: str, *parameters: Any) -> None:
        async with self.db.workspace(self.workspace.id) as connection:
            await connection.execute(statement, parameters)  # type: ignore[arg-type]

    async def prefers(self, member_id: UUID, **preferences: Any) -> None:
        await self.do(
            """INSERT INTO notification_preference (workspace_id, member_id, preferences) VALUES (%s, %s, %s)
               ON CONFLICT (workspace_id, member_id) DO UPDATE SET preferences = excluded.preferences""",
            self.workspace.id,
            member_id,
            Jsonb(preferences),
        )

    async def member(self, name: str, role: str = "teammate") -> UUID:
        async with self.db.system() as connection:
            email = f"{name}.{self.workspace.id}@clinic.example"
            cursor = await connection.execute("SELECT upsert_person(%s, %s, %s) AS id", (new_id(), email, name))
            row = await cursor.fetchone()
        assert row
        async with self.db.workspace(self.workspace.id) as connection:
            return await add_member(
                connection,
                self.workspace.id,
                person_id=row["id"],
                email=f"{name}@clinic.example",
                name=name,
                role=role,  # type: ignore[arg-type]
            )

    async def team(self, *members: UUID) -> UUID:
        async with self.db.transaction(self.workspace.id) as connection:
            return await create_team(
                connection, self.workspace.id, name=new_id().hex, member_ids=list(members), by="system"
            )

    async def account(self, channel: str, address: str, **columns: Any) -> UUID:
        account_id = new_id()
        await self.do(
            "INSERT INTO account (workspace_id, id, channel, address, proofs) VALUES (%s, %s, %s, %s, %s)",
            self.workspace.id,
            account_id,
            channel,
            address,
            Jsonb(columns.get("proofs", {})),
        )
        return account_id


@pytest.fixture
async def no_push_key(db: Database) -> AsyncIterator[None]:
    """The installation's, which another test may have sealed with another secret."""
    await forget_push_key(db)
    yield
    await forget_push_key(db)


async def forget_push_key(db: Database) -> None:
    async with db.workspace(SYSTEM) as connection:
        await connection.execute("DELETE FROM account WHERE workspace_id = %s AND channel = 'webpush'", (SYSTEM,))


@pytest.fixture
async def clinic(db: Database, workspace: NewWorkspace) -> Clinic:
    made = Clinic(db, workspace)
    await made.account("email", f"hello@{workspace.id}.example")
    return made
