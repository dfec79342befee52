"""The inbox read: its queues, filters and orders, one line for each conversation, and how many stand in each queue."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, LiteralString
from uuid import UUID

from dynaris.channels.registry import channel
from dynaris.contacts.queries import shown_address
from dynaris.conversations.windows import closes_at
from dynaris.core.db import Connection
from dynaris.core.errors import NotFound
from dynaris.core.http import Position

Queue = Literal["mine", "team", "unassigned", "ai", "approval", "snoozed", "closed", "all"]
Sort = Literal["activity", "due"]
SlaState = Literal["running", "warning", "breached"]

_PENDING: LiteralString = "a.workspace_id = %(ws)s AND a.status = 'pending'"
# In Manual Mode: until somebody lets the agents answer.
_TO_RUN: LiteralString = "e.workspace_id = %(ws)s AND e.status = 'waiting' AND e.waiting_for = 'run'"
_QUEUES: dict[Queue, LiteralString] = {
    "mine": "c.status = 'open' AND c.holder = 'member' AND c.holder_id = %(me)s",
    "team": """c.status = 'open' AND c.holder = 'team' AND c.team_id = ANY(ARRAY(
        SELECT t.team_id FROM team_member t WHERE t.workspace_id = %(ws)s AND t.member_id = %(me)s))""",
    # With what an agent could not do, such as a reply that did not go out.
    "unassigned": """c.status = 'open' AND (c.holder = 'team' AND c.team_id IS NULL
        OR c.holder = 'agent' AND c.respond_by IS NOT NULL)""",
    "ai": f"""c.status = 'open' AND c.holder = 'agent' AND c.respond_by IS NULL
        AND NOT EXISTS (SELECT FROM event e WHERE {_TO_RUN} AND e.conversation_id = c.id)""",
    "approval": f"""c.id = ANY(ARRAY(SELECT a.conversation_id FROM approval a WHERE {_PENDING}
        UNION SELECT e.conversation_id FROM event e WHERE {_TO_RUN}))""",
    "snoozed": "c.status = 'snoozed'",
    "closed": "c.status = 'closed'",
    "all": "true",
}

# Only the conditions that were asked for stand in a statement: a prepared one that fits every case fits no index.
_FILTERS: dict[str, LiteralString] = {
    "status": "c.status = %(status)s",
    "holder": "c.holder = %(holder)s",
    "holder_id": "c.holder_id = %(holder_id)s",
    "channel": "c.channel = %(channel)s",
    "contact_id": "c.contact_id = %(contact_id)s",
    "ids": "c.id = ANY(%(ids)s)",
    "tag_id": """c.id = ANY(ARRAY(SELECT g.conversation_id FROM conversation_tag g
        WHERE g.workspace_id = %(ws)s AND g.tag_id = %(tag_id)s))""",
    "disposition": "c.disposition = %(disposition)s",
    "sla": """c.id = ANY(ARRAY(SELECT k.conversation_id FROM sla_clock k
        WHERE k.workspace_id = %(ws)s AND k.status = 'running' AND CASE %(sla)s
            WHEN 'breached' THEN k.due_at <= clock_timestamp()
            WHEN 'warning' THEN least(k.warn_at, k.due_at) <= clock_timestamp()
            ELSE k.due_at IS NOT NULL END))""",
    "words": """(c.subject ILIKE %(words)s
        OR c.contact_id = ANY(ARRAY(
            SELECT k.id FROM contact k WHERE k.workspace_id = %(ws)s AND k.name ILIKE %(words)s
            UNION SELECT d.contact_id FROM address d WHERE d.workspace_id = %(ws)s AND d.value ILIKE %(words)s))
        OR (SELECT m.text FROM message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id
              AND m.direction <> 'note' ORDER BY m.id DESC LIMIT 1) ILIKE %(words)s)""",
}

# When a person must have acted: by the hand-over, or by what the ledger keeps waiting here. What is on its way was
# answered.
_OPEN_EVENTS: LiteralString = (
    "e.workspace_id = %(ws)s AND e.status <> 'done' AND e.waiting_for IS DISTINCT FROM 'delivery'"
)
_RUNNING: LiteralString = "k.workspace_id = %(ws)s AND k.status = 'running' AND k.due_at IS NOT NULL"  # SLA clocks
_DEADLINES: LiteralString = f"""WITH deadline AS MATERIALIZED (
    SELECT d.conversation_id, min(d.at) AS at FROM (
        SELECT e.conversation_id, e.deadline AS at FROM event e WHERE {_OPEN_EVENTS} AND e.status = 'waiting'
        UNION ALL
        SELECT k.conversation_id, k.due_at FROM sla_clock k WHERE {_RUNNING}) AS d GROUP BY d.conversation_id)"""
_NEVER: LiteralString = "timestamptz '9000-01-01 00:00+00'"  # a year that Python has

# Names of other rows are looked up by `(SELECT ...)`: without statistics, as on a young database, PostgreSQL would
# answer a join by reading all contacts of the workspace, once for each row of the page.
_LINE: LiteralString = f"""SELECT c.id, c.contact_id, c.channel, c.account_id, c.reply_to, c.subject,
        (SELECT k.name FROM contact k WHERE k.workspace_id = c.workspace_id AND k.id = c.contact_id) AS contact_name,
        {shown_address("c")} AS contact_address,
        (SELECT h.name FROM member h WHERE h.workspace_id = c.workspace_id AND h.id = c.holder_id) AS holder_name,
        c.team_id, (SELECT t.name FROM team t WHERE t.workspace_id = c.workspace_id AND t.id = c.team_id) AS team_name,
        c.status, CASE c.status WHEN 'snoozed' THEN c.snoozed_until END AS snoozed_until,
        c.handed_off_for, c.disposition,
        c.holder, c.holder_id, c.hold_until, c.respond_by, c.identity, c.summary, c.language, c.last_message_at,
        c.created_at, last.text AS last_text, last.direction AS last_direction, last.author AS last_author,
        waits.reply AS awaits_reply,
        CASE WHEN c.status <> 'closed' THEN least(c.respond_by, open.deadline, sla.due_at) END AS due_at,
        to_jsonb(sla) AS sla,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name, 'colour', g.colour)
                                   ORDER BY lower(g.name)), '[]')
           FROM conversation_tag x JOIN tag g ON g.workspace_id = x.workspace_id AND g.id = x.tag_id
          WHERE x.workspace_id = c.workspace_id AND x.conversation_id = c.id) AS tags,
        (SELECT count(*) FROM approval a WHERE {_PENDING} AND a.conversation_id = c.id) AS pending_approvals,
        open.to_run"""
# Where somebody waits for an answer, the question is shown, and not that it was acknowledged.
_LAST: LiteralString = """SELECT left(m.text, 200) AS text, m.direction, m.author FROM message m
        WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id"""
_BESIDE: LiteralString = f"""LEFT JOIN LATERAL (
        SELECT count(*) AS n, min(e.deadline) FILTER (WHERE e.status = 'waiting') AS deadline,
               count(*) FILTER (WHERE e.status = 'waiting' AND e.waiting_for = 'run') AS to_run FROM event e
        WHERE {_OPEN_EVENTS} AND e.conversation_id = c.id) AS open ON true
    LEFT JOIN LATERAL (
        SELECT k.kind, k.due_at, k.warn_at, k.due_at <= clock_timestamp() AS breached FROM sla_clock k
        WHERE {_RUNNING} AND k.conversation_id = c.id ORDER BY k.due_at LIMIT 1) AS sla ON true
    CROSS JOIN LATERAL (SELECT c.status <> 'closed' AND (c.respond_by IS NOT NULL OR open.n > 0) AS reply) AS waits
    LEFT JOIN LATERAL (
        SELECT said.* FROM (
            (SELECT 1 AS place, q.* FROM ({_LAST} AND m.author = 'contact' AND waits.reply
                                          ORDER BY m.id DESC LIMIT 1) AS q)
            UNION ALL
            (SELECT 2, q.* FROM ({_LAST} AND m.direction <> 'note' ORDER BY m.id DESC LIMIT 1) AS q)) AS said
        ORDER BY said.place LIMIT 1) AS last ON true"""
_ONE = f"""{_LINE},
        (SELECT max(w.last_inbound_at) FROM conversation w WHERE w.workspace_id = c.workspace_id
           AND w.contact_id = c.contact_id AND w.account_id = c.account_id) AS last_inbound_at,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'kind', f.kind, 'reason', f.reason,
                                                      'due_at', f.due_at) ORDER BY f.due_at), '[]')
           FROM follow_up f WHERE f.workspace_id = c.workspace_id AND f.conversation_id = c.id
             AND f.status = 'waiting') AS follow_ups
    FROM conversation c {_BESIDE} WHERE c.workspace_id = %(ws)s AND c.id = %(id)s"""


async def conversations(
    connection: Connection,
    workspace_id: UUID,
    *,
    filters: Mapping[str, Any],
    after: Position | None,
    limit: int,
    queue: Queue = "all",
    member_id: UUID | None = None,
    sort: Sort = "activity",
) -> list[dict[str, Any]]:
    """After a position (`place`, id): newest activity first, or what is due first and then what is not.

    `filters`: see `_FILTERS`; `words` is found anywhere in the contact's name or address, the subject, the last text.
    `member_id` is whose queues `mine` and `team` are.
    """
    chosen = {name: value for name, value in filters.items() if value is not None}
    conditions: list[LiteralString] = ["c.workspace_id = %(ws)s", _QUEUES[queue], *(_FILTERS[name] for name in chosen)]
    names = {**chosen, "ws": workspace_id, "me": member_id, "limit": limit}
    if "words" in chosen:
        names["words"] = f"%{_as_it_is(chosen['words'])}%"
    if after:
        names |= {"at": after.at, "after": after.id}
    # Names and texts are looked up for the page alone.
    statement = _by_due(conditions, after) if sort == "due" else _by_activity(conditions, after)
    return await (await connection.execute(statement, names)).fetchall()


def _by_activity(conditions: Sequence[LiteralString], after: Position | None) -> LiteralString:
    further = " AND (c.last_message_at, c.id) < (%(at)s, %(after)s)" if after else ""
    return f"""{_LINE}, c.last_message_at AS place
        FROM (SELECT * FROM conversation c WHERE {" AND ".join(conditions)}{further}
              ORDER BY c.last_message_at DESC, c.id DESC LIMIT %(limit)s) AS c {_BESIDE}
        ORDER BY c.last_message_at DESC, c.id DESC"""


def _by_due(conditions: Sequence[LiteralString], after: Position | None) -> LiteralString:
    due = f"coalesce(least(c.respond_by, deadline.at), {_NEVER})"
    further = f" AND ({due}, c.id) > (%(at)s, %(after)s)" if after else ""
    return f"""{_DEADLINES} {_LINE}, c.place
        FROM (SELECT c.*, {due} AS place FROM conversation c LEFT JOIN deadline ON deadline.conversation_id = c.id
              WHERE {" AND ".join(conditions)}{further} ORDER BY place, c.id LIMIT %(limit)s) AS c {_BESIDE}
        ORDER BY c.place, c.id"""


def _as_it_is(words: str) -> str:
    """For LIKE: no character of it stands for another."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


