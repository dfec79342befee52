"""Servers on this machine that hear and speak as the vendors' do, in their wire formats; and fail as told to."""

import asyncio
import base64
import io
import json
import wave
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from dynaris.core.settings import Settings

KEY = "key-of-a-vendor-0123456789"
RATE, PIECES = 24_000, 10
Mode = Literal["well", "hangs", "hangs midway", "cut", "refuses"]


def tone(seconds: float = 1.0) -> bytes:
    at = np.arange(round(RATE * seconds)) / RATE
    return (np.sin(at * 440 * 2 * np.pi) * 12_000).astype(np.int16).tobytes()


@dataclass
class Vendors:
    """All of them, each at an address of its own. `mode`: of those that are named; the others are well."""

    text: str = "Is there parking?"
    mode: dict[str, Mode] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # which way, and what was told
    said: list[str] = field(default_factory=list)
    heard: dict[str, int] = field(default_factory=dict)  # bytes of sound, by provider
    url: str = ""
    _going: set[asyncio.Event] = field(default_factory=set)

    def settings(self, **more: Any) -> Settings:
        given = {
            **dict.fromkeys(("deepgram_api_key", "elevenlabs_api_key", "cartesia_api_key", "openai_api_key"), KEY),
            "deepgram_url": f"{self.url}/deepgram",
            "elevenlabs_url": f"{self.url}/elevenlabs/v1",
            "cartesia_url": f"{self.url}/cartesia",
            "openai_speech_url": f"{self.url}/openai/v1",
            "speech_url": f"{self.url}/own/v1",
            "speech_timeout": 0.6,
        }
        return Settings(**{**given, **more})

    def environment(self) -> dict[str, str]:
        given = self.settings().model_dump(include={*_SETTINGS, "speech_timeout"})
        return {f"DYNARIS_{name.upper()}": _shown(value) for name, value in given.items()}

    def ways(self, name: str) -> list[dict[str, Any]]:
        return [told for asked, told in self.asked if asked == name]

    async def _met(self, request: web.Request, name: str, key: str | None, **told: Any) -> Mode:
        self.asked.append((name, {**request.query, **told, "key": key}))
        mode = self.mode.get(name, "well")
        if mode == "refuses" or (key != KEY and name != "own"):
            raise web.HTTPUnauthorized(text=json.dumps({"error": {"message": f"bad key {key}"}}))
        if mode == "hangs":
            await self._silence()
        return mode

    async def _silence(self) -> None:
        going = asyncio.Event()
        self._going.add(going)
        await going.wait()

    def end(self) -> None:
        for each in self._going:
            each.set()

    # Speaking: HTTP, the sound as it comes.

    async def _speak(self, request: web.Request, mode: Mode, headers: dict[str, str], pieces: list[bytes]) -> Any:
        response = web.StreamResponse(headers=headers)
        response.enable_chunked_encoding()
        await response.prepare(request)
        for number, piece in enumerate(pieces):
            if number == PIECES // 2 and mode == "cut":
                assert request.transport is not None
                request.transport.close()
                return response
            if number == PIECES // 2 and mode == "hangs midway":
                await self._silence()
            await response.write(piece)
        return response

    async def deepgram_speak(self, request: web.Request) -> Any:
        body = await request.json()
        mode = await self._met(request, "deepgram", _token(request, "Token"))
        self.said.append(body["text"])
        return await self._speak(request, mode, {"Content-Type": "audio/l16"}, _pieces(tone()))

    async def elevenlabs_speak(self, request: web.Request) -> Any:
        body, voice = await request.json(), request.match_info["voice"]
        mode = await self._met(request, "elevenlabs", request.headers.get("xi-api-key"), voice=voice, **body)
        self.said.append(body["text"])
        return await self._speak(request, mode, {"Content-Type": "audio/pcm"}, _pieces(tone()))

    async def cartesia_speak(self, request: web.Request) -> Any:
        body = await request.json()
        mode = await self._met(request, "cartesia", request.headers.get("X-API-Key"), **body)
        self.said.append(body["transcript"])
        return await self._speak(request, mode, {"Content-Type": "audio/pcm"}, _pieces(tone()))

    async def openai_speak(self, request: web.Request) -> Any:
        body, name = await request.json(), request.match_info["who"]
        mode = await self._met(request, name, _token(request, "Bearer"), **body)
        self.said.append(body["input"])
        if body["response_format"] == "wav":
            return await self._speak(request, mode, {"Content-Type": "audio/wav"}, _pieces(_wav(tone())))
        events = [{"type": "speech.audio.delta", "audio": base64.b64encode(each).decode()} for each in _pieces(tone())]
        lines = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
        done = f"data: {json.dumps({'type': 'speech.audio.done', 'usage': {}})}\n\n".encode()
        return await self._speak(request, mode, {"Content-Type": "text/event-stream"}, [*lines, done])

    # Hearing.

    async def openai_hear(self, request: web.Request) -> Any:
        form, name = await request.post(), request.match_info["who"]
        file: Any = form["file"]
        sound = file.file.read()
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        mode = await self._met(request, name, _token(request, "Bearer"), **fields)
        with wave.open(io.BytesIO(sound)) as read:
            self.heard[name] = self.heard.get(name, 0) + read.getnframes() * 2
        if mode == "cut":
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"text": self.text})

    async def deepgram_hear(self, request: web.Request) -> Any:
        mode = await self._met(request, "deepgram", _token(request, "Token"))
        socket = await _socket(request)
        spoke = False
        async for message in socket:
            if message.type == WSMsgType.BINARY:
                spoke = spoke or _is_loud(message.data)
                if await self._broke("deepgram", mode, message.data, socket):
                    return socket
            elif (kind := json.loads(message.data)["type"]) in ("Finalize", "CloseStream"):
                if spoke:
                    await socket.send_json(_results(self.text, final=False))
                    await socket.send_json(_results(self.text, final=True))
                spoke = False
                if kind == "CloseStream":
                    await socket.send_json({"type": "Metadata", "request_id": "r"})
                    await socket.close()
        return socket

    async def elevenlabs_hear(self, request: web.Request) -> Any:
        """It leaves the line open after a commit."""
        mode = await self._met(request, "elevenlabs", request.headers.get("xi-api-key"))
        socket = await _socket(request)
        await socket.send_json({"message_type": "session_started", "session_id": "s"})
        spoke = False
        async for message in socket:
            told = json.loads(message.data)
            sound = base64.b64decode(told["audio_base_64"])
            spoke = spoke or _is_loud(sound)
            if await self._broke("elevenlabs", mode, sound, socket):
                return socket
            if told["commit"]:
                await socket.send_json({"message_type": "committed_transcript", "text": self.text if spoke else ""})
                spoke = False
        return socket

    async def cartesia_hear(self, request: web.Request) -> Any:
        """With a model that finds the ends of turns, and one that is told of them."""
        mode = await self._met(request, "cartesia", request.headers.get("X-API-Key"))
        socket = await _socket(request)
        has_turns, quiet, spoke = request.path.endswith("turns/websocket"), 0, False
        if has_turns:
            await socket.send_json({"type": "connected", "request_id": "r"})
        async for message in socket:
            ends = message.type == WSMsgType.TEXT
            if message.type == WSMsgType.BINARY:
                if await self._broke("cartesia", mode, message.data, socket):
                    return socket
                quiet = 0 if _is_loud(message.data) else quiet + 1
                if not spoke and not quiet and has_turns:
                    await socket.send_json({"type": "turn.start", "request_id": "r"})
                spoke, ends = spoke or not quiet, has_turns and quiet == 3
            if spoke and ends:
                await socket.send_json(
                    {"type": "turn.end", "transcript": self.text, "request_id": "r"}
                    if has_turns
                    else {"type": "transcript", "is_final": True, "text": self.text, "request_id": "r", "words": []}
                )
                spoke = False
            if message.type == WSMsgType.TEXT and "close" in message.data:
                await socket.close()
        return socket

    async def _broke(self, name: str, mode: Mode, sound: bytes, socket: web.WebSocketResponse) -> bool:
        self.heard[name] = self.heard.get(name, 0) + len(sound)
        mode = self.mode.get(name, mode)
        if mode == "hangs midway" and self.heard[name] > 16_000:
            await self._silence()
            return True
        if mode == "cut" and self.heard[name] > 16_000:
            transport = socket._req.transport if socket._req else None
            if transport:
                transport.close()
            return True
        return False


