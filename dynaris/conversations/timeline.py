"""Everything that happened with one contact, on all channels, as one list: newest first.

Each kind of thing has its own branch, which an index hands over in order; no branch reads more than a page.
Events, approvals and bookings are looked up here by their ids alone: their packages stand above this one.
"""

from functools import cache
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from dynaris.contacts.merge import survivor
from dynaris.conversations.schemas import ItemKind
from dynaris.core.db import Connection
from dynaris.core.http import Position

MOST_TEXT = 4_000  # characters of an item; the whole is with its conversation

# A conversation's columns are looked up, not joined, for the reason that queries.py gives.
_OF_ITS_CONVERSATION = "FROM conversation c WHERE c.workspace_id = x.workspace_id AND c.id = x.conversation_id"
_CHANNEL = f"(SELECT c.channel {_OF_ITS_CONVERSATION})"
_SAID = "CASE x.direction WHEN 'note' THEN 'note' ELSE 'message' END"
_ENDED = "CASE x.outcome WHEN 'handed_off' THEN 'hand_off' ELSE x.outcome END"
_MESSAGES = f"""SELECT x.id, x.created_at AS at, {_SAID} AS kind,
        x.conversation_id, {_CHANNEL} AS channel, left(x.text, %(most)s) AS text, x.author,
        nullif(x.direction, 'note') AS direction, x.delivery,
        (SELECT c.identity {_OF_ITS_CONVERSATION}) AS identity,
        jsonb_strip_nulls(jsonb_build_object('subject', x.subject, 'author_id', x.author_id, 'event_id', x.event_id,
            'run_id', x.run_id, 'attachments', (SELECT nullif(count(*), 0) FROM attachment a
                WHERE a.workspace_id = x.workspace_id AND a.message_id = x.id))) AS data
    FROM message x"""
_TASKS = f"""SELECT x.id, x.created_at, 'task', x.conversation_id, {_CHANNEL}, x.title, x.created_by, NULL, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('status', x.status, 'detail', nullif(left(x.detail, %(most)s), ''),
            'owner_id', x.owner_id, 'due_at', x.due_at, 'done_at', x.done_at, 'run_id', x.run_id))
    FROM task x"""
_FOLLOW_UPS = f"""SELECT x.id, x.created_at, 'follow_up', x.conversation_id, {_CHANNEL}, x.reason, 'agent', NULL, NULL,
        NULL, jsonb_strip_nulls(jsonb_build_object('kind', x.kind, 'status', x.status, 'due_at', x.due_at,
            'ended_because', x.ended_because, 'event_id', x.event_id, 'run_id', x.run_id))
    FROM follow_up x"""
_APPROVALS = f"""SELECT x.id, x.created_at, 'approval', x.conversation_id, {_CHANNEL},
        left(coalesce(x.proposal->>'text', x.why), %(most)s), 'agent', NULL, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('action', x.action, 'effect', x.effect, 'why', x.why, 'status', x.status,
            'owner_id', x.owner_id, 'deadline', x.deadline, 'decided_by', x.decided_by, 'decided_at', x.decided_at,
            'reason', x.reason, 'event_id', x.event_id, 'run_id', x.run_id))
    FROM approval x"""
_EVENTS = f"""SELECT x.id, x.settled_at, {_ENDED},
        x.conversation_id, x.channel, left(coalesce(x.reason, ''), %(most)s), 'system', NULL, NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('message_id', x.message_id, 'run_id', x.run_id,
            'arrived_at', x.created_at))
    FROM event x"""
_MERGES = """SELECT x.id, x.created_at, 'merge', NULL, NULL, left(x.reason, %(most)s), x.performed_by, NULL, NULL,
        NULL, jsonb_strip_nulls(jsonb_build_object('keep', x.keep_id, 'drop', x.drop_id, 'undone_at', x.undone_at,
            'undone_by', x.undone_by))
    FROM merge x"""
_BOOKINGS = f"""SELECT x.id, x.created_at, 'booking', x.conversation_id, {_CHANNEL}, x.text, x.changed_by, NULL, NULL,
        NULL, x.data || jsonb_build_object('what', x.what, 'status', (SELECT b.status FROM booking b
            WHERE b.workspace_id = x.workspace_id AND b.id = x.booking_id))
    FROM booking_change x"""
