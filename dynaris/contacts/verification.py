"""One-time codes: sent to an address that somebody claims, typed where it was claimed, and then proof."""

import hashlib
import math
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from dynaris.channels.contract import AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.contacts.claims import claim_address, prove, prove_session
from dynaris.core import clock, crypto
from dynaris.core.db import Connection
from dynaris.core.errors import TooManyRequests
from dynaris.core.ids import new_id
from dynaris.people.throttle import Rate, mailbox, take

VALID_FOR = timedelta(minutes=10)
MOST_TRIES = 5
# Codes per hour: for one address in one conversation, so that strangers elsewhere do not use up its owner's; in one
# conversation; and to one address, whoever asks: nobody's mailbox is flooded through us, and guessing over
# many codes stays hopeless.
MOST_CODES = 5
MOST_ASKED = 10
MOST_SENT = 15
_WINDOW = timedelta(hours=1)
TO_MAILBOX = Rate("codes to an address, of all workspaces and under whatever plus-tags", 60, 3_600)

_CODE = re.compile(r"(?<![\w.,+-])(\d{3})[ \u00a0-]?(\d{3})(?![\w-]|[.,]\d)", re.ASCII)

Reason = Literal["", "wrong code", "expired", "too many tries", "no code was sent"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a typed code led to. When `verified`, the caller marks the conversation's identity as verified."""

    verified: bool
    reason: Reason = ""
    contact_id: UUID | None = None  # whose conversation it is now: the holder's, when contacts were merged
    kind: AddressKind | None = None  # the address that was proved
    value: str | None = None
    merge_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """The latest code that was asked for in a conversation within the hour, and is not used."""

    value: str  # the address that it was sent to
    is_open: bool  # it, or an earlier one, can still be typed


def code_in(text: str) -> str | None:
    """The one six-digit code of a message ("123 456", "my code is 123456"); `None` without one or with several."""
    found = {first + second for first, second in _CODE.findall(unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else None


async def start_verification(
    connection: Connection,
    workspace_id: UUID,
    *,
    contact_id: UUID,
    conversation_id: UUID,
    kind: AddressKind,
    value: str,
    region: str | None = None,
) -> str:
    """A new code for `value`, which is noted as a claim; the caller sends it there and nowhere else.

    Earlier codes for it here end. Raises `TooManyRequests` with `retry_after`, `InvalidInput` for no address.
    """
    address = normalise(kind, value, region)
    now = clock.now()
    code_id, code = new_id(), f"{secrets.randbelow(10**6):06}"
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{workspace_id}:codes",))
        await _refuse_too_many(connection, workspace_id, conversation_id, kind, address, now=now)
        await take(connection, TO_MAILBOX, kind, mailbox(address))
        await claim_address(connection, workspace_id, contact_id, kind, value, region=region)
        await connection.execute(
            """UPDATE verification_code SET expires_at = %(now)s WHERE workspace_id = %(ws)s AND kind = %(kind)s
               AND conversation_id = %(conversation)s AND value = %(value)s AND expires_at > %(now)s""",
            {"ws": workspace_id, "conversation": conversation_id, "kind": kind.value, "value": address, "now": now},
        )
        await connection.execute(
            """INSERT INTO verification_code
                   (workspace_id, id, contact_id, conversation_id, kind, value, code_hash, expires_at, created_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                workspace_id,
                code_id,
                contact_id,
                conversation_id,
                kind.value,
                address,
                _hash(code_id, code),
                now + VALID_FOR,
                now,
            ),
        )
    return code


async def verify_code(
    connection: Connection,
    workspace_id: UUID,
    *,
    conversation_id: UUID,
    code: str,
    session: str | None = None,
) -> Verified:
    """Tries a code that was typed in a conversation; each try counts for every code that is open there.

    `session` is the chat session's visitor address (its hash) where there is one: it is proved too.
    On success the code's address belongs to the contact, which may have been merged into the address's holder.
    """
    async with connection.transaction():
        cursor = await connection.execute(
            """SELECT * FROM verification_code WHERE workspace_id = %s AND conversation_id = %s AND used_at IS NULL
               AND created_at > %s ORDER BY id DESC FOR UPDATE""",
            (workspace_id, conversation_id, clock.now() - _WINDOW),
        )
        found = await cursor.fetchall()
        is_open = [row for row in found if row["expires_at"] > clock.now() and row["tries"] < MOST_TRIES]
        if not is_open:
            return Verified(verified=False, reason=_why_none(found))
        typed = code_in(code)
        right = [row for row in is_open if typed and crypto.same(row["code_hash"].hex(), _hash(row["id"], typed).hex())]
        if not right:
            return await _count_try(connection, workspace_id, is_open)
        return await _accept(connection, workspace_id, right[0], session)


async def awaited_code(connection: Connection, workspace_id: UUID, conversation_id: UUID) -> Awaited | None:
    """`None`: six digits in a message of this conversation cannot be a code."""
    cursor = await connection.execute(
        """SELECT value, bool_or(expires_at > %(now)s AND tries < %(most)s) OVER () AS is_open
           FROM verification_code
           WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND used_at IS NULL
             AND created_at > %(since)s ORDER BY id DESC LIMIT 1""",
        {
            "ws": workspace_id,
            "conversation": conversation_id,
            "now": clock.now(),
            "since": clock.now() - _WINDOW,
            "most": MOST_TRIES,
        },
    )
    row = await cursor.fetchone()
    return Awaited(**row) if row else None


async def _refuse_too_many(
    connection: Connection, workspace_id: UUID, conversation_id: UUID, kind: AddressKind, address: str, *, now: datetime
) -> None:
    cursor = await connection.execute(
        """SELECT conversation_id = %(conversation)s AS here, kind = %(kind)s AND value = %(value)s AS there, created_at
           FROM verification_code WHERE workspace_id = %(ws)s AND created_at > %(since)s
             AND (conversation_id = %(conversation)s OR kind = %(kind)s AND value = %(value)s)
           ORDER BY created_at""",
        {
            "ws": workspace_id,
            "conversation": conversation_id,
            "kind": kind.value,
            "value": address,
            "since": now - _WINDOW,
        },
    )
    rows = await cursor.fetchall()
    counted = (
        ([row["created_at"] for row in rows if row["here"] and row["there"]], MOST_CODES),
        ([row["created_at"] for row in rows if row["here"]], MOST_ASKED),
        ([row["created_at"] for row in rows if row["there"]], MOST_SENT),
    )
    again = [sent[-most] + _WINDOW for sent, most in counted if len(sent) >= most]
    if again:
        seconds = math.ceil((max(again) - now).total_seconds())
        minutes = "1 minute" if seconds <= 60 else f"{math.ceil(seconds / 60)} minutes"
        raise TooManyRequests(
            f"no further code is sent to {address} for now; please try again in {minutes}", retry_after=seconds
        )


async def _count_try(connection: Connection, workspace_id: UUID, rows: list[dict[str, Any]]) -> Verified:
    await connection.execute(
        "UPDATE verification_code SET tries = tries + 1 WHERE workspace_id = %s AND id = ANY(%s)",
        (workspace_id, [row["id"] for row in rows]),
    )
    spent = all(row["tries"] + 1 >= MOST_TRIES for row in rows)
    return Verified(verified=False, reason="too many tries" if spent else "wrong code")


async def _accept(connection: Connection, workspace_id: UUID, row: dict[str, Any], session: str | None) -> Verified:
    await connection.execute(
        "UPDATE verification_code SET used_at = %s WHERE workspace_id = %s AND id = %s",
        (clock.now(), workspace_id, row["id"]),
    )
    kind = AddressKind(row["kind"])
    proof = await prove(connection, workspace_id, row["contact_id"], kind, row["value"], by="code")
    if session is not None:
        await prove_session(connection, workspace_id, proof.contact_id, session)
    return Verified(verified=True, contact_id=proof.contact_id, kind=kind, value=row["value"], merge_id=proof.merge_id)


def _why_none(found: list[dict[str, Any]]) -> Reason:
    if not found:
        return "no code was sent"
    return "too many tries" if found[0]["tries"] >= MOST_TRIES else "expired"


def _hash(code_id: UUID, code: str) -> bytes:
    """Salted with the row. A million codes are soon tried by whoever reads the table, but not within its ten minutes
    by somebody who only finds a backup."""
    return hashlib.sha256(code_id.bytes + code.encode()).digest()
