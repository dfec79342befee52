"""Who wrote, and in which conversation: the stored arrival becomes a message on a contact's timeline."""

from dataclasses import asdict
from functools import cache
from typing import Any, LiteralString, TypeGuard
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from dynaris.agents.agent_settings_store import name_of
from dynaris.channels.contract import Account, Addressed, AddressKind, Arrival, Channel, Identity, Inbound, Unreadable
from dynaris.channels.registry import channel
from dynaris.contacts.addresses import normalise
from dynaris.contacts.joined import resolve_joined
from dynaris.contacts.matching import Match
from dynaris.contacts.names import readable_name
from dynaris.contacts.suppression import hasher
from dynaris.contacts.unproved import fill_gaps
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.notifications.preferences import BEFORE_CLOSING
from dynaris.pipeline.asides import store_earlier, without_asides
from dynaris.pipeline.attachments import store_attachments
from dynaris.pipeline.bounces import note_bounce
from dynaris.pipeline.fetching import with_files
from dynaris.pipeline.given_up import give_up
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.invitation_answers import with_answer_taken
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services
from dynaris.pipeline.typed_codes import code_typed
from dynaris.pipeline.way_back import found_since, way_back
from dynaris.pipeline.wishes import note_consent, wished

log = structlog.get_logger()

# How a conversation is found, strongest first; a channel gives what it has. Mail: an answer to one of our
# or the contact's messages, else, from a proved sender, a reply with the same subject within 30 days (anybody can write
# a name and a subject, and what was booked in a conversation is moved and cancelled there); never another contact's.
# What is answered at another address must refer to a message of ours, which only its recipient has.
_BY_KEY = """SELECT c.id FROM conversation c
    WHERE c.workspace_id = %(ws)s AND c.account_id = %(account)s AND c.thread_key = %(thread_key)s"""
_BY_MAIL = """SELECT c.id FROM (
        SELECT m.conversation_id AS id, 1 AS rank, m.id AS at, m.direction = 'outbound' AS ours FROM message m
        WHERE m.workspace_id = %(ws)s AND m.external_id = ANY(%(references)s) AND m.contact_id = %(contact)s
        UNION ALL
        SELECT s.id, 2, s.id, false FROM conversation s
        WHERE s.workspace_id = %(ws)s AND s.contact_id = %(contact)s AND %(is_reply)s
          AND s.base_subject = %(base_subject)s AND s.last_message_at > clock_timestamp() - interval '30 days'
    ) AS near JOIN conversation c ON c.workspace_id = %(ws)s AND c.id = near.id AND c.account_id = %(account)s
        AND (near.ours OR c.reply_to = %(reply_to)s)
    ORDER BY near.rank, near.at DESC LIMIT 1"""
_LATEST = """SELECT c.id FROM conversation c
    WHERE c.workspace_id = %(ws)s AND c.contact_id = %(contact)s AND c.account_id = %(account)s AND c.status <> 'closed'
    ORDER BY c.last_message_at DESC LIMIT 1"""

_STATE = """SELECT conv.id AS conversation_id, conv.contact_id, conv.holder, conv.subject, conv.reply_to, conv.identity,
       conv.thread_key, conv.channel,
       conv.holder <> 'agent' AND (conv.hold_until IS NULL OR conv.hold_until > clock_timestamp()) AS held,
       contact.status AS contact_status, contact.blocked_channels,
       conv.handed_back_at IS NOT NULL AS handed_back, CASE WHEN conv.handed_back_at IS NULL THEN
           (SELECT t FROM unnest(w.vip_tags) AS t WHERE lower(t) = ANY(SELECT lower(c) FROM unnest(contact.tags) AS c)
            LIMIT 1) END AS vip,
       w.auto_mode, w.model, w.supervisor_model, w.agents,
       w.profile->'trusted_recipients' AS trusted_recipients,
       coalesce(w.profile->'signatures'->>conv.channel, w.profile->>'signature') AS signature,
       w.profile->'signatures' ? conv.channel AS has_own_signature,
       w.profile->>'agent_name' AS agent_name,
       CASE WHEN coalesce(position('{' IN coalesce(w.profile->'signatures'->>conv.channel,
                                                   w.profile->>'signature')) > 0,
                          w.profile ?| '{phone,website,postal_address}')
            THEN (w.profile - 'description') || jsonb_build_object('business', w.name)
       END AS signature_facts
    FROM conv
    JOIN workspace w ON w.id = %(ws)s
    JOIN contact ON contact.workspace_id = %(ws)s AND contact.id = (SELECT contact_id FROM conv)"""

