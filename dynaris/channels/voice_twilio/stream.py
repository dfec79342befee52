"""Twilio's Media Streams: one call's sound over a WebSocket, as mu-law in JSON
(twilio.com/docs/voice/media-streams/websocket-messages)."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.channels.contract import Key, LineEvent, Rejected, Sound
from dynaris.core import mulaw

_OPENING_SECONDS = 10.0
_MOST_BYTES = 64_000  # of one message; Twilio's have some 300
_MOST_WAITING = 1_500  # messages for a socket that is not read: 30 seconds of sound
_KEYS = frozenset("0123456789*#")


async def opened(socket: WebSocket) -> "MediaStream":
    """Once Twilio has said which call this is. Raises `Rejected`."""
    try:
        async with asyncio.timeout(_OPENING_SECONDS):
            while (said := _read(await socket.receive_text())).get("event") != "start":
                if said.get("event") != "connected":
                    raise Rejected(f"start was expected, not {str(said.get('event'))[:50]!r}")
    except TimeoutError:
        raise Rejected(f"nothing was started within {_OPENING_SECONDS:g} s") from None
    except (WebSocketDisconnect, KeyError) as error:
        raise Rejected("the socket was closed before it began, or carried no text") from error
    start = _part(said, "start")
    form = _part(start, "mediaFormat")
    if form and (form.get("encoding"), form.get("sampleRate")) != ("audio/x-mulaw", mulaw.RATE):
        raise Rejected(f"audio/x-mulaw at 8000 was expected, not {str(form)[:100]}")
    stream, ticket = start.get("streamSid") or said.get("streamSid"), _part(start, "customParameters").get("ticket")
    if not isinstance(stream, str) or not isinstance(ticket, str):
        raise Rejected("start names no stream, or bears no ticket of ours")
    return MediaStream(socket, stream, ticket)


class MediaStream:
    rate = mulaw.RATE

    def __init__(self, socket: WebSocket, stream: str, ticket: str) -> None:
        self.ticket, self.hung_up = ticket, False
        self._socket, self._stream = socket, stream
        self._leaving: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._writing = asyncio.create_task(self._write())
        self._next = 0.0  # when the next sound is due, by Twilio's clock in milliseconds

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        with suppress(WebSocketDisconnect, KeyError, RuntimeError, Rejected):
            while (said := _read(await self._socket.receive_text())).get("event") != "stop":
                if event := self._event(said):
                    yield event
            self.hung_up = True

    def play(self, samples: bytes) -> None:
        self._say("media", media={"payload": base64.b64encode(mulaw.encode(samples)).decode()})

    def clear(self) -> None:
        self._say("clear")

    async def close(self) -> None:
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            await self._socket.close()

    def _event(self, said: dict[str, Any]) -> LineEvent | None:
        if said.get("event") == "dtmf":
            pressed = _part(said, "dtmf").get("digit")
            return Key(pressed) if isinstance(pressed, str) and pressed in _KEYS else None
        media = _part(said, "media")
        if said.get("event") != "media" or media.get("track", "inbound") != "inbound":
            return None
        try:
            code = base64.b64decode(media.get("payload") or "", validate=True)
        except (binascii.Error, TypeError, ValueError):
            return None
        return Sound(self._with_gap(media) + mulaw.decode(code)) if code else None

    def _with_gap(self, media: dict[str, Any]) -> bytes:
        """Quiet for what was lost on the way, so that words do not run into each other."""
        try:
            due = float(media.get("timestamp") or self._next)
        except (TypeError, ValueError):
            return b""
        lost, self._next = due - self._next, max(self._next, due) + 20
        return bytes(2 * int(lost * self.rate / 1000)) if 20 <= lost <= 1_000 else b""

    def _say(self, event: str, **parts: Any) -> None:
        with suppress(asyncio.QueueFull):
            self._leaving.put_nowait(orjson.dumps({"event": event, "streamSid": self._stream, **parts}))

    async def _write(self) -> None:
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            while True:
                await self._socket.send_text((await self._leaving.get()).decode())


def _read(text: str) -> dict[str, Any]:
    """Raises `Rejected`."""
    if len(text) > _MOST_BYTES:
        raise Rejected(f"a message has more than {_MOST_BYTES:,} characters", 413, "too_large")
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Rejected(f"JSON was expected: {error}", 400, "malformed_request") from error
    return said if isinstance(said, dict) else {}


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}
