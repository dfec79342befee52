"""The one place that sends: claims an outbox row, hands it to its channel, and settles what came of it.

A row is claimed once ('queued' -> 'sending'). A send whose receipt was lost, because the provider fell
silent or we died, is never repeated blindly: it becomes 'unknown' and its event waits for a person,
unless the channel recognises our message id (`traits.resend_safe`).
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Literal, LiteralString
from uuid import UUID

import orjson
import psycopg
import structlog

from dynaris.channels.contract import (
    Account,
    Attachment,
    CannotSend,
    Channel,
    Naming,
    OutboundMessage,
    Refused,
    SendReceipt,
    TryLater,
)
from dynaris.channels.registry import channel, channels
from dynaris.connections.actions import set_send_health
from dynaris.contacts.consent import kind_of
from dynaris.conversations.naming import with_whom
from dynaris.core import clock, metrics, tracing
from dynaris.core.db import NO_WRITING, Connection, is_outage
from dynaris.core.errors import NotFound, Unavailable
from dynaris.notifications.actions import notify
from dynaris.notifications.push import forget_browser
from dynaris.pipeline.by_template import in_a_template
from dynaris.pipeline.outcome import OWNER, tries
from dynaris.pipeline.parts import note_taken, parts_of, show_receipts, taken_parts
from dynaris.pipeline.services import Services
from dynaris.pipeline.stages import stage, trace_of
from dynaris.pipeline.window import shut_window, why_closed

log = structlog.get_logger()

Delivery = Literal["sent", "queued", "failed", "unknown", "cancelled"]

SEND_SECONDS = 30.0  # a channel that is silent for longer has lost our receipt
_LEASE = "8 seconds"  # a claimed row whose lease was not renewed for that long belongs to a process that is gone
_RENEW_SECONDS = 3.0
_RECEIPT_PAUSE = 0.3  # between tries to write a receipt while the database restarts
_RECEIPT_TRIES, _OUTAGE_PAUSE = 10, 3.0  # after so many: only for an outage, however long it lasts
_LAST_SECONDS = 1.5  # for the last try, when this process is told to stop
_NOT_WRITTEN = (psycopg.OperationalError, psycopg.InterfaceError, *NO_WRITING, Unavailable, OSError)
LOST = "the process that sent it died, or could not write down what came of it"
MAX_ATTEMPTS = 35  # the first eleven within an hour or so, then hourly: about a day

# What an agent wrote is not sent to a contact who is marked do-not-contact, who asked for nothing on this kind of
# channel, or for no follow-ups where this is one (`why_blocked` in contacts/consent.py), or who is being erased or
# gone; a person's own reply is, and the one line that confirms a STOP.
# These statements name other rows by `(SELECT ...)` instead of joining them: without statistics, as on a young
# database, PostgreSQL would answer a join by reading all messages of the workspace.
_MARKED = """CASE WHEN o.audience = 'contact' AND coalesce((o.content->>'automatic')::boolean, true)
    THEN coalesce((SELECT k.erasing OR (o.content #>> '{data,confirms}') IS NULL
                 AND (k.status = 'do_not_contact'
                      OR k.blocked_channels && ARRAY['any', %(kinds)s::jsonb ->> o.channel]
                      OR k.blocked_channels && ARRAY['any/follow_up', (%(kinds)s::jsonb ->> o.channel) || '/follow_up']
                         AND EXISTS (SELECT FROM event e WHERE e.workspace_id = %(ws)s AND e.id = o.event_id
                                     AND e.kind = 'wake'))
          FROM contact k WHERE k.workspace_id = %(ws)s AND k.id = o.contact_id), o.contact_id IS NOT NULL)
    END IS TRUE"""

# `CASE`: with a plain condition on the status the plan would read the index of all open rows for this one.
_CLAIM = f"""
UPDATE outbox o SET status = 'sending', attempts = o.attempts + 1, claimed_at = clock_timestamp(),
       due_at = clock_timestamp() + interval '{_LEASE}'
WHERE o.workspace_id = %(ws)s AND o.id = %(id)s AND CASE WHEN o.status = 'queued' THEN NOT ({_MARKED}) END
RETURNING o.*"""

_CANCEL = f"""
WITH cancelled AS (
    UPDATE outbox o SET status = 'cancelled', attempts = o.attempts + 1, claimed_at = clock_timestamp()
    WHERE o.workspace_id = %(ws)s AND o.id = %(id)s AND CASE WHEN o.status = 'queued' THEN {_MARKED} END
    RETURNING o.message_id, CASE WHEN o.event_id IS NOT NULL THEN o.run_id END AS run_id),
unsaid AS (
    UPDATE message SET delivery = 'cancelled'
    WHERE workspace_id = %(ws)s AND id = (SELECT message_id FROM cancelled)),
ignored AS (
    UPDATE event SET status = 'done', outcome = 'ignored', waiting_for = NULL, settled_at = clock_timestamp(),
           reason = 'the contact is marked do-not-contact, or asked for no messages here'
    WHERE workspace_id = %(ws)s AND run_id = (SELECT run_id FROM cancelled) AND status <> 'done')
SELECT message_id FROM cancelled"""

_RENEW = f"""
UPDATE outbox SET due_at = clock_timestamp() + interval '{_LEASE}'
WHERE workspace_id = %(ws)s AND id = %(id)s AND status = 'sending'"""

_NAME = """
WITH row AS (
    UPDATE outbox SET external_id = %(name)s WHERE workspace_id = %(ws)s AND id = %(id)s RETURNING message_id)
UPDATE message SET external_id = %(name)s WHERE workspace_id = %(ws)s AND id = (SELECT message_id FROM row)"""


# Which events a row answers: an agent's reply those of its run, a teammate's those that wait for that very message.
# What a tool of a run sent answers none: the run goes on.
_OF_RUN = "run_id = (SELECT run_id FROM row) AND status <> 'done'"
_OF_MESSAGE = """conversation_id = (SELECT conversation_id FROM row) AND status = 'waiting'
          AND meta->>'answer' = (SELECT message_id::text FROM row)"""


def _settle_sql(
    answered: LiteralString,
    *,
    outbox: LiteralString,
    event: LiteralString,
    still: LiteralString = "true",
    more: LiteralString = "",
) -> LiteralString:
    return f"""
WITH row AS (
    UPDATE outbox SET status = %(status)s, error = %(error)s,
           external_id = coalesce(%(external_id)s, external_id), {outbox}
    WHERE workspace_id = %(ws)s AND id = %(id)s AND status IN ('sending', 'unknown') AND {still}
    RETURNING message_id, run_id, conversation_id, account_id),{more}
message_ AS (
    UPDATE message SET delivery = %(status)s, external_id = coalesce(%(external_id)s, external_id)
    WHERE workspace_id = %(ws)s AND id = (SELECT message_id FROM row)),
events AS (
    UPDATE event SET {event}
    WHERE workspace_id = %(ws)s AND {answered} RETURNING created_at)
SELECT (SELECT count(*) FROM row) AS settled, (SELECT count(*) FROM events) AS waiting,
       (SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 FROM events) AS seconds"""


def _sent_sql(answered: LiteralString, reason: LiteralString) -> LiteralString:
    return _settle_sql(
        answered,
        outbox="sent_at = clock_timestamp()",
        event=f"""status = 'done', outcome = 'answered', settled_at = clock_timestamp(), waiting_for = NULL,
           reason = {reason}""",
        more="""
well AS (
    UPDATE account SET send_error = NULL
    WHERE workspace_id = %(ws)s AND id = (SELECT account_id FROM row) AND send_error IS NOT NULL),""",
    )


def _unsent_sql(answered: LiteralString) -> LiteralString:
    return _settle_sql(
        answered,
        outbox="due_at = %(due_at)s",
        still="attempts = %(attempt)s",  # a receipt that comes late says nothing of a later try
        event=f"""status = 'waiting', waiting_for = 'delivery', reason = %(reason)s, deadline = %(deadline)s,
           owner_id = {OWNER}""",
    )


_SETTLE_SENT, _SETTLE_UNSENT = _sent_sql(_OF_RUN, "NULL"), _unsent_sql(_OF_RUN)
_PERSON_SENT = _sent_sql(_OF_MESSAGE, "'answered by ' || (meta->>'answered_by')")
_PERSON_UNSENT = _unsent_sql(_OF_MESSAGE)


async def deliver(services: Services, workspace_id: UUID, outbox_id: UUID) -> Delivery | None:
    """Sends one row, if it is still to be sent. `None`: somebody else has it."""
    names = {"ws": workspace_id, "id": outbox_id, "kinds": _kinds()}
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(_CLAIM, names)
        row = await cursor.fetchone()
        if row is None:
            cursor = await connection.execute(_CANCEL, names)
            return "cancelled" if await cursor.fetchone() else None
    return await send_claimed(services, row)


async def send_claimed(services: Services, row: dict[str, Any]) -> Delivery:
    """The row is ours alone ('sending'): hand it to its channel and settle it."""
    with stage(
        "deliver",
        row["workspace_id"],
        event_id=row["event_id"],
        conversation_id=row["conversation_id"],
        parent=await trace_of(services.db, row["workspace_id"], row["event_id"]),
        channel=row["channel"],
        outbox_id=row["id"],
        attempt=row["attempts"],
    ):
        result = await _sent(services, row)
        tracing.note(result=result)
    metrics.sends.labels(row["channel"], result).inc()
    return result


async def _sent(services: Services, row: dict[str, Any]) -> Delivery:
    try:
        message = OutboundMessage(id=row["id"], to=row["recipient"], **await _content(services, row["content"]))
        account = await services.accounts.by_id(row["workspace_id"], row["account_id"])
        sender = channel(row["channel"])
        if why := await why_closed(services.db, row, message, sender.traits):
            raise Refused(why, "window")
        if naming := _naming(sender):
            await _name(services, row, naming.name_of(message, account))
        receipt = _kept(message, account) if account.rehearses else await _handed_over(services, row, message, account)
    except TryLater as error:
        return await _try_later(services, row, error)
    except Refused as error:
        metrics.provider_errors.labels(row["channel"], "refused").inc()
        await _note_refusal(services, row, error)
        if error.because_of == "window" and (again := await in_a_template(services.db, row)):
            return await _sent(services, again)
        return await _settle(services, row, "failed", error=f"refused: {error.reason}")
    except (psycopg.Error, Unavailable) as error:  # a channel has no database: this was before the send
        return await _try_later(services, row, TryLater(f"not sent yet: {error}", 1))
    except Exception as error:
        log.warning("deliver.receipt_lost", outbox_id=str(row["id"]), error=error)
        metrics.provider_errors.labels(row["channel"], "receipt_lost").inc()
        return await _settle(services, row, "unknown", error=f"no receipt: {error!r}"[:500])
    return await _settle(services, row, "sent", receipt=receipt)


async def _handed_over(
    services: Services, row: dict[str, Any], message: OutboundMessage, account: Account[Any]
) -> SendReceipt:
    """The receipt of its first part. Of a message that leaves as several, each is sent once, whatever comes between."""
    sender = channel(row["channel"])
    divided = parts_of(sender, message)
    known = await taken_parts(services.db, row) if sender.traits.receipts and row["attempts"] > 1 else {}
    for part in divided:
        if part.part in known:
            continue
        try:
            async with _Lease(services, row), asyncio.timeout(SEND_SECONDS):
                receipt = await sender.send(part, account)
        except (TryLater, Refused) as error:
            if len(divided) > 1:
                error.reason = f"part {part.part + 1} of {len(divided)}: {error.reason}"
            raise
        if len(divided) > 1:
            await note_taken(services.db, row, part.part, receipt)
        known[part.part] = receipt.external_id
    return SendReceipt(external_id=known.get(0), detail="" if len(divided) == 1 else f"{len(divided)} parts")


async def _note_refusal(services: Services, row: dict[str, Any], error: Refused) -> None:
    """What it says beyond this message. Not written: the next one is refused as well, and says it again."""
    if error.because_of == "message":
        return
    with contextlib.suppress(*_NOT_WRITTEN):
        async with services.db.workspace(row["workspace_id"]) as connection:
            if error.because_of == "account":
                await set_send_health(connection, row["workspace_id"], row["account_id"], error.reason)
            elif error.because_of == "window":
                await shut_window(connection, row, clock.now())
            elif row["audience"] == "member":
                await forget_browser(connection, row["workspace_id"], row["recipient"])


async def _content(services: Services, content: dict[str, Any]) -> dict[str, Any]:
    """With the bytes of its files: the outbox keeps only where they are."""
    if not content.get("attachments"):
        return content
    try:
        files = [
            Attachment(
                filename=one["filename"],
                mime_type=one["mime_type"],
                content=await services.files.get(one["storage_key"]),
            )
            for one in content["attachments"]
        ]
    except NotFound as error:
        raise Refused(f"one of its files is gone: {error}") from error
    return {**content, "attachments": files}


def _kept(message: OutboundMessage, account: Account[Any]) -> SendReceipt:
    """In a rehearsal, the stored message is what the customer is said to have read."""
    return SendReceipt(external_id=f"<{message.id}@{account.address}>", detail="kept in the rehearsal")


@cache
def _kinds() -> str:
    """Of each channel, the word for it that a contact's wishes use; as JSON."""
    return orjson.dumps({name: kind_of(each.address_kind) for name, each in channels().items()}).decode()


@cache
def _naming(sender: Channel) -> Naming | None:
    """Remembered by channel: to look at a protocol's methods takes longer than to look up an account."""
    return sender if isinstance(sender, Naming) else None


class _Lease:
    """Keeps a claimed row ours while its send takes long; most are over before the first renewal."""

    def __init__(self, services: Services, row: dict[str, Any]) -> None:
        self._services, self._row = services, row
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_RENEW_SECONDS, self._begin)

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._renewing:
            self._renewing.cancel()

    def _begin(self) -> None:
        self._renewing = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while True:
            try:
                async with self._services.db.workspace(self._row["workspace_id"]) as connection:
                    await connection.execute(_RENEW, {"ws": self._row["workspace_id"], "id": self._row["id"]})
            except (psycopg.Error, Unavailable, OSError) as error:
                log.warning("deliver.lease_not_renewed", outbox_id=str(self._row["id"]), error=error)
            await asyncio.sleep(_RENEW_SECONDS)


