"""Answers that leave on another channel than the arrival came by: on which account, and how often to one address."""

from typing import Any
from uuid import UUID

from dynaris.channels.contract import Account, Addressed, AddressKind, Inbound
from dynaris.channels.registry import channel, channels
from dynaris.core.db import Connection
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.services import Services

MOST_UNANSWERED = 3  # messages in 24 hours to an address that somebody typed, while nobody answers from there

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
    found = await _accounts(services, account.workspace_id, inbound.answer_on)
    if named := inbound.answer_from:
        found = [each for each in found if each.address.lower() == named.strip().lower()]
    if not found:
        which = f"the account {named}" if named else f"an account that writes to {inbound.answer_on.value} addresses"
        return _waiting(inbound, f"no answer can leave: this workspace has not connected {which}"), account
    if any(_is_own(each, inbound.reply_to) for each in found):
        return _waiting(inbound, f"no answer can leave: {inbound.reply_to} is an account of our own"), account
    return inbound, found[0]


def _waiting(inbound: Inbound, why: str) -> Inbound:
    return inbound.model_copy(update={"unanswerable": why})


async def _accounts(services: Services, workspace_id: UUID, kind: AddressKind) -> list[Account[Any]]:
    """The oldest first."""
    found: list[Account[Any]] = []
    for name, each in channels().items():
        if each.address_kind is kind and each.traits.starts_conversations:
            found += await services.accounts.of_workspace(workspace_id, name)
    return sorted(found, key=lambda account: account.id)


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
    return None