# By the provider's clock: what came late does not open a window for longer. Never later than now.
_WRITTEN: LiteralString = "least(coalesce(%(occurred_at)s::timestamptz, clock_timestamp()), clock_timestamp())"

# Somebody is told before the channel's reply window closes: the workspace says how long before, 0 is never.
_NUDGE: LiteralString = f"""(SELECT {_WRITTEN} + make_interval(mins => %(window)s::int - before.minutes)
    FROM (SELECT coalesce((notifications->>'window_minutes')::int, %(before)s) AS minutes
          FROM workspace WHERE id = %(ws)s) AS before WHERE before.minutes > 0)"""


def _file_sql(found: LiteralString) -> LiteralString:
    """One statement: find or open the conversation, put the message on it, end its follow-ups, mark the event.

    Rows are named by `(SELECT ...)` instead of joins, which read whole tables where statistics are missing.
    """
    return f"""WITH found AS ({found}),
    opened AS (
        INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, thread_key, subject,
                                  base_subject, identity, proved, last_inbound_at, window_nudge_at)
        SELECT %(ws)s, %(new_conversation)s, %(contact)s, %(channel)s, %(account)s, %(reply_to)s, %(thread_key)s,
               %(subject)s, %(base_subject)s, %(identity)s, %(proved)s::text[], {_WRITTEN}, {_NUDGE}
        WHERE NOT EXISTS (SELECT FROM found) RETURNING *),
    continued AS (
        UPDATE conversation c SET last_message_at = clock_timestamp(), status = 'open', reply_to = %(reply_to)s,
               last_inbound_at = greatest(c.last_inbound_at, {_WRITTEN}), window_nudge_at = {_NUDGE},
               identity = CASE WHEN c.thread_key IS NOT NULL AND c.identity = 'verified' THEN 'verified'
                               ELSE %(identity)s END,
               proved = CASE WHEN c.proved @> %(proved)s::text[] THEN c.proved ELSE c.proved || %(proved)s::text[] END
        WHERE c.workspace_id = %(ws)s AND c.id = (SELECT id FROM found) RETURNING c.*),
    conv AS (SELECT * FROM opened UNION ALL SELECT * FROM continued),
    new AS (
        INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, subject, text,
                             quoted, html, external_id, data)
        SELECT %(ws)s, %(message)s, conv.id, conv.contact_id, %(event)s, 'inbound', 'contact', %(subject)s, %(text)s,
               %(quoted)s, %(html)s, %(external_id)s, %(data)s FROM conv RETURNING id),
    ended AS (
        UPDATE follow_up SET status = 'ended', ended_because = 'the contact wrote first'
        WHERE workspace_id = %(ws)s AND conversation_id = (SELECT id FROM conv) AND status = 'waiting'),
    marked AS (
        UPDATE event SET contact_id = (SELECT contact_id FROM conv), conversation_id = (SELECT id FROM conv),
               message_id = %(message)s, run_id = coalesce(run_id, %(run)s::uuid), match = %(match)s,
               attempts = CASE WHEN %(run)s::uuid IS NULL THEN 0 ELSE attempts END
        WHERE workspace_id = %(ws)s AND id = %(event)s)
    {_STATE}"""


_FILE_BY_KEY, _FILE_BY_MAIL, _FILE_LATEST = _file_sql(_BY_KEY), _file_sql(_BY_MAIL), _file_sql(_LATEST)

_LOAD = f"""WITH conv AS (SELECT * FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s),
    said AS (SELECT text, external_id FROM message WHERE workspace_id = %(ws)s AND id = %(message)s),
    ev AS (SELECT match FROM event WHERE workspace_id = %(ws)s AND id = %(event)s)
    SELECT state.*, said.text, said.external_id, ev.match FROM ({_STATE}) AS state
    CROSS JOIN ev LEFT JOIN said ON true"""