_SETTINGS = {
    *("deepgram_api_key", "elevenlabs_api_key", "cartesia_api_key", "openai_api_key"),
    *("deepgram_url", "elevenlabs_url", "cartesia_url", "openai_speech_url", "speech_url"),
}


def _shown(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _token(request: web.Request, scheme: str) -> str | None:
    given, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if given == scheme else None


async def _socket(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    return socket


def _results(text: str, *, final: bool) -> dict[str, Any]:
    words = [{"word": word, "start": 0.0, "end": 0.1, "confidence": 0.9} for word in text.split()]
    return {
        "type": "Results",
        "channel": {"alternatives": [{"transcript": text, "confidence": 0.9, "words": words}]},
        "metadata": {"request_id": "r"},
        "is_final": final,
        "speech_final": final,
    }


def _is_loud(sound: bytes) -> bool:
    return bool(len(sound)) and int(np.abs(np.frombuffer(sound, np.int16).astype(int)).max()) > 500


def _pieces(sound: bytes) -> list[bytes]:
    size = len(sound) // PIECES // 2 * 2
    return [sound[at : at + size] for at in range(0, len(sound), size)]


def _wav(sound: bytes) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound)
    return written.getvalue()


@asynccontextmanager
async def vendors(mode: Mapping[str, Mode] = MappingProxyType({})) -> AsyncIterator[Vendors]:
    made = Vendors(mode=dict(mode))
    app = web.Application()
    app.add_routes(
        [
            web.post("/deepgram/v1/speak", made.deepgram_speak),
            web.get("/deepgram/v1/listen", made.deepgram_hear),
            web.post("/elevenlabs/v1/text-to-speech/{voice}/stream", made.elevenlabs_speak),
            web.get("/elevenlabs/v1/speech-to-text/realtime", made.elevenlabs_hear),
            web.post("/cartesia/tts/bytes", made.cartesia_speak),
            web.get("/cartesia/stt/turns/websocket", made.cartesia_hear),
            web.get("/cartesia/stt/websocket", made.cartesia_hear),
            web.post("/{who:openai|own}/v1/audio/speech", made.openai_speak),
            web.post("/{who:openai|own}/v1/audio/transcriptions", made.openai_hear),
        ]
    )
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    made.url = str(server.make_url("")).rstrip("/")
    try:
        yield made
    finally:
        made.end()
        await server.close()
