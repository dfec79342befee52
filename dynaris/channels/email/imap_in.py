"""Reads an account's mailbox: told of new mail by the server, back after any break, and nothing is left out.

A mail is accepted before the checkpoint moves past it, so a crash between the two reads it again and the
product recognises it by its name. `UIDVALIDITY` that changed, or a `UIDNEXT` that went back, mean that uids
say nothing any more: everything since a week before the last look is then read again.
"""

import asyncio
import random
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import structlog

from dynaris.channels.contract import Account, Arrival, ChannelHost
from dynaris.channels.email.arrivals import mail_arrival
from dynaris.channels.email.characters import clean_line
from dynaris.channels.email.headers import split_head
from dynaris.channels.email.imap_folder import FAILURES, Described, ImapFolder, NotGiven, SignInRefused
from dynaris.channels.email.settings import EmailSettings, imap_server
from dynaris.core import clock, metrics
from dynaris.core.outbound import Outbound

log = structlog.get_logger()

T = TypeVar("T")

LARGEST_MAIL = 36 * 1024 * 1024
FIRST_LOOK = timedelta(days=1)  # unanswered mail of this time before an account was connected is taken in
LOOK_BACK = timedelta(days=7)
_ASK_AGAIN = 270.0  # seconds: IDLE is renewed well before the 29 minutes, and before routers forget the connection
_ASK_OFTEN = 30.0  # where the server announces nothing
_BATCH = 20
_RETRY = (0.2, 1.0, 3.0, 10.0, 30.0, 60.0)  # seconds
_RETRY_SIGN_IN = (30.0, 60.0, 300.0)  # too many wrong passwords lock an account
_DOUBT = "it came before this restored copy was started: look whether it was answered, then run it"
_DESCRIBES_BODY = re.compile(
    rb"^(?:content-[!-9;-~]*|mime-version)[ \t]*:.*\r?\n(?:[ \t].*\r?\n)*", re.I | re.MULTILINE
)


async def listen(account: Account[EmailSettings], host: ChannelHost, outbound: Outbound) -> None:
    """Until cancelled."""
    await _Listening(account, host, outbound).run()


