"""What an agent is told: business, contact, conversation, knowledge; read in two statements, rendered with tags.

Nothing from another conversation, and nothing that the contact did not say here, is put before the model unless
the other side proved the same address here and there, or the answer reaches the same address that those messages
came from: what the model does not know it cannot disclose. Who proved one address has not proved the contact's
others, which may be there because somebody claimed them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from dynaris.agents.guardrails.unseen import seen
from dynaris.channels.contract import ChannelTraits, Identity
from dynaris.core.db import Connection
from dynaris.knowledge.queries import Passage, search
from dynaris.workspaces.opening_hours import coming, in_words, is_open, spans_in_words, zone

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage

MOST_MESSAGES = 20  # of this conversation
_MOST_PENDING = 30  # messages of the turn itself, which are fetched with them
MOST_PASSAGES = 5

# A run as a resumed turn reads it: what its model was told, and its steps.
_RECORDED = """
    (SELECT jsonb_build_object('prompt', prompt, 'input_tokens', input_tokens, 'output_tokens', output_tokens,
                               'cached_tokens', cached_tokens, 'cost', cost::text)
     FROM run WHERE workspace_id = %(ws)s AND id = %(run)s) AS run,
    (SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.position), '[]') FROM (
        SELECT position, kind, tool, call_id, effect, request, response, error, done
        FROM run_step WHERE workspace_id = %(ws)s AND run_id = %(run)s) AS s) AS steps"""

# Other conversations, where one of them may be told here at all.
_ELSEWHERE = """
    (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM (
        SELECT said.* FROM (
            SELECT id, channel FROM conversation o WHERE o.workspace_id = %(ws)s AND o.contact_id = %(contact)s
              AND o.id <> %(conversation)s AND ((%(verified)s AND o.identity = 'verified' AND o.proved && conv.proved)
                   OR (%(to_address)s AND o.channel = conv.channel AND o.reply_to = conv.reply_to))
            ORDER BY o.last_message_at DESC LIMIT 5) AS o,
        LATERAL (SELECT id, author, left(text, 1000) AS text, created_at AS at, o.channel FROM message
                 WHERE workspace_id = %(ws)s AND conversation_id = o.id AND direction <> 'note'
                 ORDER BY id DESC LIMIT 6) AS said
        ORDER BY said.id DESC LIMIT 12) AS m)"""


def _load_sql(elsewhere: LiteralString) -> LiteralString:
    return f"""
SELECT w.name AS business, w.timezone, w.language AS business_language, w.business_hours, w.profile,
    w.hours_exceptions, w.languages,
    c.name, c.status, c.language, conv.subject, conv.reply_to, conv.proved, conv.summary,
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
    subject: str | None
    summary: str | None
    messages: tuple[Said, ...]  # of this conversation before this turn, oldest first
    elsewhere: tuple[Said, ...]
    tasks: tuple[dict[str, Any], ...]
    follow_ups: tuple[dict[str, Any], ...]
    passages: tuple[Passage, ...]
    hours_exceptions: tuple[dict[str, Any], ...] = ()
    languages: tuple[str, ...] = ()  # that the business offers, its default first
    run: dict[str, Any] | None = None  # recorded earlier
    steps: list[dict[str, Any]] = field(default_factory=list)


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
    """Two statements; one when the run is resumed, because its instructions are recorded."""
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
        },
    )
    row = await cursor.fetchone()
    assert row is not None, f"conversation {conversation_id} or contact {contact_id} is gone"
    passages = [] if row["run"] else await search(connection, workspace_id, text, limit=MOST_PASSAGES)
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
        subject=row["subject"],
        summary=row["summary"],
        messages=_before(row["messages"] or [], event_id, run_id),
        elsewhere=tuple(
            Said(said["author"], said["text"], said["at"], said["channel"]) for said in row["elsewhere"] or ()
        ),
        tasks=tuple(row["tasks"] or ()),
        follow_ups=tuple(row["follow_ups"] or ()),
        passages=tuple(passages),
        run=row["run"],
        steps=row["steps"],
    )