async def _name(services: Services, row: dict[str, Any], name: str) -> None:
    """Before the send: whatever becomes of it, an answer or a bounce that refers to this name finds its message."""
    if row["external_id"] != name:
        async with services.db.workspace(row["workspace_id"]) as connection:
            await connection.execute(_NAME, {"ws": row["workspace_id"], "id": row["id"], "name": name})


async def settle_lost(services: Services, workspace_id: UUID, outbox_id: UUID) -> Delivery | None:
    """Whoever claimed this row says nothing any more. Send again where that is safe, else tell a person."""
    if await services.unwritten.receipt_written(outbox_id):
        return None
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            f"""UPDATE outbox SET due_at = clock_timestamp() + interval '{_LEASE}'
                WHERE workspace_id = %s AND id = %s AND status = 'sending' RETURNING *""",
            (workspace_id, outbox_id),
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    traits = channel(row["channel"]).traits
    if traits.resend_safe:
        return await send_claimed(services, row)
    return (await settle_told(services, row) if traits.receipts else None) or await _settle(
        services, row, "unknown", error=LOST
    )


async def settle_told(services: Services, row: dict[str, Any]) -> Delivery | None:
    """Of a row whose receipt was lost, what the provider said since: it was sent, or what is left of it is sent now.
    `None`: the provider has said nothing of it."""
    known = await taken_parts(services.db, row)
    if not known:
        return None
    message = OutboundMessage(id=row["id"], to=row["recipient"], **await _content(services, row["content"]))
    if all(part.part in known for part in parts_of(channel(row["channel"]), message)):
        return await _settle(services, row, "sent", receipt=SendReceipt(external_id=known.get(0)))
    return await send_claimed(services, {**row, "attempts": row["attempts"] + 1})


