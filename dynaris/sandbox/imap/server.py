"""The IMAP listener: accepts clients, keeps count of them, and can drop them all at once."""

import asyncio
import logging
import os

from dynaris.core.errors import StartupError
from dynaris.sandbox.faults import FaultPlan
from dynaris.sandbox.imap import account_commands, mail_commands
from dynaris.sandbox.imap.session import ImapSession
from dynaris.sandbox.imap.wire import LONGEST_LINE, ConnectionOver, Wire
from dynaris.sandbox.mailbox import Mailbox

MOST_CLIENTS = 200

# The standard library's log: structlog alone would cost this small process a third of its memory.
_log = logging.getLogger("dynaris.sandbox.imap")
_VERBS = account_commands.VERBS | mail_commands.VERBS


class ImapServer:
    """Listens from `start` to `close`."""

    def __init__(self, mailbox: Mailbox, faults: FaultPlan) -> None:
        self._mailbox = mailbox
        self._faults = faults
        self._wires: set[Wire] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Returns the port, which the system chose where 0 was asked for."""
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=LONGEST_LINE)
        except OSError as error:
            raise StartupError(
                f"the sandbox mailbox cannot listen for IMAP on {host}:{port}: {os.strerror(error.errno or 0)}; "
                "choose another port with --imap-port or DYNARIS_IMAP_PORT"
            ) from error
        return self._server.sockets[0].getsockname()[1]

    def drop_connections(self) -> int:
        """Cut every client off without a goodbye; returns how many there were."""
        wires = tuple(self._wires)
        for wire in wires:
            wire.abort()
        return len(wires)

    def close(self) -> None:
        if self._server:
            self._server.close()
        self.drop_connections()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = Wire(reader, writer)
        self._wires.add(wire)
        try:
            if len(self._wires) > MOST_CLIENTS:
                await wire.send(b"* BYE too many connections\r\n")
                return
            await ImapSession(wire, self._mailbox, self._faults, _VERBS).run()
        except (ConnectionError, ConnectionOver):
            pass  # the client left while it was being told something
        except asyncio.CancelledError:
            pass  # the process ends: nobody awaits this task, and Python 3.11 would print its cancellation
        except Exception:
            # The edge of this process: one client's trouble must not end the others.
            _log.exception("sandbox.imap.session_failed")
        finally:
            self._wires.discard(wire)
            writer.close()
