"""What arrives besides messages: signs on them, other words for them, new numbers, what our people wrote elsewhere."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account, Change, Earlier, Inbound
from dynaris.contacts.consent import kind_of, set_consent
from dynaris.contacts.joined import move_address, resolve_joined
from dynaris.contacts.suppression import hasher
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.pipeline.inquiry import QueuedEvent
from dynaris.pipeline.outcome import settle
from dynaris.pipeline.services import Services

_ORIGINAL = """SELECT m.id, m.text, m.conversation_id, m.contact_id, m.event_id, e.status, e.attempts, e.waiting_for
    FROM message m LEFT JOIN event e ON e.workspace_id = m.workspace_id AND e.id = m.event_id
    WHERE m.workspace_id = %(ws)s AND m.external_id = %(of)s AND m.direction = 'inbound'
      AND EXISTS (SELECT FROM conversation c WHERE c.workspace_id = m.workspace_id AND c.id = m.conversation_id
                  AND c.account_id = %(account)s)
    ORDER BY m.id DESC LIMIT 1 FOR NO KEY UPDATE OF m"""
_EDIT = """UPDATE message SET text = %(text)s, data = data || jsonb_build_object(
        'edits', coalesce(data->'edits', '[]') || to_jsonb(text))
    WHERE workspace_id = %(ws)s AND id = %(id)s"""
_TAKE_BACK = """UPDATE message SET data = data || '{"taken_back": true}' WHERE workspace_id = %(ws)s AND id = %(id)s"""
_REACT = """UPDATE message SET data = CASE WHEN %(emoji)s::text IS NULL THEN data - 'reaction'
        ELSE data || jsonb_build_object('reaction', %(emoji)s::text) END
    WHERE workspace_id = %(ws)s AND conversation_id IN (
        SELECT id FROM conversation WHERE workspace_id = %(ws)s AND account_id = %(account)s)
      AND (external_id = %(to)s OR id IN (
        SELECT o.message_id FROM receipt r JOIN outbox o ON o.workspace_id = r.workspace_id AND o.id = r.outbox_id
        WHERE r.workspace_id = %(ws)s AND o.account_id = %(account)s AND r.external_id = %(to)s))
    RETURNING conversation_id, contact_id"""
_SAID = """WITH here AS (
        SELECT id FROM conversation WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
          AND account_id = %(account)s AND status <> 'closed' ORDER BY last_message_at DESC LIMIT 1),
    opened AS (
        INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, identity, holder,
                                  hold_until)
        SELECT %(ws)s, %(new)s, %(contact)s, %(channel)s, %(account)s, %(reply_to)s, 'verified', 'team', %(until)s
        WHERE NOT EXISTS (SELECT FROM here) RETURNING id),
    held AS (
        UPDATE conversation SET last_message_at = clock_timestamp(), respond_by = NULL, hold_until = %(until)s,
               holder = CASE WHEN holder = 'agent' THEN 'team' ELSE holder END
        WHERE workspace_id = %(ws)s AND id = (SELECT id FROM here) RETURNING id),
    conv AS (SELECT id FROM opened UNION ALL SELECT id FROM held),
    said AS (
        INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction, author, text,
                             external_id, delivery, data)
        SELECT %(ws)s, %(message)s, conv.id, %(contact)s, %(event)s, 'outbound', 'member', %(text)s, %(external_id)s,
               'sent', %(data)s
        FROM conv WHERE NOT EXISTS (SELECT FROM message m WHERE m.workspace_id = %(ws)s
                                    AND m.external_id = %(external_id)s AND m.direction = 'outbound')),
    ended AS (
        UPDATE follow_up SET status = 'ended', ended_because = 'a teammate replied'
        WHERE workspace_id = %(ws)s AND conversation_id = (SELECT id FROM conv) AND status = 'waiting')
    SELECT id FROM conv"""


async def without_asides(
    services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound
) -> Inbound | None:
    """What of the arrival is a message that somebody answers; `None` when it ended here."""
    if inbound.from_us:
        return await _said_by_us(services, event, account, inbound)
    if inbound.reaction:
        return await _reacted(services, event, account, inbound)
    if inbound.change:
        return await _changed(services, event, account, inbound, inbound.change)
    if inbound.sender.former:
        await _moved(services, event, inbound)
    if inbound.data.get("marketing"):
        await _preferred(services, event, inbound)
    return inbound


async def _reacted(services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound) -> None:
    assert inbound.reaction is not None
    names = {"ws": event.workspace_id, "account": account.id, **inbound.reaction.model_dump()}
    async with services.db.transaction(event.workspace_id) as connection:
        await _filed_under(connection, event, await (await connection.execute(_REACT, names)).fetchone())
        reason = inbound.ignore or "a reaction"
        await settle(connection, event.workspace_id, [event.id], outcome="ignored", reason=reason)


async def _filed_under(connection: Connection, event: QueuedEvent, row: dict[str, Any] | None) -> None:
    if row:
        await connection.execute(
            "UPDATE event SET conversation_id = %s, contact_id = %s WHERE workspace_id = %s AND id = %s",
            (row["conversation_id"], row["contact_id"], event.workspace_id, event.id),
        )


async def _changed(
    services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound, change: Change
) -> Inbound | None:
    """In place. What was answered before, or is being answered now, is answered again as it now reads."""
    names = {"ws": event.workspace_id, "account": account.id, "of": change.of, "text": change.text}
    async with services.db.transaction(event.workspace_id) as connection:
        original = await (await connection.execute(_ORIGINAL, names)).fetchone()
        if original is None:
            return _as_message(inbound) if change.text else inbound
        names["id"] = original["id"]
        await connection.execute(_EDIT if change.text else _TAKE_BACK, names)
        is_open = original["status"] == "waiting" or (original["status"] == "queued" and original["attempts"] == 0)
        if change.text and not is_open:
            return _as_message(inbound)
        await _filed_under(connection, event, original)
        if not change.text and is_open and original["waiting_for"] not in ("approval", "delivery"):
            taken_back = [original["event_id"]]
            why = "the contact took it back"
            await settle(connection, event.workspace_id, taken_back, outcome="ignored", reason=why)
        why = "a message that nobody had answered yet was edited" if change.text else inbound.ignore
        await settle(connection, event.workspace_id, [event.id], outcome="ignored", reason=why)
    return None


def _as_message(inbound: Inbound) -> Inbound:
    assert inbound.change is not None
    data = {**inbound.data, "corrects": inbound.change.of}
    return inbound.model_copy(update={"change": None, "ignore": None, "data": data})


async def _moved(services: Services, event: QueuedEvent, inbound: Inbound) -> None:
    async with services.db.transaction(event.workspace_id) as connection:
        hashed = hasher(services.accounts.vault)
        contact_id = await move_address(connection, event.workspace_id, inbound.sender, hashed=hashed)
        if contact_id:
            await connection.execute(
                "UPDATE event SET contact_id = %s WHERE workspace_id = %s AND id = %s",
                (contact_id, event.workspace_id, event.id),
            )


async def _preferred(services: Services, event: QueuedEvent, inbound: Inbound) -> None:
    """They told the provider itself what they want of us."""
    async with services.db.transaction(event.workspace_id) as connection:
        match = await resolve_joined(connection, event.workspace_id, inbound.sender)
        await set_consent(
            connection,
            event.workspace_id,
            match.contact_id,
            channel=kind_of(inbound.sender.kind),
            purpose="marketing",
            state="granted" if inbound.data["marketing"] == "resume" else "withdrawn",
            source="told the provider",
            by="system",
        )


async def _said_by_us(services: Services, event: QueuedEvent, account: Account[Any], inbound: Inbound) -> None:
    """One of our people answered in the provider's own app: the conversation is theirs, and what waited is answered."""
    if inbound.change or inbound.reaction:
        what = "our own people changed a message in the provider's app"
        return await _settled(services, event, what)
    async with services.db.transaction(event.workspace_id) as connection:
        match = await resolve_joined(connection, event.workspace_id, inbound.sender)
        cursor = await connection.execute(
            _SAID,
            {
                "ws": event.workspace_id,
                "contact": match.contact_id,
                "account": account.id,
                "channel": account.channel,
                "reply_to": inbound.reply_to or inbound.sender.value,
                "new": new_id(),
                "message": new_id(),
                "event": event.id,
                "text": inbound.text,
                "external_id": inbound.message_id,
                "data": Jsonb({**inbound.data, "elsewhere": True}),
                "until": clock.now() + timedelta(minutes=services.settings.hold_minutes),
            },
        )
        row = await cursor.fetchone()
        assert row is not None
        await _filed_under(connection, event, {"conversation_id": row["id"], "contact_id": match.contact_id})
        waiting = await _waiting(connection, event.workspace_id, row["id"])
        why = "answered in the provider's own app"
        await settle(connection, event.workspace_id, waiting, outcome="answered", reason=why)
        said = "our own people wrote it in the provider's app"
        await settle(connection, event.workspace_id, [event.id], outcome="ignored", reason=said)


