"""A mail server that says what a test wants, for what the sandbox's fault plan does not cover."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

CUT = "cut"  # instead of an answer: drop the connection
SILENT = "silent"  # instead of an answer: nothing

_USUAL = {
    "greeting": "220 ready",
    "EHLO": "250-scripted\r\n250-AUTH PLAIN\r\n250 SIZE 1000000",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "mail": "250 kept",
}


class Scripted:
    """`said` is every command it heard, `connections` how often it was connected to."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = {**_USUAL, **answers}
        self.said: list[str] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    def drop_connections(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        await self._answer(writer, "greeting")
        while line := await reader.readline():
            verb = line.split()[0].decode().upper()
            self.said.append(line.decode().strip())
            await self._answer(writer, verb)
            if verb == "DATA" and self.answers["DATA"].startswith("354"):
                if self.answers["mail"] == "cut at once":
                    writer.transport.abort()
                    return
                while await reader.readline() not in (b".\r\n", b""):
                    pass
                await self._answer(writer, "mail")

    async def _answer(self, writer: asyncio.StreamWriter, what: str) -> None:
        answer = self.answers.get(what, "502 no")
        if answer == CUT:
            writer.transport.abort()
        elif answer != SILENT:
            writer.write(answer.encode("utf-8", "surrogateescape") + b"\r\n")
            await writer.drain()


@asynccontextmanager
async def scripted(**answers: str) -> AsyncIterator[Scripted]:
    """`greeting`, `EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `mail` (after its last line)."""
    script = Scripted(answers)
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        script.drop_connections()
