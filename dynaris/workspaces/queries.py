"""Reads of workspaces, members, API keys and settings."""

from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.core.errors import Forbidden, NotFound
from dynaris.core.ids import token_hash

_MEMBER: LiteralString = """m.id, m.name, m.email, m.role, m.created_at, m.status, m.status_note, m.status_since,
    m.languages, m.skills, s.seen_at FROM member m
    LEFT JOIN member_seen s ON s.workspace_id = m.workspace_id AND s.member_id = m.id"""
_KEY = """id, name, prefix, created_at, last_used_at, created_by,
    CASE WHEN created_by LIKE 'member:%%' THEN (SELECT m.name FROM member m WHERE m.workspace_id = api_key.workspace_id
                                                AND m.id = substr(created_by, 8)::uuid) END AS created_by_name"""


async def workspace_by_slug(db: Database, slug: str) -> UUID:
    async with db.system() as connection:
        row = await (await connection.execute("SELECT workspace_by_slug(%s) AS id", (slug,))).fetchone()
    if row is None or row["id"] is None:
        raise NotFound(f"there is no workspace {slug!r}")
    return row["id"]


async def slugs(db: Database, *, most: int) -> list[tuple[UUID, str]]:
    """The first workspaces by age, with their short names."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT id FROM workspace_ids() AS id LIMIT %s", (most,))
        ids = [row["id"] for row in await cursor.fetchall()]
    found: list[tuple[UUID, str]] = []
    for each in ids:
        async with db.workspace(each) as connection:
            row = await (await connection.execute("SELECT slug FROM workspace WHERE id = %s", (each,))).fetchone()
        if row:
            found.append((each, row["slug"]))
    return found


async def workspace_ids(db: Database) -> list[UUID]:
    """All but the product's own."""
    async with db.system() as connection:
        rows = await (await connection.execute("SELECT workspace_ids() AS id")).fetchall()
    return [row["id"] for row in rows]


async def auto_mode(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    """{"enabled": bool, "channels": {name: bool}, "effects": {effect: bool}}"""
    cursor = await connection.execute("SELECT auto_mode FROM workspace WHERE id = %s", (workspace_id,))
    return (await _one(cursor, f"workspace {workspace_id}"))["auto_mode"]


async def settings(connection: Connection, workspace_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT id, slug, name, timezone, language, languages, model, supervisor_model,
                  transcription_model, business_hours, hours_exceptions, profile, plan, credits_note,
                  vip_tags, dispositions, wrap_up_seconds
           FROM workspace WHERE id = %s""",
        (workspace_id,),
    )
    return await _one(cursor, f"workspace {workspace_id}")


async def owner_id(connection: Connection, workspace_id: UUID) -> UUID:
    """The member who answers for the workspace: its first owner."""
    cursor = await connection.execute(
        """SELECT id FROM member WHERE workspace_id = %s AND role = 'owner' AND removed_at IS NULL
           ORDER BY id LIMIT 1""",
        (workspace_id,),
    )
    return (await _one(cursor, "owner"))["id"]


async def owner_person_id(connection: Connection, workspace_id: UUID) -> UUID:
    """The person behind `owner_id`."""
    cursor = await connection.execute(
        """SELECT person_id FROM member WHERE workspace_id = %s AND role = 'owner' AND removed_at IS NULL
           ORDER BY id LIMIT 1""",
        (workspace_id,),
    )
    return (await _one(cursor, "owner"))["person_id"]


async def member(connection: Connection, workspace_id: UUID, member_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_MEMBER} WHERE m.workspace_id = %s AND m.id = %s AND m.removed_at IS NULL",
        (workspace_id, member_id),
    )
    return await _one(cursor, f"member {member_id}")


async def hold_admin(connection: Connection, workspace_id: UUID, member_id: UUID | None) -> str:
    """Their role to the end of the transaction: whoever takes it away at this moment waits, or was first."""
    cursor = await connection.execute(
        "SELECT role FROM member WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR SHARE",
        (workspace_id, member_id),
    )
    row = await cursor.fetchone()
    if row is None or row["role"] == "teammate":
        raise Forbidden("you are no admin of this workspace any more")
    return row["role"]


async def members(
    connection: Connection, workspace_id: UUID, *, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit + 1`, oldest first."""
    cursor = await connection.execute(
        f"""SELECT {_MEMBER} WHERE m.workspace_id = %(workspace_id)s AND m.removed_at IS NULL
              AND (%(after)s::uuid IS NULL OR m.id > %(after)s)
            ORDER BY m.id LIMIT %(most)s""",
        {"workspace_id": workspace_id, "after": after, "most": limit + 1},
    )
    return await cursor.fetchall()


async def api_keys(
    connection: Connection, workspace_id: UUID, *, after: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit + 1` keys that work, oldest first."""
    cursor = await connection.execute(
        f"""SELECT {_KEY} FROM api_key
            WHERE workspace_id = %(workspace_id)s AND revoked_at IS NULL
              AND (%(after)s::uuid IS NULL OR id > %(after)s)
            ORDER BY id LIMIT %(most)s""",
        {"workspace_id": workspace_id, "after": after, "most": limit + 1},
    )
    return await cursor.fetchall()


async def api_key(connection: Connection, workspace_id: UUID, key: str) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_KEY} FROM api_key WHERE workspace_id = %s AND token_hash = %s", (workspace_id, token_hash(key))
    )
    return await _one(cursor, "such API key")


async def _one(cursor: Any, what: str) -> dict[str, Any]:
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no {what}")
    return row
