"""One round of a team's queue: what rang for too long ends, what waits is offered, moved on, or told to everybody.

The watchdog calls it for each team in whose queue somebody waits. All of it is one transaction over rows, so a worker
that dies leaves everything as it was for the next one; the team's row is locked, so two never work on one queue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.notifications.actions import notify
from dynaris.pipeline.offers.queue import Teammate, Waiting, teammates, waiting, whom_to_ask
from dynaris.pipeline.services import Services
from dynaris.workspaces.business_time import hours_of

_TEAM: LiteralString = """SELECT t.id, t.strategy, t.ring_seconds, t.fit_minutes, t.most_held, t.overflow_team_id,
        t.overflow_minutes, t.closed_team_id
    FROM team t WHERE t.workspace_id = %s AND t.id = %s FOR NO KEY UPDATE SKIP LOCKED"""
_TIME_OUT: LiteralString = """UPDATE offer SET status = 'timed_out', ended_at = %(now)s
    WHERE workspace_id = %(ws)s AND team_id = %(team)s AND status = 'ringing' AND rings_until <= %(now)s"""
# Both indexes that keep offers apart may say that somebody was faster.
_OFFER: LiteralString = """INSERT INTO offer (workspace_id, id, conversation_id, team_id, member_id, offered_at,
        rings_until)
    VALUES (%(ws)s, %(id)s, %(conversation)s, %(team)s, %(member)s, %(now)s, %(until)s)
    ON CONFLICT DO NOTHING RETURNING id"""
# Conversations before entries, as everybody else locks them; what somebody has at this moment is theirs.
_MOVABLE: LiteralString = """SELECT c.id FROM conversation c
    JOIN queue_entry q ON q.workspace_id = c.workspace_id AND q.conversation_id = c.id
    WHERE c.workspace_id = %(ws)s AND q.team_id = %(team)s AND c.team_id = %(team)s AND NOT q.moved
      AND (q.queued_at <= %(before)s OR c.id = ANY(%(ids)s))
    ORDER BY c.id LIMIT 100 FOR NO KEY UPDATE OF c SKIP LOCKED"""
_MOVE: LiteralString = "UPDATE conversation SET team_id = %(to)s WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)"
_MOVED: LiteralString = """UPDATE queue_entry SET moved = true
    WHERE workspace_id = %(ws)s AND conversation_id = ANY(%(ids)s)"""
_TOLD: LiteralString = "UPDATE queue_entry SET team_told = true WHERE workspace_id = %s AND conversation_id = %s"
_ABOUT: LiteralString = """SELECT c.summary, c.subject,
        (SELECT left(m.text, 500) FROM message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
           AND m.direction = 'inbound' ORDER BY m.id DESC LIMIT 1) AS said,
        (SELECT e.reason FROM event e WHERE e.workspace_id = c.workspace_id AND e.conversation_id = c.id
           AND e.outcome = 'handed_off' ORDER BY e.id DESC LIMIT 1) AS reason
    FROM conversation c WHERE c.workspace_id = %s AND c.id = %s"""


@dataclass(frozen=True, slots=True)
class Round:
    """A team's queue at one moment."""

    connection: Connection
    workspace_id: UUID
    team: dict[str, Any]
    now: datetime

    @property
    def rings(self) -> bool:
        return is_ringing(self.team["strategy"])

    async def is_open(self, team_id: UUID) -> bool:
        return (await hours_of(self.connection, self.workspace_id, team_id)).is_open(self.now)


def is_ringing(strategy: str) -> bool:
    return strategy != "everyone"


async def ring(services: Services, workspace_id: UUID, team_id: str) -> None:
    """A duty of the watchdog."""
    await ring_at(services, workspace_id, UUID(team_id), now=clock.now())


async def ring_at(services: Services, workspace_id: UUID, team_id: UUID, *, now: datetime) -> None:
    async with services.db.transaction(workspace_id) as connection:
        team = await (await connection.execute(_TEAM, (workspace_id, team_id))).fetchone()
        if team is None:  # gone, or another worker is at it
            return
        at = Round(connection, workspace_id, team, now)
        await connection.execute(_TIME_OUT, {"ws": workspace_id, "team": team_id, "now": now})
        if not await at.is_open(team_id):
            if (other := team["closed_team_id"]) and await at.is_open(other):
                await _move(at, to=other, before=now, ids=[])
            return
        if at.rings:
            await _offer_all(at)
        await _overflow(at, before=now - timedelta(minutes=team["overflow_minutes"]), ids=[])


