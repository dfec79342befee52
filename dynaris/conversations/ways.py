"""How a contact can be written to who did not ask: accounts and addresses that fit together, and what forbids it."""

from itertools import product
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from dynaris.channels.contract import AddressKind
from dynaris.channels.registry import channel, channels
from dynaris.contacts.addresses import as_read, same_number
from dynaris.contacts.consent import kind_of, why_blocked
from dynaris.contacts.merge import survivor
from dynaris.core.db import Connection
from dynaris.notifications.actions import BEST_FIRST


class Way(BaseModel):
    """How a contact can be written to without having asked: by a new conversation, or in one that is there."""

    channel: str
    account_id: UUID
    account: str = Field(description="The address that we write from.")
    subject: bool = Field(description="What is sent there has a subject.")
    templates: bool = Field(description="A conversation there begins with an approved template.")
    address_id: UUID | None = Field(description="A new conversation goes to this address of theirs.")
    kind: AddressKind | None = Field(description="Of that address.")
    address: str | None
    display: str | None = Field(description="That address as people read it.")
    verified: bool = Field(description="The address was proved to be theirs.")
    claimed: bool = Field(description="They only say that it is theirs.")
    conversation_id: UUID | None = Field(description="There is no writing first here: this conversation goes on.")
    blocked: str | None = Field(description="Why nothing may be sent there.")


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


async def ways_to_write(connection: Connection, workspace_id: UUID, contact_id: UUID) -> list[Way]:
    """The best first. Raises `NotFound`."""
    names = {"ws": workspace_id, "contact": await survivor(connection, workspace_id, contact_id)}
    contact = await (await connection.execute(_CONTACT, names)).fetchone()
    assert contact is not None
    first = [name for name, each in channels().items() if each.traits.starts_conversations]
    live = [name for name, each in channels().items() if each.traits.live and not each.traits.starts_conversations]
    addresses = await (await connection.execute(_ADDRESSES, names)).fetchall()
    accounts = await (await connection.execute(_ACCOUNTS, {**names, "channels": first})).fetchall()
    going_on = await (await connection.execute(_GOING_ON, {**names, "channels": live})).fetchall()
    found: list[dict[str, Any]] = []
    for account, address in product(accounts, addresses):
        there = _address_on(channel(account["channel"]).address_kind, address)
        if there and not any((one["account_id"], one["address"]) == (account["account_id"], there) for one in found):
            kind = channel(account["channel"]).address_kind
            found.append({**account, **address, "kind": kind, "address": there, "conversation_id": None})
    found.sort(key=lambda one: next(at for at, each in enumerate(addresses) if each["address_id"] == one["address_id"]))
    found += [{**one, "address_id": None, "kind": None, "address": None, "claimed": False} for one in going_on]
    return [_way(one, contact) for one in found]


def _address_on(kind: AddressKind, address: dict[str, Any]) -> str | None:
    """Their address as this kind of channel writes to it: a telephone number is one on WhatsApp, too."""
    own = AddressKind(address["kind"])
    if own is kind:
        return address["address"]
    number = same_number(own, address["address"])
    return number[1] if number and number[0] is kind else None


def _way(found: dict[str, Any], contact: dict[str, Any]) -> Way:
    there = channel(found["channel"])
    blocked = why_blocked(contact["status"], contact["blocked_channels"], kind_of(there.address_kind), wake=True)
    traits = there.traits
    display = as_read(found["kind"], found["address"]) if found["address"] else None
    own = {"subject": traits.subject, "templates": traits.templates, "blocked": blocked, "display": display}
    return Way.model_validate({**found, **own})
