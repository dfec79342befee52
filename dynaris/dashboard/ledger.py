"""The inquiry ledger: each arrival with who it is from, whose it is, until when, what became of it and how fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from dynaris.contacts.queries import shown_address
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.ids import first_id

CLOCKS_APART = timedelta(hours=1)  # at most, of the process that made an id and of the database

# When the contact first got words of ours for it; what only says that a colleague will answer is not counted. A lookup
# only where the outcome does not tell: handed to people, failed, or run again later.
RESPONDED_AT: LiteralString = """CASE
    WHEN e.outcome = 'answered' AND NOT e.meta ? 'replays' THEN e.settled_at
    WHEN e.outcome IN ('answered', 'handed_off', 'failed') THEN (
        SELECT m.created_at FROM message m
        WHERE m.workspace_id = e.workspace_id AND m.conversation_id = e.conversation_id AND m.id > e.message_id
          AND m.direction = 'outbound' AND m.author IN ('agent', 'member') AND m.delivery IN ('sent', 'delivered')
          AND (e.outcome <> 'handed_off' OR coalesce(m.run_id <> e.run_id, true))
        ORDER BY m.id LIMIT 1) END"""
RESPONSE_SECONDS: LiteralString = f"extract(epoch FROM ({RESPONDED_AT}) - e.created_at)::float8"

# What still needs somebody: events that wait, and what people were asked to take over and have not answered. Such a
# conversation is named by its latest inquiry.
OPEN: LiteralString = """
    SELECT w.id FROM event w WHERE w.workspace_id = %(ws)s AND w.status = 'waiting'
    UNION ALL
    SELECT l.id FROM conversation c CROSS JOIN LATERAL (
        SELECT h.id, h.status FROM event h WHERE h.workspace_id = c.workspace_id AND h.conversation_id = c.id
          AND h.kind IN ('message', 'call') AND (h.status = 'waiting' OR h.outcome IN ('handed_off', 'failed'))
        ORDER BY h.status = 'waiting' DESC, h.id DESC LIMIT 1) AS l
    WHERE c.workspace_id = %(ws)s AND c.respond_by IS NOT NULL AND c.status = 'open' AND l.status <> 'waiting'"""

_HOLDS: LiteralString = """LEFT JOIN LATERAL (
    SELECT holder, holder_id, CASE WHEN status = 'open' THEN respond_by END AS respond_by FROM conversation c
    WHERE c.workspace_id = e.workspace_id AND c.id = e.conversation_id) AS c ON true"""
# Whose it is, or was: of what waits for a verdict or a run it is the member who answers for it.
_OWNER: LiteralString = """CASE
    WHEN e.status IN ('queued', 'live') THEN 'agent'
    WHEN e.status = 'waiting' THEN CASE WHEN c.holder = 'team' THEN 'team' ELSE 'member' END
    WHEN e.outcome = 'answered' THEN CASE WHEN e.meta ? 'answered_by' THEN 'member' ELSE 'agent' END
    WHEN e.outcome = 'handed_off' THEN coalesce(c.holder, 'team')
    WHEN e.outcome = 'failed' AND c.respond_by IS NOT NULL
        THEN CASE c.holder WHEN 'member' THEN 'member' ELSE 'team' END END"""
_OWNER_ID: LiteralString = """CASE
    WHEN e.status = 'waiting' AND c.holder IS DISTINCT FROM 'team' THEN e.owner_id
    WHEN e.outcome = 'handed_off' OR (e.outcome = 'failed' AND c.respond_by IS NOT NULL) THEN c.holder_id END"""
_DEADLINE: LiteralString = """CASE WHEN e.status = 'waiting' THEN e.deadline
    WHEN e.outcome IN ('handed_off', 'failed') THEN c.respond_by END"""

_LINE: LiteralString = f"""SELECT e.id, e.kind, e.channel, e.account_id, e.status, e.waiting_for, e.outcome, e.reason,
    e.attempts, e.contact_id, e.conversation_id, e.message_id, e.run_id, e.created_at, e.settled_at,
    {_DEADLINE} AS deadline, {_OWNER} AS owner, {_OWNER_ID} AS owner_id,
    CASE {_OWNER} WHEN 'agent' THEN coalesce(
             (SELECT r.agent FROM run r WHERE r.workspace_id = e.workspace_id AND r.id = e.run_id),
             e.decision->>'agent')
         WHEN 'member' THEN coalesce(
             (SELECT n.name FROM member n WHERE n.workspace_id = e.workspace_id AND n.id = {_OWNER_ID}),
             e.meta->>'answered_by') END AS owner_name,
    {RESPONSE_SECONDS} AS first_response_seconds,
    (SELECT a.address FROM account a WHERE a.workspace_id = e.workspace_id AND a.id = e.account_id) AS account,
    (SELECT k.name FROM contact k WHERE k.workspace_id = e.workspace_id AND k.id = e.contact_id) AS contact_name,
    {shown_address("e")} AS contact_address,
    m.subject, m.text"""
_WORDS: LiteralString = """LEFT JOIN LATERAL (
    SELECT m.subject, left(m.text, 200) AS text FROM message m
    WHERE m.workspace_id = e.workspace_id AND m.id = e.message_id) AS m ON true"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Lines that fit all of it; what is `None` is not asked."""

    kind: str | None = "message"  # calls are among them; what was said on a call (`spoken`) is not
    status: str | None = None
    waiting_for: str | None = None
    outcome: str | None = None
    channel: str | None = None
    account_id: UUID | None = None
    contact_id: UUID | None = None
    conversation_id: UUID | None = None
    owner: str | None = None  # agent, team, or a member's id
    open: bool = False
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