async def identify(services: Services, event: QueuedEvent) -> Inquiry | None:
    """The event's inquiry; `None` when it ended here (ignored, failed, a delivery report)."""
    account = await services.accounts.by_id(event.workspace_id, event.account_id)
    if event.message_id or event.kind == "wake":
        async with services.db.workspace(event.workspace_id) as connection:
            inquiry = await identified_before(connection, event, account)
        if inquiry.wanted_on:
            inquiry = await found_since(services, inquiry)
        if not event.message_id:
            return inquiry
        inquiry = await wished(services, inquiry, inquiry.text, None)
        return inquiry if event.resumed else await _code_heard(services, inquiry)
    inbound = await _read(services, event, account)
    if inbound is None:
        return None
    run_id = event.run_id or new_id()
    inbound, match, row = await _file(services, event, account, inbound, run_id=run_id)
    inquiry = _inquiry(
        event,
        account,
        row,
        run_id=run_id,
        text=_as_text(inbound),
        in_reply_to=inbound.message_id,
        match=_match_story(match, inbound),
    )
    return await _code_heard(services, await wished(services, inquiry, inbound.text, inbound.subject))


async def file_ahead(services: Services, event: QueuedEvent) -> None:
    """The message is on its timeline, its turn is still to come: it has no run, and this was no try of one."""
    account = await services.accounts.by_id(event.workspace_id, event.account_id)
    if inbound := await _read(services, event, account):
        await _file(services, event, account, inbound, run_id=None)


async def _read(services: Services, event: QueuedEvent, account: Account[Any]) -> Inbound | None:
    """`None` when it ended here."""
    await services.accounts.heard(account)
    try:
        inbound = channel(event.channel).read(_arrival(event), account)
    except Unreadable as error:
        return await give_up(services, event.workspace_id, event.id, f"cannot be read: {error}")
    if inbound.invitation_answer:
        inbound = await with_answer_taken(services, event, inbound, inbound.invitation_answer)
    if not inbound.ignore and (own := await _own_account(services, event, inbound)):
        inbound = inbound.model_copy(update={"ignore": f"our own mail came back: it is from our account {own}"})
    if not inbound.failed_message_id and (inbound := await without_asides(services, event, account, inbound)) is None:
        return None
    if inbound.failed_message_id or inbound.ignore:
        await _ignore(services, event, inbound)
        return None
    inbound = await _with_agent_named(services, event, inbound)
    return await with_files(services, event, account, inbound)


async def _with_agent_named(services: Services, event: QueuedEvent, inbound: Inbound) -> Inbound:
    """Who sends a turn knows its agent by the name or by the id; all that follows goes by the name."""
    if inbound.agent is None:
        return inbound
    async with services.db.workspace(event.workspace_id) as connection:
        name = await name_of(connection, event.workspace_id, inbound.agent)
    return inbound.model_copy(update={"agent": name})


async def _code_heard(services: Services, inquiry: Inquiry) -> Inquiry:
    """A chat's visitor may have typed the code that proves an address."""
    is_visitor = channel(inquiry.account.channel).address_kind is AddressKind.VISITOR
    if inquiry.identity is Identity.VERIFIED or not is_visitor or inquiry.wish:
        return inquiry
    return await code_typed(services, inquiry)


@cache
def _has_addresses(source: Channel) -> TypeGuard[Addressed]:
    return isinstance(source, Addressed)


async def _own_account(services: Services, event: QueuedEvent, inbound: Inbound) -> str | None:
    """The address of the workspace's own account that this is from: two of our accounts must not talk to each other."""
    source = channel(event.channel)
    if not _has_addresses(source):
        return None
    answered = inbound.reply_to or inbound.sender.value  # a contact form may write from our address for somebody else
    for account in await services.accounts.of_workspace(event.workspace_id, event.channel):
        if answered in source.own_addresses(account):
            return account.address
    return None


async def _ignore(services: Services, event: QueuedEvent, inbound: Inbound) -> None:
    """Nobody answers it; the ledger keeps it, with the contact where the address is known."""
    reason = inbound.ignore or "a delivery report"
    async with services.db.transaction(event.workspace_id) as connection:
        if inbound.failed_message_id:
            reason = await note_bounce(connection, event.workspace_id, inbound, event_id=event.id) or reason
        await connection.execute(
            """UPDATE event SET contact_id = coalesce(event.contact_id, a.contact_id) FROM address a
               WHERE event.workspace_id = %(ws)s AND event.id = %(id)s AND a.workspace_id = %(ws)s
                 AND a.kind = %(kind)s AND a.value = lower(%(value)s) AND a.holds""",
            {
                "ws": event.workspace_id,
                "id": event.id,
                "kind": inbound.sender.kind.value,
                "value": inbound.sender.value,
            },
        )
        await settle(connection, event.workspace_id, [event.id], outcome="ignored", reason=reason)


