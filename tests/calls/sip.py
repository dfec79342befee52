"""LiveKit's SIP gateway, and a real telephone (baresip) that calls through it."""

import asyncio
import json
import shutil
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from dynaris.channels.contract import RoomServer
from tests.calls.livekit import free_port, running

NEEDED = ("livekit-server", "livekit-sip", "redis-server", "baresip")
RATE = 8_000


def skip_without() -> None:
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"NOT TESTED: not on PATH: {', '.join(missing)}")


@asynccontextmanager
async def redis(tmp_path: Path) -> AsyncIterator[int]:
    port = free_port()
    async with running(tmp_path, "redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"):
        await _opens(port)
        yield port


@asynccontextmanager
async def gateway(tmp_path: Path, server: RoomServer, redis_port: int) -> AsyncIterator[int]:
    """The port that takes SIP calls."""
    port, health = free_port(), free_port()
    config = tmp_path / "sip.yaml"
    config.write_text(
        f"api_key: {server.key}\napi_secret: '{server.secret}'\nws_url: {server.url}\n"
        f"redis: {{address: '127.0.0.1:{redis_port}'}}\nsip_port: {port}\nhealth_port: {health}\n"
        f"rtp_port: 21000-21200\nuse_external_ip: false\nnat_1_to_1_ip: 127.0.0.1\n"
        "max_cpu_utilization: 1\nlogging: {level: info}\n"
    )
    async with running(tmp_path, "livekit-sip", "--config", str(config)):
        async with asyncio.timeout(40), aiohttp.ClientSession() as http:
            while True:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{health}/"):
                        break
                await asyncio.sleep(0.2)
        yield port


async def _opens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.1)


@dataclass
class Phone:
    """A baresip, told what to do over its control socket; it plays a file as if somebody spoke."""

    user: str
    port: int
    events: list[dict[str, str]] = field(default_factory=list)
    _writer: asyncio.StreamWriter | None = None

    async def connect(self, control: int) -> asyncio.Task[None]:
        await _opens(control)
        reader, self._writer = await asyncio.open_connection("127.0.0.1", control)
        return asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ValueError):
            while True:
                length = int((await reader.readuntil(b":"))[:-1])
                self.events.append(json.loads(await reader.readexactly(length)))
                await reader.readexactly(1)

    async def does(self, command: str, params: str = "") -> None:
        assert self._writer is not None
        said = json.dumps({"command": command, "params": params}).encode()
        self._writer.write(b"%d:%s," % (len(said), said))
        await self._writer.drain()

    async def until(self, kind: str, seconds: float = 20) -> dict[str, str]:
        async with asyncio.timeout(seconds):
            while True:
                for event in self.events:
                    if event.get("type") == kind:
                        return event
                await asyncio.sleep(0.05)


@asynccontextmanager
async def phone(folder: Path, user: str, *, says: bytes = b"", answers: str = "manual") -> AsyncIterator[Phone]:
    """`says`: linear samples of 16 bits, from when the call is connected on."""
    await asyncio.to_thread(folder.mkdir)
    with wave.open(str(folder / "says.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(says.ljust(2 * RATE * 60, b"\0"))
    port, control = free_port(), free_port()
    (folder / "accounts").write_text(f"<sip:{user}@127.0.0.1:{port}>;regint=0;answermode={answers};audio_codecs=pcmu\n")
    (folder / "contacts").write_text("")
    (folder / "config").write_text(
        f"sip_listen 127.0.0.1:{port}\nctrl_tcp_listen 127.0.0.1:{control}\n"
        f"audio_source aufile,{folder}/says.wav\naudio_player aufile,{folder}/hears.wav\naudio_alert aufile,/dev/null\n"
        "audio_channels 1\nmodule_path /usr/lib/baresip/modules\n"
        + "".join(f"module {name}.so\n" for name in ("account", "g711", "aufile", "menu", "ctrl_tcp", "uuid"))
        + "module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
    )
    async with running(folder, "baresip", "-4", "-f", str(folder)):
        there = Phone(user, port)
        listening = await there.connect(control)
        try:
            yield there
        finally:
            with suppress(OSError):
                await there.does("hangup")
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