# Only what was asked for stands in a statement, states as they are written: a prepared one that fits every case fits
# no index.
_STATUSES: dict[str, LiteralString] = {
    "queued": "e.status = 'queued'",
    "waiting": "e.status = 'waiting'",
    "live": "e.status = 'live'",
    "done": "e.status = 'done'",
}
_OUTCOMES: dict[str, LiteralString] = {
    "answered": "e.outcome = 'answered'",
    "handed_off": "e.outcome = 'handed_off'",
    "ignored": "e.outcome = 'ignored'",
    "failed": "e.outcome = 'failed'",
}
_KINDS: dict[str, LiteralString] = {
    "message": "e.kind IN ('message', 'call')",
    "wake": "e.kind = 'wake'",
    "delivery": "e.kind = 'delivery'",
}
_EQUAL: dict[str, LiteralString] = {
    "waiting_for": "e.status = 'waiting' AND e.waiting_for = %(waiting_for)s",
    "channel": "e.channel = %(channel)s",
    "account_id": "e.account_id = %(account_id)s",
    "contact_id": "e.contact_id = %(contact_id)s",
    "conversation_id": "e.conversation_id = %(conversation_id)s",
    "since": "e.created_at >= %(since)s AND e.id >= %(since_id)s",
    "until": "e.created_at < %(until)s AND e.id < %(until_id)s",
    # values and no EXISTS, which would be answered by reading every message before the first line is found
    "text": """((SELECT concat_ws(' ', t.subject, t.text) FROM message t
                  WHERE t.workspace_id = e.workspace_id AND t.id = e.message_id) ILIKE %(like)s
                OR (SELECT t.name FROM contact t
                    WHERE t.workspace_id = e.workspace_id AND t.id = e.contact_id) ILIKE %(like)s
                OR (SELECT string_agg(t.value, ' ') FROM address t
                    WHERE t.workspace_id = e.workspace_id AND t.contact_id = e.contact_id) ILIKE %(like)s)""",
}