async def settle_refused(services: Services, row: dict[str, Any], why: str) -> Delivery:
    """Of a row whose receipt was lost: it was taken, and did not arrive."""
    return await _settle(services, row, "failed", error=why)


async def settle_unknown(services: Services, workspace_id: UUID, outbox_id: UUID, why: str) -> Delivery | None:
    """A row that is open here but may have been sent elsewhere: a person looks before anything is sent again."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE outbox SET status = 'sending', claimed_at = clock_timestamp()
               WHERE workspace_id = %s AND id = %s AND status IN ('queued', 'sending') RETURNING *""",
            (workspace_id, outbox_id),
        )
        row = await cursor.fetchone()
    return None if row is None else await _settle(services, row, "unknown", error=why)


async def _try_later(services: Services, row: dict[str, Any], error: TryLater) -> Delivery:
    log.info("deliver.later", outbox_id=str(row["id"]), channel=row["channel"], attempt=row["attempts"], error=error)
    metrics.provider_errors.labels(row["channel"], "cannot_send" if isinstance(error, CannotSend) else "later").inc()
    if row["attempts"] >= MAX_ATTEMPTS:
        return await _settle(services, row, "failed", error=f"gave up after {tries(row['attempts'])}: {error.reason}")
    if isinstance(error, CannotSend):
        async with services.db.workspace(row["workspace_id"]) as connection:
            await set_send_health(connection, row["workspace_id"], row["account_id"], error.reason)
    after = max(error.after, min(2.0 ** row["attempts"], 3_600.0))
    return await _settle(services, row, "queued", error=error.reason, after=after)


