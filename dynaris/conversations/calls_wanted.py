"""A telephone call that somebody of the business wants placed: all that is known of it, before anything rings."""

import json
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channels
from dynaris.contacts.consent import why_blocked
from dynaris.contacts.merge import survivor
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import id_of, new_id
from dynaris.core.phone_numbers import spaced

_CONTACT = "SELECT status, blocked_channels FROM contact WHERE workspace_id = %(ws)s AND id = %(contact)s"
_NUMBERS = """SELECT value FROM address WHERE workspace_id = %(ws)s AND contact_id = %(contact)s AND kind = 'phone'
    ORDER BY verified_at IS NULL, NOT holds, id"""
# One that they have called before, else the oldest.
_ACCOUNTS = """SELECT a.id, a.channel, a.address FROM account a
    WHERE a.workspace_id = %(ws)s AND a.enabled AND a.removed_at IS NULL AND a.channel = ANY(%(channels)s)
      AND (%(account)s::uuid IS NULL OR a.id = %(account)s)
    ORDER BY EXISTS (SELECT FROM conversation c WHERE c.workspace_id = a.workspace_id AND c.account_id = a.id
                     AND c.contact_id = %(contact)s) DESC, a.id LIMIT 1"""
_CONVERSATION: LiteralString = """WITH known AS (
        SELECT id FROM conversation WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
          AND account_id = %(account)s AND status <> 'closed' ORDER BY last_message_at DESC LIMIT 1),
    opened AS (
        INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to)
        SELECT %(ws)s, %(new)s, %(contact)s, %(channel)s, %(account)s, %(number)s
        WHERE NOT EXISTS (SELECT FROM known) RETURNING id)
    SELECT id FROM known UNION ALL SELECT id FROM opened"""
_EVENT: LiteralString = """INSERT INTO event (workspace_id, id, channel, account_id, external_id, kind, lane, raw,
        status, contact_id, conversation_id, message_id)
    VALUES (%(ws)s, %(event)s, %(channel)s, %(account)s, %(lane)s, 'call', %(lane)s, %(raw)s, 'live', %(contact)s,
            %(conversation)s, %(message)s)"""
_MESSAGE: LiteralString = """INSERT INTO message (workspace_id, id, conversation_id, contact_id, event_id, direction,
        author, text, delivery, data)
    VALUES (%(ws)s, %(message)s, %(conversation)s, %(contact)s, %(event)s, 'outbound', %(author)s, %(text)s,
            'delivered', %(data)s)"""
_CALL: LiteralString = """INSERT INTO call (workspace_id, id, channel, account_id, external_id, event_id,
        conversation_id, contact_id, message_id, direction, caller, called, purpose, variables, requested_by)
    VALUES (%(ws)s, %(call)s, %(channel)s, %(account)s, %(placing)s, %(event)s, %(conversation)s, %(contact)s,
            %(message)s, 'outbound', %(ours)s, %(number)s, %(purpose)s, %(variables)s, %(by)s)"""


def placing(call_id: UUID) -> str:
    """What stands for the carrier's id until the call is placed: whoever takes it away places it."""
    return f"placing:{call_id}"


async def want_call(
    connection: Connection,
    workspace_id: UUID,
    *,
    contact_id: UUID,
    purpose: str,
    by: str,
    key: str,
    number: str | None = None,
    account_id: UUID | None = None,
    variables: dict[str, str] | None = None,
) -> UUID:
    """The call's id; wanted again with the same `key`, the same call. `by`: an actor, as in the audit log. Raises
    `InvalidInput` where there is no number, and `Conflict` where the contact wants no calls."""
    call_id = id_of(f"call:{key}", workspace_id)
    async with connection.transaction():
        names: dict[str, Any] = {"ws": workspace_id, "call": call_id, "account": account_id}
        names["contact"] = await survivor(connection, workspace_id, contact_id)
        cursor = await connection.execute("SELECT id FROM call WHERE workspace_id = %(ws)s AND id = %(call)s", names)
        if await cursor.fetchone():
            return call_id
        await _check_consent(connection, names)
        names["number"] = await _number(connection, names, number)
        ours = await _account(connection, names)
        names |= {"account": ours["id"], "channel": ours["channel"], "ours": ours["address"], "new": new_id()}
        conversation = await (await connection.execute(_CONVERSATION, names)).fetchone()
        assert conversation is not None
        names |= {
            "conversation": conversation["id"],
            "event": new_id(),
            "message": new_id(),
            "lane": f"call:{call_id}",
            "raw": json.dumps({"purpose": purpose, "by": by}).encode(),
            "author": "member" if by.startswith("member:") else "agent",
            "text": f"Phone call: {purpose}",
            "data": Jsonb({"call": str(call_id)}),
            "placing": placing(call_id),
            "purpose": purpose,
            "variables": Jsonb(variables or {}),
            "by": by,
        }
        for statement in (_EVENT, _MESSAGE, _CALL):
            await connection.execute(statement, names)
    return call_id


async def _check_consent(connection: Connection, names: dict[str, Any]) -> None:
    contact = await (await connection.execute(_CONTACT, names)).fetchone()
    assert contact is not None
    if blocked := why_blocked(contact["status"], contact["blocked_channels"], "phone", wake=True):
        raise Conflict(f"they are not called: {blocked}")


async def _number(connection: Connection, names: dict[str, Any], wanted: str | None) -> str:
    known = [row["value"] for row in await (await connection.execute(_NUMBERS, names)).fetchall()]
    if wanted is not None and wanted not in known:
        raise InvalidInput(f"{wanted[:30]} is no number of this contact; add it to the contact first")
    if not known:
        raise InvalidInput("this contact has no telephone number: add one first")
    return wanted or known[0]


async def _account(connection: Connection, names: dict[str, Any]) -> dict[str, Any]:
    spoken = [
        name for name, each in channels().items() if each.traits.spoken and each.address_kind is AddressKind.PHONE
    ]
    row = await (await connection.execute(_ACCOUNTS, {**names, "channels": spoken})).fetchone()
    if row is None:
        raise InvalidInput(f"no number of the business can call {spaced(names['number'])}: connect one first")
    return row
