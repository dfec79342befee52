"""A browser's end of a call over a WebSocket.

JSON both ways for what happens, and binary messages for sound: linear samples of 16 bits, 16,000 a second, in whatever
pieces. Each one from the browser begins with a number of 32 bits: how many of our samples it has played, of those that
were given since the last `clear`, and before it the number of that `clear`.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.channels.contract import Key, LineEvent, Rejected, Sound, Typed

RATE = 16_000
_OPENING_SECONDS = 10.0
_MOST_BYTES = 32_000  # of one message: a second of sound
_MOST_TYPED = 1_000
_MOST_WAITING = 1_500  # messages for a socket that is not read
_KEYS = frozenset("0123456789*#")
_PLAYED = struct.Struct("<II")  # clears so far, samples since


async def opened(socket: WebSocket) -> "BrowserLine":
    """Once it has said which call this is. Raises `Rejected`."""
    try:
        async with asyncio.timeout(_OPENING_SECONDS):
            said = _read(await socket.receive())
    except TimeoutError:
        raise Rejected(f"nothing was said within {_OPENING_SECONDS:g} s") from None
    if not isinstance(said, dict) or said.get("type") != "start" or not isinstance(ticket := said.get("ticket"), str):
        raise Rejected("start was expected, with the ticket that the call's own request was answered with")
    return BrowserLine(socket, ticket)


class BrowserLine:
    rate = RATE

    def __init__(self, socket: WebSocket, ticket: str) -> None:
        self.ticket, self.hung_up = ticket, False
        self._socket = socket
        self._leaving: asyncio.Queue[bytes | str] = asyncio.Queue(_MOST_WAITING)
        self._writing = asyncio.create_task(self._write())
        self._clears, self._given, self._played = 0, 0, 0  # samples since the last clear

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        with suppress(WebSocketDisconnect, RuntimeError, Rejected):
            while (said := _read(await self._socket.receive())) is not None:
                if isinstance(said, bytes):
                    if samples := self._heard(said):
                        yield Sound(samples)
                elif said.get("type") == "hang-up":
                    self.hung_up = True
                    return
                elif event := _event(said):
                    yield event

    @property
    def unheard(self) -> float:
        return max(0, self._given - self._played) / RATE

    def play(self, samples: bytes) -> None:
        self._given += len(samples) // 2
        self._put(samples)

    def clear(self) -> None:
        self._clears, self._given, self._played = self._clears + 1, 0, 0
        self.show("clear", number=self._clears)

    def show(self, what: str, **about: Any) -> None:
        self._put(orjson.dumps({"type": what, **about}).decode())

    async def close(self) -> None:
        """All that was shown has left before."""
        self.show("over")
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while not self._leaving.empty() and not self._writing.done():  # noqa: ASYNC110 - of a queue
                    await asyncio.sleep(0.01)
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            await self._socket.close()

    def _heard(self, message: bytes) -> bytes:
        if len(message) <= _PLAYED.size:
            return b""
        clears, played = _PLAYED.unpack_from(message)
        if clears == self._clears:
            self._played = min(self._given, max(self._played, played))
        samples = message[_PLAYED.size :]
        return samples[: len(samples) // 2 * 2]

    def _put(self, message: bytes | str) -> None:
        with suppress(asyncio.QueueFull):
            self._leaving.put_nowait(message)

    async def _write(self) -> None:
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            while True:
                message = await self._leaving.get()
                if isinstance(message, bytes):
                    await self._socket.send_bytes(message)
                else:
                    await self._socket.send_text(message)


def _event(said: dict[str, Any]) -> LineEvent | None:
    if said.get("type") == "typed" and isinstance(text := said.get("text"), str) and text.strip():
        return Typed(text.strip()[:_MOST_TYPED])
    if said.get("type") == "key" and isinstance(key := said.get("key"), str) and key in _KEYS:
        return Key(key)
    return None


def _read(message: Any) -> dict[str, Any] | bytes | None:
    """`None`: the socket is closed. Raises `Rejected`."""
    if message["type"] != "websocket.receive":
        return None
    given = message.get("bytes")
    text = message.get("text")
    if len(given or text or "") > _MOST_BYTES:
        raise Rejected(f"a message has more than {_MOST_BYTES:,} bytes", 413, "too_large")
    if given is not None:
        return given
    try:
        said = orjson.loads(text or "")
    except orjson.JSONDecodeError as error:
        raise Rejected(f"JSON was expected: {error}", 400, "malformed_request") from error
    return said if isinstance(said, dict) else {}
