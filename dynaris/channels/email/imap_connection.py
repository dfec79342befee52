"""A connection to a mailbox that a workspace named: to a checked address, and it takes only so much of an answer."""

import imaplib
import socket
import ssl
from typing import TYPE_CHECKING

from imap_tools import BaseMailBox
from imap_tools.errors import MailboxStarttlsError
from imap_tools.utils import check_command_status

from dynaris.channels.email.settings import MailServer
from dynaris.core.outbound import Outbound

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Of the answer to one command, in bytes: the largest mail that is asked for, and lines, of which each costs ten times
# what it weighs.
_MOST_CONTENT, _MOST_LINES = 40 * 1024 * 1024, 4 * 1024 * 1024


class CheckedBox(BaseMailBox):
    """`patience`: seconds for each answer. Making one connects: raises OSError or one of imaplib's errors."""

    def __init__(self, server: MailServer, outbound: Outbound, *, patience: float) -> None:
        self._server, self._outbound, self._patience = server, outbound, patience
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._server, self._outbound, self._patience)
        if self._server.tls == "required":
            check_command_status(client.starttls(client.context), MailboxStarttlsError)
        return client


class _Client(imaplib.IMAP4):
    def __init__(self, server: MailServer, outbound: Outbound, patience: float) -> None:
        self._server, self._outbound, self._patience = server, outbound, patience
        self._content = self._lines = 0
        self.context = ssl.create_default_context()
        if server.is_local:
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
        super().__init__(server.host, server.port, patience)

    def _create_socket(self, _timeout: float | None) -> socket.socket:
        server = self._server
        plain = self._outbound.connected_in_thread(server.host, server.port, timeout=self._patience)
        return self.context.wrap_socket(plain, server_hostname=server.host) if server.tls == "at_once" else plain

    def _command(self, name: str, *args: "ReadableBuffer") -> bytes:
        self.untagged_responses.clear()  # type: ignore[attr-defined] - of announcements, the library keeps every one
        return super()._command(name, *args)  # type: ignore[misc]

    def send(self, data: "ReadableBuffer") -> None:
        self._content = self._lines = 0
        super().send(data)

    def read(self, size: int) -> bytes:
        self._content += size
        self._check()
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._lines += len(line)
        self._check()
        return line

    def _check(self) -> None:
        if self._content > _MOST_CONTENT or self._lines > _MOST_LINES:
            raise self.abort("the server's answer is too long")
