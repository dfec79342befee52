"""What an agent is told: business, contact, conversation, knowledge; read in two statements.

Nothing from another conversation, and nothing that the contact did not say here, is put before the model unless
the other side proved the same address here and there, or the answer reaches the same address that those messages
came from: what the model does not know it cannot disclose. Who proved one address has not proved the contact's
others, which may be there because somebody claimed them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from dynaris.agents import stories
from dynaris.agents.builtin.story import story_of
from dynaris.channels.contract import AddressKind, ChannelTraits, Identity
from dynaris.contacts.addresses import same_number
from dynaris.conversations.memory import TELLABLE
from dynaris.core.db import Connection
from dynaris.knowledge.queries import Passage, search

MOST_MESSAGES = 20  # of this conversation
_MOST_PENDING = 30  # messages of the turn itself, which are fetched with them
MOST_PASSAGES = 6
MOST_FIELDS = 30  # of the contact's record
_MOST_ELSEWHERE = 12  # messages of other conversations; what is older is told in short

# A run as a resumed turn reads it: what its model was told, and its steps.
_RECORDED = """
    (SELECT jsonb_build_object('prompt', prompt, 'input_tokens', input_tokens, 'output_tokens', output_tokens,
                               'cached_tokens', cached_tokens, 'cost', cost::text, 'known_cost', (
            SELECT coalesce(sum(cost), 0)::text FROM run_step WHERE workspace_id = %(ws)s AND run_id = %(run)s))
     FROM run WHERE workspace_id = %(ws)s AND id = %(run)s) AS run,
    (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.position), '[]') FROM (
        SELECT position, kind, tool, call_id, effect, request, response, error, done
        FROM run_step WHERE workspace_id = %(ws)s AND run_id = %(run)s) AS s) AS steps"""

# Other conversations, where one of them may be told here at all: the newest messages, before them the story.
_ELSEWHERE = """
    (SELECT jsonb_agg(to_jsonb(e)) FROM (
        SELECT o.id, o.channel, o.story, o.story_to, o.last_message_at AS at, (
            SELECT jsonb_agg(to_jsonb(m)) FROM (
                SELECT id, author, left(text, 1000) AS text, created_at AS at FROM message
                WHERE workspace_id = %(ws)s AND conversation_id = o.id AND direction <> 'note'
                ORDER BY id DESC LIMIT %(each)s) AS m) AS said
        FROM conversation o WHERE o.workspace_id = %(ws)s AND o.contact_id = %(contact)s
          AND o.id <> %(conversation)s AND ((%(verified)s AND o.identity = 'verified' AND o.proved && conv.proved)
               OR (%(to_address)s AND o.channel = conv.channel AND o.reply_to = conv.reply_to))
        ORDER BY o.last_message_at DESC LIMIT 5) AS e)"""


def _load_sql(elsewhere: LiteralString) -> LiteralString:
    return f"""
SELECT w.name AS business, w.timezone, w.language AS business_language, w.business_hours, w.profile,
    w.hours_exceptions, w.languages,
    coalesce((SELECT version FROM knowledge_state WHERE workspace_id = %(ws)s), 0) AS knowledge,
    c.name, c.status, c.language, c.fields, conv.subject, conv.reply_to, conv.proved, conv.story, conv.story_to,
    (SELECT match->>'name' FROM event WHERE workspace_id = %(ws)s AND id = %(event)s) AS sender_name,
    c.created_at >= conv.created_at - interval '1 minute' AND NOT EXISTS (
        SELECT FROM conversation o WHERE o.workspace_id = %(ws)s AND o.contact_id = %(contact)s
          AND o.id <> %(conversation)s
    ) AS met_here,
    (SELECT jsonb_agg(jsonb_build_object('kind', a.kind, 'value', a.value, 'holds', a.holds,
                                         'verified', a.verified_at IS NOT NULL)
                      ORDER BY a.holds DESC, a.id)
     FROM (SELECT id, kind, value, holds, verified_at FROM address
           WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
           ORDER BY holds DESC, id LIMIT 20) AS a) AS addresses,
    (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM (
        SELECT id, author, left(text, 4000) AS text, created_at AS at, event_id, run_id FROM message
        WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND direction <> 'note'
        ORDER BY id DESC LIMIT %(most)s) AS m) AS messages,
    {elsewhere} AS elsewhere,
    (SELECT jsonb_agg(to_jsonb(t)) FROM (
        SELECT title, due_at FROM task WHERE workspace_id = %(ws)s AND contact_id = %(contact)s AND status = 'open'
          AND (conversation_id = %(conversation)s OR (%(verified)s AND EXISTS (
               SELECT FROM conversation o WHERE o.workspace_id = %(ws)s AND o.id = task.conversation_id
                 AND o.identity = 'verified' AND o.proved && conv.proved)))
        ORDER BY id DESC LIMIT 5) AS t) AS tasks,
    (SELECT jsonb_agg(to_jsonb(f)) FROM (
        SELECT kind, reason, due_at FROM follow_up WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
          AND status = 'waiting' ORDER BY due_at LIMIT 5) AS f) AS follow_ups,
    (SELECT jsonb_agg(to_jsonb(f)) FROM (
        SELECT text, created_at AS at FROM contact_fact f WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
          AND {TELLABLE} ORDER BY id DESC LIMIT 20) AS f) AS facts,
    {_RECORDED}
