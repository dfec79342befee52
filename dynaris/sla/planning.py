"""When clocks are due: by the policy that fits the conversation now, in the time that this policy counts.

Triggers mark the clocks whose plan has changed (`to_plan`). A plan is written only over what it was made from; what
was changed meanwhile is planned again.
"""

from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.db import Connection, Database
from dynaris.workspaces.business_time import Hours, Span, hours_of, time_after, time_between

_MOST = 100
_TO_PLAN: LiteralString = "SELECT id FROM sla_clock WHERE workspace_id = %s AND to_plan ORDER BY started_at LIMIT %s"
# The conversation is held: of two workers one plans. What is held by others comes in a later round.
_TAKE: LiteralString = """SELECT k.*, k.xmin::text AS seen, c.channel AS channel_now, c.team_id AS team_now
    FROM sla_clock k JOIN conversation c ON c.workspace_id = k.workspace_id AND c.id = k.conversation_id
    WHERE k.workspace_id = %s AND k.id = %s AND k.to_plan FOR NO KEY UPDATE OF c SKIP LOCKED"""
_FITTING: LiteralString = """SELECT p.* FROM sla_policy p, conversation c
    WHERE p.workspace_id = %(ws)s AND c.workspace_id = %(ws)s AND c.id = %(conversation)s
      AND (p.channels = '{}' OR c.channel = ANY(p.channels))
      AND (p.team_ids = '{}' OR c.team_id = ANY(p.team_ids))
      AND (p.contact_tags = '{}' OR EXISTS (
          SELECT FROM contact o, unnest(o.tags) AS had, unnest(p.contact_tags) AS wanted
          WHERE o.workspace_id = %(ws)s AND o.id = c.contact_id AND lower(had) = lower(wanted)))
      AND (p.tag_ids = '{}' OR EXISTS (SELECT FROM conversation_tag t WHERE t.workspace_id = %(ws)s
                                       AND t.conversation_id = c.id AND t.tag_id = ANY(p.tag_ids)))
    ORDER BY p.position LIMIT 1"""
_HOLD_EVENTS: LiteralString = """SELECT FROM event WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
    AND status = 'waiting' AND waiting_for IN ('person', 'run') ORDER BY id FOR NO KEY UPDATE"""
_WRITE: LiteralString = """UPDATE sla_clock SET to_plan = false, policy_id = %(policy)s, channel = %(channel)s,
        team_id = %(team)s, target_minutes = %(target)s, due_at = %(due_at)s, warn_at = %(warn_at)s,
        breached_at = %(breached_at)s, seconds = %(seconds)s
    WHERE workspace_id = %(ws)s AND id = %(id)s AND xmin::text = %(seen)s"""
# One truth: what waits for a person in this conversation waits until then.
_ALIGN_CONVERSATION: LiteralString = """UPDATE conversation SET respond_by = %(due_at)s, remind_at = NULL
    WHERE workspace_id = %(ws)s AND id = %(conversation)s AND respond_by IS DISTINCT FROM %(due_at)s
      AND respond_by IS NOT NULL"""
_ALIGN_EVENTS: LiteralString = """UPDATE event SET deadline = %(due_at)s
    WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND status = 'waiting'
      AND waiting_for IN ('person', 'run') AND deadline IS DISTINCT FROM %(due_at)s"""
_GONE: LiteralString = """UPDATE sla_clock k SET to_plan = false WHERE k.workspace_id = %s AND k.id = %s
    AND NOT EXISTS (SELECT FROM conversation c WHERE c.workspace_id = k.workspace_id AND c.id = k.conversation_id)"""


async def plan_changed(db: Database, workspace_id: UUID, *, now: datetime) -> int:
    """Every clock whose plan has changed; how many were planned."""
    async with db.workspace(workspace_id) as connection:
        rows = await (await connection.execute(_TO_PLAN, (workspace_id, _MOST))).fetchall()
    planned = 0
    for row in rows:
        async with db.transaction(workspace_id) as connection:
            planned += await _plan(connection, workspace_id, row["id"], now)
    return planned


async def _plan(connection: Connection, workspace_id: UUID, clock_id: UUID, now: datetime) -> bool:
    clock = await (await connection.execute(_TAKE, (workspace_id, clock_id))).fetchone()
    if clock is None:
        await connection.execute(_GONE, (workspace_id, clock_id))
        return False
    names = {"ws": workspace_id, "conversation": clock["conversation_id"]}
    policy = await (await connection.execute(_FITTING, names)).fetchone()
    counts_hours = policy is not None and policy["business_hours"]
    hours = await hours_of(connection, workspace_id, clock["team_now"]) if counts_hours else None
    plan = _planned(clock, policy, hours, now)
    due_at = plan["due_at"]
    is_deadline = clock["kind"] != "resolution" and clock["status"] == "running" and due_at and due_at > now
    if is_deadline:
        # Before the clock: who ends an event stops its clock, in this order.
        await connection.execute(_HOLD_EVENTS, names)
    cursor = await connection.execute(_WRITE, {**names, **plan, "id": clock_id, "seen": clock["seen"]})
    if cursor.rowcount and is_deadline:
        await connection.execute(_ALIGN_CONVERSATION, {**names, "due_at": due_at})
        await connection.execute(_ALIGN_EVENTS, {**names, "due_at": due_at})
    return bool(cursor.rowcount)


def _planned(
    clock: dict[str, Any], policy: dict[str, Any] | None, hours: Hours | None, now: datetime
) -> dict[str, Any]:
    start, pauses = clock["started_at"], _spans(clock["pauses"])
    minutes = policy[f"{clock['kind']}_minutes"] if policy else None
    plan = {
        "policy": policy["id"] if policy and minutes else None,
        "channel": clock["channel_now"],
        "team": clock["team_now"] or clock["team_id"],
        "target": minutes,
        "due_at": None,
        "warn_at": None,
        "breached_at": None,
        "seconds": None,
    }
    stopped_at = clock["stopped_at"] if clock["status"] in ("stopped", "cancelled") else None
    spent = time_between(hours, start, stopped_at, pauses) if stopped_at else None
    if clock["status"] == "stopped" and spent is not None:
        plan["seconds"] = round(spent.total_seconds())
    if policy is None or minutes is None:
        # What was missed, and told of, stays counted when its policy goes.
        if missed_at := clock["breached_at"]:
            plan |= {"policy": clock["policy_id"], "target": clock["target_minutes"], "breached_at": missed_at}
        return plan
    if clock["status"] == "paused":
        # What was missed before it was paused stays so.
        return {**plan, "breached_at": clock["breached_at"]}
    target = timedelta(minutes=minutes)
    plan["due_at"] = due_at = time_after(hours, start, target, pauses)
    if (before := _warns_after(policy, target)) is not None:
        plan["warn_at"] = time_after(hours, start, before, pauses)
    if spent is not None:
        plan["breached_at"] = due_at if spent > target else None
    elif due_at <= now:
        plan["breached_at"] = clock["breached_at"]
    return plan


def _warns_after(policy: dict[str, Any], target: timedelta) -> timedelta | None:
    if policy["warn_percent"] is not None:
        return target * policy["warn_percent"] / 100
    if policy["warn_minutes"] is not None:
        return target - timedelta(minutes=policy["warn_minutes"])
    return None


def _spans(pauses: list[list[str]]) -> list[Span]:
    return [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in pauses]
