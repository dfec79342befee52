"""One IMAP folder over one connection, blocking: called in a thread of its own, cut off from any other."""

import imaplib
import re
import select
import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from dynaris.channels.email.imap_connection import CheckedBox
from dynaris.channels.email.settings import MailServer
from dynaris.core.outbound import Outbound

FAILURES = (OSError, imaplib.IMAP4.error, ImapToolsError, ValueError)
_PATIENCE = 30.0  # seconds for each answer
_DESCRIBED_AT_ONCE = 200
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"')


class SignInRefused(Exception):
    """The server does not take the account's user and password."""


class NotGiven(Exception):
    """The server refuses this one mail; the connection is well."""


@dataclass(frozen=True, slots=True)
class Described:
    uid: int
    size: int
    received: datetime


class ImapFolder:
    def __init__(self, server: MailServer, outbound: Outbound, *, read_only: bool) -> None:
        self._server, self._outbound = server, outbound
        self._read_only = read_only
        self._box: BaseMailBox | None = None
        self._cut = False
        self.uid_validity = 0
        self.uid_next: int | None = None
        self.pushes = False  # whether the server announces new mail (IDLE)

    def open(self) -> None:
        """Raises `SignInRefused`, or one of `FAILURES`."""
        self._box = box = CheckedBox(self._server, self._outbound, patience=_PATIENCE)
        if self._cut:
            self.cut_off()
            raise ConnectionError("no longer wanted")
        client = box.client
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._sign_in(box)
        box.folder.set(self._server.folder, readonly=self._read_only)
        self.uid_validity = self._announced("UIDVALIDITY") or 0
        self.uid_next = self._announced("UIDNEXT")
        capabilities = client.capability()[1]  # many servers offer IDLE only to who has signed in
        self.pushes = b"IDLE" in b" ".join(filter(None, capabilities)).upper().split()

    def cut_off(self) -> None:
        """From any thread: whatever waits for the server stops waiting."""
        self._cut = True
        if self._box is None:
            return
        client = self._box.client
        for end in (lambda: client.sock.shutdown(socket.SHUT_RDWR), client.sock.close):
            try:
                end()
            except (OSError, ValueError):
                continue

    def uids(self, criteria: str) -> list[int]:
        return sorted(map(int, self._opened.uids(criteria, charset=None)))

    def describe(self, uids: Sequence[int]) -> list[Described]:
        """In the order of their uids; mails that are gone are left out."""
        found: dict[int, Described] = {}
        for first in range(0, len(uids), _DESCRIBED_AT_ONCE):
            wanted = ",".join(map(str, uids[first : first + _DESCRIBED_AT_ONCE]))
            for item in self._fetched(wanted, "(UID INTERNALDATE RFC822.SIZE)"):
                described = _described(item if isinstance(item, bytes) else b" ".join(item))
                if described:
                    found[described.uid] = described
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int) -> bytes | None:
        """The mail as it came; `None` when it is gone. Raises `NotGiven`."""
        return self._content(uid, "BODY.PEEK[]")

    def fetch_head(self, uid: int) -> bytes | None:
        return self._content(uid, "BODY.PEEK[HEADER]")

    def mark_seen(self, uids: Iterable[int]) -> None:
        self._opened.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")

    def wait(self, seconds: float) -> None:
        """Until the server says anything, or `seconds` are over. Only where `pushes`."""
        client: Any = self._opened.client
        tag = client._command("IDLE")
        early = False
        while client._get_response() is not None:  # until the go-ahead; what comes before it is news already
            early = True
        try:
            if not early:
                _wait_for_bytes(client, seconds)
        finally:
            client.sock.settimeout(_PATIENCE)
        client.send(b"DONE\r\n")
        self._opened.consume_until_tagged_response(tag)

    @property
    def _opened(self) -> BaseMailBox:
        if self._box is None:
            raise ConnectionError("not connected")
        return self._box

    def _sign_in(self, box: BaseMailBox) -> None:
        username, password = self._server.username or "", self._server.password or ""
        sign_in = box.login if (username + password).isascii() else box.login_utf8
        try:
            sign_in(username, password, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except (MailboxLoginError, imaplib.IMAP4.error) as error:
            raise SignInRefused(_words(error)) from error

    def _announced(self, name: str) -> int | None:
        values = self._opened.client.response(name)[1]
        return int(values[-1]) if values and values[-1] else None

    def _content(self, uid: int, part: str) -> bytes | None:
        for item in self._fetched(str(uid), f"(UID {part})"):
            if isinstance(item, tuple):
                return item[1]
        return None

    def _fetched(self, uids: str, items: str) -> list[Any]:
        status, data = self._opened.client.uid("FETCH", uids, items)
        if status != "OK":
            raise NotGiven(_words(data))
        return [item for item in data if item]


def _wait_for_bytes(client: Any, seconds: float) -> None:
    """Returns when there is something to read. Looks into what was read ahead first: the socket does not show that.

    imap-tools' own waiting asks only the socket, and so sleeps through an announcement that came in one packet
    with the answer before it. Nothing is consumed here, so no line is torn.
    """
    end = time.monotonic() + seconds
    client.sock.settimeout(0)
    while (left := end - time.monotonic()) > 0:
        if _has_bytes(client):
            return
        poller = select.poll()
        poller.register(client.sock.fileno(), select.POLLIN)
        poller.poll(left * 1000)


def _has_bytes(client: Any) -> bool:
    """Raises ConnectionError when the server has closed the connection."""
    try:
        if client.file.peek(1):
            return True
        # Nothing was read: over TLS that is the end, on a plain socket it may just be empty.
        if isinstance(client.sock, ssl.SSLSocket) or not client.sock.recv(1, socket.MSG_PEEK):
            raise ConnectionError("the server closed the connection")
    except (ssl.SSLWantReadError, BlockingIOError):
        return False
    return True


def _described(item: bytes) -> Described | None:
    uid, size, date = _UID.search(item), _SIZE.search(item), _DATE.search(item)
    if not (uid and size):
        return None
    return Described(int(uid[1]), int(size[1]), _moment(date[1]) if date else datetime.now(UTC))


def _moment(text: bytes) -> datetime:
    try:
        return datetime.strptime(text.decode().strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.now(UTC)


def _words(said: Any) -> str:
    """What a server said, for people."""
    if isinstance(said, Exception):
        result = getattr(said, "command_result", None)
        said = result[1] if result else str(said)
    pieces = said if isinstance(said, list) else [said]
    return " ".join(
        piece.decode("utf-8", "replace") if isinstance(piece, bytes) else str(piece) for piece in pieces if piece
    )[:300]
