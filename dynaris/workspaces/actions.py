"""Writes to tenants, members, sign-in links, API keys and settings."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.ids import new_id, new_token, token_hash


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    id: UUID
    owner_id: UUID  # member
    owner_person_id: UUID


async def create_workspace(db: Database, *, slug: str, name: str, owner_email: str, owner_name: str) -> NewWorkspace:
    """A tenant with its owner. Raises psycopg's UniqueViolation when the slug is taken."""
    workspace_id = new_id()
    async with db.system() as connection:
        await connection.execute("SELECT create_workspace(%s, %s, %s)", (workspace_id, slug, name))
        person_id = await _person(connection, owner_email, owner_name)
    async with db.workspace(workspace_id) as connection:
        member_id = await add_member(
            connection, workspace_id, person_id=person_id, email=owner_email, name=owner_name, role="owner"
        )
    return NewWorkspace(workspace_id, member_id, person_id)


async def _person(connection: Connection, email: str, name: str) -> UUID:
    cursor = await connection.execute("SELECT upsert_person(%s, %s, %s) AS id", (new_id(), email, name))
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]


async def add_member(
    connection: Connection, workspace_id: UUID, *, person_id: UUID, email: str, name: str, role: str
) -> UUID:
    cursor = await connection.execute(
        """INSERT INTO member (workspace_id, id, person_id, email, name, role)
           VALUES (%(workspace_id)s, %(id)s, %(person_id)s, %(email)s, %(name)s, %(role)s)
           ON CONFLICT (workspace_id, person_id) DO UPDATE SET removed_at = NULL, role = excluded.role
           RETURNING id""",
        {
            "workspace_id": workspace_id,
            "id": new_id(),
            "person_id": person_id,
            "email": email,
            "name": name,
            "role": role,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]


async def create_sign_in_link(db: Database, workspace_id: UUID, *, person_id: UUID, hours: int = 24) -> str:
    """The token of a link that signs this person in once."""
    token = new_token()
    async with db.system() as connection:
        await connection.execute(
            "SELECT create_sign_in_link(%s, %s, %s, %s)",
            (token_hash(token), person_id, workspace_id, clock.now() + timedelta(hours=hours)),
        )
    return token


async def create_api_key(connection: Connection, workspace_id: UUID, *, name: str) -> str:
    """The key itself: shown once, stored as its hash."""
    key = new_token("dyn_")
    await connection.execute(
        """INSERT INTO api_key (workspace_id, id, name, prefix, token_hash)
           VALUES (%s, %s, %s, %s, %s)""",
        (workspace_id, new_id(), name, key[:10], token_hash(key)),
    )
    return key
