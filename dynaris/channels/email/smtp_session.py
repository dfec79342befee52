"""One SMTP client's session, bounded in time, size and number whatever the client does."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP

from dynaris.channels.contract import Account
from dynaris.core.pace import network_of

MEGABYTE = 1024 * 1024
_END = b"\r\n.\r\n"
_COMMANDS = {"MAIL": 1_000, "RCPT": 10_000, "DATA": 1_000, "RSET": 1_000, "*": 100}


@dataclass(kw_only=True)
class Limits:
    """What all sessions of one listener may take together, and each alone."""

    largest_mail: int = 36 * MEGABYTE  # 25 MB of attachments as they are encoded for mail, and some text
    idle: float = 60.0  # seconds without anything from the client
    session: float = 900.0  # seconds in all
    sessions: int = 50
    sessions_per_peer: int = 25
    in_flight: int = 160 * MEGABYTE  # of unfinished mails together
    open: "dict[SmtpSession, str]" = field(default_factory=dict)

    def abort_all(self) -> None:
        for session in tuple(self.open):
            session.abort()

    def is_full(self, peer: str) -> bool:
        return len(self.open) > self.sessions or Counter(self.open.values())[peer] > self.sessions_per_peer

    def unfinished(self) -> int:
        return sum(session.held for session in self.open)


class SmtpSession(SMTP):
    """aiosmtpd's protocol, with the mail itself taken in one piece.

    aiosmtpd reads a mail line by line: seconds of work for a large one, during which the whole process stands
    still, and it ends the mail's transfer after one idle period however busy the client is.
    """

    def __init__(self, handler: Any, limits: Limits) -> None:
        self.command_size_limits = defaultdict(lambda: 2048)  # the library shares one between all sessions
        super().__init__(
            handler,
            data_size_limit=limits.largest_mail,
            enable_SMTPUTF8=True,
            hostname="mail.localhost",
            ident="Dynaris",
            timeout=limits.idle,
            command_call_limit=_COMMANDS,
        )
        self._limits = limits
        self._mail: bytearray | None = None  # while a mail is coming in
        self._too_large = False
        self._whole: asyncio.Future[None] | None = None
        self._session_end: asyncio.TimerHandle | None = None
        self.accounts: dict[UUID, tuple[Account[Any], list[str]]] = {}  # of this mail, with their recipients
        self.unknown_recipients = 0
        self._ends = False

    @property
    def held(self) -> int:
        """Bytes of the mail that is coming in."""
        return 0 if self._mail is None else len(self._mail)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._limits.open[self] = network_of(str(peer[0])) if peer else ""
        self._session_end = self.loop.call_later(self._limits.session, self.abort)
        if self._limits.is_full(self._limits.open[self]):
            self._turn_away("421 4.3.2 too many connections, try again later")

    def connection_lost(self, error: Exception | None) -> None:
        self._limits.open.pop(self, None)
        if self._session_end:
            self._session_end.cancel()
        self._mail = None
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._mail is None or self._whole is None or self._whole.done():
            super().data_received(data)
            return
        self._reset_timeout()
        self._take(data)

    def end_soon(self) -> None:
        """After the next answer."""
        self._ends = True

    async def push(self, status: Any) -> None:
        await super().push(status)
        if self._ends and self.transport:
            self.transport.close()

    def abort(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.check_helo_needed():
            return
        if arg or not self.envelope or not self.envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        # What a client that cannot wait sent behind DATA: read here, where that does not have to wait either.
        early = await self._reader.read(MEGABYTE) if self._reader._buffer else b""  # type: ignore[attr-defined]
        self._mail, self._too_large = bytearray(b"\r\n"), False  # so that a first line of one dot is found like any
        self._whole = self.loop.create_future()
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        if early:
            self._take(early)
        try:
            await self._whole
            await self._hand_over()
        finally:
            self._mail = self._whole = None

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()
        self.accounts = {}

    def _take(self, data: bytes) -> None:
        """The end may lie across two pieces, so it is looked for a little before the new one."""
        assert self._mail is not None
        assert self._whole is not None
        before = max(0, len(self._mail) - len(_END) + 1)
        self._mail += data
        end = self._mail.find(_END, before)
        if end >= 0:
            behind = bytes(self._mail[end + len(_END) :])
            del self._mail[end + 2 :]
            self._whole.set_result(None)
            if behind:
                super().data_received(behind)
        elif len(self._mail) > self._limits.largest_mail + 2:
            self._too_large = True
            del self._mail[: -len(_END)]
        elif self._limits.unfinished() > self._limits.in_flight:
            self._turn_away("421 4.3.2 too many large mails at once, try again later")

    async def _hand_over(self) -> None:
        assert self._mail is not None
        assert self.envelope is not None
        if self._too_large or len(self._mail) > self._limits.largest_mail + 2:
            await self.push(f"552 5.3.4 a mail may have {self._limits.largest_mail} bytes")
        else:
            content = bytes(self._mail).replace(b"\r\n.", b"\r\n")[2:]
            self._mail = bytearray()
            self.envelope.content = self.envelope.original_content = content
            self._reset_timeout()
            await self.push(await self._call_handler_hook("DATA"))
        self._set_post_data_state()

    def _turn_away(self, status: str) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(status.encode() + b"\r\n")
            self.transport.close()
