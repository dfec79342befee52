"""Reads of the checklist: what there is of a workspace that its items ask about, and what people said of them."""

from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection
from dynaris.people import persons

MOST_TRIES = 5

_FACTS: LiteralString = """SELECT w.name, w.timezone, w.plan, w.credits_note, w.created_at, w.language, w.profile,
    w.auto_mode,
    owner.person_id, owner.name AS owner, owner.email AS owner_email,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'channel', a.channel, 'address', a.address,
            'error', a.error, 'send_error', a.send_error, 'last_event_at', a.last_event_at) ORDER BY a.id), '[]')
     FROM (SELECT * FROM account WHERE workspace_id = w.id AND enabled AND removed_at IS NULL ORDER BY id LIMIT 200) a)
        AS accounts,
    (SELECT count(*) FROM knowledge_source s WHERE s.workspace_id = w.id AND s.enabled
        AND EXISTS (SELECT FROM passage p WHERE p.workspace_id = w.id AND p.source_id = s.id)) AS sources,
    (SELECT count(*) FROM knowledge_document d WHERE d.workspace_id = w.id AND d.status IN ('queued', 'reading'))
        AS unread,
    (SELECT count(*) FROM service s WHERE s.workspace_id = w.id AND s.enabled) AS services,
    (SELECT count(*) FROM calendar_person p WHERE p.workspace_id = w.id AND p.enabled) AS people
    FROM workspace w
    LEFT JOIN LATERAL (SELECT person_id, name, email FROM member m WHERE m.workspace_id = w.id AND m.role = 'owner'
                       AND m.removed_at IS NULL ORDER BY m.id LIMIT 1) AS owner ON true
    WHERE w.id = %(ws)s"""

_TRIES: LiteralString = """SELECT t.id, t.kind, t.channel, t.account_id, t.created_at, e.id AS event_id, e.status,
    e.waiting_for, e.outcome FROM onboarding_try t
    LEFT JOIN LATERAL (
        SELECT * FROM event e WHERE e.workspace_id = t.workspace_id AND e.id = t.event_id
        UNION ALL
        SELECT * FROM event e WHERE e.workspace_id = t.workspace_id AND t.event_id IS NULL AND e.id > t.id
            AND t.created_at > clock_timestamp() - interval '1 hour' AND e.account_id = t.account_id
            AND starts_with(e.external_id, t.external_id || ':')
        LIMIT 1) AS e ON true
    WHERE t.workspace_id = %(ws)s"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the items are judged by, without asking anybody outside."""

    workspace: dict[str, Any]
    is_verified: bool  # the owner's address
    accounts: list[dict[str, Any]]
    marks: dict[str, dict[str, Any]]  # by item: what people said and checks found
    tries: list[dict[str, Any]]


async def facts(connection: Connection, workspace_id: UUID) -> Facts:
    cursor = await connection.execute(_FACTS, {"ws": workspace_id})
    row = await cursor.fetchone()
    assert row is not None, "who asks is in a workspace"
    owner = await persons.by_id(connection, row["person_id"]) if row["person_id"] else None
    return Facts(
        workspace=row,
        is_verified=owner is not None and owner.verified,
        accounts=row["accounts"],
        marks=await _marks(connection, workspace_id),
        tries=await tries(connection, workspace_id),
    )


async def _marks(connection: Connection, workspace_id: UUID) -> dict[str, dict[str, Any]]:
    cursor = await connection.execute(
        """SELECT o.*, CASE WHEN o.changed_by LIKE 'member:%%' THEN
               (SELECT m.name FROM member m WHERE m.workspace_id = o.workspace_id
                AND m.id = substr(o.changed_by, 8)::uuid) END AS changed_by_name
           FROM onboarding_item o WHERE o.workspace_id = %s""",
        (workspace_id,),
    )
    return {row["item"]: row for row in await cursor.fetchall()}


async def tries(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    """The last ones, newest first, each with its event where that has come in."""
    cursor = await connection.execute(
        f"{_TRIES} ORDER BY t.id DESC LIMIT %(most)s", {"ws": workspace_id, "most": MOST_TRIES}
    )
    return await cursor.fetchall()


async def one_try(connection: Connection, workspace_id: UUID, try_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(f"{_TRIES} AND t.id = %(id)s", {"ws": workspace_id, "id": try_id})
    row = await cursor.fetchone()
    assert row is not None, "it was written a moment ago"
    return row
