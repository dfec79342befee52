"""A contact with one word in every place that can hold one, and the search for it everywhere."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.string import TextLoader

from dynaris.channels.contract import Attachment
from dynaris.core.ids import new_id
from dynaris.pipeline.attachments import store_attachments
from tests.flows.conftest import World

_HIDDEN = ("pg_", "sql_")


async def tables_of(database_url: str) -> list[str]:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        cursor = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in await cursor.fetchall()]


async def dump(database_url: str) -> dict[str, list[str]]:
    """Every row of every table as the owner sees it, as text; bytes are decoded."""
    found: dict[str, list[str]] = {}
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        connection.adapters.register_loader("timestamptz", TextLoader)  # also those beyond Python's last year
        for table in await tables_of(database_url):
            cursor = await connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
            rows = [" | ".join(_text(value) for value in row) for row in await cursor.fetchall()]
            found[table] = sorted(rows)
    return found


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return orjson.dumps(value, default=str).decode()
    return str(value)


async def where_is(word: str, database_url: str, folder: Path) -> list[str]:
    """Tables and files in which it can be read, in plain words or as base64."""
    wanted = {word.lower(), *(base64.b64encode(word[n:].encode()).decode()[2:-4].lower() for n in range(3))}
    places = [
        f"{table}: {row[:400]}"
        for table, rows in (await dump(database_url)).items()
        for row in rows
        if any(each in row.lower() for each in wanted)
    ]
    return places + _files_with(word, folder)


def _files_with(word: str, folder: Path) -> list[str]:
    found = [path for path in folder.rglob("*") if word.lower() in path.name.lower()]
    found += [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
    return [f"file {path}" for path in found]


async def plant(world: World, word: str, *, email: str, reply_url: str | None) -> UUID:
    """The contact's id. The flow writes most of it itself; the rest is put where it would be written."""
    await world.say(
        f"What does a first assessment cost? {word}",
        reply_url=reply_url,
        email=email,
        name=f"Ada {word}",
        subject=f"Prices {word}",
        event_id=f"{word}-first",
    )
    await world.settle()
    await world.say(f"Please call me back, {word}", reply_url=reply_url, email=email, event_id=f"{word}-second")
    await world.settle()
    contact_id = (
        await world.rows("SELECT contact_id FROM address WHERE workspace_id = %s AND value = %s", email.lower())
    )[0]["contact_id"]
    await _plant_rows(world, contact_id, word)
    return contact_id


async def _plant_rows(world: World, contact_id: UUID, word: str) -> None:
    ws = world.workspace.id
    event = (await world.rows("SELECT * FROM event WHERE workspace_id = %s AND contact_id = %s", contact_id))[0]
    stored = await store_attachments(
        world.services.files,
        ws,
        event["id"],
        [Attachment(filename=f"{word}.txt", mime_type="text/plain", content=f"bytes of {word}".encode())],
    )
    names = {
        "ws": ws,
        "contact": contact_id,
        "conversation": event["conversation_id"],
        "event": event["id"],
        "run": event["run_id"],
        "word": word,
        "json": Jsonb({"said": word}),
        "member": world.workspace.owner_id,
    }
    async with world.services.db.transaction(ws) as connection:
        await stored.insert(connection, ws, event["message_id"])
        for statement in _ROWS:
            await connection.execute(statement, {**names, "id": new_id(), "other": new_id()})


