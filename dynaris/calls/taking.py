"""A call comes in: it is an event, a contact's, in a conversation, before its carrier is told where to connect it."""

import time
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.calls.ending import end
from dynaris.calls.record import (
    Call,
    answered_by_whom,
    by_external_id,
    leg_told,
    load,
    named_by_carrier,
    not_ended,
    transferring,
)
from dynaris.calls.transferring import rung_first, told_of_transfer
from dynaris.calls.words import words
from dynaris.channels.contract import Account, Arrival, CallUpdate, Carrier, OpenCall, Ringing, Unreadable
from dynaris.channels.registry import channel
from dynaris.core import metrics
from dynaris.core.addresses import addresses
from dynaris.core.crypto import Vault, same
from dynaris.core.ids import new_id
from dynaris.core.phone_numbers import spaced
from dynaris.pipeline.given_up import give_up
from dynaris.pipeline.identify import identify
from dynaris.pipeline.inquiry import QueuedEvent
from dynaris.pipeline.intake import plausible
from dynaris.pipeline.services import Services

SOCKETS = "/calls"  # the calls process, below the gateway
MOST_CONNECTIONS = 5  # of one call: a line that breaks again and again is not opened for ever

# It waits for nobody's work: the lane, which answers what is queued, never sees it.
_ARRIVED: LiteralString = """INSERT INTO event
    (workspace_id, id, channel, account_id, external_id, kind, lane, raw, meta, occurred_at, status)
    VALUES (%(ws)s, %(id)s, %(channel)s, %(account)s, %(external)s, 'call', %(lane)s, %(raw)s, %(meta)s, %(at)s, 'live')
    ON CONFLICT (workspace_id, channel, account_id, external_id) DO NOTHING RETURNING id"""

_OPENED = """INSERT INTO call (workspace_id, id, channel, account_id, external_id, event_id, conversation_id,
                              contact_id, message_id, direction, caller, called)
    SELECT %(ws)s, %(id)s, e.channel, e.account_id, e.external_id, e.id, e.conversation_id, e.contact_id, e.message_id,
           %(direction)s, %(caller)s, %(called)s
    FROM event e WHERE e.workspace_id = %(ws)s AND e.id = %(event)s AND e.conversation_id IS NOT NULL
    ON CONFLICT (workspace_id, channel, account_id, external_id) DO NOTHING RETURNING id"""
_MARKED = """UPDATE message SET data = data || %s WHERE workspace_id = %s
    AND id = (SELECT message_id FROM call WHERE workspace_id = %s AND id = %s)"""


async def ring(services: Services, account: Account[Any], arrival: Arrival) -> Ringing:
    """As `ChannelHost.ring`."""
    known = await by_external_id(services.db, account, arrival.external_id)
    if known is None:
        event = await _arrived(services, account, arrival)
        known = await _opened(services, account, arrival, event)
        if known is None:
            return Ringing(ticket="", sockets="", goes_on=False)
        return ringing_of(services, known)
    return ringing_of(services, known, duplicate=True)


async def call_told(services: Services, account: Account[Any], update: CallUpdate) -> Ringing | None:
    """As `ChannelHost.call_told`."""
    call = await by_external_id(services.db, account, update.external_id)
    if call is None and update.call_id:
        call = await named_by_carrier(services.db, account, update.call_id, update.external_id)
    if call is None:
        return None
    if update.answered_by:
        await answered_by_whom(services.db, call, update.answered_by)
    if update.leg:
        await leg_told(services.db, call, update.leg)
    if update.transfer:
        await told_of_transfer(services, call, update.transfer, update.reason)
    is_put_through = update.left and (call.transfer or {}).get("state") == "dialling"
    if update.ended and update.transfer != "failed" and not is_put_through:
        await end(services, call, ended=update.ended, carrier_seconds=update.seconds)
    return ringing_of(services, await load(services.db, call.workspace_id, call.id), duplicate=True)


async def open_calls(services: Services, account: Account[Any]) -> list[OpenCall]:
    """As `ChannelHost.open_calls`."""
    return [
        OpenCall(
            external_id=call.external_id,
            held=held,
            lost=call.status == "live" and not held,
            dialling=(call.transfer or {}).get("state") == "dialling",
            ringing=ringing_of(services, call, duplicate=True),
        )
        for call, held in await not_ended(services.db, account)
    ]


