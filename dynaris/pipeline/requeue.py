"""Bringing an event back to its lane: a teammate's "run", a verdict, a replay."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.approvals import actions as approvals
from dynaris.channels.registry import channel
from dynaris.contacts.consent import kind_of, why_blocked
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.lanes import wake_from
from dynaris.workspaces.actions import record

_REQUEUE = f"""
WITH back AS (
    UPDATE event SET status = 'queued', outcome = NULL, settled_at = NULL, waiting_for = NULL, attempts = 0,
           run_id = CASE WHEN %(new_run)s THEN NULL ELSE run_id END,
           meta = (meta - %(without)s::text[]) || %(meta)s
    WHERE workspace_id = %(ws)s AND id = %(id)s AND status = ANY(%(from_status)s)
    RETURNING lane),
{wake_from("back")}
SELECT (SELECT lane FROM back) AS lane, (SELECT count(*) FROM told) AS told"""


async def requeue(
    connection: Connection,
    workspace_id: UUID,
    *,
    event_id: UUID,
    from_status: tuple[str, ...],
    meta: dict[str, Any],
    new_run: bool = False,
    without: tuple[str, ...] = (),
) -> bool:
    """`meta` is added, after the keys in `without` were taken out.

    False when the event was in none of these states (any more).
    """
    cursor = await connection.execute(
        _REQUEUE,
        {
            "ws": workspace_id,
            "id": event_id,
            "from_status": list(from_status),
            "new_run": new_run,
            "meta": Jsonb({"resume": True, **meta}),
            "without": list(without),
            "quiet": 0.0,
        },
    )
    row = await cursor.fetchone()
    return bool(row and row["lane"])


async def stored_event(
    connection: Connection, workspace_id: UUID, event_id: UUID, *, locked: bool = False
) -> dict[str, Any]:
    """`locked`: it stays as it is until the transaction ends."""
    cursor = await connection.execute(
        f"""SELECT id, kind, channel, status, waiting_for, outcome, reason, settled_at, run_id, conversation_id, match,
                   decision, meta
            FROM event WHERE workspace_id = %s AND id = %s {"FOR NO KEY UPDATE" if locked else ""}""",
        (workspace_id, event_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"no event {event_id}")


async def run_event(
    connection: Connection,
    workspace_id: UUID,
    *,
    event_id: UUID,
    by: str,
    automatic: bool = False,
    detail: dict[str, Any] | None = None,
) -> None:
    """A teammate starts the agent on an event that waits: everything but reading becomes an approval.

    `automatic`: as if it arrived now, under the workspace's own mode. `detail` goes to the audit log.
    """
    event = await stored_event(connection, workspace_id, event_id)
    if event["status"] != "waiting" or event["waiting_for"] not in ("run", "person"):
        state = event["outcome"] or (event["waiting_for"] and f"waits for {event['waiting_for']}") or event["status"]
        raise Conflict(f"only an event that waits for a run or a person can be run; this one: {state}")
    if why := await _why_not_run(connection, workspace_id, event):
        raise Conflict(f"an agent cannot answer this event: {why}")
    back = await requeue(
        connection,
        workspace_id,
        event_id=event_id,
        from_status=("waiting",),
        meta={} if automatic else {"run_by": by},
        new_run=True,
        without=OF_ONE_RUN if automatic else (),
    )
    if not back:
        raise Conflict("this event is queued already")
    await record(connection, workspace_id, actor=by, action="event.run", subject=f"event:{event_id}", detail=detail)


async def _why_not_run(connection: Connection, workspace_id: UUID, event: dict[str, Any]) -> str | None:
    """What would make it wait for a person again (pipeline/decide.py)."""
    match = event["match"] or {}
    if match.get("unanswerable") and not match.get("wanted_on"):  # an account may have been connected since
        return match["unanswerable"]
    cursor = await connection.execute(
        """SELECT c.holder <> 'agent' AND (c.hold_until IS NULL OR c.hold_until > clock_timestamp()) AS held,
                  c.channel, k.status, k.blocked_channels
           FROM conversation c JOIN contact k ON k.workspace_id = %(ws)s AND k.id = c.contact_id
           WHERE c.workspace_id = %(ws)s AND c.id = %(conversation)s""",
        {"ws": workspace_id, "conversation": event["conversation_id"]},
    )
    row = await cursor.fetchone()
    if row and row["held"]:
        return "a teammate or the team holds its conversation; hand that back first"
    return (
        why_blocked(row["status"], row["blocked_channels"], kind_of(channel(row["channel"]).address_kind))
        if row
        else None
    )


async def release_waiting(connection: Connection, workspace_id: UUID, auto_mode: dict[str, Any]) -> int:
    """Auto mode was switched on with the queue: what waited for a run there is answered now. How many."""
    cursor = await connection.execute(
        """SELECT id, channel FROM event WHERE workspace_id = %s AND status = 'waiting' AND waiting_for = 'run'
           ORDER BY id""",
        (workspace_id,),
    )
    released = 0
    for event in await cursor.fetchall():
        if not is_automatic(auto_mode, event["channel"]):
            continue
        released += await requeue(
            connection,
            workspace_id,
            event_id=event["id"],
            from_status=("waiting",),
            meta={},
            new_run=True,
        )
    return released


async def replay(
    connection: Connection,
    workspace_id: UUID,
    *,
    event_id: UUID,
    by: str = "system",
    detail: dict[str, Any] | None = None,
) -> bool:
    """Runs an event again, from its stored arrival. True when an earlier reply stands and none will be sent."""
    event = await stored_event(connection, workspace_id, event_id)
    _check_replayable(event)
    if event["run_id"]:
        await approvals.cancel_for_run(
            connection, workspace_id, run_id=event["run_id"], reason="the event was replayed"
        )
    # Whoever approves a reply takes the approval first and the event last, too: what they sent is seen from here on,
    # and so is what another replay did.
    event = await stored_event(connection, workspace_id, event_id, locked=True)
    _check_replayable(event)
    # Once sent is sent for good, also where the last run was a replay that sent nothing.
    sent = (
        event["outcome"] == "answered"
        or bool(event["meta"].get("already_sent"))
        or await _reply_on_its_way(connection, workspace_id, event)
    )
    await _leave_others(connection, workspace_id, event)
    back = await requeue(
        connection,
        workspace_id,
        event_id=event_id,
        from_status=("done", "waiting"),
        meta={
            "already_sent": sent,
            "outcome_before": event["outcome"],
            "replays": [*event["meta"].get("replays", []), as_it_was(event)],
        },
        new_run=True,
        without=OF_ONE_RUN,
    )
    assert back, "it is locked"
    await record(
        connection, workspace_id, actor=by, action="event.replayed", subject=f"event:{event_id}", detail=detail
    )
    return sent


async def _leave_others(connection: Connection, workspace_id: UUID, event: dict[str, Any]) -> None:
    """The rest of a burst whose draft is void now waits for a person."""
    await connection.execute(
        """UPDATE event SET waiting_for = 'person', reason = 'its draft is void: a message beside it was replayed'
           WHERE workspace_id = %s AND run_id = %s AND status = 'waiting' AND waiting_for = 'approval' AND id <> %s""",
        (workspace_id, event["run_id"], event["id"]),
    )


def _check_replayable(event: dict[str, Any]) -> None:
    if event["status"] == "queued":
        raise Conflict("this event is queued already")
    if event["kind"] in ("call", "spoken"):
        raise Conflict("what was said on a call cannot be answered again: the caller has hung up")
    if (event["match"] or {}).get("erased"):
        raise Conflict("the contact of this event was erased: there is nothing left to run")


# Who started the run that is over, and what was said about its drafts.
OF_ONE_RUN = ("run_by", "feedback")


async def _reply_on_its_way(connection: Connection, workspace_id: UUID, event: dict[str, Any]) -> bool:
    """Also what an agent's tool sent. Each part has its own index: a batch asks this for every event."""
    cursor = await connection.execute(
        """SELECT EXISTS (SELECT FROM (
               SELECT audience, status FROM outbox WHERE workspace_id = %(ws)s AND event_id = %(event)s
               UNION ALL
               SELECT audience, status FROM outbox
               WHERE workspace_id = %(ws)s AND dedupe_key = 'reply:' || %(run)s::uuid::text
               UNION ALL
               SELECT audience, status FROM outbox
               WHERE workspace_id = %(ws)s AND run_id = %(run)s::uuid AND event_id IS NULL
               UNION ALL
               SELECT audience, status FROM outbox
               WHERE workspace_id = %(ws)s AND message_id = %(answer)s::uuid) AS mine
           WHERE audience = 'contact' AND status IN ('queued', 'sending', 'sent', 'unknown')) AS sent""",
        {"ws": workspace_id, "event": event["id"], "run": event["run_id"], "answer": event["meta"].get("answer")},
    )
    row = await cursor.fetchone()
    return bool(row and row["sent"])


def as_it_was(event: dict[str, Any]) -> dict[str, Any]:
    """What a replay writes over, kept for the event's story."""
    return {
        "at": clock.now().isoformat(),
        "run_id": event["run_id"] and str(event["run_id"]),
        "outcome": event["outcome"],
        "reason": event["reason"],
        "settled_at": event["settled_at"] and event["settled_at"].isoformat(),
        "decision": event["decision"],
    }
