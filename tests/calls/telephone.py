"""A telephone with somebody at it, who speaks and listens over a line like Twilio's: 8,000 samples a second in mu-law,
20 ms at once, with a little noise."""

import asyncio
import base64
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import fromstring

import aiohttp
import httpx
import numpy as np
from livekit import rtc

from dynaris.calls.audio.played import SLICE
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.channels.voice_twilio.signature import signed
from dynaris.core import mulaw

LOUD = 300  # of 32,767
_AT_ONCE = round(mulaw.RATE * SLICE)


def loud(samples: bytes) -> np.ndarray:
    """Where something is to be heard."""
    return np.nonzero(np.abs(np.frombuffer(samples, np.int16).astype(int)) > LOUD)[0]


async def speech(voice: EspeakTTS, text: str) -> bytes:
    """As it is said on the telephone, without the quiet behind it."""
    frame = await voice.synthesize(text).collect()
    resampler = rtc.AudioResampler(frame.sample_rate, mulaw.RATE)
    said = b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
    return said[: 2 * (loud(said)[-1] + 1)]


@dataclass
class Telephone:
    voice: EspeakTTS
    socket: aiohttp.ClientWebSocketResponse
    stream: str = "MZ0123"
    heard: list[tuple[float, bytes]] = field(default_factory=list)  # when, and what
    cleared: list[float] = field(default_factory=list)
    _says: bytes = b""
    _number: int = 0

    async def begin(self, call_sid: str, ticket: str, **custom: str) -> None:
        await self._send("connected", protocol="Call", version="1.0.0")
        form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        parameters = {"ticket": ticket, **custom}
        start = {"streamSid": self.stream, "callSid": call_sid, "tracks": ["inbound"], "mediaFormat": form}
        await self._send("start", start={**start, "customParameters": parameters}, streamSid=self.stream)

    async def talk(self) -> None:
        """Until cancelled."""
        noise, due = np.random.default_rng(1), time.monotonic()
        while True:
            now, self._says = self._says[: _AT_ONCE * 2], self._says[_AT_ONCE * 2 :]
            sound = np.frombuffer(now.ljust(_AT_ONCE * 2, b"\0"), np.int16) + noise.normal(0, 15, _AT_ONCE)
            code = mulaw.encode(np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes())
            media = {"track": "inbound", "timestamp": str(self._number * 20), "chunk": str(self._number + 1)}
            await self._send(
                "media", streamSid=self.stream, media={**media, "payload": base64.b64encode(code).decode()}
            )
            self._number += 1
            due += SLICE
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def listen(self) -> None:
        """Until the line is closed at the other end."""
        async for message in self.socket:
            said = json.loads(message.data)
            assert said["streamSid"] == self.stream
            if said["event"] == "clear":
                self.cleared.append(time.monotonic())
            elif said["event"] == "media":
                self.heard.append((time.monotonic(), mulaw.decode(base64.b64decode(said["media"]["payload"]))))

    async def says(self, text: str) -> float:
        """Until they have said it; when that was."""
        self._says = await speech(self.voice, text)
        while self._says:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(SLICE / 2)
        return time.monotonic()

    async def presses(self, key: str) -> None:
        await self._send("dtmf", streamSid=self.stream, dtmf={"track": "inbound_track", "digit": key})

    async def hears_something(self, since: float = 0) -> float:
        async with asyncio.timeout(40):
            while True:
                if found := next((at for at, sound in self.heard if at > since and len(loud(sound))), None):
                    return found
                await asyncio.sleep(SLICE)

    async def hangs_up(self) -> None:
        await self._send("stop", streamSid=self.stream, stop={"callSid": "CA", "accountSid": "AC"})
        await self.socket.close()

    async def _send(self, event: str, **parts: Any) -> None:
        if not self.socket.closed:
            await self.socket.send_str(json.dumps({"event": event, **parts}))


@asynccontextmanager
async def connected(url: str, call_sid: str, ticket: str) -> AsyncIterator[Telephone]:
    process = EspeakProcess()
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        phone = Telephone(EspeakTTS(process), socket)
        await phone.begin(call_sid, ticket)
        tasks = [asyncio.create_task(phone.talk()), asyncio.create_task(phone.listen())]
        try:
            yield phone
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await process.aclose()


@dataclass(frozen=True)
class Twilio:
    """What Twilio does with a number: signed requests to the addresses that were entered there."""

    client: httpx.AsyncClient  # to the web process
    gateway: str
    account_sid: str
    auth_token: str
    number: str

    async def post(self, path: str, **fields: str) -> httpx.Response:
        given = {"AccountSid": self.account_sid, "ApiVersion": "2010-04-01", "To": self.number, **fields}
        signature = signed(f"{self.gateway}{path}", list(given.items()), self.auth_token)
        return await self.client.post(path, data=given, headers={"X-Twilio-Signature": signature})

    async def call(self, sid: str, caller: str, **more: str) -> tuple[str, str]:
        """Where the sound goes, and the ticket for it."""
        given = {"CallSid": sid, "From": caller, "CallStatus": "ringing", "Direction": "inbound", **more}
        answer = await self.post("/twilio/voice", **given)
        assert answer.status_code == 200, answer.text
        return stream_in(answer.text)


def stream_in(twiml: str) -> tuple[str, str]:
    stream = fromstring(twiml).find("Connect/Stream")
    assert stream is not None, twiml
    parameter = stream.find("Parameter")
    assert parameter is not None
    assert re.match(r"wss?://", stream.attrib["url"])
    return stream.attrib["url"], parameter.attrib["value"]
