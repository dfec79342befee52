"""SMTP in: takes mail for any recipient and puts it in that recipient's mailbox, or fails as planned."""

import asyncio
import logging
import os
import re
from email.utils import format_datetime
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from dynaris.core import clock
from dynaris.core.errors import StartupError
from dynaris.sandbox.faults import Fault, FaultKind, FaultPlan
from dynaris.sandbox.mailbox import Mailbox

LARGEST_MAIL = 30 * 1024 * 1024
MOST_RECIPIENTS = 100
_COMMAND_TIMEOUT = 120
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_KINDS: tuple[FaultKind, ...] = ("try_later", "refused", "lost_receipt", "dropped", "slow")


class SmtpConnection(SMTP):
    """aiosmtpd's protocol with a bound on what a client may send before it gets an answer."""

    line_length_limit = 1024 * 1024  # real servers take long lines too; aiosmtpd stops at 1001 bytes
    _unanswered = 0

    def data_received(self, data: bytes) -> None:
        self._unanswered += len(data)
        if self._unanswered > 2 * LARGEST_MAIL:
            self.abort()
            return
        super().data_received(data)

    async def push(self, status: Any) -> None:
        self._unanswered = 0
        await super().push(status)

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


class Deliveries:
    """What aiosmtpd calls for each mail; the method names are its own."""

    def __init__(self, mailbox: Mailbox, faults: FaultPlan) -> None:
        self._mailbox = mailbox
        self._faults = faults

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if not address or address == "<>":
            return "501 5.1.3 a recipient needs an address"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return f"452 4.5.3 at most {MOST_RECIPIENTS} recipients in one mail"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SmtpConnection, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._faults.take(_KINDS, envelope.rcpt_tos)
        if fault is None:
            return self._keep(session, envelope)
        await asyncio.sleep(fault.seconds)
        if fault.kind == "try_later":
            return "451 4.3.0 planned fault: try again later"
        if fault.kind == "refused":
            return "550 5.7.1 planned fault: refused"
        return await self._keep_or_drop(fault, server, session, envelope)

    async def _keep_or_drop(self, fault: Fault, server: SmtpConnection, session: Session, envelope: Envelope) -> str:
        answer = "" if fault.kind == "dropped" else self._keep(session, envelope)
        if fault.kind != "slow":
            server.abort()
            await asyncio.Event().wait()  # until aiosmtpd sees the lost connection and cancels us
        return answer

    def _keep(self, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        kept = [
            self._mailbox.deliver(address, _trace_fields(address, session, envelope) + content).uid
            for address in dict.fromkeys(envelope.rcpt_tos)
        ]
        return f"250 2.0.0 kept as {', '.join(map(str, kept))}"


def _trace_fields(address: str, session: Session, envelope: Envelope) -> bytes:
    """What a real server writes on top of a mail: envelope sender, recipient, and where it came from."""
    sender = "" if envelope.mail_from in (None, "<>") else envelope.mail_from
    peer = session.peer[0] if session.peer else "unknown"
    stamp = format_datetime(clock.now())
    fields = (
        f"Return-Path: <{sender}>",
        f"Delivered-To: {address}",
        f"Received: from {session.host_name} ([{peer}]) by sandbox.localhost with ESMTP; {stamp}",
    )
    # A bare CR in an address or greeting must not begin a header of the client's own.
    lines = (_CONTROL.sub("?", field).encode("utf-8", "surrogateescape") for field in fields)
    return b"".join(line + b"\r\n" for line in lines)


class SmtpServer:
    """Listens from `start` to `close`."""

    def __init__(self, mailbox: Mailbox, faults: FaultPlan) -> None:
        self._deliveries = Deliveries(mailbox, faults)
        self._connections: WeakSet[SmtpConnection] = WeakSet()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Returns the port, which the system chose where 0 was asked for."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it logs addresses and every line otherwise
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._connection, host, port)
        except OSError as error:
            raise StartupError(
                f"the sandbox mailbox cannot listen for SMTP on {host}:{port}: {os.strerror(error.errno or 0)}; "
                "choose another port with DYNARIS_SANDBOX_SMTP_PORT"
            ) from error
        return self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.abort()

    def _connection(self) -> SmtpConnection:
        connection = SmtpConnection(
            self._deliveries,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="sandbox.localhost",
            ident="Dynaris sandbox",
            timeout=_COMMAND_TIMEOUT,
            auth_require_tls=False,
            authenticator=_accept_anyone,
        )
        self._connections.add(connection)
        return connection


def _accept_anyone(*_: object) -> AuthResult:
    return AuthResult(success=True)
