"""A teammate writes to a contact first: the mail leaves once, its answer comes back, and a wish for silence counts."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from dynaris.app.host import Host
from dynaris.channels.contract import AddressKind
from dynaris.channels.email.smtp_in import listening
from dynaris.contacts.actions import add_address, create_contact
from dynaris.contacts.consent import set_consent
from dynaris.contacts.schemas import NewContact
from dynaris.conversations.ways import Way, ways_to_write
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.first_word import FirstWord, write_first
from dynaris.sandbox.process import RunningSandbox
from dynaris.workspaces.access import Access
from tests.flows.conftest import World
from tests.flows.test_mail_story import answers, forward, mail_account, question, sandbox

__all__ = ["sandbox"]

WORD = FirstWord(subject="Your invoice", text="Dear Ada, here is your invoice.")


@pytest.fixture
async def ada(world: World, sandbox: RunningSandbox) -> UUID:
    """A contact with a mail address that a member typed; the workspace has a mailbox."""
    await mail_account(world, sandbox)
    async with world.services.db.transaction(world.workspace.id) as connection:
        contact_id = await create_contact(connection, world.workspace.id, NewContact(name="Ada"), by="test")
        await add_address(
            connection, world.workspace.id, contact_id, AddressKind.EMAIL, "ann@example.com", region=None, by="test"
        )
    return contact_id


def writer(world: World) -> Access:
    return Access(world.workspace.id, f"member:{world.workspace.owner_id}", world.workspace.owner_id, "owner")


async def ways(world: World, contact_id: UUID) -> list[Way]:
    async with world.services.db.workspace(world.workspace.id) as connection:
        return await ways_to_write(connection, world.workspace.id, contact_id)


async def sent(world: World) -> list[dict[str, Any]]:
    return await world.rows("SELECT id, recipient, content, conversation_id FROM outbox WHERE workspace_id = %s")


async def test_a_mail_leaves_once_and_its_conversation_is_the_writers(
    world: World, sandbox: RunningSandbox, ada: UUID
) -> None:
    word = WORD.model_copy(update={"message_id": new_id()})
    begun = await write_first(world.services, writer(world), ada, word)
    assert await write_first(world.services, writer(world), ada, word) == begun
    [row] = await sent(world)
    assert await deliver(world.services, world.workspace.id, row["id"]) == "sent"
    [mail] = answers(sandbox)
    assert (mail["Subject"], "here is your invoice" in str(mail)) == ("Your invoice", True)
    [talk] = await world.rows("SELECT * FROM conversation WHERE workspace_id = %s")
    assert (talk["id"], talk["holder"], talk["holder_id"]) == (
        begun.conversation_id,
        "member",
        world.workspace.owner_id,
    )
    [message] = await world.rows("SELECT * FROM message WHERE workspace_id = %s")
    assert (message["author"], message["delivery"], message["subject"]) == ("member", "sent", "Your invoice")
    [logged] = await world.rows("SELECT subject FROM audit_entry WHERE workspace_id = %s AND action LIKE '%%started'")
    assert logged["subject"] == f"conversation:{begun.conversation_id}"

    async with listening(Host(world.services), "127.0.0.1", 0) as port:
        reply = question(mail["From"], "Thank you.", Subject="Re: Your invoice", In_Reply_To=mail["Message-ID"])
        await asyncio.to_thread(forward, port, reply)
    await world.settle()
    [event] = await world.rows("SELECT conversation_id, waiting_for FROM event WHERE workspace_id = %s")
    assert (event["conversation_id"], event["waiting_for"]) == (begun.conversation_id, "person")


async def test_who_wants_no_messages_is_not_written_to(world: World, ada: UUID) -> None:
    [way] = await ways(world, ada)
    assert (way.channel, way.address, way.verified, way.blocked) == ("email", "ann@example.com", False, None)
    async with world.services.db.transaction(world.workspace.id) as connection:
        await set_consent(
            connection,
            world.workspace.id,
            ada,
            channel="email",
            purpose="follow_up",
            state="withdrawn",
            source="a call",
            by="test",
        )
    [way] = await ways(world, ada)
    assert way.blocked == "the contact asked for no follow-ups by email"
    with pytest.raises(Conflict, match="no follow-ups by email"):
        await write_first(world.services, writer(world), ada, WORD)
    assert await sent(world) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"subject": None}, "needs a `subject`"),
        ({"text": "  "}, "needs a text"),
        ({"address_id": new_id()}, "do not fit together"),
        ({"account_id": new_id()}, "do not fit together"),
    ],
)
async def test_what_cannot_be_sent_is_refused(world: World, ada: UUID, change: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInput, match=error):
        await write_first(world.services, writer(world), ada, WORD.model_copy(update=change))
    with pytest.raises(NotFound):
        await write_first(world.services, writer(world), new_id(), WORD)
    assert await sent(world) == []


async def test_a_message_of_one_contact_is_not_another_ones(world: World, ada: UUID) -> None:
    word = WORD.model_copy(update={"message_id": new_id()})
    await write_first(world.services, writer(world), ada, word)
    async with world.services.db.transaction(world.workspace.id) as connection:
        ben = await create_contact(connection, world.workspace.id, NewContact(name="Ben"), by="test")
    with pytest.raises(Conflict, match="another contact"):
        await write_first(world.services, writer(world), ben, word)


async def test_in_a_chat_the_conversation_goes_on(world: World, ada: UUID) -> None:
    chat = new_id()
    await world.rows(
        """INSERT INTO account (workspace_id, id, channel, address) VALUES (%(ws)s, %(chat)s, 'webchat', 'widget')
           RETURNING id""",
        chat=chat,
    )
    [row] = await world.rows(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, thread_key)
           VALUES (%(ws)s, %(id)s, %(ada)s, 'webchat', %(chat)s, 'k', 'k') RETURNING id""",
        id=new_id(),
        ada=ada,
        chat=chat,
    )
    mail, going_on = await ways(world, ada)
    assert (mail.conversation_id, going_on.conversation_id, going_on.channel) == (None, row["id"], "webchat")
    with pytest.raises(InvalidInput, match=f"reply in conversation {row['id']}"):
        await write_first(world.services, writer(world), ada, WORD.model_copy(update={"account_id": chat}))
