"""The rooms of calls: opened, agents sent for, callers called, put through and let go."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from dynaris.channels.contract import Account, Refused, Ringing, RoomAccess, RoomServer, TryLater, Visitor
from dynaris.channels.voice_livekit.read import OURS, PREFIX, Participant, ours_in, participant
from dynaris.channels.voice_livekit.rest import Gone, LiveKitApi
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings
from dynaris.channels.voice_livekit.tokens import token
from dynaris.core import clock
from dynaris.core.ids import new_token

Number = Account[LiveKitVoiceSettings]

ATLAS, MEDIA_BOT = "atlas", "media-bot"
AGENT_NAME = "lk.agent.name"  # the attribute by which LiveKit's agents say who they are
_EMPTY_SECONDS, _LEFT_SECONDS = 120, 10  # for which a room waits for its first participant, and after the last
_TRANSFER_SECONDS = 30


class Rooms:
    """At the server of an account."""

    def __init__(self, api: LiveKitApi) -> None:
        self._api = api

    async def send_for(
        self, server: RoomServer, room: str, ringing: Ringing, agents: Sequence[str] = (MEDIA_BOT, ATLAS), **more: Any
    ) -> None:
        """Agents, by name: LiveKit gives the job to a worker that registered under it."""
        metadata = orjson.dumps({"ticket": ringing.ticket, "language": ringing.language, **more}).decode()
        await asyncio.gather(
            *(
                self._api.room(
                    server,
                    "CreateDispatch",
                    room,
                    service="AgentDispatchService",
                    agentName=name,
                    metadata=metadata,
                )
                for name in agents
            )
        )

    async def participants(self, server: RoomServer, room: str) -> list[tuple[Participant, dict[str, Any]]]:
        """With what LiveKit says of each; none of a room that is gone."""
        try:
            said = await self._api.room(server, "ListParticipants", room)
        except Gone:
            return []
        return [(participant(each), each) for each in said.get("participants") or [] if isinstance(each, dict)]

    async def caller(self, server: RoomServer, room: str) -> Participant | None:
        return next((each for each, _ in await self.participants(server, room) if each.is_caller), None)

    async def delete(self, server: RoomServer, room: str) -> None:
        try:
            await self._api.room(server, "DeleteRoom", room)
        except Gone:
            return

    async def remove(self, server: RoomServer, room: str, identity: str) -> None:
        try:
            await self._api.room(server, "RemoveParticipant", room, identity=identity)
        except Gone:
            return

    async def call(self, server: RoomServer, number: Number, called: str, ringing: Ringing, call_id: UUID) -> str:
        """The room's name, the same for each try. Whoever is called is rung once the agents are sent for: they wait
        until somebody answers."""
        if not number.settings.outbound_trunk:
            raise Refused("nobody can be called from this number: its settings name no outbound_trunk", "account")
        room = f"{PREFIX}out-{call_id}"
        await self._open(server, room, number, call=str(call_id))
        await self.send_for(server, room, ringing, outbound=True)
        try:
            await self._api.sip(
                server,
                "CreateSIPParticipant",
                room=room,
                sipTrunkId=number.settings.outbound_trunk,
                sipCallTo=called,
                sipNumber=number.address,
                roomName=room,
                participantIdentity="callee",
                participantAttributes={f"{OURS}.party": "contact"},
                ringingTimeout=f"{number.settings.ring_seconds}s",
                waitUntilAnswered=False,
            )
        except (TryLater, Refused):
            await self.delete(server, room)  # its agents wait there for nobody
            raise
        return room

    async def invite(self, server: RoomServer, number: Number, visitor: Visitor) -> RoomAccess:
        room = f"{PREFIX}web-{new_token()[:24]}"
        about = {"visitor": visitor.key, **({"agent": visitor.agent} if visitor.agent else {})}
        await self._open(server, room, number, most=4, **about)
        lasts = timedelta(minutes=visitor.minutes)
        grants = {
            "room": room, "roomJoin": True, "canPublish": True, "canSubscribe": True, "canPublishData": False,
            "canPublishSources": ["microphone"],
        }  # fmt: skip
        allowed = token(
            server,
            seconds=int(lasts.total_seconds()),
            identity="caller",
            name=visitor.name or "",
            video=grants,
            attributes={f"{OURS}.party": "contact"},
        )
        url = f"ws{server.url.removeprefix('ws').removeprefix('http')}"
        return RoomAccess(room_name=room, token=allowed, ws_url=url, expires_at=clock.now() + lasts)

    async def dismiss(self, server: RoomServer, visitor: str) -> None:
        for each in await self._api.rooms(server):
            if ours_in(each.get("metadata")).get("visitor") == visitor:
                await self.delete(server, str(each.get("name")))

    async def transfer(self, server: RoomServer, number: Number, room: str, to: str) -> None:
        """By REFER: their side rings there, and takes them off our line once somebody answers."""
        caller = await self.caller(server, room)
        if caller is None:
            raise Refused("the call has ended")
        if caller.kind != "SIP":
            raise Refused("only who calls by telephone can be put through to a number")
        host = number.settings.transfer_host
        await self._api.sip(
            server,
            "TransferSIPParticipant",
            room=room,
            seconds=_TRANSFER_SECONDS + 10,
            roomName=room,
            participantIdentity=caller.identity,
            transferTo=f"sip:{to}@{host}" if host else f"tel:{to}",
            playDialtone=True,
            ringingTimeout=f"{_TRANSFER_SECONDS}s",
        )

    async def signal(self, server: RoomServer, room: str, attributes: Mapping[str, str]) -> None:
        caller = await self.caller(server, room)
        if caller is None:
            raise Gone("the caller has left")
        await self._api.room(server, "UpdateParticipant", room, identity=caller.identity, attributes=dict(attributes))

    async def open_rooms(self, server: RoomServer) -> dict[str, dict[str, Any]]:
        """By name, of those old enough that their webhook should have come."""
        recent = time.time() - 3
        return {
            str(each.get("name")): each
            for each in await self._api.rooms(server)
            if str(each.get("name", "")).startswith(PREFIX) and int(each.get("creationTime") or 0) < recent
        }

    async def _open(self, server: RoomServer, room: str, number: Number, most: int = 0, **about: str) -> None:
        ours = {OURS: {"account": str(number.id), **about}}
        await self._api.room(
            server,
            "CreateRoom",
            room,
            name=room,
            emptyTimeout=_EMPTY_SECONDS,
            departureTimeout=_LEFT_SECONDS,
            maxParticipants=most,
            metadata=orjson.dumps(ours).decode(),
        )