def _conditions(wanted: LedgerFilter) -> list[LiteralString]:
    found: list[LiteralString] = ["e.workspace_id = %(ws)s"]
    found.extend(condition for name, condition in _EQUAL.items() if getattr(wanted, name) is not None)
    if wanted.kind:
        found.append(_KINDS[wanted.kind])
    if wanted.status:
        found.append(_STATUSES[wanted.status])
    if wanted.outcome:
        found.append(_OUTCOMES[wanted.outcome])
    if wanted.open:
        found.append(f"e.id IN ({OPEN})")
    if wanted.owner in ("agent", "team"):
        found.append(f"{_OWNER} = %(owner)s")
    elif wanted.owner:
        # the states in which it can be a member's: each has its own index
        found.append(
            f"(e.status = 'waiting' OR e.outcome IN ('handed_off', 'failed')) AND {_OWNER_ID} = %(owner)s::uuid"
        )
    return found


def _named(workspace_id: UUID, wanted: LedgerFilter) -> dict[str, Any]:
    text = (wanted.text or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        **{name: getattr(wanted, name) for name in LedgerFilter.__slots__},
        "ws": workspace_id,
        "like": f"%{text}%",
        "since_id": wanted.since and first_id(wanted.since - CLOCKS_APART),
        "until_id": wanted.until and first_id(wanted.until + CLOCKS_APART),
    }


async def lines(
    connection: Connection, workspace_id: UUID, wanted: LedgerFilter, *, before: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """Newest first; one more than `limit` when there are more."""
    conditions = _conditions(wanted)
    if before:
        conditions.append("e.id < %(before)s")
    holds = _HOLDS if wanted.owner else ""
    # Names and texts are looked up for the page alone.
    cursor = await connection.execute(
        f"""{_LINE} FROM (SELECT e.* FROM event e {holds} WHERE {" AND ".join(conditions)}
                          ORDER BY e.id DESC LIMIT %(limit)s) AS e {_HOLDS} {_WORDS} ORDER BY e.id DESC""",
        {**_named(workspace_id, wanted), "before": before, "limit": limit + 1},
    )
    return await cursor.fetchall()


async def named(connection: Connection, workspace_id: UUID, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """In the order of `ids`."""
    cursor = await connection.execute(
        f"""{_LINE} FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS wanted (id, place)
            JOIN event e ON e.workspace_id = %(ws)s AND e.id = wanted.id {_HOLDS} {_WORDS} ORDER BY wanted.place""",
        {"ws": workspace_id, "ids": list(ids)},
    )
    return await cursor.fetchall()


async def line(connection: Connection, workspace_id: UUID, event_id: UUID) -> dict[str, Any]:
    """Raises `NotFound`."""
    for row in await named(connection, workspace_id, [event_id]):
        return row
    raise NotFound(f"no event {event_id}")


async def open_now(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    """What needs somebody, by what it waits for and whose it is: how many, how many overdue, the oldest deadline."""
    cursor = await connection.execute(
        f"""SELECT g.waiting_for, g.owner, g.owner_id, count(*) AS events,
                   count(*) FILTER (WHERE g.deadline <= clock_timestamp()) AS overdue, min(g.deadline) AS deadline,
                   (array_agg(g.id ORDER BY g.deadline, g.id))[1:%(most)s] AS first,
                   (SELECT n.name FROM member n WHERE n.workspace_id = %(ws)s AND n.id = g.owner_id) AS owner_name
            FROM (SELECT e.id, coalesce(e.waiting_for, 'person') AS waiting_for, {_OWNER} AS owner,
                         {_OWNER_ID} AS owner_id, {_DEADLINE} AS deadline
                  FROM ({OPEN}) AS o JOIN event e ON e.workspace_id = %(ws)s AND e.id = o.id {_HOLDS}) AS g
            GROUP BY 1, 2, 3 ORDER BY 6""",
        {"ws": workspace_id, "most": 10},
    )
    return await cursor.fetchall()