class _Listening:
    def __init__(self, account: Account[EmailSettings], host: ChannelHost, outbound: Outbound) -> None:
        assert account.settings.imap_url is not None
        self._account, self._host, self._outbound = account, host, outbound
        self._server = imap_server(account.settings.imap_url.get_secret_value())
        self._name = f"{self._server.username}@{self._server.host}/{self._server.folder}"
        self._said: str | None = ""  # what was last reported: nothing yet
        self._failures = 0
        self._doubt_before: str | None = None  # mail from before may have been answered by the original of this copy
        self._labels = str(account.id), account.channel

    async def run(self) -> None:
        try:
            await self._run()
        finally:
            metrics.forget_listener(*self._labels)

    async def _run(self) -> None:
        while True:
            refused = False
            try:
                await self._session()
            except SignInRefused as error:
                refused = True
                await self._unwell(f"{self._server} does not accept the user and password: {error}")
            except FAILURES as error:
                await self._unwell(
                    f"{self._server} cannot be read: {clean_line(str(error), 300) or type(error).__name__}"
                )
            except Exception as error:
                # The product's own trouble (its database is away): the mailbox keeps the mail meanwhile.
                log.error("imap.not_stored", account=str(self._account.id), error=error)
                await self._unwell(f"mail could not be stored: {clean_line(str(error), 300)}")
            await asyncio.sleep(self._pause(_RETRY_SIGN_IN if refused else _RETRY))

    async def _session(self) -> None:
        """One connection, until it breaks."""
        folder = ImapFolder(self._server, self._outbound, read_only=not self._account.settings.mark_seen)
        try:
            await in_thread(folder.open)
            place = await self._place(folder)
            while True:
                place = await self._take_new(folder, place)
                await self._well()
                if folder.pushes:
                    await in_thread(lambda: folder.wait(_ASK_AGAIN))
                else:
                    await asyncio.sleep(_ASK_OFTEN)
        finally:
            folder.cut_off()

    async def _place(self, folder: ImapFolder) -> dict[str, Any]:
        """Where to read on; for a mailbox that is new, or whose uids are, after what has to be looked at first."""
        place = await self._host.checkpoint(self._account)
        self._doubt_before = place.get("doubt_before")
        if place.get("mailbox") != self._name:
            since = clock.now() - FIRST_LOOK
            return await self._look_back(folder, "UNANSWERED ", since=since, connected=since)
        connected = datetime.fromisoformat(place["connected"])
        went_back = folder.uid_next is not None and folder.uid_next <= place["last_uid"]
        if folder.uid_validity == place["uid_validity"] and not went_back:
            return place
        log.warning("imap.uids_changed", account=str(self._account.id), before=place["uid_validity"])
        since = max(connected, datetime.fromisoformat(place["seen_at"]) - LOOK_BACK)
        return await self._look_back(folder, "", since=since, connected=connected)

    async def _look_back(
        self, folder: ImapFolder, only: str, *, since: datetime, connected: datetime
    ) -> dict[str, Any]:
        """Accepts what the mailbox got since then. The checkpoint is written at the end: a break begins it anew."""
        highest = (folder.uid_next or 1) - 1
        day = since - timedelta(days=1)  # the server's days may begin elsewhere
        uids = await in_thread(lambda: folder.uids(f"{only}SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}"))
        if folder.uid_next is None:
            highest = max(await in_thread(lambda: folder.uids("ALL")), default=0)
        for mail in await in_thread(lambda: folder.describe(uids)):
            if mail.received >= since:
                await self._accept(folder, mail, written_after=connected)
                highest = max(highest, mail.uid)
        return await self._move(folder, highest, connected)

    async def _take_new(self, folder: ImapFolder, place: dict[str, Any]) -> dict[str, Any]:
        last = place["last_uid"]
        # "n:*" names the last mail even when it is older than n.
        uids = [uid for uid in await in_thread(lambda: folder.uids(f"UID {last + 1}:*")) if uid > last]
        for first in range(0, len(uids), _BATCH):
            batch = uids[first : first + _BATCH]
            for mail in await in_thread(lambda batch=batch: folder.describe(batch)):
                await self._accept(folder, mail)
            place = await self._move(folder, batch[-1], datetime.fromisoformat(place["connected"]))
        return place

    async def _move(self, folder: ImapFolder, last_uid: int, connected: datetime) -> dict[str, Any]:
        place = {
            "mailbox": self._name,
            "uid_validity": folder.uid_validity,
            "last_uid": last_uid,
            "connected": connected.isoformat(),
            "seen_at": clock.now().isoformat(),
        }
        if self._doubt_before:
            place["doubt_before"] = self._doubt_before
        await self._host.checkpoint(self._account, place)
        return place

    async def _accept(self, folder: ImapFolder, mail: Described, *, written_after: datetime | None = None) -> None:
        arrival = await in_thread(lambda: _arrival(folder, mail))
        if arrival is None or (written_after and _is_older(arrival.raw, written_after)):
            return
        if self._doubt_before and mail.received < datetime.fromisoformat(self._doubt_before):
            arrival = arrival.model_copy(update={"meta": {**arrival.meta, "doubt": _DOUBT}})
        await self._host.accept(self._account, arrival)
        if self._account.settings.mark_seen:
            await in_thread(lambda: folder.mark_seen([mail.uid]))

    async def _well(self) -> None:
        self._failures = 0
        self._show(up=True)
        metrics.listener_success.labels(*self._labels).set(clock.now().timestamp())
        if self._said is not None:
            await self._host.health(self._account, None)
            self._said = None

    async def _unwell(self, error: str) -> None:
        """Servers end connections now and then: one break is no news, a second without success between is."""
        self._failures += 1
        self._show(up=False)
        if error == self._said or (self._failures == 1 and self._said is None):
            return
        try:
            await self._host.health(self._account, error)
            self._said = error
        except Exception as failure:
            log.error("imap.health_not_written", account=str(self._account.id), error=failure)

    def _show(self, *, up: bool) -> None:
        metrics.listener_up.labels(*self._labels).set(up)

    def _pause(self, pauses: tuple[float, ...]) -> float:
        """Longer each time; never all accounts at once."""
        pause = pauses[min(self._failures, len(pauses)) - 1]
        return pause * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _arrival(folder: ImapFolder, mail: Described) -> Arrival | None:
    """`None`: the mail is gone. One that is too large, or that the server will not give, arrives as its header."""
    meta: dict[str, Any] = {"via": "imap", "uid": mail.uid, "uid_validity": folder.uid_validity}
    try:
        if mail.size <= LARGEST_MAIL:
            raw = folder.fetch(mail.uid)
            return mail_arrival(raw, received=mail.received, meta=meta) if raw is not None else None
        reason = f"the mail has {mail.size} bytes, more than {LARGEST_MAIL}: read it in the mailbox"
    except NotGiven as error:
        reason = f"the mail server does not give this mail ({error}): look into the mailbox"
    try:
        head = folder.fetch_head(mail.uid)
    except NotGiven:
        head = b""
    if head is None:
        return None
    meta["incomplete"] = reason
    return mail_arrival(_noted(head, reason), received=mail.received, meta=meta)


def _noted(head: bytes, reason: str) -> bytes:
    """The mail's own header over a text that says what is missing."""
    kept = _DESCRIBES_BODY.sub(b"", head.rstrip(b"\r\n") + b"\r\n" if head.strip() else b"Subject: unreadable mail\r\n")
    return kept + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + f"[{reason}]\r\n".encode()


def _is_older(raw: bytes, moment: datetime) -> bool:
    """By its own date, two days of doubt granted. A restored mailbox may say that all its mails came today, and
    those from before the account was connected must not be answered.
    """
    try:
        written = parsedate_to_datetime((split_head(raw, 0, len(raw))[0].get("date") or "")[:100])
        return written.astimezone(UTC) < moment - timedelta(days=2)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False


async def in_thread(function: Callable[[], T]) -> T:
    """In a thread that nobody waits for: mailboxes wait for minutes, and a pool of threads would soon be used up."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if result.done():
            return
        if error:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def work() -> None:
        try:
            done: tuple[T | None, BaseException | None] = function(), None
        except BaseException as error:
            done = None, error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, *done)

    threading.Thread(target=work, name="imap", daemon=True).start()
    return await result