async def _settled(services: Services, event: QueuedEvent, reason: str) -> None:
    async with services.db.workspace(event.workspace_id) as connection:
        await settle(connection, event.workspace_id, [event.id], outcome="ignored", reason=reason)


async def _waiting(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> list[UUID]:
    cursor = await connection.execute(
        """SELECT id FROM event WHERE workspace_id = %s AND conversation_id = %s AND status = 'waiting'
           AND waiting_for IN ('person', 'run') ORDER BY id""",
        (workspace_id, conversation_id),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def store_earlier(
    connection: Connection, workspace_id: UUID, conversation: dict[str, Any], told: Sequence[tuple[UUID, Earlier]]
) -> None:
    """What another system says was said before, where nothing was said here yet."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, delivery,
                                    data)
               SELECT %(ws)s, %(id)s, %(conversation)s, %(contact)s, %(direction)s, %(author)s, %(text)s,
                      CASE WHEN %(direction)s = 'outbound' THEN 'sent' END, '{"elsewhere": true}'
               WHERE NOT EXISTS (SELECT FROM message WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
                                 AND data <> '{"elsewhere": true}' AND id < %(id)s)""",
            [
                {
                    "ws": workspace_id,
                    "id": message_id,
                    "conversation": conversation["conversation_id"],
                    "contact": conversation["contact_id"],
                    "direction": "inbound" if one.author == "contact" else "outbound",
                    "author": one.author,
                    "text": one.text,
                }
                for message_id, one in told
            ],
        )