async def conversation(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> dict[str, Any]:
    """With waiting follow-ups. Raises `NotFound`."""
    cursor = await connection.execute(_ONE, {"ws": workspace_id, "id": conversation_id})
    if row := await cursor.fetchone():
        traits = channel(row["channel"]).traits
        closes = closes_at(traits, row.pop("last_inbound_at"))
        own = {"templates": traits.templates, "reactions": traits.reactions, "spoken": traits.spoken}
        return {**row, "window_closes_at": closes, **own}
    raise NotFound(f"no conversation {conversation_id}")


# What only grows is not counted: it would be read from end to end each time.
COUNTED: tuple[Queue, ...] = ("mine", "team", "unassigned", "ai", "approval", "snoozed")


def _counts() -> LiteralString:
    each: list[LiteralString] = [
        f'(SELECT count(*) FROM conversation c WHERE c.workspace_id = %(ws)s AND {_QUEUES[queue]}) AS "{queue}"'
        for queue in COUNTED
    ]
    return "SELECT " + ", ".join(each)


_COUNTS = _counts()


async def counts(connection: Connection, workspace_id: UUID, *, member_id: UUID) -> dict[str, int]:
    """Of each queue in `COUNTED`, as this member sees them."""
    row = await (await connection.execute(_COUNTS, {"ws": workspace_id, "me": member_id})).fetchone()
    assert row is not None
    return row
