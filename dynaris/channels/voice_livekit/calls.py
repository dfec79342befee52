"""The part of the carrier that starts calls and follows them, by webhook; and by looking, where webhooks are lost."""

import asyncio
import time
from typing import TYPE_CHECKING

import orjson
import structlog

from dynaris.channels.contract import (
    Account,
    CallUpdate,
    ChannelHost,
    OpenCall,
    Refused,
    RoomServer,
    TryLater,
)
from dynaris.channels.voice_livekit import read
from dynaris.channels.voice_livekit.rooms import AGENT_NAME, ATLAS, MEDIA_BOT
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings

if TYPE_CHECKING:
    from dynaris.channels.voice_livekit.adapter import LiveKitVoiceChannel

Number = Account[LiveKitVoiceSettings]

log = structlog.get_logger()

_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 12.0  # until agents that did not come are sent for again


class Calls:
    """Of one number."""

    def __init__(self, channel: "LiveKitVoiceChannel", host: ChannelHost, number: Number) -> None:
        self._rooms, self._leads_to = channel.rooms, channel.leads_to
        self._server_of = channel.server
        self._host, self._number = host, number
        self._sent: dict[str, float] = {}  # when agents were last sent for, by room

    async def taken_in(self, event: read.Event, body: bytes) -> None:
        """Whoever calls has joined the room: it is a call, and agents are sent for. Of a call that is known already,
        only who is on its line is noted: `look` sends for agents that did not come."""
        server = self._server_of(self._number)
        assert server is not None, "its webhook was proved with the server's secret"
        if event.metadata.get("call"):  # one that we placed: its agents are there
            await self.told(event)
            return
        ringing = await self._host.ring(self._number, read.arrival(event, body))
        await self.told(event)
        if ringing.duplicate:
            return
        log.info("call.room", room=event.room, account=str(self._number.id))
        if ringing.goes_on:
            await self._rooms.send_for(server, event.room, ringing)
        else:  # nobody could answer: they hear that, and not nothing
            await self._rooms.send_for(server, event.room, ringing, agents=(MEDIA_BOT,), play="busy")

    async def told(self, event: read.Event) -> None:
        await self._host.call_told(self._number, read.update(event))

    async def look(self) -> None:
        """Until cancelled: what no webhook told is found in the rooms themselves."""
        well: bool | None = None
        while True:
            try:
                if server := self._server_of(self._number):
                    await self.compare(server)
            except (TryLater, Refused) as error:
                if well is not False:
                    await self._host.health(self._number, error.reason)
                well = False
            else:
                if not well:
                    await self._host.health(self._number, None)
                well = True
            await asyncio.sleep(_LOOK_SECONDS)

    async def compare(self, server: RoomServer) -> None:
        """Raises `TryLater` or `Refused`."""
        rooms = await self._rooms.open_rooms(server)
        known = {call.external_id: call for call in await self._host.open_calls(self._number)}
        for name, room in rooms.items():
            if name not in known:
                await self._unknown(server, room)
        for name, call in known.items():
            if name.startswith(read.PREFIX):
                await self._known(server, call)
        for name in self._sent.keys() - known.keys():
            del self._sent[name]

    async def _unknown(self, server: RoomServer, room: dict[str, object]) -> None:
        """Somebody is in a room that no webhook told of; or they are still in one whose call has ended."""
        name = str(room["name"])
        for who, said in await self._rooms.participants(server, name):
            body = orjson.dumps({"event": "participant_joined", "room": room, "participant": said})
            event = read.event(body)
            if who.is_caller and self._leads_to(self._number, event) and not event.metadata.get("call"):
                ringing = await self._host.ring(self._number, read.arrival(event, body))
                log.info("call.found", room=name, account=str(self._number.id))
                await self.told(event)
                if ringing.goes_on:
                    await self._rooms.send_for(server, name, ringing)
                elif ringing.duplicate:
                    await self._rooms.delete(server, name)
                return

    async def _known(self, server: RoomServer, call: OpenCall) -> None:
        room = call.external_id
        there = [who for who, _ in await self._rooms.participants(server, room)]
        if not any(who.is_caller for who in there):
            await asyncio.sleep(1)  # they may be joining
            if await self._rooms.caller(server, room) is None:
                ended = CallUpdate(external_id=room, ended="completed" if call.held else "no_answer", left=True)
                await self._host.call_told(self._number, ended)
            return
        agents = {who.attributes[AGENT_NAME]: who.identity for who in there if AGENT_NAME in who.attributes}
        names = frozenset[str]() if call.lost else agents.keys()
        missing = [name for name in (MEDIA_BOT, ATLAS) if name not in names and not (name == ATLAS and call.held)]
        now = time.monotonic()
        last = self._sent.get(room, -_AGAIN_SECONDS) if call.lost else self._sent.setdefault(room, now)
        if not missing or call.dialling or now - last < _AGAIN_SECONDS:
            return
        self._sent[room] = now
        if call.lost:  # who died is still in the room for half a minute
            await asyncio.gather(*(self._rooms.remove(server, room, each) for each in agents.values()))
        log.warning("call.agents_missing", room=room, agents=missing)
        await self._rooms.send_for(server, room, call.ringing, agents=missing)
