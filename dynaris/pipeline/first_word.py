"""A teammate writes to a contact first: where that can be done, and a new conversation that begins with our message."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channel, channels
from dynaris.contacts.consent import kind_of, why_blocked
from dynaris.contacts.merge import survivor
from dynaris.conversations.schemas import Line
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.notifications.actions import BEST_FIRST
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.services import Services
from dynaris.workspaces import queries as workspaces
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record


class Way(BaseModel):
    """How a contact can be written to without having asked: by a new conversation, or in one that is there."""

    channel: str
    account_id: UUID
    account: str = Field(description="The address that we write from.")
    subject: bool = Field(description="What is sent there has a subject.")
    address_id: UUID | None = Field(description="A new conversation goes to this address of theirs.")
    kind: AddressKind | None = Field(description="Of that address.")
    address: str | None
    verified: bool = Field(description="The address was proved to be theirs.")
    claimed: bool = Field(description="They only say that it is theirs.")
    conversation_id: UUID | None = Field(description="There is no writing first here: this conversation goes on.")
    blocked: str | None = Field(description="Why nothing may be sent there.")


class Ways(BaseModel):
    items: list[Way] = Field(description="The best first.")


class FirstWord(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account_id: UUID | None = Field(default=None, description="To write from; the best one, if left out.")
    address_id: UUID | None = Field(default=None, description="One of theirs; the best one, if left out.")
    subject: Line | None = None
    text: str = Field(min_length=1, max_length=100_000)
    message_id: UUID | None = Field(default=None, description="Yours: sent twice with the same one, it leaves once.")


class Begun(BaseModel):
    conversation_id: UUID
    message_id: UUID


_CONTACT = "SELECT status, blocked_channels FROM contact WHERE workspace_id = %(ws)s AND id = %(contact)s"
_ADDRESSES = """SELECT a.id AS address_id, a.kind, a.value AS address, a.verified_at IS NOT NULL AS verified,
        NOT a.holds AS claimed
    FROM address a WHERE a.workspace_id = %(ws)s AND a.contact_id = %(contact)s
    ORDER BY a.verified_at IS NULL, NOT a.holds, a.id"""
_ACCOUNTS = f"""SELECT id AS account_id, channel, address AS account FROM account
    WHERE workspace_id = %(ws)s AND enabled AND removed_at IS NULL AND channel = ANY(%(channels)s)
    ORDER BY {BEST_FIRST}"""
_GOING_ON = """SELECT DISTINCT ON (c.account_id) c.id AS conversation_id, c.account_id, c.channel, a.address AS account,
        c.identity = 'verified' AS verified
    FROM conversation c JOIN account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
    WHERE c.workspace_id = %(ws)s AND c.contact_id = %(contact)s AND a.enabled AND a.removed_at IS NULL
      AND c.channel = ANY(%(channels)s) AND c.thread_key IS NOT NULL
    ORDER BY c.account_id, c.last_message_at DESC"""
_BEFORE = """SELECT conversation_id, message_id, contact_id FROM outbox
    WHERE workspace_id = %(ws)s AND dedupe_key = %(key)s"""
_BEGIN = """WITH opened AS (
        INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject, base_subject,
                                  holder, holder_id, hold_until, identity, proved)
        VALUES (%(ws)s, %(conversation)s, %(contact)s, %(channel)s, %(account)s, %(to)s, %(subject)s, %(base_subject)s,
                'member', %(member)s, %(until)s, %(identity)s, %(proved)s) RETURNING id)
    INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, author_id, subject, text,
                         delivery)
    SELECT %(ws)s, %(message)s, id, %(contact)s, 'outbound', 'member', %(member)s, %(subject)s, %(text)s, 'queued'
    FROM opened"""


async def ways_to_write(connection: Connection, workspace_id: UUID, contact_id: UUID) -> list[Way]:
    """Raises `NotFound`."""
    names = {"ws": workspace_id, "contact": await survivor(connection, workspace_id, contact_id)}
    contact = await (await connection.execute(_CONTACT, names)).fetchone()
    assert contact is not None
    first = [name for name, each in channels().items() if each.traits.starts_conversations]
    live = [name for name, each in channels().items() if each.traits.live and not each.traits.starts_conversations]
    addresses = await (await connection.execute(_ADDRESSES, names)).fetchall()
    accounts = await (await connection.execute(_ACCOUNTS, {**names, "channels": first})).fetchall()
    going_on = await (await connection.execute(_GOING_ON, {**names, "channels": live})).fetchall()
    found: list[dict[str, Any]] = [
        {**account, **address, "conversation_id": None}
        for address in addresses
        for account in accounts
        if channel(account["channel"]).address_kind == AddressKind(address["kind"])
    ]
    found += [{**one, "address_id": None, "kind": None, "address": None, "claimed": False} for one in going_on]
    return [_way(one, contact) for one in found]


def _way(found: dict[str, Any], contact: dict[str, Any]) -> Way:
    there = channel(found["channel"])
    blocked = why_blocked(contact["status"], contact["blocked_channels"], kind_of(there.address_kind), wake=True)
    return Way.model_validate({**found, "subject": there.traits.subject, "blocked": blocked})


async def write_first(services: Services, access: Access, contact_id: UUID, word: FirstWord) -> Begun:
    """Opens a conversation that the writer holds, and queues its first message.

    Raises `Conflict` where the contact wants no messages, `InvalidInput` where nothing can be written.
    """
    workspace_id = access.workspace_id
    async with services.db.transaction(workspace_id) as connection:
        key = f"first_word:{word.message_id or new_id()}"
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{workspace_id}:{key}",))
        contact_id = await survivor(connection, workspace_id, contact_id)
        before = await (await connection.execute(_BEFORE, {"ws": workspace_id, "key": key})).fetchone()
        if before:
            if before["contact_id"] != contact_id:
                raise Conflict(f"message {word.message_id} was sent to another contact")
            return Begun(**before)
        way = _chosen(await ways_to_write(connection, workspace_id, contact_id), word)
        _check(way, word)
        begun = await _begin(services, connection, access, contact_id=contact_id, way=way, word=word)
        await enqueue(
            connection,
            workspace_id,
            audience="contact",
            channel=way.channel,
            account_id=way.account_id,
            recipient=way.address or "",
            content={"text": word.text, "subject": word.subject if way.subject else None, "automatic": False},
            dedupe_key=key,
            contact_id=contact_id,
            conversation_id=begun.conversation_id,
            message_id=begun.message_id,
        )
        await record(
            connection,
            workspace_id,
            actor=access.actor,
            action="conversation.started",
            subject=f"conversation:{begun.conversation_id}",
            detail={"contact": contact_id, "message": begun.message_id, "channel": way.channel},
        )
    return begun


def _chosen(ways: list[Way], word: FirstWord) -> Way:
    fitting = [
        way
        for way in ways
        if word.account_id in (None, way.account_id) and word.address_id in (None, way.address_id) and way.address_id
    ]
    if fitting:
        return next((way for way in fitting if not way.blocked), fitting[0])
    there = next((way for way in ways if way.account_id == word.account_id and way.conversation_id), None)
    if there:
        raise InvalidInput(
            f"nobody is written to first on {there.channel}: reply in conversation {there.conversation_id}"
        )
    if word.address_id or word.account_id:
        raise InvalidInput("this account and this address of the contact do not fit together: see ways-to-write")
    raise InvalidInput("there is no address of this contact that any of the workspace's accounts can write to first")


def _check(way: Way, word: FirstWord) -> None:
    if way.blocked:
        raise Conflict(f"nothing may be sent: {way.blocked}", blocked=way.blocked)
    traits = channel(way.channel).traits
    if not word.text.strip():
        raise InvalidInput("a message needs a text")
    if traits.subject and not word.subject:
        raise InvalidInput(f"what is sent by {way.channel} needs a `subject`")
    if traits.max_length and len(word.text) > traits.max_length:
        raise InvalidInput(
            f"a message on {way.channel} has at most {traits.max_length} characters, not {len(word.text)}"
        )


async def _begin(
    services: Services, connection: Connection, access: Access, *, contact_id: UUID, way: Way, word: FirstWord
) -> Begun:
    begun = Begun(conversation_id=new_id(), message_id=new_id())
    subject = word.subject if way.subject else None
    await connection.execute(
        _BEGIN,
        {
            "ws": access.workspace_id,
            "conversation": begun.conversation_id,
            "message": begun.message_id,
            "contact": contact_id,
            "channel": way.channel,
            "account": way.account_id,
            "to": way.address,
            "subject": subject,
            "base_subject": " ".join(subject.split()).casefold() if subject else None,
            "text": word.text,
            "member": access.member_id or await workspaces.owner_id(connection, access.workspace_id),
            "until": clock.now() + timedelta(minutes=services.settings.hold_minutes),
            "identity": "verified" if way.verified else "claimed",
            "proved": [f"{way.kind}:{way.address}"] if way.verified else [],
        },
    )
    return begun