async def _file(
    services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound, *, run_id: UUID | None
) -> tuple[Inbound, Match, dict[str, Any]]:
    """The arrival as it is answered, whose it is, and the state of its conversation."""
    told = [(new_id(), earlier) for earlier in inbound.earlier]  # ids grow with time: these come before
    message_id = new_id()
    way = account
    if inbound.answer_on:
        inbound, way = await way_back(services, account, inbound)
    hashed = hasher(services.accounts.vault)
    stored = await store_attachments(services.files, event.workspace_id, event.id, inbound.attachments)
    agreed = inbound.data.get("consent")
    if stored or told or inbound.contact_fields or agreed:
        async with services.db.transaction(event.workspace_id) as connection:
            match = await resolve_joined(connection, event.workspace_id, inbound.sender, hashed=hashed)
            row = await _file_message(connection, event, inbound, match, message_id, way=way, run_id=run_id)
            if told:
                await store_earlier(connection, event.workspace_id, row, told)
            if stored:
                await stored.insert(connection, event.workspace_id, message_id)
            if inbound.contact_fields and match.rule != "verified":
                await fill_gaps(connection, event.workspace_id, match.contact_id, inbound.contact_fields)
            if agreed:
                await note_consent(connection, event.workspace_id, row, agreed)
    else:
        async with services.db.workspace(event.workspace_id) as connection:
            match = await resolve_joined(connection, event.workspace_id, inbound.sender, hashed=hashed)
            row = await _file_message(connection, event, inbound, match, message_id, way=way, run_id=run_id)
    return inbound, match, row


