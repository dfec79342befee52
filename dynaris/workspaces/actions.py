"""Writes to tenants, members, sign-in links, sessions, API keys, settings and the audit log."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

from dynaris.core import clock
from dynaris.core.db import Connection, Database
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id, new_token, token_hash
from dynaris.workspaces.cookies import SESSION_DAYS

_SETTINGS = frozenset(
    {
        "name",
        "timezone",
        "language",
        "languages",
        "model",
        "supervisor_model",
        "transcription_model",
        "business_hours",
        "hours_exceptions",
        "profile",
        "plan",
        "credits_note",
        "vip_tags",
        "dispositions",
        "wrap_up_seconds",
    }
)
_DOCUMENTS = frozenset({"auto_mode", "business_hours", "hours_exceptions", "profile"})  # stored as JSON
_OTHERS_DATA = "trusted_recipients"  # of a profile: people's addresses, which the audit log keeps out


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


async def use_sign_in_link(db: Database, token: str) -> str | None:
    """A session's token, once; `None` when the link is unknown, used or expired."""
    session = new_token()
    async with db.system() as connection:
        cursor = await connection.execute(
            "SELECT use_sign_in_link(%s, %s, %s) AS workspace_id",
            (token_hash(token), token_hash(session), clock.now() + timedelta(days=SESSION_DAYS)),
        )
        row = await cursor.fetchone()
    return session if row and row["workspace_id"] else None


async def sign_out(db: Database, session: str) -> None:
    async with db.system() as connection:
        await connection.execute("SELECT revoke_session(%s)", (token_hash(session),))


async def create_api_key(connection: Connection, workspace_id: UUID, *, name: str, by: str = "system") -> str:
    """The key itself: shown once, stored as its hash."""
    if not (name.strip() and name.isprintable() and len(name) <= 100):
        raise InvalidInput(f"a key's name is 1 to 100 printable characters, not {name[:50]!r}")
    key, key_id = new_token("dyn_"), new_id()
    await connection.execute(
        """INSERT INTO api_key (workspace_id, id, name, prefix, token_hash, created_by)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        (workspace_id, key_id, name, key[:10], token_hash(key), by),
    )
    detail = {"name": name, "prefix": key[:10]}
    await record(connection, workspace_id, actor=by, action="api_key.created", subject=f"key:{key_id}", detail=detail)
    return key


async def revoke_api_key(connection: Connection, workspace_id: UUID, *, key_id: UUID, by: str) -> None:
    cursor = await connection.execute(
        """UPDATE api_key SET revoked_at = clock_timestamp()
           WHERE workspace_id = %s AND id = %s AND revoked_at IS NULL RETURNING name""",
        (workspace_id, key_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no active API key {key_id}")
    detail = {"name": row["name"]}
    await record(connection, workspace_id, actor=by, action="api_key.revoked", subject=f"key:{key_id}", detail=detail)


async def revoke_keys_of(connection: Connection, workspace_id: UUID, maker: str, *, by: str) -> None:
    """All that this actor made."""
    cursor = await connection.execute(
        "SELECT id FROM api_key WHERE workspace_id = %s AND created_by = %s AND revoked_at IS NULL ORDER BY id",
        (workspace_id, maker),
    )
    for row in await cursor.fetchall():
        await revoke_api_key(connection, workspace_id, key_id=row["id"], by=by)


async def set_auto_mode(connection: Connection, workspace_id: UUID, auto_mode: dict[str, Any], by: str) -> None:
    """Takes {"enabled": bool, "channels": {name: bool}, "effects": {effect: bool}}, validated by the caller."""
    await _change(connection, workspace_id, {"auto_mode": auto_mode}, action="auto_mode.changed", by=by)


async def update_settings(connection: Connection, workspace_id: UUID, changes: dict[str, Any], by: str) -> None:
    """`changes` holds only what is to be changed, validated by the caller. A profile changes by key; `None` removes."""
    if unknown := set(changes) - _SETTINGS:
        raise ValueError(f"not settings of a workspace: {sorted(unknown)}")
    if "profile" in changes:
        profile = await _profile_with(connection, workspace_id, changes["profile"])
        changes = {**changes, "profile": profile}
    if "languages" in changes:
        changes = {**changes, "language": changes["languages"][0]}
    elif "language" in changes:
        offered = await _languages(connection, workspace_id)
        first = changes["language"]
        changes = {**changes, "languages": [first, *(one for one in offered if one != first)]}
    if changes:
        await _change(connection, workspace_id, changes, action="settings.changed", by=by)


async def _languages(connection: Connection, workspace_id: UUID) -> list[str]:
    """Without the default: another one takes its place."""
    cursor = await connection.execute("SELECT languages FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    row = await cursor.fetchone()
    return row["languages"][1:] if row else []


async def _profile_with(connection: Connection, workspace_id: UUID, given: dict[str, Any]) -> dict[str, Any]:
    cursor = await connection.execute("SELECT profile FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    row = await cursor.fetchone()
    merged = {**(row["profile"] if row else {}), **given}
    return {key: value for key, value in merged.items() if value is not None}


async def _change(connection: Connection, workspace_id: UUID, values: dict[str, Any], *, action: str, by: str) -> None:
    """The audit entry says what each column was and what it became."""
    columns = SQL(", ").join(map(Identifier, values))
    where = {"workspace_id": workspace_id}
    cursor = await connection.execute(
        SQL("SELECT {} FROM workspace WHERE id = %(workspace_id)s FOR UPDATE").format(columns), where
    )
    before = await cursor.fetchone()
    stored = {name: Jsonb(value) if name in _DOCUMENTS else value for name, value in values.items()}
    assignments = SQL(", ").join(SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in values)
    await connection.execute(
        SQL("UPDATE workspace SET {} WHERE id = %(workspace_id)s").format(assignments), {**stored, **where}
    )
    await record(
        connection,
        workspace_id,
        actor=by,
        action=action,
        subject=f"workspace:{workspace_id}",
        detail=_told(before or {}, values),
    )


def _told(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Of a profile only what changed, and nobody's address."""
    if "profile" in after:
        old, new = before["profile"], after["profile"]
        changed = {key for key in {*old, *new} if old.get(key) != new.get(key)}
        shown = changed - {_OTHERS_DATA}
        before = {**before, "profile": {key: old[key] for key in shown & set(old)}}
        after = {**after, "profile": {key: new[key] for key in shown & set(new)}}
        return {"before": before, "after": after, "profile_changed": sorted(changed)}
    return {"before": before, "after": after}


# A line of the audit log inside a larger statement: a CTE, with the parameters of `recording`.
RECORDED: LiteralString = """recorded AS (
    INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
    VALUES (%(ws)s, %(audit_id)s, %(audit_actor)s, %(audit_action)s, %(audit_subject)s, %(audit_detail)s))"""


def recording(*, actor: str, action: str, subject: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "audit_id": new_id(),
        "audit_actor": actor,
        "audit_action": action,
        "audit_subject": subject,
        "audit_detail": Jsonb(detail),
    }


async def record(
    connection: Connection,
    workspace_id: UUID,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
) -> None:
    """One line of the audit log, in the transaction of the change it tells of."""
    await connection.execute(
        """INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
           VALUES (%s, %s, %s, %s, %s, %s)""",
        (workspace_id, new_id(), actor, action, subject, Jsonb(detail or {})),
    )