async def _offer_all(at: Round) -> None:
    team = at.team
    there = await teammates(at.connection, at.workspace_id, team["id"], most_held=team["most_held"], now=at.now)
    free = [mate for mate in there if mate.is_free]
    nobody_left, to_tell = list[UUID](), list[UUID]()
    for one in await waiting(at.connection, at.workspace_id, team["id"], now=at.now):
        mate = whom_to_ask(one, free, strategy=team["strategy"], fit_minutes=team["fit_minutes"], now=at.now)
        if mate and await _offer(at, one, mate):
            free.remove(mate)
            continue
        if all(mate.id in one.asked for mate in there):
            nobody_left += [one.conversation_id] if one.asked else []
            to_tell += [] if one.team_told else [one.conversation_id]
    moved = await _overflow(at, before=None, ids=nobody_left) if nobody_left else []
    for conversation_id in to_tell:
        if conversation_id not in moved:  # else it is for the other team to hear of
            await _tell_everybody(at, conversation_id)


async def _offer(at: Round, one: Waiting, mate: Teammate) -> bool:
    offer_id = new_id()
    cursor = await at.connection.execute(
        _OFFER,
        {
            "ws": at.workspace_id,
            "id": offer_id,
            "conversation": one.conversation_id,
            "team": at.team["id"],
            "member": mate.id,
            "now": at.now,
            "until": at.now + timedelta(seconds=at.team["ring_seconds"]),
        },
    )
    if await cursor.fetchone() is None:
        return False
    whom, about = await _about(at, one.conversation_id)
    await notify(
        at.connection,
        at.workspace_id,
        topic="offer",
        cause=f"offer:{offer_id}",
        title=f"{whom} waits: will you take it?",
        body=about["summary"] or about["said"] or about["subject"] or "",
        subject=f"conversation:{one.conversation_id}",
        member_id=mate.id,
    )
    return True


async def _tell_everybody(at: Round, conversation_id: UUID) -> None:
    """Nobody is there, or everybody let it pass: all of the team are told, and who comes after while nobody reacts."""
    whom, about = await _about(at, conversation_id)
    await notify(
        at.connection,
        at.workspace_id,
        topic="hand_off",
        cause=f"queue:{conversation_id}:{at.now.isoformat()}",
        title=f"The conversation with {whom} needs a person",
        body="\n\n".join(filter(None, [about["reason"], about["summary"] or about["said"]])),
        subject=f"conversation:{conversation_id}",
        team_id=at.team["id"],
        escalate=True,
    )
    await at.connection.execute(_TOLD, (at.workspace_id, conversation_id))


async def _about(at: Round, conversation_id: UUID) -> tuple[str, dict[str, Any]]:
    row = await (await at.connection.execute(_ABOUT, (at.workspace_id, conversation_id))).fetchone()
    return await with_whom(at.connection, at.workspace_id, conversation_id), row or {}


async def _overflow(at: Round, *, before: datetime | None, ids: Sequence[UUID]) -> list[UUID]:
    """To the team behind this one, if it answers now; which ones. It overflows once: no two teams pass it back and
    forth."""
    if (other := at.team["overflow_team_id"]) and await at.is_open(other):
        return await _move(at, to=other, before=before, ids=ids)
    return []


async def _move(at: Round, *, to: UUID, before: datetime | None, ids: Sequence[UUID]) -> list[UUID]:
    names = {"ws": at.workspace_id, "team": at.team["id"], "to": to, "before": before, "ids": list(ids)}
    rows = await (await at.connection.execute(_MOVABLE, names)).fetchall()
    moved = {**names, "ids": [row["id"] for row in rows]}
    await at.connection.execute(_MOVE, moved)
    await at.connection.execute(_MOVED, moved)
    cursor = await at.connection.execute(
        "SELECT id, strategy FROM team WHERE workspace_id = %s AND id = %s", (at.workspace_id, to)
    )
    other = await cursor.fetchone()
    if other and not is_ringing(other["strategy"]):
        for row in rows:
            await _tell_everybody(Round(at.connection, at.workspace_id, other, at.now), row["id"])
    return [row["id"] for row in rows]
