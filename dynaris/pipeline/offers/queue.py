"""Who waits for a team, in which order, and who of the team could answer: there, free, and with the right words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.conversations.wrap_up import WRAPS_UP
from dynaris.core.db import Connection
from dynaris.core.language import detect

_THERE: LiteralString = "90 seconds"  # since a screen of theirs was open: streams say so every half minute
_AGAIN: LiteralString = "2 minutes"  # until who let an offer pass is asked about the same conversation again

# The one order in which conversations are offered.
IN_ORDER: LiteralString = "c.handed_off_for IS DISTINCT FROM 'vip', q.waiting_since, q.conversation_id"

# Of a member `m`: they say that they take work, and a screen of theirs is open.
IS_THERE: LiteralString = f"""m.removed_at IS NULL AND m.status = 'available' AND EXISTS (
    SELECT FROM member_seen s WHERE s.workspace_id = m.workspace_id AND s.member_id = m.id
      AND s.seen_at > %(now)s - interval '{_THERE}')"""
# The one place that says what keeps a member who is there from being asked, but for how many they hold.
IS_FREE: LiteralString = f"""NOT {WRAPS_UP} AND NOT EXISTS (SELECT FROM offer r WHERE r.workspace_id = m.workspace_id
    AND r.member_id = m.id AND r.status = 'ringing')"""
_HELD: LiteralString = """(SELECT count(*) FROM conversation c WHERE c.workspace_id = m.workspace_id
    AND c.holder_id = m.id AND c.holder = 'member' AND c.status = 'open' AND coalesce(c.hold_until > %(now)s, true))"""

_MEMBERS: LiteralString = f"""SELECT m.id, m.languages, m.skills, {_HELD} AS held,
        {IS_FREE} AND {_HELD} < %(most_held)s AS is_free,
        greatest(m.created_at, m.status_since, (SELECT max(o.ended_at) FROM offer o
            WHERE o.workspace_id = m.workspace_id AND o.member_id = m.id AND o.status = 'accepted')) AS idle_since
    FROM team_member tm JOIN member m ON m.workspace_id = tm.workspace_id AND m.id = tm.member_id
    WHERE tm.workspace_id = %(ws)s AND tm.team_id = %(team)s AND {IS_THERE} ORDER BY m.id"""

# Locked: whoever takes one of them at this moment waits, and then withdraws what was offered (migration 0051).
_WAITING: LiteralString = f"""SELECT q.conversation_id, q.queued_at, q.moved, q.team_told, k.language,
        ARRAY(SELECT o.member_id FROM offer o WHERE o.workspace_id = q.workspace_id
              AND o.conversation_id = q.conversation_id AND o.offered_at >= q.queued_at) AS asked,
        ARRAY(SELECT o.member_id FROM offer o WHERE o.workspace_id = q.workspace_id
              AND o.conversation_id = q.conversation_id
              AND o.ended_at > %(now)s - interval '{_AGAIN}') AS lately,
        (SELECT left(m.text, 400) FROM message m WHERE m.workspace_id = q.workspace_id
            AND m.conversation_id = q.conversation_id AND m.direction = 'inbound' ORDER BY m.id DESC LIMIT 1) AS said,
        ARRAY(SELECT lower(g.name) FROM conversation_tag x
              JOIN tag g ON g.workspace_id = x.workspace_id AND g.id = x.tag_id
              WHERE x.workspace_id = q.workspace_id AND x.conversation_id = q.conversation_id) AS tags,
        (SELECT lower(e.decision->>'agent') FROM event e WHERE e.workspace_id = q.workspace_id
            AND e.conversation_id = q.conversation_id AND e.outcome = 'handed_off' ORDER BY e.id DESC LIMIT 1) AS agent
    FROM queue_entry q
    JOIN conversation c ON c.workspace_id = q.workspace_id AND c.id = q.conversation_id
    LEFT JOIN contact k ON k.workspace_id = c.workspace_id AND k.id = c.contact_id
    WHERE q.workspace_id = %(ws)s AND q.team_id = %(team)s AND NOT EXISTS (
        SELECT FROM offer r WHERE r.workspace_id = q.workspace_id AND r.conversation_id = q.conversation_id
          AND r.status = 'ringing')
    ORDER BY {IN_ORDER} LIMIT 100 FOR UPDATE OF q SKIP LOCKED"""

_SKILLS: LiteralString = """SELECT DISTINCT unnest(m.skills) AS skill FROM team_member tm
    JOIN member m ON m.workspace_id = tm.workspace_id AND m.id = tm.member_id
    WHERE tm.workspace_id = %s AND tm.team_id = %s AND m.removed_at IS NULL"""


@dataclass(frozen=True, slots=True)
class Teammate:
    """A member of the team who is there."""

    id: UUID
    languages: frozenset[str]
    skills: frozenset[str]
    held: int  # conversations
    is_free: bool
    idle_since: datetime  # the last conversation that they took, or since when they are available

    def suits(self, waiting: "Waiting") -> bool:
        speaks = not (waiting.language and self.languages) or waiting.language in self.languages
        return speaks and waiting.skills <= self.skills


@dataclass(frozen=True, slots=True)
class Waiting:
    conversation_id: UUID
    queued_at: datetime
    moved: bool
    team_told: bool
    language: str | None
    skills: frozenset[str]  # that it asks for, and somebody of the team has
    asked: frozenset[UUID]  # who was asked since it came to this team
    lately: frozenset[UUID]  # who let it pass a moment ago

    def is_relaxed(self, now: datetime, minutes: int) -> bool:
        """Better somebody than nobody."""
        return now >= self.queued_at + timedelta(minutes=minutes)


async def teammates(
    connection: Connection, workspace_id: UUID, team_id: UUID, *, most_held: int, now: datetime
) -> list[Teammate]:
    cursor = await connection.execute(
        _MEMBERS, {"ws": workspace_id, "team": team_id, "most_held": most_held, "now": now}
    )
    return [
        Teammate(
            row["id"],
            frozenset(row["languages"]),
            frozenset(row["skills"]),
            row["held"],
            row["is_free"],
            row["idle_since"],
        )
        for row in await cursor.fetchall()
    ]


async def waiting(connection: Connection, workspace_id: UUID, team_id: UUID, *, now: datetime) -> list[Waiting]:
    """What rings at nobody, in order, locked to the end of the transaction."""
    cursor = await connection.execute(_SKILLS, (workspace_id, team_id))
    known = frozenset(row["skill"] for row in await cursor.fetchall())
    cursor = await connection.execute(_WAITING, {"ws": workspace_id, "team": team_id, "now": now})
    return [_as_waiting(row, known) for row in await cursor.fetchall()]


def _as_waiting(row: dict[str, Any], known: frozenset[str]) -> Waiting:
    language = detect(row["said"] or "") or (row["language"] or "").split("-")[0].lower() or None
    return Waiting(
        conversation_id=row["conversation_id"],
        queued_at=row["queued_at"],
        moved=row["moved"],
        team_told=row["team_told"],
        language=language,
        skills=known & {*row["tags"], row["agent"] or ""},
        asked=frozenset(row["asked"]),
        lately=frozenset(row["lately"]),
    )


def whom_to_ask(
    one: Waiting, free: Iterable[Teammate], *, strategy: str, fit_minutes: int, now: datetime
) -> Teammate | None:
    """Who was not asked yet before who was; then by the team's strategy."""
    relaxed = one.is_relaxed(now, fit_minutes)
    suitable = [mate for mate in free if mate.id not in one.lately and (relaxed or mate.suits(one))]

    def rank(mate: Teammate) -> tuple[Any, ...]:
        passed, misfits = mate.id in one.asked, not mate.suits(one)
        if strategy == "longest_waiting":
            return passed, misfits, mate.idle_since, mate.held, mate.id
        return passed, misfits, mate.held, mate.idle_since, mate.id

    return min(suitable, key=rank, default=None)
