"""The ways out of the app: a notification as a mail, as a push to a browser, as a line in the workspace's own channel.

Everything enters the outbox; each way's dedupe key names the cause.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from dynaris.core.addresses import Addresses, addresses
from dynaris.core.db import Connection
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.core.unseen import seen
from dynaris.notifications.actions import BEST_FIRST, mail_channels, push_channels, workspace_channels
from dynaris.notifications.links import link_to
from dynaris.notifications.mails import Mail
from dynaris.notifications.preferences import workspace_notifications
from dynaris.notifications.topics import TOPICS
from dynaris.outbox.actions import enqueue

_ACCOUNTS: LiteralString = f"""SELECT id, channel, address FROM account
    WHERE workspace_id = %(ws)s AND enabled AND channel = ANY(%(channels)s) ORDER BY {BEST_FIRST}"""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing leaves, now or later."""

    why: str


def key_of(row: dict[str, Any]) -> str:
    """Known to privacy/subject.py, which finds what was told about a contact by it."""
    return f"notification:{row['member_id']}:{row['cause']}"


async def mail(connection: Connection, workspace_id: UUID, *, to: str, mail: Mail, key: str) -> str | Dropped:
    accounts = await _accounts(connection, workspace_id, mail_channels())
    if not accounts:
        return Dropped("no account that can write mail")
    await enqueue(
        connection,
        workspace_id,
        audience="member",
        channel=accounts[0]["channel"],
        account_id=accounts[0]["id"],
        recipient=to,
        content={"subject": mail.subject, "text": mail.text},
        dedupe_key=key,
    )
    return key


async def push(connection: Connection, workspace_id: UUID, row: dict[str, Any], public: Addresses) -> str | Dropped:
    accounts = await _accounts(connection, workspace_id, push_channels())
    if not accounts:
        return Dropped("no account for browsers")
    key = f"{key_of(row)}:{row['subscription_id']}"
    content = _content(row, public)
    content["data"]["keys"] = row["keys"]
    await enqueue(
        connection,
        workspace_id,
        audience="member",
        channel=accounts[0]["channel"],
        account_id=accounts[0]["id"],
        recipient=row["endpoint"],
        content=content,
        dedupe_key=key,
    )
    return key


async def to_workspace(
    connection: Connection, workspace_id: UUID, row: dict[str, Any], public: Addresses
) -> str | Dropped:
    """Once for a cause, however many members were told of it, and whoever of them later."""
    settings = await workspace_notifications(connection, workspace_id)
    if row["topic"] not in TOPICS or not settings.tells(row["topic"]):
        return Dropped("switched off")
    accounts = await _accounts(connection, workspace_id, workspace_channels())
    keys = {account["id"]: f"notification:workspace:{row['cause']}:{account['id']}" for account in accounts}
    for account in accounts:
        await enqueue(
            connection,
            workspace_id,
            audience="member",
            channel=account["channel"],
            account_id=account["id"],
            recipient=account["address"],
            content=_content(row, public),
            dedupe_key=keys[account["id"]],
        )
    return "\n".join(keys.values()) or Dropped("no account")


async def test_to_workspace(
    connection: Connection, workspace_id: UUID, *, title: str, body: str, settings: Settings
) -> bool:
    """False where nothing is connected."""
    row = {"topic": "test", "title": title, "body": body, "subject": f"workspace:{workspace_id}"}
    accounts = await _accounts(connection, workspace_id, workspace_channels())
    for account in accounts:
        await enqueue(
            connection,
            workspace_id,
            audience="member",
            channel=account["channel"],
            account_id=account["id"],
            recipient=account["address"],
            content=_content(row, addresses(settings)),
            dedupe_key=f"notification:workspace:test:{new_id()}",
        )
    return bool(accounts)


async def _accounts(connection: Connection, workspace_id: UUID, named: list[str]) -> list[dict[str, Any]]:
    cursor = await connection.execute(_ACCOUNTS, {"ws": workspace_id, "channels": named})
    return await cursor.fetchall()


def _content(row: dict[str, Any], public: Addresses) -> dict[str, Any]:
    """`data`: where it leads, what takes its place later (one line for a conversation), and whether somebody waits."""
    topic = TOPICS.get(row["topic"])
    return {
        "subject": seen(row["title"]),
        "text": seen(row["body"]),
        "data": {
            "url": link_to(public, row["subject"]),
            "about": _name(row["subject"]),
            "urgent": topic is not None and topic.is_urgent,
        },
    }


def _name(subject: str) -> str:
    """32 letters that are always the same for a subject."""
    return base64.urlsafe_b64encode(hashlib.sha256(subject.encode()).digest())[:32].decode()
