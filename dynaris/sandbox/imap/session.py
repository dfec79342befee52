"""One IMAP client from greeting to goodbye: which commands it may give when, and how they are answered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import IntEnum

from dynaris.sandbox.faults import FaultPlan
from dynaris.sandbox.imap.syntax import BadCommand, Command, Refusal
from dynaris.sandbox.imap.view import FolderReplaced, FolderView
from dynaris.sandbox.imap.wire import ConnectionOver, Wire
from dynaris.sandbox.mailbox import Mailbox

CAPABILITIES = b"IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN IDLE UIDPLUS MOVE UNSELECT NAMESPACE ID"

_PATIENCE_BEFORE_LOGIN = 60.0
PATIENCE = 30 * 60.0  # what RFC 3501 grants an idle client
_MOST_MISTAKES = 20


class State(IntEnum):
    GREETED = 0
    SIGNED_IN = 1
    SELECTED = 2


@dataclass(frozen=True)
class Verb:
    """A command: the least state it needs, and the function that answers it with its completion text."""

    needs: State
    answer: "Callable[[ImapSession, Command], Awaitable[str]]"
    renumbers: bool = True  # whether EXPUNGE may be told before it completes


class ImapSession:
    def __init__(self, wire: Wire, mailbox: Mailbox, faults: FaultPlan, verbs: dict[str, Verb]) -> None:
        self.wire = wire
        self.mailbox = mailbox
        self.faults = faults
        self.address: str | None = None
        self.view: FolderView | None = None
        self.leaving = False
        self._verbs = verbs
        self._mistakes = 0

    async def run(self) -> None:
        """Until the client leaves, or has to."""
        try:
            await self.wire.send(b"* OK [CAPABILITY %b] Dynaris sandbox mailbox\r\n" % CAPABILITIES)
            while not self.leaving:
                await self._one_command()
        except FolderReplaced:
            await self.wire.send(b"* BYE the folder's UIDVALIDITY changed\r\n")
        except ConnectionOver as over:
            if str(over):
                await self.wire.send(b"* BYE %b\r\n" % str(over).encode())

    @property
    def selected(self) -> FolderView:
        if self.view is None:
            raise BadCommand("select a folder first")
        return self.view

    @property
    def writable(self) -> FolderView:
        if self.selected.read_only:
            raise Refusal("[READ-ONLY] the folder was opened with EXAMINE")
        return self.selected

    @property
    def owner(self) -> str:
        if self.address is None:
            raise BadCommand("sign in first")
        return self.address

    async def tell(self, lines: list[bytes]) -> None:
        """Untagged answers, complete lines without their end."""
        if lines:
            await self.wire.send(b"".join(line + b"\r\n" for line in lines))

    async def tell_changes(self, *, expunges: bool = True) -> None:
        if self.view:
            await self.tell(self.view.changes(expunges=expunges))

    async def suffer_faults(self) -> None:
        """Called before each answer or push to a signed-in client: a planned fault cuts the connection."""
        if self.address is None:
            return
        fault = self.faults.take(("imap_drop",), [self.address])
        if fault:
            await asyncio.sleep(fault.seconds)
            self.wire.abort()
            raise ConnectionOver

    async def _one_command(self) -> None:
        signed_in = self.address is not None
        try:
            command = await self.wire.read_command(
                PATIENCE if signed_in else _PATIENCE_BEFORE_LOGIN, mails_allowed=signed_in
            )
        except BadCommand as error:
            await self._complain(error.tag, str(error))
            return
        try:
            completion = await self._answer(command)
        except BadCommand as error:
            await self._complain(command.tag, str(error))
        except Refusal as refusal:
            await self._finish(command.tag, b"NO", str(refusal))
        else:
            await self._finish(command.tag, b"OK", completion)
            self._mistakes = 0

    async def _answer(self, command: Command) -> str:
        verb = self._verbs.get(command.name)
        if verb is None:
            raise BadCommand("unknown command")
        state = State.SELECTED if self.view else State.SIGNED_IN if self.address is not None else State.GREETED
        if state < verb.needs:
            raise BadCommand(f"{command.name} is not possible before {verb.needs.name.lower().replace('_', ' ')}")
        completion = await verb.answer(self, command)
        await self.suffer_faults()
        await self.tell_changes(expunges=verb.renumbers or command.by_uid)
        return completion

    async def _complain(self, tag: bytes, text: str) -> None:
        self._mistakes += 1
        await self._finish(tag, b"BAD", text)
        if self._mistakes >= _MOST_MISTAKES:
            raise ConnectionOver("too many mistakes")

    async def _finish(self, tag: bytes, result: bytes, text: str) -> None:
        await self.wire.send(b"%b %b %b\r\n" % (tag, result, text.encode("utf-8", "replace")))
