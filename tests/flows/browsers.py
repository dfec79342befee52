"""Browsers on a call: the caller's own on a test call, and a teammate's at one that goes on."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import orjson

RATE, SLICE = 16_000, 0.02
_QUIET = bytes(2 * round(RATE * SLICE))


@dataclass
class BrowserSocket:
    """It plays what it is given at once, unless it is slow. `sounds`: what came, by whose it is (0 on test calls)."""

    socket: aiohttp.ClientWebSocketResponse
    has_sides: bool = False
    plays: float = 1.0  # the part of what it was given that it has played
    shown: list[dict[str, Any]] = field(default_factory=list)
    sounds: dict[int, bytes] = field(default_factory=dict)
    _clears: int = 0
    _given: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, **said: Any) -> None:
        await self.socket.send_str(orjson.dumps(said).decode())

    async def sound(self, samples: bytes) -> None:
        await self.socket.send_bytes(samples)

    async def seen(self, what: str, times: int = 1, **about: Any) -> dict[str, Any]:
        """The newest of these, once it was shown so often."""
        return await self._once(
            lambda: [each for each in self.shown if each["type"] == what and about.items() <= each.items()][times - 1 :]
        )

    async def heard(self, side: int, seconds: float) -> bytes:
        return await self._once(lambda: [s] if len(s := self.sounds.get(side, b"")) >= 2 * RATE * seconds else [])

    async def _once(self, found: Any) -> Any:
        async with asyncio.timeout(40):
            while not (those := found()):
                self._changed.clear()
                await self._changed.wait()
        return those[-1]

    async def read(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                said = orjson.loads(message.data)
                self.shown.append(said)
                if said["type"] == "clear" and not self.has_sides:
                    self._clears, self._given = said["number"], 0
            else:
                side, samples = (message.data[0], message.data[1:]) if self.has_sides else (0, message.data)
                self._given += len(samples) // 2
                self.sounds[side] = self.sounds.get(side, b"") + samples
            self._changed.set()
        self.shown.append({"type": "closed"})
        self._changed.set()

    async def talk(self) -> None:
        """Quiet, and how far it has played."""
        while not self.socket.closed:
            await self.socket.send_bytes(struct.pack("<II", self._clears, round(self._given * self.plays)) + _QUIET)
            await asyncio.sleep(SLICE)


@asynccontextmanager
async def on_socket(
    begun: dict[str, Any], *, has_sides: bool = False, plays: float = 1.0
) -> AsyncIterator[BrowserSocket]:
    """As the API told where."""
    async with aiohttp.ClientSession() as http, http.ws_connect(begun["socket"].replace("ws", "http", 1)) as socket:
        browser = BrowserSocket(socket, has_sides, plays)
        await browser.say(type="start", ticket=begun["ticket"])
        tasks = [asyncio.create_task(browser.read())]
        if not has_sides:
            tasks.append(asyncio.create_task(browser.talk()))
        try:
            yield browser
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def posted(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    return (await client.post(path, json=body)).raise_for_status().json()