def ticket_of(vault: Vault, workspace_id: UUID, call_id: UUID, until: int | None = None) -> str:
    """By which a carrier's socket says whose call it carries; nobody can make one up. `until`: a second since 1970."""
    if until is None:
        return f"{workspace_id}.{call_id}.{vault.fingerprint(f'call:{workspace_id}:{call_id}')}"
    return f"{workspace_id}.{call_id}.{until}.{vault.fingerprint(f'call:{workspace_id}:{call_id}:{until}')}"


def read_ticket(vault: Vault, ticket: str) -> tuple[UUID, UUID] | None:
    """Workspace and call; `None` for what is no ticket of ours."""
    try:
        parts = ticket.split(".")
        workspace_id, call_id = (UUID(part) for part in parts[:2])
        until = int(parts[2]) if len(parts) == 4 else None
    except ValueError:
        return None
    if until is not None and until < time.time():
        return None
    return (workspace_id, call_id) if same(ticket, ticket_of(vault, workspace_id, call_id, until)) else None


def sockets_of(services: Services) -> str:
    """Where carriers and browsers open sockets for calls."""
    base = services.settings.calls_url or f"{addresses(services.settings).gateway}{SOCKETS}"
    return "ws" + base.rstrip("/").removeprefix("http")


def sockets_origin(services: Services) -> str:
    """Which pages may open sockets to, where that is another address than their own."""
    return "/".join(sockets_of(services).split("/")[:3])


def ringing_of(services: Services, call: Call, *, duplicate: bool = False) -> Ringing:
    goes_on = call.status != "ended" and call.connections < MOST_CONNECTIONS
    ticket = ticket_of(services.accounts.vault, call.workspace_id, call.id)
    transfer = call.transfer or {}
    return Ringing(
        ticket=ticket,
        sockets=sockets_of(services),
        duplicate=duplicate,
        goes_on=goes_on,
        transfer_to=transfer["to"] if transfer.get("state") == "dialling" else None,
        note=transfer.get("note", ""),
        language=call.language or "en",
    )


async def _arrived(services: Services, account: Account[Any], arrival: Arrival) -> QueuedEvent:
    """The stored event; of the same call that was taken in at the same moment the other's."""
    parameters = {
        "ws": account.workspace_id,
        "id": new_id(),
        "channel": account.channel,
        "account": account.id,
        "external": arrival.external_id,
        "lane": arrival.lane,
        "raw": arrival.raw,
        "meta": Jsonb(arrival.meta),
        "at": plausible(arrival.occurred_at),
    }
    async with services.db.workspace(account.workspace_id) as connection:
        if await (await connection.execute(_ARRIVED, parameters)).fetchone():
            metrics.events_accepted.labels(account.channel).inc()
        cursor = await connection.execute(
            """SELECT id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at,
                      occurred_at, attempts, reason, conversation_id, message_id, run_id
               FROM event WHERE workspace_id = %(ws)s AND channel = %(channel)s AND account_id = %(account)s
               AND external_id = %(external)s""",
            parameters,
        )
        row = await cursor.fetchone()
    assert row is not None
    return QueuedEvent(**row)


async def _opened(services: Services, account: Account[Any], arrival: Arrival, event: QueuedEvent) -> Call | None:
    """`None`: it is nobody's call, and its event says why."""
    source = channel(account.channel)
    assert isinstance(source, Carrier), f"{account.channel} carries no calls"
    try:
        about = source.call(arrival, account)
    except Unreadable as error:
        await give_up(services, event.workspace_id, event.id, f"cannot be read: {error}")
        return None
    first: str | None = None
    if event.message_id is None:
        if (inquiry := await identify(services, event)) is None:
            return None
        first = await rung_first(services, inquiry)
    call_id = new_id()
    async with services.db.transaction(account.workspace_id) as connection:
        parameters = {"ws": account.workspace_id, "id": call_id, "event": event.id, **about.model_dump()}
        if await (await connection.execute(_OPENED, parameters)).fetchone():
            mark = Jsonb({"call": str(call_id)})
            await connection.execute(_MARKED, (mark, account.workspace_id, account.workspace_id, call_id))
    call = await by_external_id(services.db, account, arrival.external_id)
    if call and first:
        note = words("note", "en", number=spaced(call.caller or ""), summary="")
        await transferring(services.db, call, first, reason="a person answers first here", note=note)
        call = await load(services.db, call.workspace_id, call.id)
    return call
