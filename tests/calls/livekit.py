"""A LiveKit server of the tests' own, and somebody who calls through it, with a voice and ears."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np
import pytest
from livekit import rtc

from dynaris.calls.audio.rates import at_rate
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.channels.contract import RoomServer

BINARY = "livekit-server"
RATE, LOUD = 16_000, 300
_SLICE = RATE // 50
KEY, SECRET = "testkey", "a secret that only the tests know, long enough"


@asynccontextmanager
async def livekit_server(tmp_path: Path, webhook: str, *, redis: int = 0) -> AsyncIterator[RoomServer]:
    """`LIVEKIT_URL` (with `LIVEKIT_API_KEY`, `LIVEKIT_API_SECRET`), else one that is started here; webhooks of the
    former go where it was told."""
    if url := os.environ.get("LIVEKIT_URL"):
        yield RoomServer(url, os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"], True)
        return
    if shutil.which(BINARY) is None:
        pytest.skip(
            f"NOT TESTED: no {BINARY} on PATH and no LIVEKIT_URL: docs/integrations/voice_livekit.md says where from"
        )
    port, tcp, udp = (free_port() for _ in range(3))
    config = tmp_path / "livekit.yaml"
    config.write_text(
        f"port: {port}\nbind_addresses: [127.0.0.1]\n"
        f"rtc: {{tcp_port: {tcp}, udp_port: {udp}, use_external_ip: false, node_ip: 127.0.0.1}}\n"
        f"keys: {{{KEY}: '{SECRET}'}}\nwebhook: {{api_key: {KEY}, urls: ['{webhook}']}}\n"
        f"logging: {{level: info}}\n" + (f"redis: {{address: '127.0.0.1:{redis}'}}\n" if redis else "")
    )
    async with running(tmp_path, BINARY, "--config", str(config)):
        await _answers(port)
        yield RoomServer(f"ws://127.0.0.1:{port}", KEY, SECRET, True)


@asynccontextmanager
async def running(tmp_path: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Its words are in a file by its name."""
    with (tmp_path / f"{Path(command[0]).name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _answers(port: int) -> None:
    async with asyncio.timeout(40), aiohttp.ClientSession() as http:
        while True:
            with suppress(aiohttp.ClientError):
                async with http.get(f"http://127.0.0.1:{port}/") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)


@dataclass
class Caller:
    """In a room, with a microphone that is never quite quiet; hears each other track by its name."""

    room: rtc.Room
    voice: EspeakTTS
    heard: dict[str, list[tuple[float, bytes]]] = field(default_factory=dict)
    _says: bytes = b""
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def says(self, text: str) -> float:
        """Until they have said it; when that was."""
        said = at_rate(await self.voice.synthesize(text).collect(), RATE)
        self._says = said
        while self._says:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(0.01)
        return asyncio.get_running_loop().time()

    async def hears(self, track: str, since: float = 0, seconds: float = 40) -> float:
        """When something was first loud on that track."""
        async with asyncio.timeout(seconds):
            while True:
                for at, sound in self.heard.get(track, []):
                    if at > since and np.abs(np.frombuffer(sound, np.int16).astype(int)).max(initial=0) > LOUD:
                        return at
                await asyncio.sleep(0.02)

    async def talk(self, source: rtc.AudioSource) -> None:
        noise = np.random.default_rng(1)
        while True:
            now, self._says = self._says[: 2 * _SLICE], self._says[2 * _SLICE :]
            sound = np.frombuffer(now.ljust(2 * _SLICE, b"\0"), np.int16) + noise.normal(0, 15, _SLICE)
            frame = rtc.AudioFrame(np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes(), RATE, 1, _SLICE)
            await source.capture_frame(frame)

    async def listen(self, name: str, track: rtc.Track) -> None:
        heard = self.heard.setdefault(name, [])
        async for event in rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1):
            heard.append((asyncio.get_running_loop().time(), bytes(event.frame.data)))

    def subscribed(self, track: rtc.Track, publication: rtc.RemoteTrackPublication, _: rtc.RemoteParticipant) -> None:
        self._tasks.append(asyncio.create_task(self.listen(publication.name, track)))

    async def hangs_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()


@asynccontextmanager
async def calling(url: str, token: str) -> AsyncIterator[Caller]:
    process = EspeakProcess()
    caller = Caller(rtc.Room(), EspeakTTS(process))
    caller.room.on("track_subscribed", caller.subscribed)
    await caller.room.connect(url, token)
    source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
    track = rtc.LocalAudioTrack.create_audio_track("mic", source)
    await caller.room.local_participant.publish_track(
        track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )
    talking = asyncio.create_task(caller.talk(source))
    try:
        yield caller
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await caller.hangs_up()
        await process.aclose()