async def _file_message(
    connection: Connection,
    event: QueuedEvent,
    inbound: Inbound,
    match: Match,
    message_id: UUID,
    *,
    way: Account[Any],
    run_id: UUID | None,
) -> dict[str, Any]:
    """`way` is the account that the conversation is with: the event's own, but for what is answered elsewhere."""
    thread = inbound.thread
    statement = _FILE_LATEST
    if thread.key:
        statement = _FILE_BY_KEY
    elif thread.references or thread.subject is not None:
        statement = _FILE_BY_MAIL
    cursor = await connection.execute(
        statement,
        {
            "ws": event.workspace_id,
            "account": way.id,
            "channel": way.channel,
            "contact": match.contact_id,
            "event": event.id,
            "message": message_id,
            "run": run_id,
            "new_conversation": new_id(),
            "thread_key": thread.key,
            "references": list(thread.references),
            "base_subject": thread.subject,
            "is_reply": thread.is_reply and match.identity is Identity.VERIFIED,
            "subject": inbound.subject,
            "reply_to": _reply_to(inbound),
            "identity": match.identity.value,
            "proved": _proved(inbound),
            "text": inbound.text,
            "quoted": inbound.quoted,
            "html": inbound.html,
            "external_id": inbound.message_id,
            "data": Jsonb({**inbound.data, "quotes": inbound.quotes} if inbound.quotes else inbound.data),
            "match": Jsonb(_match_story(match, inbound)),
            "occurred_at": event.occurred_at,
            "window": _window_minutes(way.channel),
            "before": BEFORE_CLOSING,
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row


def _window_minutes(name: str) -> int | None:
    hours = channel(name).traits.reply_window_hours
    return None if hours is None else hours * 60


def _proved(inbound: Inbound) -> list[str]:
    """The sender's address, where its provider vouched for it; a chat session proves no address by itself."""
    sender = inbound.sender
    if sender.identity is not Identity.VERIFIED or sender.kind is AddressKind.VISITOR:
        return []
    return [f"{sender.kind.value}:{normalise(sender.kind, sender.value)}"]


def _reply_to(inbound: Inbound) -> str:
    return inbound.reply_to or inbound.thread.key or inbound.sender.value


def _match_story(match: Match, inbound: Inbound) -> dict[str, Any]:
    """What `event.match` keeps: why this contact, where the answer goes, what the arrival may not do by itself."""
    return {
        "rule": match.rule,
        "reason": match.reason,
        "created": match.created,
        "reply_to": _reply_to(inbound),
        "name": readable_name(inbound.sender.name),
        "answered_as": match.identity.value,
        "identity": inbound.sender.identity.value,
        "identity_reason": inbound.sender.reason,
        "needs_person": inbound.needs_person,
        "unanswerable": inbound.unanswerable,
        **(_wanted_on(inbound) if inbound.answer_on and inbound.unanswerable else {}),
        **({"agent": inbound.agent} if inbound.agent else {}),
        **({"errand": inbound.errand.model_dump()} if inbound.errand else {}),
        **({"unanswered": inbound.unanswered} if inbound.unanswered else {}),
        **({"conflicts": [asdict(rival) for rival in match.conflicts]} if match.conflicts else {}),
        **({"ignored": match.ignored} if match.ignored else {}),
    }


def _wanted_on(inbound: Inbound) -> dict[str, Any]:
    return {"wanted_on": {"kind": inbound.answer_on, "from": inbound.answer_from}}


def _as_text(inbound: Inbound) -> str:
    """What an agent reads: the subject says what a mail is about."""
    if inbound.subject and not inbound.thread.is_reply:
        return f"{inbound.subject}\n\n{inbound.text}"
    return inbound.text


async def identified_before(connection: Connection, event: QueuedEvent, account: Account[Any]) -> Inquiry:
    """After a crash, an approval or a teammate's "run", and for wake-ups: the conversation is known.

    Others may have written in it meanwhile: the event is answered where it came from, as who it came from. In a
    thread that is one person's for good (a chat session), a proof counts for what was written before it.
    """
    cursor = await connection.execute(
        _LOAD,
        {
            "ws": event.workspace_id,
            "event": event.id,
            "conversation": event.conversation_id,
            "message": event.message_id,
        },
    )
    row = await cursor.fetchone()
    assert row is not None, f"event {event.id} names a conversation that is gone"
    match = row["match"] or {}
    if "reply_to" in match and not row["thread_key"]:
        row |= {"reply_to": match["reply_to"], "identity": match["answered_as"]}
    run_id = event.run_id
    if run_id is None:
        run_id = new_id()
        cursor = await connection.execute(
            "UPDATE event SET run_id = coalesce(run_id, %s) WHERE workspace_id = %s AND id = %s RETURNING run_id",
            (run_id, event.workspace_id, event.id),
        )
        if first := await cursor.fetchone():
            run_id = first["run_id"]
    return _inquiry(
        event,
        account,
        row,
        run_id=run_id,
        text=row["text"] or "",
        in_reply_to=row["external_id"],
        match=match,
    )


def _inquiry(
    event: QueuedEvent,
    account: Account[Any],
    row: dict[str, Any],
    *,
    run_id: UUID,
    text: str,
    in_reply_to: str | None,
    match: dict[str, Any],
) -> Inquiry:
    return Inquiry(
        workspace_id=event.workspace_id,
        event_ids=(event.id,),
        lane=event.lane,
        account=account,
        contact_id=row["contact_id"],
        conversation_id=row["conversation_id"],
        run_id=run_id,
        text=text,
        reply_to=row["reply_to"],
        identity=Identity(row["identity"]),
        answered_on=row["channel"],
        in_reply_to=in_reply_to,
        wake=event.meta.get("wake"),
        resumed=event.resumed,
        meta=event.meta,
        needs_person=match.get("needs_person"),
        unanswerable=match.get("unanswerable"),
        wanted_on=match.get("wanted_on"),
        errand=match.get("errand"),
        unanswered=match.get("unanswered"),
        holder=row["holder"],
        held=row["held"],
        subject=row["subject"],
        contact_status=row["contact_status"],
        blocked_channels=tuple(row["blocked_channels"]),
        auto_mode=row["auto_mode"],
        model=row["model"],
        supervisor_model=row["supervisor_model"],
        vip=row["vip"],
        handed_back=row["handed_back"],
        agents=row["agents"],
        trusted_recipients=frozenset(row["trusted_recipients"] or ()),
        signature=row["signature"],
        has_own_signature=bool(row["has_own_signature"]),
        signature_facts=row["signature_facts"],
        agent_name=row["agent_name"],
        mapped_agent=match.get("agent") or account.agent,
    )


def _arrival(event: QueuedEvent) -> Arrival:
    return Arrival(
        external_id=event.external_id,
        lane=event.lane,
        raw=event.raw,
        meta=event.meta,
        occurred_at=event.occurred_at,
    )
