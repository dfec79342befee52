"""Answers that leave on another channel than the arrival came by: on which account, and how often to one address."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, Addressed, AddressKind, Inbound
from dynaris.channels.registry import channel, channels
from dynaris.core.db import Connection
from dynaris.people.throttle import Rate, is_free, mailbox
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.services import Services

MOST_UNANSWERED = 3  # messages in 24 hours to an address that somebody typed, while nobody answers from there
TO_MAILBOX = Rate("messages of a workspace to a mailbox that was typed", 10, 86_400)  # under whatever plus-tags

# Anybody can type anybody's address. What its owner wrote in such a conversation came by another channel.
_UNANSWERED = """SELECT count(*) AS n FROM message m
    WHERE m.workspace_id = %(ws)s AND m.contact_id = %(contact)s AND m.direction = 'outbound'
      AND m.author IN ('agent', 'system') AND m.run_id IS DISTINCT FROM %(run)s
      AND m.created_at > clock_timestamp() - interval '1 day'
      AND EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.conversation_id = m.conversation_id
                  AND e.channel = %(channel)s)
      AND NOT EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.conversation_id = m.conversation_id
                      AND e.channel <> %(channel)s AND e.kind = 'message')"""


async def way_back(services: Services, account: Account[Any], inbound: Inbound) -> tuple[Inbound, Account[Any]]:
    """The account that the conversation is with. Without one it stays here, and the inbound says why it waits."""
    assert inbound.answer_on is not None
    assert inbound.reply_to is not None, "what is answered elsewhere names the address there"
    found = await _way(services, account.workspace_id, inbound.answer_on, inbound.answer_from, inbound.reply_to)
    if isinstance(found, Account):
        return inbound, found
    return inbound.model_copy(update={"unanswerable": found}), account


async def _way(
    services: Services, workspace_id: UUID, kind: AddressKind, named: str | None, to: str
) -> Account[Any] | str:
    """Or why there is none."""
    found = await _accounts(services, workspace_id, kind)
    if named:
        found = [each for each in found if each.address.lower() == named.strip().lower()]
    if not found:
        which = f"the account {named}" if named else f"an account that writes to {kind.value} addresses"
        return f"no answer can leave: this workspace has not connected {which}"
    if any(_is_own(each, to) for each in found):
        return f"no answer can leave: {to} is an account of our own"
    return found[0]


async def found_since(services: Services, inquiry: Inquiry) -> Inquiry:
    """The event had no way back and came again: an account may have been connected meanwhile."""
    assert inquiry.wanted_on is not None
    kind, named = AddressKind(inquiry.wanted_on["kind"]), inquiry.wanted_on["from"]
    found = await _way(services, inquiry.workspace_id, kind, named, inquiry.reply_to)
    if isinstance(found, str):
        return replace(inquiry, unanswerable=found)
    names = {"ws": inquiry.workspace_id, "channel": found.channel, "account": found.id}
    async with services.db.transaction(inquiry.workspace_id) as connection:
        await connection.execute(
            """UPDATE conversation SET channel = %(channel)s, account_id = %(account)s
               WHERE workspace_id = %(ws)s AND id = %(id)s""",
            {**names, "id": inquiry.conversation_id},
        )
        await connection.execute(
            """UPDATE event SET match = match - 'wanted_on' || '{"unanswerable": null}'
               WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)""",
            {**names, "ids": list(inquiry.event_ids)},
        )
    return replace(inquiry, answered_on=found.channel, unanswerable=None, wanted_on=None)


async def _accounts(services: Services, workspace_id: UUID, kind: AddressKind) -> list[Account[Any]]:
    """Those whose address is proved first, then the oldest: another may have to wait (connections/proof.py)."""
    found: list[Account[Any]] = []
    for name, each in channels().items():
        if each.address_kind is kind and each.traits.starts_conversations:
            found += await services.accounts.of_workspace(workspace_id, name)
    return sorted(found, key=lambda account: (not account.proved, account.id))


def _is_own(account: Account[Any], address: str) -> bool:
    source = channel(account.channel)
    return isinstance(source, Addressed) and address.lower() in source.own_addresses(account)


async def why_not_again(connection: Connection, inquiry: Inquiry) -> str | None:
    """Why nothing more leaves by itself to an address that nobody proved to be the writer's."""
    cursor = await connection.execute(
        _UNANSWERED,
        {
            "ws": inquiry.workspace_id,
            "contact": inquiry.contact_id,
            "run": inquiry.run_id,
            "channel": inquiry.account.channel,
        },
    )
    row = await cursor.fetchone()
    if row and row["n"] >= MOST_UNANSWERED:
        return f"{row['n']} messages went to {inquiry.reply_to} within a day and nobody answered: is it their address?"
    if not await is_free(connection, TO_MAILBOX, str(inquiry.workspace_id), mailbox(inquiry.reply_to)):
        return f"{TO_MAILBOX.most} messages went to the mailbox of {inquiry.reply_to} within a day"
    return None