def _before(rows: list[dict[str, Any]], event_id: UUID, run_id: UUID) -> tuple[Said, ...]:
    """What was said before this turn: neither its own messages nor what came after them."""
    earlier: list[dict[str, Any]] = []
    for row in rows:
        if row["event_id"] == str(event_id) or row["run_id"] == str(run_id):
            break
        earlier.append(row)
    return tuple(Said(row["author"], row["text"], row["at"]) for row in earlier[-MOST_MESSAGES:])


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
        told = {"name": row["name"], "status": row["status"], "email": first.get("email"), "phone": first.get("phone")}
    elif traits.replies_to_address:
        told = {
            "name": row["sender_name"],
            "email": next((a["value"] for a in addresses if a["value"] == row["reply_to"]), None),
        }
    else:
        told = {}
    told["language"] = row["language"] or row["business_language"]
    return {key: value for key, value in told.items() if value}


# Rendered ---------------------------------------------------------------------------------------


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escaped(text: str) -> str:
    return seen(text).translate(_ESCAPES)


def _tag(name: str, text: str = "", /, **attributes: str | None) -> str:
    shown = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items() if value)
    return f"<{name}{shown}>{escaped(text)}</{name}>" if text else f"<{name}{shown}/>"


def _yes(value: bool) -> str:
    return "true" if value else "false"


def render(context: Context, task: str, *, proactive: bool = False) -> str:
    """What the model is told besides its specialist's own words; `builtin_model.py` states the format."""
    lines = [f"<task>{escaped(task)}</task>", _business(context)]
    lines.append(
        _tag(
            "channel",
            name=context.channel,
            subject=context.subject,
            salutation=_yes(context.traits.subject),
            proactive=_yes(proactive),
        )
    )
    lines.append(_tag("contact", identity=context.identity.value, **context.contact))
    if context.summary and len(context.messages) == MOST_MESSAGES:
        lines.append(_tag("summary", context.summary))
    passages = (
        "  "
        + _tag(
            "passage", p.text, id=str(p.id), title=p.title, heading=p.heading, score=f"{p.score:.2f}", part=str(p.part)
        )
        for p in context.passages
    )
    lines += ["<passages>", *passages, "</passages>"]
    if context.elsewhere:
        older = (
            "  " + _tag("message", said.text, **{"from": said.author, "at": said.at, "channel": said.channel})
            for said in context.elsewhere
        )
        lines += ["<history>", *older, "</history>"]
    lines += [_tag("task_open", task["title"], due_at=task["due_at"]) for task in context.tasks]
    lines += [
        _tag("follow_up", plan["reason"], kind=plan["kind"], due_at=plan["due_at"]) for plan in context.follow_ups
    ]
    lines.append(f"<now>{context.now.isoformat(timespec='seconds')}</now>")
    return "\n".join(lines)


_MOST_EXCEPTIONS = 30
_SAID_OF_BUSINESS = ("legal_name", "phone", "email", "website", "postal_address")


def _business(context: Context) -> str:
    local = context.now.astimezone(zone(context.timezone))
    today = local.date().isoformat()
    known = context.hours or any(one["date"] == today for one in context.hours_exceptions)
    open_now = is_open(context.hours, local, context.hours_exceptions)
    facts = {key: context.profile.get(key) for key in _SAID_OF_BUSINESS}
    lines = [
        _tag(
            "business",
            in_words(context.hours) or "opening hours unknown",
            name=context.business,
            agent_name=context.profile.get("agent_name"),
            timezone=context.timezone,
            open_now=_yes(open_now) if known else None,
            tone=(context.profile.get("tones") or {}).get(context.channel) or context.profile.get("tone"),
            languages=" ".join(context.languages) if len(context.languages) > 1 else None,
            **facts,
        )
    ]
    lines += [
        _tag("hours_exception", spans_in_words(one["hours"]), date=one["date"], note=one.get("note"))
        for one in coming(context.hours_exceptions, local.date())[:_MOST_EXCEPTIONS]
    ]
    if description := context.profile.get("description"):
        lines.append(_tag("about_business", description))
    return "\n".join(lines)


def history(context: Context) -> list["ModelMessage"]:
    """This conversation as the model's own message history."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    from dynaris.agents.guardrails.fence import as_data

    return [
        ModelRequest(parts=[UserPromptPart(content=as_data(said.text))])
        if said.author == "contact"
        else ModelResponse(parts=[TextPart(content=said.text)])
        for said in context.messages
        if said.text
    ]
