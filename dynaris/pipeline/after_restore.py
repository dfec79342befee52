"""What a restored copy must not do again: whatever was under way at the backup may have happened since.

Replies that were still to be sent are settled as unknown, arrivals that were still to be answered wait for a
teammate, and follow-ups whose time has come become tasks. Each says why, and a person decides.
"""

from datetime import datetime, timedelta
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel

from dynaris.conversations.tasks import add_task
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import id_of
from dynaris.pipeline.deliver import settle_unknown
from dynaris.pipeline.services import Services


class Doubtful(BaseModel):
    """How much of a workspace waits for a person now."""

    sends: int = 0
    arrivals: int = 0
    follow_ups: int = 0


async def doubt_what_was_under_way(services: Services, workspace_id: UUID, *, made_at: datetime) -> Doubtful:
    """As often as wanted: the second time finds nothing."""
    when = f"{made_at:%Y-%m-%d %H:%M} UTC"
    async with services.db.workspace(workspace_id) as connection:
        # What the team had may have come back to the agents since, and been answered.
        await connection.execute("DELETE FROM outage_wait WHERE workspace_id = %s", (workspace_id,))
    return Doubtful(
        sends=await _sends(services, workspace_id, when),
        arrivals=await _arrivals(services, workspace_id, when),
        follow_ups=await _follow_ups(services, workspace_id, when),
    )


async def _sends(services: Services, workspace_id: UUID, when: str) -> int:
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT id FROM outbox WHERE workspace_id = %s AND status IN ('queued', 'sending') ORDER BY id",
            (workspace_id,),
        )
        rows = await cursor.fetchall()
    for row in rows:
        await settle_unknown(
            services, workspace_id, row["id"], f"restored from a backup of {when}, after which it may have been sent"
        )
    return len(rows)


async def _arrivals(services: Services, workspace_id: UUID, when: str) -> int:
    """They go through the flow as ever, up to the decision who answers: a teammate says go (pipeline/decide.py)."""
    why = f"restored from a backup of {when}: it may have been answered since; look, then run it"
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE event SET meta = meta || %s WHERE workspace_id = %s AND status = 'queued'
               AND kind <> 'delivery'""",
            (Jsonb({"doubt": why}), workspace_id),
        )
        # A deadline that passed meanwhile would hand over, and say so to the contact, before anybody has looked.
        later = clock.now() + timedelta(minutes=services.settings.approval_minutes)
        await connection.execute(
            """UPDATE approval SET deadline = %s WHERE workspace_id = %s AND status = 'pending' AND deadline < %s""",
            (later, workspace_id, later),
        )
    return cursor.rowcount


async def _follow_ups(services: Services, workspace_id: UUID, when: str) -> int:
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE follow_up SET status = 'ended', ended_because = %s
               WHERE workspace_id = %s AND status = 'waiting' AND due_at <= clock_timestamp()
               RETURNING id, reason, due_at, contact_id, conversation_id""",
            (f"restored from a backup of {when}: a task asks a person instead", workspace_id),
        )
        rows = await cursor.fetchall()
        for row in rows:
            await add_task(
                connection,
                workspace_id,
                title=f"Look whether this follow-up happened: {row['reason']}"[:200],
                detail=f"It was due at {row['due_at']:%Y-%m-%d %H:%M} UTC, after this copy was backed up.",
                created_by="system",
                contact_id=row["contact_id"],
                conversation_id=row["conversation_id"],
                task_id=id_of(f"after_restore:{row['id']}", row["id"]),
            )
    return len(rows)


async def doubt_mail_before(connection: Connection, workspace_id: UUID, moment: datetime) -> None:
    """What a mailbox got before is taken in, and not answered by an agent: the original may have done so."""
    await connection.execute(
        "UPDATE account SET checkpoint = checkpoint || %s WHERE workspace_id = %s",
        (Jsonb({"doubt_before": moment.isoformat()}), workspace_id),
    )
