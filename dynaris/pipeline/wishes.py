"""A message that is nothing but STOP or START, and the consent that a form brings: kept with their source."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from dynaris.channels.contract import AddressKind, Errand, Identity
from dynaris.channels.registry import channel
from dynaris.contacts.consent import CONFIRMED, kind_of, set_consent, wish_of
from dynaris.core.db import Connection
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.services import Services


async def wished(services: Services, inquiry: Inquiry, text: str, subject: str | None) -> Inquiry:
    """STOP blocks the channel, and is confirmed once where agents may write at all; START lifts it.

    Both are heard from who proved the address, or from the chat session itself about its own chat. Anybody may write
    another's address into a form or a mail: such a STOP silences nobody and is confirmed to nobody, a person decides.
    """
    wish = wish_of(text, subject, inquiry.traits)
    if wish is None:
        return inquiry
    is_blocked = inquiry.kind in inquiry.blocked_channels
    if not _is_proved(inquiry):
        return (
            inquiry
            if wish == "start"
            else replace(inquiry, wish=wish, errand=None if is_blocked else _doubted(inquiry))
        )
    if wish == "start" and not is_blocked and not inquiry.resumed:
        return inquiry
    source = f"message {inquiry.event_ids[0]}"
    async with services.db.transaction(inquiry.workspace_id) as connection:
        heard = await _heard(connection, inquiry, source)
        if not heard and wish == "start" and not is_blocked:
            return inquiry
        if not heard and (wish == "start" or not is_blocked):
            await set_consent(
                connection,
                inquiry.workspace_id,
                inquiry.contact_id,
                channel=inquiry.kind,
                purpose="all",
                state="withdrawn" if wish == "stop" else "granted",
                source=source,
                by=f"contact:{inquiry.contact_id}",
            )
    confirm = (heard or wish == "start" or not is_blocked) and not inquiry.meta.get("already_sent")
    if inquiry.contact_status == "do_not_contact" or "any" in inquiry.blocked_channels:
        confirm = False
    if confirm and is_automatic(inquiry.auto_mode, inquiry.account.channel):
        return replace(inquiry, wish=wish, ready_reply=CONFIRMED[wish])
    return replace(inquiry, wish=wish)


def _is_proved(inquiry: Inquiry) -> bool:
    is_own_chat = channel(inquiry.answered_on).address_kind is AddressKind.VISITOR and not inquiry.answered_elsewhere
    return inquiry.identity is Identity.VERIFIED or (is_own_chat and inquiry.identity is not Identity.FAILED)


def _doubted(inquiry: Inquiry) -> dict[str, Any]:
    return Errand(
        title=f"Asked for no more messages by {inquiry.kind}, by somebody who has not proved who they are",
        detail="Nothing was blocked, and nothing was sent. If it is the contact's own wish, note it at the contact "
        "(consent, or do-not-contact); else close this task.",
        done_as="looked at",
    ).model_dump()


async def _heard(connection: Connection, inquiry: Inquiry, source: str) -> bool:
    """This very message was heard before: the event came back after a crash, or is replayed."""
    cursor = await connection.execute(
        "SELECT 1 FROM consent WHERE workspace_id = %s AND contact_id = %s AND source = %s LIMIT 1",
        (inquiry.workspace_id, inquiry.contact_id, source),
    )
    return await cursor.fetchone() is not None


async def note_consent(
    connection: Connection, workspace_id: UUID, conversation: dict[str, Any], given: dict[str, Any]
) -> None:
    """A checkbox that was ticked, with the words beside it. One that was not says nothing.

    To be called in the transaction that files the message: a message that was filed is not read again.
    """
    if not given.get("given"):
        return
    words = f"{given.get('source') or 'a form'}: {given.get('text') or ''}".strip(" :")[:500]
    await set_consent(
        connection,
        workspace_id,
        conversation["contact_id"],
        channel=kind_of(channel(conversation["channel"]).address_kind),
        purpose="all",
        state="granted",
        source=words,
        by=f"contact:{conversation['contact_id']}",
        lifts=conversation["identity"] == Identity.VERIFIED,
    )
