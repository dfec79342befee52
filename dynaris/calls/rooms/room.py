"""A room that we joined: who calls, what they say, and a track of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from livekit import rtc

from dynaris.calls.rooms.worker import Job
from dynaris.channels.contract import Key, LineEvent, Sound

RATE = 16_000  # what hearing works with; a telephone's line has less, LiveKit's has more
_MOST_WAITING = 1_500  # of what nobody took: 30 seconds
_SLICE_MS = 20
_BUFFER_MS = 200  # of our sound that leaves evenly, whatever the process does meanwhile
_PERSONS = (rtc.ParticipantKind.PARTICIPANT_KIND_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD)
_PARTY = "dynaris.party"
_CHANGES: tuple[rtc.room.EventTypes, ...] = (
    "participant_connected",
    "participant_disconnected",
    "participant_attributes_changed",
    "disconnected",
)
READY = "dynaris.ready"  # the attribute of an agent that has begun to speak
_STATUS, _TALKING = "sip.callStatus", ("active", "automation")


class Joined:
    """A room while we are in it."""

    def __init__(self, room: rtc.Room) -> None:
        self.room = room
        self.gone = asyncio.Event()  # we are out of it
        self._changed = asyncio.Event()
        room.on("disconnected", lambda *_: self.gone.set())
        for event in _CHANGES:
            room.on(event, lambda *_: self._changed.set())  # type: ignore[arg-type] - they are all such

    @property
    def caller(self) -> rtc.RemoteParticipant | None:
        return next(filter(is_caller, self.room.remote_participants.values()), None)

    async def answered(self, *, outbound: bool, seconds: float) -> rtc.RemoteParticipant | None:
        """Whoever calls, once they are there; of one whom we call, once they have answered. `None`: nobody in time."""
        was_there = False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.gone.is_set() and (self.caller or not was_there):
                    was_there = (caller := self.caller) is not None
                    if caller and (not outbound or caller.attributes.get(_STATUS, "active") in _TALKING):
                        return caller
                    self._changed.clear()
                    await self._changed.wait()
        return None


def is_caller(who: rtc.RemoteParticipant) -> bool:
    return who.kind in _PERSONS and who.attributes.get(_PARTY, "contact") == "contact"


@asynccontextmanager
async def joined(job: Job) -> AsyncIterator[Joined]:
    """Nothing is heard there before somebody asks for it. Raises `rtc.ConnectError`."""
    room = rtc.Room()
    here = Joined(room)
    try:
        await room.connect(job.url, job.token, options=rtc.RoomOptions(auto_subscribe=False))
        yield here
    finally:
        await room.disconnect()


class Track:
    """A track of ours: sound in, in its own time."""

    def __init__(self, room: rtc.Room, name: str, source: rtc.TrackSource.ValueType) -> None:
        self._room, self._name, self._source = room, name, source
        self._audio = rtc.AudioSource(RATE, 1, queue_size_ms=_BUFFER_MS)
        self._leaving: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._writing = asyncio.create_task(self._write())

    async def publish(self) -> None:
        track = rtc.LocalAudioTrack.create_audio_track(self._name, self._audio)
        await self._room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=self._source))

    def play(self, samples: bytes) -> None:
        with suppress(asyncio.QueueFull):
            self._leaving.put_nowait(samples)

    def clear(self) -> None:
        while not self._leaving.empty():
            self._leaving.get_nowait()
        self._audio.clear_queue()

    async def aclose(self) -> None:
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        await self._audio.aclose()

    async def _write(self) -> None:
        while True:
            samples = await self._leaving.get()
            count = len(samples) // 2
            with suppress(Exception):  # of a room that we are leaving
                await self._audio.capture_frame(rtc.AudioFrame(samples[: 2 * count], RATE, 1, count))


class RoomLine:
    """As `Line`: what the caller says, and our own track."""

    rate = RATE

    def __init__(self, here: Joined, caller: rtc.RemoteParticipant, ticket: str) -> None:
        self.ticket, self.hung_up = ticket, False
        self._here, self._caller = here, caller.identity
        self._heard: asyncio.Queue[LineEvent | None] = asyncio.Queue(_MOST_WAITING)
        self._streams: set[asyncio.Task[None]] = set()
        self._ready: asyncio.Task[None] | None = None
        self._track = Track(here.room, "atlas", rtc.TrackSource.SOURCE_MICROPHONE)
        here.room.on("track_published", self._published)
        here.room.on("track_subscribed", self._subscribed)
        here.room.on("participant_disconnected", self._left)
        here.room.on("sip_dtmf_received", self._pressed)
        here.room.on("disconnected", self._disconnected)
        for publication in caller.track_publications.values():
            self._published(publication, caller)
        if here.gone.is_set() or caller.identity not in here.room.remote_participants:
            self._left(caller)

    async def open(self) -> None:
        await self._track.publish()

    async def __aiter__(self) -> AsyncIterator[LineEvent]:
        while (event := await self._heard.get()) is not None:
            yield event

    def play(self, samples: bytes) -> None:
        if self._ready is None:
            self._ready = asyncio.create_task(self._say_ready())
        self._track.play(samples)

    def clear(self) -> None:
        self._track.clear()

    async def close(self) -> None:
        if self._ready:
            self._ready.cancel()
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        await self._track.aclose()

    async def _say_ready(self) -> None:
        with suppress(Exception):  # of a room that we are leaving
            await self._here.room.local_participant.set_attributes({READY: "true"})

    def _published(self, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        if who.identity == self._caller and publication.kind == rtc.TrackKind.KIND_AUDIO:
            publication.set_subscribed(True)

    def _subscribed(self, track: rtc.Track, _: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant) -> None:
        if who.identity == self._caller and track.kind == rtc.TrackKind.KIND_AUDIO:
            self._streams.add(asyncio.create_task(self._hear(track)))

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream.from_track(track=track, sample_rate=RATE, num_channels=1, frame_size_ms=_SLICE_MS)
        try:
            async for event in stream:
                self._put(Sound(bytes(event.frame.data)))
        finally:
            await stream.aclose()

    def _pressed(self, key: rtc.SipDTMF) -> None:
        if key.digit and key.digit in "0123456789*#":
            self._put(Key(key.digit))

    def _left(self, who: rtc.RemoteParticipant) -> None:
        if who.identity == self._caller:
            self.hung_up = True
            self._put(None)

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        """A room that was deleted was ended by somebody; else the line was lost."""
        self.hung_up = self.hung_up or reason in (
            rtc.DisconnectReason.ROOM_DELETED,
            rtc.DisconnectReason.ROOM_CLOSED,
        )
        self._put(None)

    def _put(self, event: LineEvent | None) -> None:
        while event is None and self._heard.full():
            self._heard.get_nowait()
        with suppress(asyncio.QueueFull):
            self._heard.put_nowait(event)
