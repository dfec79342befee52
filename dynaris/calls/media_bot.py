"""Media Bot: what a caller hears in a room besides Atlas, on a track of its own. It rings until Atlas is there, and
does what attributes of the caller's participant say: `media.command` (play, hold, busy, ringback, stop),
`media.asset_url` (for play: a sound file), `media.loop`, `media.command_id` (the same again is the same command)."""

import asyncio
from dataclasses import dataclass
from functools import partial
from time import monotonic

import structlog
from livekit import rtc

from dynaris.calls.audio.assets import AssetRefused, fetched
from dynaris.calls.audio.played import SLICE
from dynaris.calls.audio.tones import Sound, busy, hold_music, played_once, repeated, ringback
from dynaris.calls.rooms.room import RATE, READY, Joined, Track, is_caller, joined
from dynaris.calls.rooms.taking import told_in
from dynaris.calls.rooms.worker import Job
from dynaris.calls.taking import read_ticket
from dynaris.core.outbound import Outbound
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_ATLAS, _NAMED = "atlas", "lk.agent.name"
_AHEAD = 0.1
_BUSY_SECONDS = 6.0
_TONES = {"hold": hold_music, "busy": busy, "ringback": ringback}


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    asset_url: str
    loop: bool
    id: str


def command_of(attributes: dict[str, str]) -> Command | None:
    name = attributes.get("media.command", "")
    if not name:
        return None
    loop = attributes.get("media.loop", "").lower() == "true"
    return Command(name, attributes.get("media.asset_url", ""), loop, attributes.get("media.command_id", ""))


async def accompany(services: Services, job: Job) -> None:
    """Until the caller has left."""
    about = told_in(job)
    if read_ticket(services.accounts.vault, str(about.get("ticket", ""))) is None:
        return
    async with joined(job) as here:
        bot = MediaBot(here, Outbound.of(services.settings))
        await bot.run(alone=about.get("play") == "busy", outbound=about.get("outbound") is True)


class MediaBot:
    def __init__(self, here: Joined, outbound: Outbound) -> None:
        self._here, self._outbound = here, outbound
        self._track = Track(here.room, "media", rtc.TrackSource.SOURCE_SCREENSHARE_AUDIO)
        self._sound: Sound | None = None
        self._why = ""  # what it plays is for
        self._wakes = asyncio.Event()
        self._last_id = ""
        self._over = asyncio.Event()
        self._fetching: asyncio.Task[None] | None = None

    async def run(self, *, alone: bool, outbound: bool) -> None:
        """`alone`: nobody answers, and they hear that."""
        room = self._here.room
        if await self._here.answered(outbound=outbound, seconds=120) is None:
            return
        await self._track.publish()
        playing = asyncio.create_task(self._play())
        room.on("participant_attributes_changed", lambda _, who: self._changed(who))
        room.on("participant_disconnected", lambda _: self._look())
        room.on("disconnected", lambda *_: self._over.set())
        try:
            if alone:
                self._set(busy(RATE))
                await asyncio.sleep(_BUSY_SECONDS)
                return
            self._look()
            if caller := self._here.caller:
                self._changed(caller)
            await self._over.wait()
        finally:
            playing.cancel()
            if self._fetching:
                self._fetching.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            await self._track.aclose()

    def _look(self) -> None:
        """Rings while no Atlas is there to speak: at first, and where its process died until another has come."""
        if self._here.caller is None or self._here.gone.is_set():
            self._over.set()
        elif not self._is_atlas_ready():
            if self._sound is None:
                self._set(ringback(RATE), "waiting")
        elif self._why == "waiting":
            self._set(None)

    def _is_atlas_ready(self) -> bool:
        there = self._here.room.remote_participants.values()
        return any(who.attributes.get(_NAMED) == _ATLAS and READY in who.attributes for who in there)

    def _changed(self, who: rtc.Participant) -> None:
        if not isinstance(who, rtc.RemoteParticipant) or not is_caller(who):
            self._look()
            return
        command = command_of(dict(who.attributes))
        if command is None or (command.id and command.id == self._last_id):
            return
        self._last_id = command.id
        if self._fetching:
            self._fetching.cancel()
        if command.name == "play":
            self._fetching = asyncio.create_task(self._fetch(command))
        elif tone := _TONES.get(command.name):
            self._set(tone(RATE), command.name)
        else:
            self._set(None)
            self._look()

    async def _fetch(self, command: Command) -> None:
        try:
            samples = await fetched(command.asset_url, RATE, self._outbound)
        except AssetRefused as error:
            log.warning("media_bot.no_asset", reason=str(error))
            self._set(hold_music(RATE), "hold")  # quiet would be taken for a line that is dead
            return
        over = partial(self._set, None)
        self._set(repeated(samples) if command.loop else played_once(samples, over), "play")

    def _set(self, sound: Sound | None, why: str = "") -> None:
        if sound is None:
            self._track.clear()
        self._sound, self._why = sound, why
        self._wakes.set()

    async def _play(self) -> None:
        due = monotonic()
        while True:
            if self._sound is None:
                self._wakes.clear()
                await self._wakes.wait()
                due = monotonic()
                continue
            self._track.play(self._sound(round(RATE * SLICE)))
            due += SLICE
            await asyncio.sleep(max(0.0, due - _AHEAD - monotonic()))