FROM workspace w
JOIN contact c ON c.workspace_id = %(ws)s AND c.id = %(contact)s
JOIN conversation conv ON conv.workspace_id = %(ws)s AND conv.id = %(conversation)s
WHERE w.id = %(ws)s"""


_LOAD, _LOAD_ALONE = _load_sql(_ELSEWHERE), _load_sql("NULL")


@dataclass(frozen=True, slots=True)
class Said:
    """One message, as the model sees it."""

    author: str  # contact, agent, member or system
    text: str
    at: str  # ISO 8601
    channel: str | None = None  # of another conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    now: datetime
    channel: str
    traits: ChannelTraits
    identity: Identity
    may_disclose: bool  # what other conversations hold, and private fields, may be told here
    business: str
    timezone: str
    hours: dict[str, Any]
    profile: dict[str, Any]
    contact: dict[str, str]  # attributes of the contact that may be told here
    own_addresses: frozenset[str]  # addresses that are the contact's own, with the one being answered
    fields: dict[str, str]  # what a CRM or our people keep of the contact, where it may be told here
    facts: tuple[dict[str, str], ...]  # what is remembered: `text`, `at`; newest first
    subject: str | None
    story: str | None  # of what was said here before `messages`
    messages: tuple[Said, ...]  # of this conversation before this turn, oldest first
    elsewhere: tuple[Said, ...]
    stories: tuple[Said, ...]  # of other conversations, newest first
    behind: tuple[UUID, ...]  # conversations whose story should be told on
    tasks: tuple[dict[str, Any], ...]
    follow_ups: tuple[dict[str, Any], ...]
    passages: tuple[Passage, ...]
    hours_exceptions: tuple[dict[str, Any], ...] = ()
    languages: tuple[str, ...] = ()  # that the business offers, its default first
    run: dict[str, Any] | None = None  # recorded earlier
    steps: list[dict[str, Any]] = field(default_factory=list)
    services: tuple[dict[str, str], ...] = ()  # that can be booked, for whoever books
    bookings: tuple[dict[str, str], ...] = ()  # the contact's coming ones that may be told here


async def load(
    connection: Connection,
    workspace_id: UUID,
    *,
    run_id: UUID,
    event_id: UUID,
    conversation_id: UUID,
    contact_id: UUID,
    channel: str,
    traits: ChannelTraits,
    identity: Identity,
    text: str,
    now: datetime,
) -> Context:
    """Two statements; one where the same was searched for before, and when the run is resumed, because its instructions
    are recorded."""
    verified = identity is Identity.VERIFIED
    cursor = await connection.execute(
        _LOAD if verified or traits.replies_to_address else _LOAD_ALONE,
        {
            "ws": workspace_id,
            "run": run_id,
            "contact": contact_id,
            "conversation": conversation_id,
            "event": event_id,
            "verified": verified,
            "to_address": traits.replies_to_address,
            "most": MOST_MESSAGES + _MOST_PENDING,
            "each": stories.TAIL + 1,
        },
    )
    row = await cursor.fetchone()
    assert row is not None, f"conversation {conversation_id} or contact {contact_id} is gone"
    passages: list[Passage] = []
    if not row["run"]:
        passages = await search(connection, workspace_id, text, limit=MOST_PASSAGES, version=row["knowledge"])
    elsewhere = row["elsewhere"] or []
    said_elsewhere, told_elsewhere = _elsewhere(elsewhere)
    return Context(
        now=now,
        channel=channel,
        traits=traits,
        identity=identity,
        may_disclose=verified,
        business=row["business"],
        timezone=row["timezone"],
        hours=row["business_hours"],
        hours_exceptions=tuple(row["hours_exceptions"]),
        languages=tuple(row["languages"]),
        profile=row["profile"],
        contact=_contact(row, identity, traits),
        own_addresses=frozenset(
            [row["reply_to"], *(address["value"] for address in row["addresses"] or () if address["verified"])]
        ),
        fields=_fields(row["fields"]) if verified else {},
        facts=tuple(row["facts"] or ()),
        subject=row["subject"],
        story=row["story"],
        messages=_before(row["messages"] or [], event_id, run_id),
        elsewhere=said_elsewhere,
        stories=told_elsewhere,
        behind=tuple(_behind(row, conversation_id, elsewhere)),
        tasks=tuple(row["tasks"] or ()),
        follow_ups=tuple(row["follow_ups"] or ()),
        passages=tuple(passages),
        run=row["run"],
        steps=row["steps"],
    )


_BUSINESS: LiteralString = """SELECT w.name AS business, w.timezone, w.language, w.business_hours, w.profile,
    w.hours_exceptions, w.languages,
    coalesce((SELECT version FROM knowledge_state WHERE workspace_id = %(ws)s), 0) AS knowledge
    FROM workspace w WHERE w.id = %(ws)s"""


async def imagined(
    connection: Connection,
    workspace_id: UUID,
    *,
    channel: str,
    traits: ChannelTraits,
    identity: Identity,
    text: str,
    said: Sequence[Said],
    now: datetime,
) -> Context:
    """Of a conversation that there is not, with somebody whom nobody knows."""
    row = await (await connection.execute(_BUSINESS, {"ws": workspace_id})).fetchone()
    assert row is not None, f"workspace {workspace_id} is gone"
    passages = await search(connection, workspace_id, text, limit=MOST_PASSAGES, version=row["knowledge"])
    return Context(
        now=now,
        channel=channel,
        traits=traits,
        identity=identity,
        may_disclose=identity is Identity.VERIFIED,
        business=row["business"],
        timezone=row["timezone"],
        hours=row["business_hours"],
        hours_exceptions=tuple(row["hours_exceptions"]),
        languages=tuple(row["languages"]),
        profile=row["profile"],
        contact={"language": row["language"]},
        own_addresses=frozenset(),
        fields={},
        facts=(),
        subject=None,
        story=None,
        messages=tuple(said)[-MOST_MESSAGES:],
        elsewhere=(),
        stories=(),
        behind=(),
        tasks=(),
        follow_ups=(),
        passages=tuple(passages),
    )


def _before(rows: list[dict[str, Any]], event_id: UUID, run_id: UUID) -> tuple[Said, ...]:
    """What was said before this turn: neither its own messages nor what came after them."""
    earlier: list[dict[str, Any]] = []
    for row in rows:
        if row["event_id"] == str(event_id) or row["run_id"] == str(run_id):
            break
        earlier.append(row)
    return tuple(Said(row["author"], row["text"], row["at"]) for row in earlier[-MOST_MESSAGES:])


def _elsewhere(conversations: Sequence[dict[str, Any]]) -> tuple[tuple[Said, ...], tuple[Said, ...]]:
    """The newest messages of all of them, oldest first; and of each conversation what is older, in short."""
    said = [(one, message) for one in conversations for message in (one["said"] or ())[: stories.TAIL]]
    said.sort(key=lambda each: each[1]["id"])
    left_out, shown = said[:-_MOST_ELSEWHERE], said[-_MOST_ELSEWHERE:]
    told: list[Said] = []
    for one in conversations:
        older = [(message["author"], message["text"]) for whose, message in left_out if whose is one]
        if story := story_of(one["story"], older) if older else one["story"]:
            told.append(Said("", story, one["at"], one["channel"]))
    return tuple(Said(m["author"], m["text"], m["at"], one["channel"]) for one, m in shown), tuple(told)


def _behind(row: dict[str, Any], conversation_id: UUID, elsewhere: Sequence[dict[str, Any]]) -> Iterator[UUID]:
    """Where messages are too old to be shown and not yet in a story."""
    told = str(row["story_to"] or "")
    if sum(message["id"] > told for message in row["messages"] or ()) > stories.MOST_UNTOLD:
        yield conversation_id
    for one in elsewhere:
        older = (one["said"] or ())[stories.TAIL :]
        if older and older[0]["id"] > (one["story_to"] or ""):
            yield UUID(one["id"])


def _fields(fields: dict[str, Any]) -> dict[str, str]:
    flat = {key: value for key, value in fields.items() if isinstance(value, str | int | float) and str(value)}
    return {str(key)[:100]: str(value)[:300] for key, value in list(flat.items())[:MOST_FIELDS]}


def _contact(row: dict[str, Any], identity: Identity, traits: ChannelTraits) -> dict[str, str]:
    """Proven: what was proved here to be this person's. Met in this very conversation: what was said here. Else only
    what the answered address shows anyway, under the name that the sender gives itself: the contact's may be a
    stranger's words."""
    addresses = row["addresses"] or []
    if identity is Identity.VERIFIED:
        proved = {row["reply_to"], *row["proved"]}
        addresses = [a for a in addresses if a["value"] in proved or f"{a['kind']}:{a['value']}" in proved]
    if identity is Identity.VERIFIED or (row["met_here"] and identity is not Identity.FAILED):
        first = {address["kind"]: address["value"] for address in reversed(addresses)}
        phone = first.get("phone") or _number_of(first.get("whatsapp"))
        told = {"name": row["name"], "status": row["status"], "email": first.get("email"), "phone": phone}
    elif traits.replies_to_address:
        told = {
            "name": row["sender_name"],
            "email": next((a["value"] for a in addresses if a["value"] == row["reply_to"]), None),
        }
    else:
        told = {}
    told["language"] = row["language"] or row["business_language"]
    return {key: value for key, value in told.items() if value}


def _number_of(whatsapp: str | None) -> str | None:
    """Who hides the number has an id there that is none."""
    number = same_number(AddressKind.WHATSAPP, whatsapp) if whatsapp else None
    return number[1] if number else None