async def _settle(
    services: Services,
    row: dict[str, Any],
    status: Delivery,
    *,
    receipt: SendReceipt | None = None,
    error: str | None = None,
    after: float = 0,
) -> Delivery:
    now = clock.now()
    parameters = {
        "ws": row["workspace_id"],
        "id": row["id"],
        "attempt": row["attempts"],
        "status": status,
        "external_id": receipt.external_id if receipt else None,
        "error": error,
        "due_at": now + timedelta(seconds=after),
        "reason": None if status == "sent" else _reason(status, error),
        "deadline": now + timedelta(minutes=services.settings.respond_within_minutes),
    }
    write = partial(_write_settled, services, row, status, parameters)
    try:
        await write()
    except _NOT_WRITTEN as lost:
        async with services.unwritten.receipt(row["id"]), _Lease(services, row):
            await _write_at_last(write, row, lost)
    return status


async def _write_at_last(write: Callable[[], Awaitable[None]], row: dict[str, Any], lost: Exception) -> None:
    """We alone know what came of the send: a database that comes back, or that has room again, shall know it too.

    Whoever sends waits here, so there are never more such receipts than sends at a time.
    """
    try:
        for number in itertools.count(1):
            log.warning("deliver.receipt_waits", outbox_id=str(row["id"]), tries=number, error=lost)
            await asyncio.sleep(_RECEIPT_PAUSE if number < _RECEIPT_TRIES else _OUTAGE_PAUSE)
            try:
                return await write()
            except _NOT_WRITTEN as again:
                if number >= _RECEIPT_TRIES and not is_outage(again):
                    raise
                lost = again
    except asyncio.CancelledError:
        with contextlib.suppress(*_NOT_WRITTEN, TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await write()
        raise


async def _write_settled(services: Services, row: dict[str, Any], status: Delivery, parameters: dict[str, Any]) -> None:
    by_agent = row["event_id"] is not None
    sent, unsent = (_SETTLE_SENT, _SETTLE_UNSENT) if by_agent else (_PERSON_SENT, _PERSON_UNSENT)
    # One statement where it was sent. Where people are to be told, they are told or nothing is written.
    scope = services.db.workspace if status == "sent" else services.db.transaction
    async with scope(row["workspace_id"]) as connection:
        cursor = await connection.execute(sent if status == "sent" else unsent, parameters)
        settled = await cursor.fetchone()
        if status == "sent" and channel(row["channel"]).traits.receipts:
            await show_receipts(connection, row["workspace_id"], row["id"])
        if status == "sent" and settled and settled["waiting"]:
            metrics.events_ended.labels("answered").inc(settled["waiting"])
            metrics.answer_seconds.labels(row["channel"], "agent" if by_agent else "person").observe(settled["seconds"])
        if status not in ("failed", "unknown") or row["audience"] != "contact":
            return
        if settled and settled["settled"]:
            await tell_people(connection, row, parameters["reason"], parameters["deadline"])


async def tell_people(connection: Connection, row: dict[str, Any], reason: str, respond_by: datetime) -> None:
    """The conversation waits for a person, and people are told."""
    await connection.execute(
        "UPDATE conversation SET respond_by = %s, remind_at = NULL WHERE workspace_id = %s AND id = %s",
        (respond_by, row["workspace_id"], row["conversation_id"]),
    )
    whom = await with_whom(connection, row["workspace_id"], row["conversation_id"])
    async with connection.transaction():
        await notify(
            connection,
            row["workspace_id"],
            topic="delivery",
            cause=f"delivery:{row['id']}:{row['attempts']}",
            title=f"A reply to {whom} did not go out",
            body=reason,
            subject=f"conversation:{row['conversation_id']}",
        )


def _reason(status: Delivery, error: str | None) -> str:
    return {
        "queued": f"the reply will be sent again: {error}",
        "unknown": f"nobody knows whether the reply arrived ({error}): look before sending again",
    }.get(status, f"the reply could not be sent ({error})")
