"""Mail out over SMTP, in two halves: until the mail's last byte nothing was sent, after it everything may have been."""

import asyncio
import re
import ssl
from collections import defaultdict
from functools import lru_cache
from typing import NoReturn, cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from dynaris.channels.contract import CannotSend, Refused, SendReceipt, TryLater
from dynaris.channels.email.characters import clean_line
from dynaris.channels.email.compose import ComposedMail
from dynaris.channels.email.settings import MailServer
from dynaris.core.outbound import Outbound

# One send ends within these seconds: less than what the delivery job waits before it calls a receipt lost.
_BEFORE_DATA = 12.0
_WHOLE_SEND = 28.0
_FOR_THE_ANSWER = 6.0  # of the whole, kept for the server's verdict on a complete mail

_IDLE = 15.0  # seconds an unused connection is kept
_IDLE_CONNECTIONS = 4  # to one server
_A_PERSON_ACTS = 300.0  # when to try again what a person has to repair first
_LATER = 60.0
_NEEDS_SIGN_IN = (530, 534, 535, 538)
_DOT_LINE = re.compile(rb"^\.", re.MULTILINE)


class Postbox:
    """Sends mails, and keeps connections open for a moment in case another one follows."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._idle: defaultdict[MailServer, list[SMTP]] = defaultdict(list)

    async def send(self, server: MailServer, mail: ComposedMail) -> SendReceipt:
        """Raises `TryLater` or `Refused` when nothing was sent; any other error: it may have arrived."""
        deadline = asyncio.get_running_loop().time() + _WHOLE_SEND
        client = await self._announced(server, mail)
        try:
            answer = await _transfer(client, mail.content, server, deadline)
        except BaseException:
            client.close()
            raise
        self._keep(server, client)
        said = clean_line(answer.message, 200)
        return SendReceipt(external_id=mail.message_id, detail=f"{server} answered {answer.code} {said}")

    async def close(self) -> None:
        for clients in self._idle.values():
            for client in clients:
                client.close()
        self._idle.clear()

    async def _announced(self, server: MailServer, mail: ComposedMail) -> SMTP:
        """A connection whose server has taken sender and recipient and waits for the mail."""
        try:
            async with asyncio.timeout(_BEFORE_DATA):
                while client := self._take_idle(server):
                    if await _still_takes(client, mail):
                        return client
                client = await signed_in(server, mail.sender.rpartition("@")[2], self._outbound)
                await _announce(client, mail)
                return client
        except SMTPAuthenticationError as error:
            raise CannotSend(
                f"{server} does not accept the user and password: {_said(error)}", _A_PERSON_ACTS
            ) from error
        except (SMTPConnectResponseError, SMTPHeloError) as error:
            raise TryLater(f"{server} does not accept us: {_said(error)}", _A_PERSON_ACTS) from error
        except SMTPResponseException as error:
            _judge(error.code, f"{server} said {_said(error)}", error)
        except TimeoutError as error:
            raise CannotSend(f"{server} did not answer in time", _LATER) from error
        except (SMTPException, OSError) as error:
            raise CannotSend(f"{server} cannot be used: {clean_line(str(error), 300)}", _LATER) from error

    def _take_idle(self, server: MailServer) -> SMTP | None:
        loop = asyncio.get_running_loop()
        clients = self._idle[server]
        while clients:
            client = clients.pop()
            if client.is_connected and client.loop is loop:
                return client
        return None

    def _keep(self, server: MailServer, client: SMTP) -> None:
        clients = self._idle[server]
        if not client.is_connected or len(clients) >= _IDLE_CONNECTIONS:
            client.close()
            return
        clients.append(client)
        asyncio.get_running_loop().call_later(_IDLE, self._expire, server, client)

    def _expire(self, server: MailServer, client: SMTP) -> None:
        """Also when it was used since: an occasional new connection costs less than keeping account of it."""
        if client in self._idle[server]:
            self._idle[server].remove(client)
            client.close()


async def signed_in(server: MailServer, own_domain: str, outbound: Outbound) -> SMTP:
    """A fresh connection, as far as the server lets us in."""
    context = None if server.tls == "never" else await asyncio.to_thread(tls_context, verified=not server.is_local)
    checked = None if server.trusted else await outbound.connected(server.host, server.port)
    client = SMTP(
        hostname=server.host,  # beside a socket it is the name that the certificate must bear
        port=None if checked else server.port,
        sock=checked,
        username=server.username,
        password=server.password,
        local_hostname=own_domain,
        timeout=_BEFORE_DATA,
        use_tls=server.tls == "at_once",
        start_tls={"required": True, "offered": None}.get(server.tls, False),
        tls_context=context,
    )
    await client.connect()  # from here on the socket is its own to close
    return client


@lru_cache(maxsize=2)
def tls_context(*, verified: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _still_takes(client: SMTP, mail: ComposedMail) -> bool:
    """False when an idle connection turns out to be gone or worn out: nothing was sent, a fresh one is tried."""
    try:
        async with asyncio.timeout(_BEFORE_DATA / 4):
            await _announce(client, mail)
    except (SMTPServerDisconnected, SMTPTimeoutError, TimeoutError, OSError):
        client.close()
        return False
    except SMTPResponseException as error:
        client.close()
        if error.code == 421:
            return False
        raise
    return True


async def _announce(client: SMTP, mail: ComposedMail) -> None:
    """MAIL, RCPT and DATA, up to the server's go-ahead."""
    try:
        options = [f"SIZE={len(mail.content)}"] if client.supports_extension("size") else []
        if mail.international:
            if not client.supports_extension("smtputf8"):
                raise Refused(
                    f"{client.hostname} takes no international addresses: {mail.recipient} from {mail.sender}"
                )
            options.append("SMTPUTF8")
        encoding = "utf-8" if mail.international else "ascii"
        await client.mail(mail.sender, options=options, encoding=encoding)
        await client.rcpt(mail.recipient, encoding=encoding)
        answer = await client.execute_command(b"DATA")
        if answer.code != 354:
            raise SMTPResponseException(answer.code, answer.message)
    except BaseException:
        client.close()
        raise