_ROWS = (
    """UPDATE contact SET fields = %(json)s, tags = ARRAY[%(word)s], language = NULL
       WHERE workspace_id = %(ws)s AND id = %(contact)s""",
    """UPDATE conversation SET summary = %(word)s WHERE workspace_id = %(ws)s AND id = %(conversation)s""",
    """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, html, quoted, data)
       VALUES (%(ws)s, %(id)s, %(conversation)s, %(contact)s, 'note', 'member', %(word)s, %(word)s, %(word)s,
           %(json)s)""",
    """WITH tag AS (INSERT INTO tag (workspace_id, id, name, colour)
           VALUES (%(ws)s, %(id)s, 'planted ' || %(id)s, 'gray') RETURNING id)
       INSERT INTO conversation_tag (workspace_id, conversation_id, tag_id)
       SELECT %(ws)s, %(conversation)s, id FROM tag""",
    """INSERT INTO wrap_up (workspace_id, id, conversation_id, member_id, after_message, disposition, note)
       VALUES (%(ws)s, %(id)s, %(conversation)s, %(member)s, %(id)s, 'Booked', %(word)s)""",
    """INSERT INTO sla_clock (workspace_id, id, conversation_id, kind, message_id, started_at)
       VALUES (%(ws)s, gen_random_uuid(), %(conversation)s, 'resolution', gen_random_uuid(), now())""",
    """WITH call AS (
           INSERT INTO call (workspace_id, id, channel, account_id, external_id, event_id, conversation_id, contact_id,
               direction, caller, called, reason)
           VALUES (%(ws)s, %(id)s, 'voice_twilio', %(other)s, %(word)s, %(event)s, %(conversation)s, %(contact)s,
               'inbound', %(word)s, '+493012345678', %(word)s) RETURNING id)
       INSERT INTO call_leg (workspace_id, id, call_id, party, name, joined_at)
       SELECT %(ws)s, %(id)s, id, 'contact', %(word)s, now() FROM call""",
    """INSERT INTO draft (workspace_id, conversation_id, member_id, text, note, version)
       VALUES (%(ws)s, %(conversation)s, %(member)s, %(word)s, false, 1)""",
    """INSERT INTO task (workspace_id, id, contact_id, conversation_id, title, detail, created_by)
       VALUES (%(ws)s, %(id)s, %(contact)s, %(conversation)s, %(word)s, %(word)s, 'system')""",
    """WITH suggestion AS (
           INSERT INTO knowledge_suggestion (workspace_id, id, question, answer, language, contact_id, asked_at)
           VALUES (%(ws)s, %(id)s, %(word)s, %(word)s, 'en', %(contact)s, now()) RETURNING id)
       INSERT INTO knowledge_ask (workspace_id, id, suggestion_id, event_id, conversation_id, contact_id, question)
       SELECT %(ws)s, %(other)s, id, %(event)s, %(conversation)s, %(contact)s, %(word)s FROM suggestion""",
    """INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, kind, reason, due_at)
       VALUES (%(ws)s, %(id)s, %(contact)s, %(conversation)s, 'wait', %(word)s, now() + interval '9 days')""",
    """INSERT INTO approval (workspace_id, id, event_id, run_id, conversation_id, contact_id, action, call_id, effect,
           proposal, why, owner_id, deadline, reason, edits)
       VALUES (%(ws)s, %(id)s, %(event)s, %(other)s, %(conversation)s, %(contact)s, 'reply', %(word)s, 'send', %(json)s,
           %(word)s, %(member)s, now() + interval '9 days', %(word)s, %(json)s)""",
    """INSERT INTO run_step (workspace_id, id, run_id, position, kind, tool, call_id, request, response, error, done)
       VALUES (%(ws)s, %(id)s, %(run)s, 90, 'tool', 'add_note', %(word)s, %(json)s, %(json)s, %(word)s, true)""",
    "UPDATE run SET error = %(word)s WHERE workspace_id = %(ws)s AND id = %(run)s",
    """INSERT INTO notification (workspace_id, id, member_id, topic, cause, title, body, subject)
       VALUES (%(ws)s, %(id)s, %(member)s, 'hand_off', 'planted:' || %(run)s, %(word)s, %(word)s,
           'conversation:' || %(conversation)s)""",
    """INSERT INTO notification_escalation (workspace_id, id, cause, topic, title, body, subject, circle, due_at)
       VALUES (%(ws)s, %(id)s, 'planted:' || %(run)s, 'hand_off', %(word)s, %(word)s,
           'conversation:' || %(conversation)s, 'owner', now() + interval '9 days')""",
    """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, dedupe_key, content, status)
       VALUES (%(ws)s, %(id)s, 'member', 'email', %(other)s, 'team@example.com',
           'notification:' || %(member)s || ':planted:' || %(run)s, %(json)s, 'sent')""",
    """INSERT INTO receipt (workspace_id, outbox_id, part, status, external_id, reason)
       SELECT %(ws)s, id, 0, 'failed', %(word)s, %(word)s FROM outbox
       WHERE workspace_id = %(ws)s AND contact_id = %(contact)s ORDER BY id LIMIT 1""",
    """INSERT INTO turn_callback (workspace_id, turn_id, number, said)
       VALUES (%(ws)s, %(run)s || '.0.0', 1, %(json)s)""",
    """INSERT INTO audit_entry (workspace_id, id, actor, action, subject, detail)
       VALUES (%(ws)s, %(id)s, 'system', 'contact.changed', 'contact:' || %(contact)s, %(json)s)""",
    """INSERT INTO verification_code (workspace_id, id, contact_id, conversation_id, kind, value, code_hash, expires_at)
       VALUES (%(ws)s, %(id)s, %(contact)s, %(conversation)s, 'email', %(word)s || '@code.example', 'x', now())""",
    """INSERT INTO address (workspace_id, id, contact_id, kind, value, display, holds)
       VALUES (%(ws)s, %(id)s, %(contact)s, 'email', lower(%(word)s) || '@claimed.example', %(word)s, false)""",
    """INSERT INTO consent (workspace_id, id, contact_id, channel, purpose, state, source, recorded_by)
       VALUES (%(ws)s, %(id)s, %(contact)s, 'email', 'marketing', 'granted', %(word)s, 'system')""",
    """INSERT INTO contact_import_row (workspace_id, id, import_id, line, cells, plan, contact_id)
       VALUES (%(ws)s, %(id)s, %(other)s, 1, %(json)s, %(json)s, %(contact)s)""",
    """WITH s AS (INSERT INTO service (workspace_id, id, name, duration_minutes)
               VALUES (%(ws)s, %(id)s, %(id)s::text, 60) RETURNING id),
            p AS (INSERT INTO calendar_person (workspace_id, id, name)
               VALUES (%(ws)s, %(other)s, %(other)s::text) RETURNING id),
            b AS (INSERT INTO booking (workspace_id, id, service_id, staff_id, contact_id, conversation_id, status,
                   starts_at, ends_at, busy_from, busy_until, timezone, note, reason, key, created_by)
               SELECT %(ws)s, %(id)s, s.id, p.id, %(contact)s, %(conversation)s, 'confirmed', now() + interval '1 day',
                   now() + interval '25 hours', now() + interval '1 day', now() + interval '25 hours', 'UTC', %(word)s,
                   %(word)s, %(word)s, 'system' FROM s, p RETURNING id)
       INSERT INTO booking_change (workspace_id, id, booking_id, contact_id, what, text, data, changed_by)
       SELECT %(ws)s, %(id)s, id, %(contact)s, 'confirmed', %(word)s, %(json)s, 'system' FROM b""",
    """INSERT INTO booking_invitation (workspace_id, id, booking_id, audience, address)
       SELECT %(ws)s, %(id)s, id, 'contact', %(word)s || '@example.com' FROM booking
       WHERE workspace_id = %(ws)s AND contact_id = %(contact)s""",
    """INSERT INTO notification (workspace_id, id, member_id, topic, cause, title, body, subject)
       SELECT %(ws)s, %(other)s, %(member)s, 'booked', 'booked:' || id, %(word)s, %(word)s, 'booking:' || id
       FROM booking
       WHERE workspace_id = %(ws)s AND contact_id = %(contact)s""",
    """INSERT INTO contact_fact (workspace_id, id, contact_id, conversation_id, text, said_by)
       VALUES (%(ws)s, %(id)s, %(contact)s, %(conversation)s, %(word)s, 'contact')""",
    """UPDATE event SET meta = meta || %(json)s, decision = coalesce(decision, '{}') || %(json)s
       WHERE workspace_id = %(ws)s AND id = %(event)s""",
)
