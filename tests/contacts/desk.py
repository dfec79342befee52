"""A workspace as the pipeline uses it, for tests of contacts."""

import hashlib
from typing import Any
from uuid import UUID

from dynaris.channels.contract import AddressKind, Identity, Sender
from dynaris.contacts.matching import Match, resolve
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace, create_workspace

EMAIL, PHONE, WHATSAPP, VISITOR = AddressKind.EMAIL, AddressKind.PHONE, AddressKind.WHATSAPP, AddressKind.VISITOR
VERIFIED, CLAIMED, FAILED = Identity.VERIFIED, Identity.CLAIMED, Identity.FAILED


def session(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


class Desk:
    def __init__(self, db: Database, workspace: NewWorkspace) -> None:
        self.db, self.id, self.owner_id = db, workspace.id, workspace.owner_id
        self.owner_person_id = workspace.owner_person_id

    async def arrives(self, kind: AddressKind, value: str, identity: Identity = CLAIMED, **more: Any) -> Match:
        async with self.db.workspace(self.id) as connection:
            return await resolve(connection, self.id, Sender(kind=kind, value=value, identity=identity, **more))

    async def rows(self, sql: Any, *parameters: object) -> list[dict[str, Any]]:
        async with self.db.workspace(self.id) as connection:
            cursor = await connection.execute(sql, (self.id, *parameters))
            return await cursor.fetchall() if cursor.description else []

    async def addresses(self, contact_id: UUID | None) -> set[tuple[Any, ...]]:
        rows = await self.rows(
            "SELECT kind, value, holds, verified_by FROM address WHERE workspace_id = %s AND contact_id = %s",
            contact_id,
        )
        return {tuple(row.values()) for row in rows}

    async def contacts(self) -> int:
        return (await self.rows("SELECT count(*) AS n FROM contact WHERE workspace_id = %s"))[0]["n"]

    async def contact(self, contact_id: UUID) -> dict[str, Any]:
        return (await self.rows("SELECT * FROM contact WHERE workspace_id = %s AND id = %s", contact_id))[0]


async def another_workspace(db: Database) -> NewWorkspace:
    slug = f"w-{new_id().hex}"
    return await create_workspace(db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="O")