async def _transfer(client: SMTP, content: bytes, server: MailServer, deadline: float) -> SMTPResponse:
    """The mail itself. The line that ends it leaves only after all else has, so what fails before was not sent."""
    protocol, transport = (
        client.protocol,
        cast("asyncio.WriteTransport | None", client.transport),
    )  # uvloop's is no subclass
    if protocol is None or transport is None:
        raise TryLater(f"{server} closed the connection before the mail", _LATER)
    answer = asyncio.ensure_future(protocol.read_response())
    try:
        try:
            async with asyncio.timeout_at(deadline - _FOR_THE_ANSWER):
                protocol.write(_DOT_LINE.sub(b"..", content))
                await _flushed(transport, answer)
        except (SMTPServerDisconnected, OSError) as error:
            raise TryLater(f"{server} closed the connection or stalled before the mail was complete", _LATER) from error
        if not answer.done():
            protocol.write(b".\r\n")
        async with asyncio.timeout_at(deadline):
            response = await answer
    finally:
        answer.cancel()
    if response.code != 250:
        _judge(response.code, f"{server} said {response.code} {clean_line(response.message, 300)}", None)
    return response


async def _flushed(transport: asyncio.WriteTransport, answer: "asyncio.Future[SMTPResponse]") -> None:
    """Until the system has taken every byte. A server may answer or go before; the future then says which.

    Small mails are taken at once. Transports announce only when their buffer is nearly empty, so it is looked at.
    """
    await asyncio.sleep(0)
    while transport.get_write_buffer_size() and not answer.done():  # noqa: ASYNC110 - there is no event for it
        await asyncio.sleep(0.005)
    if answer.done() and (error := answer.exception()):
        raise error


def _judge(code: int, reason: str, cause: Exception | None) -> NoReturn:
    """4xx: later. 5xx: never, unless a sign-in is missing. What is neither proves nothing."""
    if code in _NEEDS_SIGN_IN:
        raise CannotSend(f"{reason}: the account's SMTP URL needs a user and password", _A_PERSON_ACTS) from cause
    if 500 <= code < 600:
        raise Refused(reason) from cause
    if 400 <= code < 500:
        raise TryLater(reason, _LATER) from cause
    raise cause or SMTPResponseException(code, reason)


def _said(error: SMTPResponseException) -> str:
    return f"{error.code} {clean_line(error.message, 300)}"
