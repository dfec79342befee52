"""Writes to approvals: asked for, decided, expired, cancelled. What follows from a verdict is the pipeline's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import record


async def request(
    connection: Connection,
    workspace_id: UUID,
    *,
    event_id: UUID,
    run_id: UUID,
    conversation_id: UUID | None,
    contact_id: UUID | None,
    proposals: Sequence[dict[str, Any]],
    owner_id: UUID,
    deadline: datetime,
) -> list[UUID]:
    """One approval per proposal {call_id, action, effect, arguments, why}; asked again, the same ones.

    One that a person has not decided gets the new deadline and stays as it is otherwise.
    """
    if not proposals:
        return []
    cursor = await connection.execute(
        """INSERT INTO approval (workspace_id, id, event_id, run_id, conversation_id, contact_id, action, call_id,
                                 effect, proposal, why, owner_id, deadline)
           SELECT %(ws)s, p.id, %(event)s, %(run)s, %(conversation)s, %(contact)s, p.action, p.call_id, p.effect,
                  p.arguments, p.why, %(owner)s, %(deadline)s
           FROM jsonb_to_recordset(%(proposals)s)
                AS p (id uuid, call_id text, action text, effect text, arguments jsonb, why text)
           ON CONFLICT (workspace_id, run_id, call_id) DO UPDATE
               SET deadline = CASE WHEN approval.status = 'pending' THEN excluded.deadline ELSE approval.deadline END
           RETURNING id""",
        {
            "ws": workspace_id,
            "event": event_id,
            "run": run_id,
            "conversation": conversation_id,
            "contact": contact_id,
            "owner": owner_id,
            "deadline": deadline,
            "proposals": Jsonb([{**proposal, "id": str(new_id())} for proposal in proposals]),
        },
    )
    return [row["id"] for row in await cursor.fetchall()]


async def decide(
    connection: Connection,
    workspace_id: UUID,
    approval_id: UUID,
    *,
    decision: str,
    edits: dict[str, Any] | None,
    reason: str | None,
    by: str,
) -> dict[str, Any]:
    """The decided row. Of two people who decide at once, one is told so (Conflict)."""
    status = _status_after(decision, edits, reason)
    cursor = await connection.execute(
        """UPDATE approval SET status = %(status)s, edits = %(edits)s, reason = %(reason)s, decided_by = %(by)s,
                  decided_at = clock_timestamp()
           WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'pending'
             AND (SELECT count(*) FROM jsonb_object_keys(%(edits)s::jsonb) AS k
                  WHERE %(edits)s::jsonb IS NOT NULL AND NOT proposal ? k) = 0
           RETURNING *""",
        {
            "ws": workspace_id,
            "id": approval_id,
            "status": status,
            "edits": Jsonb(edits) if edits else None,
            "reason": reason,
            "by": by,
        },
    )
    if row := await cursor.fetchone():
        detail = {"action": row["action"], "event": row["event_id"], "edited": sorted(edits or {})}
        subject = f"approval:{approval_id}"
        await record(connection, workspace_id, actor=by, action=f"approval.{status}", subject=subject, detail=detail)
        return row
    raise await _why_not(connection, workspace_id, approval_id, edits)


def _status_after(decision: str, edits: Any, reason: str | None) -> Literal["approved", "rejected"]:
    if decision not in ("approve", "reject"):
        raise InvalidInput(f"a decision is `approve` or `reject`, not {decision!r}")
    if edits is not None and not isinstance(edits, dict):
        raise InvalidInput("`edits` is an object with the fields of the proposal that change")
    if decision == "reject" and edits:
        raise InvalidInput("a rejected action cannot be edited: approve it with edits, or reject it with a reason")
    if decision == "reject" and not (reason and reason.strip()):
        raise InvalidInput("a rejection needs a `reason`: the agent is told it and drafts again")
    return "approved" if decision == "approve" else "rejected"


async def _why_not(
    connection: Connection, workspace_id: UUID, approval_id: UUID, edits: dict[str, Any] | None
) -> Exception:
    cursor = await connection.execute(
        "SELECT status, decided_by, proposal FROM approval WHERE workspace_id = %s AND id = %s",
        (workspace_id, approval_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return NotFound(f"no approval {approval_id}")
    if row["status"] != "pending":
        return Conflict(
            f"this approval is {row['status']} already" + (f" by {row['decided_by']}" * bool(row["decided_by"]))
        )
    return InvalidInput(f"edits may change {', '.join(sorted(row['proposal']))}, not {', '.join(sorted(edits or {}))}")


async def expire(connection: Connection, workspace_id: UUID, approval_id: UUID) -> dict[str, Any] | None:
    """The expired row; its run's other pending ones expire with it. `None`: decided or postponed meanwhile."""
    cursor = await connection.execute(
        """WITH expired AS (
               UPDATE approval SET status = 'expired', decided_by = 'system', decided_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'pending' AND deadline <= clock_timestamp()
               RETURNING *),
           others AS (
               UPDATE approval o SET status = 'expired', decided_by = 'system', decided_at = clock_timestamp()
               FROM expired WHERE o.workspace_id = %(ws)s AND o.run_id = expired.run_id AND o.id <> expired.id
                 AND o.status = 'pending')
           SELECT * FROM expired""",
        {"ws": workspace_id, "id": approval_id},
    )
    return await cursor.fetchone()


async def cancel_for_conversation(
    connection: Connection, workspace_id: UUID, *, conversation_id: UUID, reason: str
) -> list[UUID]:
    """A person took the conversation: what an agent proposed there is not asked any more. The events that waited for
    it, which are several where a burst was to be answered at once."""
    cursor = await connection.execute(
        """WITH cancelled AS (
               UPDATE approval SET status = 'cancelled', reason = %(reason)s, decided_by = 'system',
                      decided_at = clock_timestamp()
               WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND status = 'pending'
               RETURNING event_id, run_id)
           SELECT event_id AS id FROM cancelled
           UNION SELECT id FROM event WHERE workspace_id = %(ws)s AND run_id IN (SELECT run_id FROM cancelled)
             AND status <> 'done' AND waiting_for = 'approval'""",
        {"ws": workspace_id, "conversation": conversation_id, "reason": reason},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def cancel_for_run(connection: Connection, workspace_id: UUID, *, run_id: UUID, reason: str) -> None:
    """The run is given up (replayed, ...): what it proposed is not asked any more."""
    await connection.execute(
        """UPDATE approval SET status = 'cancelled', reason = %s, decided_by = 'system',
                  decided_at = clock_timestamp()
           WHERE workspace_id = %s AND run_id = %s AND status = 'pending'""",
        (reason, workspace_id, run_id),
    )


async def verdicts_of(connection: Connection, workspace_id: UUID, run_id: UUID) -> dict[str, Any] | None:
    """What people said about a run's actions, by call: {"kind": "approved", "edits"} or {"kind": "denied", "reason"}.

    `None` while one of them is pending.
    """
    cursor = await connection.execute(
        "SELECT call_id, status, edits, reason FROM approval WHERE workspace_id = %s AND run_id = %s",
        (workspace_id, run_id),
    )
    rows = await cursor.fetchall()
    if any(row["status"] == "pending" for row in rows):
        return None
    return {row["call_id"]: _verdict(row) for row in rows}


def _verdict(row: dict[str, Any]) -> dict[str, Any]:
    if row["status"] == "approved":
        return {"kind": "approved", "edits": row["edits"]}
    fallback = "no reason given" if row["status"] == "rejected" else f"the approval was {row['status']}"
    return {"kind": "denied", "reason": row["reason"] or fallback}
