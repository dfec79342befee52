"""Calls as rooms of a LiveKit server: webhooks tell of them, agents join them, LiveKit's API ends them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from fastapi import APIRouter
from starlette.websockets import WebSocket

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelHost,
    ChannelTraits,
    Examination,
    Inbound,
    Line,
    NewCall,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Ringing,
    RoomAccess,
    RoomServer,
    SendReceipt,
    TransferState,
    Visitor,
    WebhookRequest,
)
from dynaris.channels.voice_livekit import read
from dynaris.channels.voice_livekit.calls import Calls
from dynaris.channels.voice_livekit.examine import examine
from dynaris.channels.voice_livekit.paths import WEBHOOK
from dynaris.channels.voice_livekit.rest import Gone, LiveKitApi
from dynaris.channels.voice_livekit.rooms import Rooms
from dynaris.channels.voice_livekit.set_up import numbers_of, set_up
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings
from dynaris.channels.voice_livekit.tokens import check_webhook, issuer
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

Number = Account[LiveKitVoiceSettings]


class LiveKitVoiceChannel:
    name: ClassVar[str] = "voice_livekit"
    traits: ClassVar[ChannelTraits] = ChannelTraits(spoken=True, arrivals=("telephone calls",))
    address_kind: ClassVar[AddressKind] = AddressKind.PHONE
    settings: type[LiveKitVoiceSettings] = LiveKitVoiceSettings

    def __init__(self) -> None:
        self._installation: RoomServer | None = None
        self._outbound = Outbound()
        self.api = LiveKitApi()
        self.rooms = Rooms(self.api)

    def configure(self, settings: Settings) -> None:
        url, key, secret = settings.livekit_url, settings.livekit_api_key, settings.livekit_api_secret
        self._installation = RoomServer(url, key, secret.get_secret_value(), True) if url and key and secret else None
        self._outbound = Outbound.of(settings)
        self.api.configure(settings)

    async def close(self) -> None:
        """Nothing is kept open."""

    def faults_of(self, settings: Mapping[str, Any]) -> dict[str, str]:
        host = str(settings.get("url") or "").partition("://")[2].partition("/")[0].rpartition("@")[2]
        host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        fault = self._outbound.fault_of_host(host) if host else None
        return {"url": fault} if fault else {}

    def server(self, account: Number) -> RoomServer | None:
        own = account.settings
        if own.url and own.api_key and own.api_secret:
            return RoomServer(own.url, own.api_key, own.api_secret.get_secret_value())
        return None if own.url else self._installation

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.voice_livekit.routes import call_routes

        return call_routes(self, host)

    async def listen(self, account: Number, host: ChannelHost) -> None:
        await Calls(self, host, account).look()

    async def examine(self, account: Number) -> Sequence[Examination]:
        return await examine(self.api, self.server(account), account)

    async def set_up(self, account: Number) -> Sequence[Examination]:
        return await set_up(self.api, self._server(account), account)

    def called_at(self, account: Number) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"LiveKit's webhook": WEBHOOK}

    def own_addresses(self, account: Number) -> frozenset[str]:
        return frozenset(numbers_of(account))

    def of_webhook(self, request: WebhookRequest, accounts: Sequence[Number]) -> tuple[list[Number], read.Event]:
        """Whose it may be: the account that the room names, or whose number was dialled. Raises `Rejected` for what
        none of their secrets signed."""
        proof = request.headers.get("authorization", "")
        key = issuer(proof)
        named = [(each, server) for each in accounts if (server := self.server(each)) and server.key == key]
        signed, refused = list[Number](), Rejected("Authorization: no number here is of this API key")
        for each, server in named:
            try:
                check_webhook(server, proof, request.body)
            except Rejected as error:
                refused = error
            else:
                signed.append(each)
        if not signed:
            raise refused
        event = read.event(request.body)
        return [each for each in signed if event.room and self.leads_to(each, event)], event

    def leads_to(self, number: Number, event: read.Event) -> bool:
        if owner := event.metadata.get("account"):
            return owner == str(number.id)
        # Of a SIP call later events name the number, too; that a room ended is told by its name alone.
        if dialled := read.called(event):
            return dialled in numbers_of(number) or f"+{dialled}" in numbers_of(number)
        return event.room.startswith(read.PREFIX) and event.participant is None

    def receive(self, request: WebhookRequest, account: Number) -> Received:
        numbers, event = self.of_webhook(request, [account])
        if not numbers or not (event.participant and event.participant.is_caller):
            return Received()
        return Received(arrivals=[read.arrival(event, request.body)])

    def read(self, arrival: Arrival, account: Number) -> Inbound:
        return read.inbound(arrival, account.settings)

    def call(self, arrival: Arrival, account: Number) -> NewCall:
        return read.call(arrival, account.address, account.settings)

    def is_public(self, account: Number) -> bool:
        return self.server(account) is not None

    async def line(self, socket: WebSocket) -> Line:  # noqa: ARG002 - the carriers' contract
        raise Rejected("these calls are rooms, not sockets", 404, "not_found")

    async def send(self, message: OutboundMessage, account: Number) -> SendReceipt:  # noqa: ARG002 - nothing is sent
        raise Refused("a call is not written to: call back, or write on another channel")

    async def hang_up(self, account: Number, external_id: str) -> None:
        await self.rooms.delete(self._server(account), external_id)

    async def place(self, account: Number, called: str, ringing: Ringing, call_id: UUID) -> str:
        return await self.rooms.call(self._server(account), account, called, ringing, call_id)

    async def transfer(self, account: Number, external_id: str, number: str) -> TransferState | None:
        await self.rooms.transfer(self._server(account), account, external_id, number)
        return "done"

    async def invite(self, account: Number, visitor: Visitor) -> RoomAccess:
        return await self.rooms.invite(self._server(account), account, visitor)

    async def dismiss(self, account: Number, visitor: str) -> None:
        await self.rooms.dismiss(self._server(account), visitor)

    async def signal(self, account: Number, external_id: str, attributes: dict[str, str]) -> None:
        try:
            await self.rooms.signal(self._server(account), external_id, attributes)
        except Gone as error:
            raise Refused(error.reason) from error

    def _server(self, account: Number) -> RoomServer:
        if (server := self.server(account)) is None:
            raise Refused("no LiveKit server is named: url, api_key and api_secret, or DYNARIS_LIVEKIT_URL", "account")
        return server
