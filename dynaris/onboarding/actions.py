"""Writes of the checklist: what people say of its items, and what a check found."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.onboarding.items import ItemKey
from dynaris.onboarding.schemas import Result
from dynaris.workspaces.actions import record


async def change_item(
    connection: Connection, workspace_id: UUID, item: ItemKey, *, changes: dict[str, str | None], by: str
) -> None:
    """`changes` may hold `not_needed` and `note`; `None` or nothing but spaces takes one back."""
    given = {name: (value or "").strip() or None for name, value in changes.items()}
    await connection.execute(
        """INSERT INTO onboarding_item (workspace_id, item, not_needed, note, changed_by, changed_at)
           VALUES (%(ws)s, %(item)s, %(not_needed)s, %(note)s, %(by)s, clock_timestamp())
           ON CONFLICT (workspace_id, item) DO UPDATE SET changed_by = excluded.changed_by,
               changed_at = excluded.changed_at,
               not_needed = CASE WHEN %(has_not_needed)s THEN excluded.not_needed
                                 ELSE onboarding_item.not_needed END,
               note = CASE WHEN %(has_note)s THEN excluded.note ELSE onboarding_item.note END""",
        {
            "ws": workspace_id,
            "item": item,
            "by": by,
            "not_needed": given.get("not_needed"),
            "note": given.get("note"),
            "has_not_needed": "not_needed" in given,
            "has_note": "note" in given,
        },
    )
    await _record(connection, workspace_id, item, what="changed", by=by, detail=dict(given))


async def keep_result(connection: Connection, workspace_id: UUID, item: ItemKey, result: Result, *, by: str) -> None:
    await connection.execute(
        """INSERT INTO onboarding_item (workspace_id, item, result, checked_at)
           VALUES (%s, %s, %s, clock_timestamp())
           ON CONFLICT (workspace_id, item) DO UPDATE SET result = excluded.result, checked_at = excluded.checked_at""",
        (workspace_id, item, Jsonb(result.model_dump(mode="json"))),
    )
    await _record(connection, workspace_id, item, what="checked", by=by, detail={"state": result.state})


async def _record(
    connection: Connection, workspace_id: UUID, item: ItemKey, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    await record(
        connection, workspace_id, actor=by, action=f"onboarding.{what}", subject=f"onboarding:{item}", detail=detail
    )
