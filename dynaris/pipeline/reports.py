"""How an event ended, told to whoever sent it: on channels with `reports`, whatever gave the outcome.

A trigger defers the job with the outcome itself (migration 0040), so no way to end an event can forget it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.jobs import defer
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.services import Services

REPORT_JOB = "events.report.v1"  # deferred by the trigger `report_outcome`

_EVENT = """SELECT e.id, e.channel, e.account_id, e.outcome, e.reason, e.settled_at, e.meta->'echo' AS echo,
        e.match->>'reply_to' AS reply_to, e.contact_id, e.conversation_id, e.run_id, c.summary,
        e.decision->>'handed_off_for' AS because,
        (SELECT count(*) FROM outbox o WHERE o.workspace_id = e.workspace_id AND o.run_id = e.run_id
           AND o.audience = 'contact' AND o.status IN ('queued', 'sending')) AS leaving,
        (SELECT count(*) FROM outbox o WHERE o.workspace_id = e.workspace_id AND o.event_id = e.id
           AND o.status = 'sent') AS sent
    FROM event e LEFT JOIN conversation c ON c.workspace_id = e.workspace_id AND c.id = e.conversation_id
    WHERE e.workspace_id = %s AND e.id = %s AND e.status = 'done'"""
_PAUSE = timedelta(seconds=1)


async def report(services: Services, workspace_id: UUID, event_id: UUID) -> None:
    """After what was said: while that is on its way, the report waits."""
    async with services.db.transaction(workspace_id) as connection:
        row = await (await connection.execute(_EVENT, (workspace_id, event_id))).fetchone()
        if row is None or not row["reply_to"]:  # taken up again meanwhile, or never read
            return
        if row["leaving"]:
            args = {"workspace_id": str(workspace_id), "event_id": str(event_id)}
            await defer(connection, REPORT_JOB, args, at=clock.now() + _PAUSE)
            return
        await _enqueue(connection, workspace_id, row)


async def _enqueue(connection: Connection, workspace_id: UUID, row: dict[str, Any]) -> None:
    data = {
        **(row["echo"] or {}),
        "event": "done",
        "number": 1 + row["sent"],
        "text": None,
        "escalate": row["outcome"] == "handed_off",
        "summary": row["summary"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "because": row["because"],
    }
    await enqueue(
        connection,
        workspace_id,
        audience="system",
        channel=row["channel"],
        account_id=row["account_id"],
        recipient=row["reply_to"],
        content={"text": "", "data": data},
        dedupe_key=f"report:{row['id']}:{row['settled_at'].timestamp()}",
        contact_id=row["contact_id"],
        conversation_id=row["conversation_id"],
    )
