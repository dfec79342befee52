"""The built-in SMTP listener: mail forwarded to us is stored before it is acknowledged."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import structlog
from aiosmtpd.smtp import Envelope, Session

from dynaris.channels.contract import Account, ChannelHost
from dynaris.channels.email.addresses import may_use, normalise, without_tag
from dynaris.channels.email.arrivals import mail_arrival
from dynaris.channels.email.characters import clean_line
from dynaris.channels.email.smtp_session import Limits, SmtpSession
from dynaris.core import clock
from dynaris.core.errors import NoStorage, StartupError

log = structlog.get_logger()

_MOST_RECIPIENTS = 100
_MOST_UNKNOWN = 50  # recipients in one session, before it is taken for a search for addresses
_STORED_WITHIN = 20.0  # seconds
_NAMED_AT_ONCE = 1024 * 1024  # bytes; the digest of a larger mail would hold up everything else
_ALIASES_BELIEVED = 5.0  # seconds
_NO_ROOM = "452 4.3.1 there is no room to store the mail, try again later"
_TRY_LATER = "451 4.3.0 the mail cannot be stored right now, try again later"


async def serve(host: ChannelHost, bind: str, port: int, *, reserved: frozenset[str]) -> None:
    """Until cancelled. `reserved`: addresses that only the operator gives to an account."""
    async with listening(host, bind, port, reserved=reserved):
        await asyncio.Event().wait()


@asynccontextmanager
async def listening(
    host: ChannelHost,
    bind: str,
    port: int,
    *,
    limits: Limits | None = None,
    reserved: frozenset[str] = frozenset(),
) -> AsyncIterator[int]:
    """The port, which the system chose where 0 was asked for."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it logs addresses and every line otherwise
    reception, limits = Reception(host, reserved), limits or Limits()
    try:
        server = await asyncio.get_running_loop().create_server(lambda: SmtpSession(reception, limits), bind, port)
    except OSError as error:
        raise StartupError(f"the SMTP listener cannot use {bind}:{port}: {os.strerror(error.errno or 0)}") from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        limits.abort_all()


class Reception:
    """What aiosmtpd calls for each recipient and mail; the method names are its own."""

    def __init__(self, host: ChannelHost, reserved: frozenset[str]) -> None:
        self._host = host
        self._reserved = reserved
        self._directory: dict[str, Account[Any]] = {}
        self._directory_until = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SmtpSession, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return f"452 4.5.3 at most {_MOST_RECIPIENTS} recipients in one mail"
        try:
            async with asyncio.timeout(_STORED_WITHIN):
                account = await self._account(address)
        except Exception as error:
            log.error("smtp.recipient_unchecked", error=error)
            return _TRY_LATER
        if account is None:
            return self._unknown(server)
        envelope.rcpt_tos.append(address)
        server.accounts.setdefault(account.id, (account, []))[1].append(_clean(address))
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SmtpSession, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            async with asyncio.timeout(_STORED_WITHIN):
                accepted = [
                    await self._store(account, recipients, session, envelope)
                    for account, recipients in server.accounts.values()
                ]
        except Exception as error:
            log.error("smtp.not_stored", error=error)
            return _NO_ROOM if isinstance(error, NoStorage) else _TRY_LATER
        return f"250 2.6.0 accepted {' '.join(map(str, accepted))}"

    async def handle_exception(self, error: Exception) -> str:
        log.error("smtp.session_failed", error=error)
        return "451 4.3.0 something went wrong here, try again later"

    async def _store(self, account: Account[Any], recipients: list[str], session: Session, envelope: Envelope) -> UUID:
        meta = {
            "via": "smtp",
            "peer": str(session.peer[0]) if session.peer else "",
            "helo": _clean(session.host_name or ""),
            "mail_from": "" if envelope.mail_from in (None, "<>") else _clean(envelope.mail_from),
            "rcpt_to": recipients,  # this account's only: the others may be Bcc
        }
        raw, received = envelope.original_content or b"", clock.now()
        if len(raw) < _NAMED_AT_ONCE:
            arrival = mail_arrival(raw, received=received, meta=meta)
        else:
            arrival = await asyncio.to_thread(mail_arrival, raw, received=received, meta=meta)
        return (await self._host.accept(account, arrival)).event_id

    def _unknown(self, server: SmtpSession) -> str:
        server.unknown_recipients += 1
        if server.unknown_recipients >= _MOST_UNKNOWN:
            server.end_soon()
        return "550 5.1.1 no such address here"

    async def _account(self, address: str) -> Account[Any] | None:
        """Whose the address is, then whose it is without its plus-tag: proved as an account's own, or as an alias.

        What an account names and has not proved is as if nobody had it. Of a proved address, the ones with plus-tags
        cannot be proved by another workspace (connections/proof.py), so that no tag leads away from its base.
        """
        wanted = normalise(address)
        if wanted is None:
            return None
        for candidate in dict.fromkeys((wanted, without_tag(wanted))):
            account = await self._host.account("email", candidate)
            if account and may_use(account, candidate, self._reserved):
                return account
            if account := (await self._known()).get(candidate):
                return account
        return None

    async def _known(self) -> dict[str, Account[Any]]:
        """Every proved address and alias in its normal form, read again when it is some seconds old."""
        now = asyncio.get_running_loop().time()
        if now >= self._directory_until:
            accounts = await self._host.accounts("email")
            pairs = [(each, account) for account in reversed(accounts) for each in account.proved]
            pairs.sort(key=lambda pair: normalise(pair[1].address) == pair[0])  # an account's own beats an alias
            self._directory = {each: account for each, account in pairs if may_use(account, each, self._reserved)}
            self._directory_until = now + _ALIASES_BELIEVED
        return self._directory


def _clean(text: str) -> str:
    """What clients put into commands may be any bytes; stored it must be text."""
    return clean_line(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), 500)
