"""A conversation by mail: only to an address that was proved to be the other side's, never to a mere claim."""

from datetime import datetime, timedelta
from html import escape
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, AddressKind
from dynaris.contacts.addresses import normalise
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, NotFound, NotProved, TooManyRequests
from dynaris.notifications.actions import BEST_FIRST, mail_channels
from dynaris.outbox.actions import Audience, enqueue
from dynaris.pipeline.services import Services
from dynaris.pipeline.visitors import ask_for_proof
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record
from dynaris.workspaces.opening_hours import zone

MOST_AN_HOUR = 5  # for one address in one conversation
_ONCE = timedelta(minutes=1)
_MOST_MESSAGES = 1_000  # the latest
_LONGEST = 500_000  # characters

_CONVERSATION = """SELECT c.id, c.contact_id, c.proved, w.name AS business, w.timezone FROM conversation c
    JOIN workspace w ON w.id = c.workspace_id"""
_MESSAGES = """SELECT m.author, m.text, m.created_at, coalesce((
        SELECT array_agg(a.filename ORDER BY a.id) FROM attachment a
        WHERE a.workspace_id = m.workspace_id AND a.message_id = m.id), '{}') AS files
    FROM (SELECT * FROM message WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s
            AND direction <> 'note' AND delivery IS DISTINCT FROM 'cancelled'
          ORDER BY id DESC LIMIT %(most)s) AS m ORDER BY m.id"""


async def for_visitor(services: Services, account: Account[Any], key: str, email: str) -> None:
    """Queues the mail; asked for again within a minute, it is still one.

    Raises `NotProved` for any address that nobody proved in this chat, known to us or not, after a code was sent
    there; `TooManyRequests`, `InvalidInput`, and `NotFound` before the first message.
    """
    value = normalise(AddressKind.EMAIL, email)
    workspace_id = account.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            f"{_CONVERSATION} WHERE c.workspace_id = %s AND c.account_id = %s AND c.thread_key = %s FOR UPDATE OF c",
            (workspace_id, account.id, key),
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound("there is no conversation yet")
        if f"email:{value}" in row["proved"]:
            await _queue(services, connection, workspace_id, row, recipient=value, audience="system")
            return
        refused = await ask_for_proof(
            connection, workspace_id, contact_id=row["contact_id"], conversation_id=row["id"], email=email
        )
    if refused:
        raise refused
    raise NotProved(
        "the transcript is sent to a confirmed address only: type the code that was sent to this one, then ask again"
    )


async def for_member(services: Services, access: Access, *, conversation_id: UUID, address_id: UUID) -> None:
    """To one of the contact's own addresses. Raises `NotFound`, and `Conflict` for one that nobody proved."""
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            f"{_CONVERSATION} WHERE c.workspace_id = %s AND c.id = %s FOR UPDATE OF c", (workspace_id, conversation_id)
        )
        row = await cursor.fetchone()
        if row is None:
            raise NotFound(f"no conversation {conversation_id}")
        cursor = await connection.execute(
            """SELECT kind, value, verified_at FROM address
               WHERE workspace_id = %s AND id = %s AND contact_id = %s""",
            (workspace_id, address_id, row["contact_id"]),
        )
        address = await cursor.fetchone()
        if address is None:
            raise NotFound(f"the contact of this conversation has no address {address_id}")
        if address["kind"] != "email" or address["verified_at"] is None:
            raise Conflict("a transcript goes to an e-mail address that was proved to be the contact's")
        queued = await _queue(services, connection, workspace_id, row, recipient=address["value"], audience="contact")
        if queued:
            await record(
                connection,
                workspace_id,
                actor=access.actor,
                action="conversation.transcript_sent",
                subject=f"conversation:{conversation_id}",
                detail={"address": address_id},
            )


async def _queue(
    services: Services,
    connection: Connection,
    workspace_id: UUID,
    row: dict[str, Any],
    *,
    recipient: str,
    audience: Audience,
) -> bool:
    """False where it was queued a moment ago. The conversation's row is locked: two at once are one."""
    keys = _keys(services, row["id"], recipient)
    if not await _may_queue(connection, workspace_id, keys):
        return False
    cursor = await connection.execute(
        f"""SELECT id, channel FROM account WHERE workspace_id = %s AND enabled AND channel = ANY(%s)
            ORDER BY {BEST_FIRST} LIMIT 1""",
        (workspace_id, mail_channels()),
    )
    account = await cursor.fetchone()
    if account is None:
        raise Conflict("this workspace has no e-mail account to send from")
    text, html = await _written(connection, workspace_id, row)
    await enqueue(
        connection,
        workspace_id,
        audience=audience,
        channel=account["channel"],
        account_id=account["id"],
        recipient=recipient,
        content={
            "subject": f"Your conversation with {row['business']}",
            "text": text,
            "html": html,
            "automatic": audience == "system",
        },
        dedupe_key=keys[0],
        contact_id=row["contact_id"],
        conversation_id=row["id"],
    )
    return True


def _keys(services: Services, conversation_id: UUID, recipient: str) -> list[str]:
    """One cause for each minute of the last hour, the present one first."""
    mark = services.accounts.vault.fingerprint(f"transcript:{conversation_id}:{recipient}")[:32]
    minute = int(clock.now().timestamp()) // 60
    return [f"transcript:{mark}:{minute - ago}" for ago in range(60)]


async def _may_queue(connection: Connection, workspace_id: UUID, keys: list[str]) -> bool:
    cursor = await connection.execute(
        "SELECT created_at FROM outbox WHERE workspace_id = %s AND dedupe_key = ANY(%s) ORDER BY created_at",
        (workspace_id, keys),
    )
    sent: list[datetime] = [row["created_at"] for row in await cursor.fetchall()]
    if sent and sent[-1] > clock.now() - _ONCE:
        return False
    if len(sent) >= MOST_AN_HOUR:
        raise TooManyRequests(
            f"{MOST_AN_HOUR} transcripts within an hour are enough; please try again later", retry_after=600
        )
    return True


async def _written(connection: Connection, workspace_id: UUID, row: dict[str, Any]) -> tuple[str, str]:
    cursor = await connection.execute(
        _MESSAGES, {"ws": workspace_id, "conversation": row["id"], "most": _MOST_MESSAGES}
    )
    business, local = row["business"], zone(row["timezone"])
    lines: list[str] = []
    parts: list[str] = []
    left = _LONGEST
    for said in reversed(await cursor.fetchall()):
        left -= len(said["text"])
        if left < 0:
            lines.append("Earlier messages are left out.")
            parts.append("<p><em>Earlier messages are left out.</em></p>")
            break
        who = "You" if said["author"] == "contact" else business
        at = f"{said['created_at'].astimezone(local):%Y-%m-%d %H:%M %Z}"
        files = "".join(f"\n[{name}]" for name in said["files"])
        lines.append(f"{who}, {at}\n{said['text']}{files}")
        shown = escape(f"{said['text']}{files}").replace("\n", "<br>")
        parts.append(f"<p><strong>{escape(who)}</strong>, {at}<br>{shown}</p>")
    head = f"Your conversation with {business}"
    return "\n\n".join([head, *reversed(lines)]), "".join([f"<h1>{escape(head)}</h1>", *reversed(parts)])
