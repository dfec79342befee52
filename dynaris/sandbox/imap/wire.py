"""One IMAP connection's bytes: whole commands in, with their literals, and answers out; both within limits."""

import asyncio
import re

from dynaris.sandbox.imap.syntax import BadCommand, Command, parse_command

LARGEST_MAIL = 30 * 1024 * 1024
LONGEST_LINE = 64 * 1024
_LARGEST_STRING = 64 * 1024
_ANSWER_TIMEOUT = 60.0
_LITERAL = re.compile(rb"(.*)\{(\d{1,10})(\+?)\}", re.DOTALL)


class ConnectionOver(Exception):
    """The client left, or may not go on; with a text, it is told why."""


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read_line(self, patience: float) -> bytes:
        """One line without its end. `patience` is in seconds."""
        try:
            async with asyncio.timeout(patience):
                line = await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            raise ConnectionOver(f"a line may have {LONGEST_LINE} bytes") from error
        except asyncio.IncompleteReadError as error:
            raise ConnectionOver from error
        except TimeoutError as error:
            raise ConnectionOver("nothing came for too long") from error
        if b"\0" in line:
            raise ConnectionOver("a command has no NUL")
        return line.rstrip(b"\r\n")

    async def read_command(self, patience: float, *, mails_allowed: bool) -> Command:
        """The next command. Raises BadCommand with the tag as its second argument where one was readable."""
        line = await self.read_line(patience)
        tag, _, rest = line.partition(b" ")
        budget = LARGEST_MAIL if mails_allowed and rest[:7].upper() == b"APPEND " else _LARGEST_STRING
        literals: list[bytes] = []
        whole = b""
        while found := _LITERAL.fullmatch(line):
            text, size, nowait = found.groups()
            literals.append(await self._read_literal(int(size), nowait == b"+", budget=budget, tag=tag))
            budget -= int(size)
            whole += text + b"\0%d\0" % (len(literals) - 1)
            line = await self.read_line(patience)
            if len(whole) > LONGEST_LINE:
                raise ConnectionOver(f"a command may have {LONGEST_LINE} bytes")
        try:
            return parse_command(whole + line, literals)
        except BadCommand as error:
            raise BadCommand(str(error), tag) from error

    async def send(self, answer: bytes) -> None:
        self._writer.write(answer)
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                await self._writer.drain()
        except TimeoutError as error:
            self.abort()
            raise ConnectionOver from error

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()

    async def _read_literal(self, size: int, nowait: bool, *, budget: int, tag: bytes) -> bytes:
        if size > budget:
            if nowait:  # the client is sending it already; reading it all is what we refuse
                raise ConnectionOver(f"literals may have {budget} bytes here")
            raise BadCommand(f"[TOOBIG] literals may have {budget} bytes here", tag)
        if not nowait:
            await self.send(b"+ go on\r\n")
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                return await self._reader.readexactly(size)
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise ConnectionOver from error
