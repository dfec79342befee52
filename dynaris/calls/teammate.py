"""One teammate's socket at a call: JSON both ways for what happens, and binary messages for sound, linear samples of 16
bits, 16,000 a second. To them each begins with one byte that says whose it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import orjson
from livekit import rtc
from starlette.websockets import WebSocket, WebSocketDisconnect

RATE = 16_000
CALLER, OURS = 0, 1
_MOST_BYTES = 32_000  # of one message
_MOST_WAITING = 500  # messages for a socket that is not read: 5 seconds of both sides


class Teammate:
    def __init__(self, socket: WebSocket, member_id: UUID, name: str) -> None:
        self.member_id, self.name = member_id, name
        self._socket = socket
        self._leaving: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._writing = asyncio.create_task(self._write())
        self._resamplers: dict[tuple[int, int, int], rtc.AudioResampler] = {}

    async def __aiter__(self) -> AsyncIterator[dict[str, Any] | bytes]:
        with suppress(WebSocketDisconnect, RuntimeError):
            while (message := await self._socket.receive())["type"] == "websocket.receive":
                sound, text = message.get("bytes"), message.get("text")
                if len(sound or text or "") > _MOST_BYTES:
                    return
                if sound is not None:
                    yield sound[: len(sound) // 2 * 2]
                elif isinstance(said := parsed(text), dict):
                    yield said

    def hear(self, side: int, samples: bytes, rate: int) -> None:
        if sound := self._at(side, samples, rate, RATE):
            self._put(bytes([side]) + sound)

    def spoken(self, sound: bytes, rate: int) -> bytes:
        return self._at(-1, sound, RATE, rate)

    def show(self, what: str, **about: Any) -> None:
        self._put(orjson.dumps({"type": what, **about}))

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                while not self._leaving.empty() and not self._writing.done():  # noqa: ASYNC110 - of a queue
                    await asyncio.sleep(0.01)
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            await self._socket.close()

    def _at(self, side: int, samples: bytes, given: int, wanted: int) -> bytes:
        """At another rate; what comes piece by piece is one sound."""
        if given == wanted or not samples:
            return samples
        known = self._resamplers.get((side, given, wanted))
        if known is None:
            known = self._resamplers[side, given, wanted] = rtc.AudioResampler(given, wanted)
        frames = known.push(rtc.AudioFrame(samples, given, 1, len(samples) // 2))
        return b"".join(bytes(frame.data) for frame in frames)

    def _put(self, message: bytes) -> None:
        with suppress(asyncio.QueueFull):
            self._leaving.put_nowait(message)

    async def _write(self) -> None:
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            while True:
                message = await self._leaving.get()
                if message[:1] == b"{":
                    await self._socket.send_text(message.decode())
                else:
                    await self._socket.send_bytes(message)


def parsed(text: str | None) -> Any:
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(text or "")
    return None
