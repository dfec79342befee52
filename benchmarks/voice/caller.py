"""A caller on a line like Twilio's: recorded speech in mu-law, 20 ms at once, and an ear at the far end that plays what
arrives in its order, as a telephone does."""

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, fromstring

import aiohttp
import numpy as np
import orjson

from benchmarks.product import Product
from dynaris.channels.voice_twilio.signature import signed
from dynaris.core import mulaw
from dynaris.core.ids import new_id

SLICE, LOUD = 0.02, 300
AT_ONCE = round(mulaw.RATE * SLICE)
ACCOUNT, TOKEN, NUMBER = "AC00000000000000000000000000000000", "the auth token", "+493012345678"


@dataclass
class Caller:
    line: aiohttp.ClientWebSocketResponse
    sid: str
    onset: float = 0.0  # when they last began to speak
    heard: list[tuple[float, bool]] = field(default_factory=list)  # when it was played, and whether it was sound
    cleared: list[float] = field(default_factory=list)
    is_cut: bool = False  # the line is lost
    _played_until: float = 0.0
    _says: bytes = b""
    _number: int = 0

    @property
    def stream(self) -> str:
        return f"MZ{self.sid}"

    async def hang_up(self) -> None:
        await self.send("stop", stop={"callSid": self.sid})

    def cut(self) -> None:
        """Without a word, as a network does it."""
        self.is_cut = True
        self.line.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def talk(self) -> None:
        """Until cancelled."""
        noise, due = np.random.default_rng(1), time.monotonic()
        while True:
            now, self._says = self._says[: AT_ONCE * 2], self._says[AT_ONCE * 2 :]
            sound = np.frombuffer(now.ljust(AT_ONCE * 2, b"\0"), np.int16) + noise.normal(0, 15, AT_ONCE)
            code = mulaw.encode(np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes())
            media = {
                "track": "inbound",
                "timestamp": str(self._number * 20),
                "payload": base64.b64encode(code).decode(),
            }
            await self.send("media", media=media)
            self._number += 1
            due += SLICE
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def listen(self) -> None:
        async for message in self.line:
            said = orjson.loads(message.data)
            now = time.monotonic()
            if said["event"] == "clear":
                self.cleared.append(now)
                self._played_until = now
                self.heard = [(at, sound) for at, sound in self.heard if at <= now]
            elif said["event"] == "media":
                samples = np.frombuffer(mulaw.decode(base64.b64decode(said["media"]["payload"])), np.int16)
                self._played_until = max(self._played_until, now)
                self.heard.append((self._played_until, bool(np.abs(samples.astype(int)).max() > LOUD)))
                self._played_until += len(samples) / mulaw.RATE
        self.is_cut = True

    async def say(self, speech: bytes) -> float:
        """Until it is said; when that was."""
        self.onset, self._says = time.monotonic(), speech
        while self._says and not self.is_cut:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(SLICE / 4)
        return time.monotonic()

    async def sound_after(self, moment: float, *, seconds: float = 30) -> float | None:
        """When something is heard; `None`: nothing for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_cut:
            if found := next((at for at, sound in reversed_until(self.heard, moment) if sound), None):
                return found
            await asyncio.sleep(SLICE / 4)
        return None

    async def quiet_for(self, seconds: float) -> None:
        assert await self.is_quiet_for(seconds), "the line was lost"

    async def is_quiet_for(self, seconds: float) -> bool:
        """Something was heard, and nothing any more for so long; False: the line was lost before."""
        while not self.is_cut:
            last = next((at for at, sound in reversed(self.heard) if sound), 0.0)
            if last and time.monotonic() - last > seconds:
                return True
            await asyncio.sleep(SLICE)
        return False

    async def send(self, event: str, **parts: object) -> None:
        if not (self.line.closed or self.is_cut):
            await self.line.send_str(orjson.dumps({"event": event, "streamSid": self.stream, **parts}).decode())


def reversed_until(heard: list[tuple[float, bool]], moment: float) -> list[tuple[float, bool]]:
    """What was played after it, the earliest first."""
    found: list[tuple[float, bool]] = []
    for each in reversed(heard):
        if each[0] <= moment:
            break
        found.append(each)
    return found[::-1]


async def told(
    product: Product, http: aiohttp.ClientSession, path: str, sid: str, caller: str, status: str, **more: str
) -> str:
    """What is answered when Twilio says how a call stands."""
    given = {"AccountSid": ACCOUNT, "CallSid": sid, "From": caller, "To": NUMBER, "CallStatus": status, **more}
    headers = {"X-Twilio-Signature": signed(f"{product.address}{path}", list(given.items()), TOKEN)}
    async with http.post(f"{product.address}{path}", data=given, headers=headers) as answer:
        answer.raise_for_status()
        return await answer.text()


@asynccontextmanager
async def calling(product: Product, http: aiohttp.ClientSession, caller: str) -> AsyncIterator[Caller]:
    """On the line, once Twilio's webhook was answered; hangs up at the end."""
    sid = f"CA{new_id().hex}"
    twiml = fromstring(await told(product, http, "/twilio/voice", sid, caller, "ringing"))
    async with on_line(http, sid, twiml) as one:
        yield one
        await one.hang_up()


@asynccontextmanager
async def on_line(http: aiohttp.ClientSession, sid: str, connect: Element) -> AsyncIterator[Caller]:
    stream, parameter = connect.find("Connect/Stream"), connect.find("Connect/Stream/Parameter")
    assert stream is not None
    assert parameter is not None
    async with http.ws_connect(stream.attrib["url"].replace("ws", "http", 1)) as line:
        one = Caller(line, sid)
        await one.send("connected", protocol="Call", version="1.0.0")
        custom = {"ticket": parameter.attrib["value"]}
        await one.send("start", start={"streamSid": one.stream, "callSid": sid, "customParameters": custom})
        tasks = [asyncio.create_task(one.talk()), asyncio.create_task(one.listen())]
        try:
            yield one
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