# Who only claims an address that this contact holds may be somebody else: the conversation is shown as one item.
_CLAIMED = """SELECT x.id, x.created_at, 'conversation', x.id, x.channel,
        left(coalesce(x.subject, (SELECT m.text FROM message m WHERE m.workspace_id = x.workspace_id
             AND m.conversation_id = x.id AND m.direction = 'inbound' ORDER BY m.id LIMIT 1), ''), %(most)s),
        'contact', 'inbound', NULL, CASE x.identity WHEN 'failed' THEN 'failed' ELSE 'claimed' END,
        jsonb_build_object('claimant', x.contact_id, 'status', x.status, 'claims', (
            SELECT jsonb_agg(DISTINCT theirs.value) FROM address theirs JOIN address own
            ON own.workspace_id = theirs.workspace_id AND own.kind = theirs.kind AND own.value = theirs.value
            WHERE theirs.workspace_id = x.workspace_id AND theirs.contact_id = x.contact_id AND NOT theirs.holds
              AND own.contact_id = %(contact)s AND own.holds))
    FROM conversation x"""

_CLAIMANTS = """x.contact_id = ANY(ARRAY(
        SELECT theirs.contact_id FROM address own JOIN address theirs ON theirs.workspace_id = own.workspace_id
            AND theirs.kind = own.kind AND theirs.value = own.value AND NOT theirs.holds
        WHERE own.workspace_id = %(ws)s AND own.contact_id = %(contact)s AND own.holds
          AND theirs.contact_id <> %(contact)s))"""
_OF_CONTACT = "x.contact_id = %(contact)s"


class _Branch(NamedTuple):
    source: LiteralString
    moment: LiteralString  # that orders it
    whose: LiteralString
    kinds: frozenset[ItemKind]
    kind: LiteralString | None = None  # of a row, where there are several


_BRANCHES = (
    _Branch(_MESSAGES, "x.created_at", _OF_CONTACT, frozenset({"message", "note"}), _SAID),
    _Branch(_TASKS, "x.created_at", _OF_CONTACT, frozenset({"task"})),
    _Branch(_FOLLOW_UPS, "x.created_at", _OF_CONTACT, frozenset({"follow_up"})),
    _Branch(_APPROVALS, "x.created_at", _OF_CONTACT, frozenset({"approval"})),
    _Branch(
        _EVENTS,
        "x.settled_at",
        f"{_OF_CONTACT} AND x.outcome IN ('handed_off', 'ignored', 'failed')",
        frozenset({"hand_off", "ignored", "failed"}),
        _ENDED,
    ),
    _Branch(_MERGES, "x.created_at", "x.keep_id = %(contact)s", frozenset({"merge"})),
    _Branch(_MERGES, "x.created_at", "x.drop_id = %(contact)s", frozenset({"merge"})),
    _Branch(_BOOKINGS, "x.created_at", _OF_CONTACT, frozenset({"booking"})),
    _Branch(_CLAIMED, "x.created_at", _CLAIMANTS, frozenset({"conversation"})),
)


@cache
def _statement(kinds: frozenset[ItemKind]) -> LiteralString:
    """Of all kinds where none is named."""
    branches: list[LiteralString] = []
    for source, moment, whose, own, kind in _BRANCHES:
        if kinds and not kinds & own:
            continue
        chosen: LiteralString = f"AND {kind} = ANY(%(kinds)s)" if kinds and kind else ""
        branches.append(f"""({source} WHERE x.workspace_id = %(ws)s AND {whose} {chosen}
               AND ({moment}, x.id) < (%(at)s::timestamptz, %(after)s::uuid)
             ORDER BY {moment} DESC, x.id DESC LIMIT %(limit)s)""")
    return f"""SELECT * FROM ({" UNION ALL ".join(branches)}) AS item
            (id, at, kind, conversation_id, channel, text, author, direction, delivery, identity, data)
        ORDER BY at DESC, id DESC LIMIT %(limit)s"""


_FROM_NOW = {"at": "infinity", "after": UUID(int=0)}


async def timeline(
    connection: Connection,
    workspace_id: UUID,
    contact_id: UUID,
    *,
    after: Position | None,
    limit: int,
    kinds: frozenset[ItemKind] = frozenset(),
) -> list[dict[str, Any]]:
    """After a position (at, id); only of these `kinds`, where some are named.

    For a merged contact, that of the one it is part of. Raises `NotFound`.
    """
    whose = await survivor(connection, workspace_id, contact_id)
    place = {"at": after.at, "after": after.id} if after else _FROM_NOW
    cursor = await connection.execute(
        _statement(kinds),
        {
            **place,
            "ws": workspace_id,
            "contact": whose,
            "limit": limit,
            "most": MOST_TEXT,
            "kinds": list(kinds),
        },
    )
    return await cursor.fetchall()
