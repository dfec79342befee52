"""A teammate writes to a contact first: a new conversation that begins with our message."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dynaris.channels.registry import channel
from dynaris.contacts.merge import survivor
from dynaris.conversations.schemas import Line
from dynaris.conversations.ways import Way, ways_to_write
from dynaris.conversations.windows import is_open
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.outbox.actions import enqueue
from dynaris.pipeline.by_template import chosen
from dynaris.pipeline.services import Services
from dynaris.templates.filling import Filled
from dynaris.templates.schemas import TemplateChoice
from dynaris.workspaces import queries as workspaces
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import record


class Ways(BaseModel):
    items: list[Way] = Field(description="The best first.")


class FirstWord(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account_id: UUID | None = Field(default=None, description="To write from; the best one, if left out.")
    address_id: UUID | None = Field(default=None, description="One of theirs; the best one, if left out.")
    subject: Line | None = None
    text: str = Field(default="", max_length=100_000)
    template: TemplateChoice | None = Field(
        default=None, description="Instead of a text: on channels with reply windows only a template opens one."
    )
    message_id: UUID | None = Field(default=None, description="Yours: sent twice with the same one, it leaves once.")


class Begun(BaseModel):
    conversation_id: UUID
    message_id: UUID


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
        filled = await _filled(connection, access, contact_id=contact_id, way=way, word=word)
        if filled:
            word = word.model_copy(update={"text": filled.text})
        begun = await _begin(services, connection, access, contact_id=contact_id, way=way, word=word)
        await enqueue(
            connection,
            workspace_id,
            audience="contact",
            channel=way.channel,
            account_id=way.account_id,
            recipient=way.address or "",
            content={
                "text": word.text,
                "subject": word.subject if way.subject else None,
                "automatic": False,
                **({"template": filled.use.model_dump()} if filled else {}),
            },
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
    if bool(word.text.strip()) is bool(word.template):
        raise InvalidInput("a message needs a text, or a template instead of one")
    if word.template and not traits.templates:
        raise InvalidInput(f"there are no templates on {way.channel}")
    if traits.subject and not word.subject:
        raise InvalidInput(f"what is sent by {way.channel} needs a `subject`")
    if traits.max_length and len(word.text) > traits.max_length:
        raise InvalidInput(
            f"a message on {way.channel} has at most {traits.max_length} characters, not {len(word.text)}"
        )


async def _filled(
    connection: Connection, access: Access, *, contact_id: UUID, way: Way, word: FirstWord
) -> Filled | None:
    """Raises `Conflict` with `window_closed` where only a template may leave."""
    if word.template:
        return await chosen(
            connection,
            access.workspace_id,
            word.template,
            contact_id=contact_id,
            account_id=way.account_id,
            channel_name=way.channel,
            member_id=access.member_id,
        )
    traits, workspace_id = channel(way.channel).traits, access.workspace_id
    if await is_open(connection, workspace_id, traits=traits, contact_id=contact_id, account_id=way.account_id):
        return None
    raise Conflict(f"on {way.channel} a conversation begins with an approved template", window_closed=True)


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
