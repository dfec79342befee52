"""Telephone calls by Twilio: its webhook takes a call in, a media stream carries the sound, its API ends it."""

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.websockets import WebSocket

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    CallUpdate,
    ChannelHost,
    ChannelTraits,
    Examination,
    Inbound,
    Line,
    NewCall,
    NumberThere,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Ringing,
    SendReceipt,
    TextBack,
    WebhookRequest,
)
from dynaris.channels.voice_twilio import read, stream, twiml
from dynaris.channels.voice_twilio.examine import examine
from dynaris.channels.voice_twilio.paths import AFTER, ANSWERED_BY, CALL, NOTE, STATUS, TRANSFERRED
from dynaris.channels.voice_twilio.rest import TwilioApi
from dynaris.channels.voice_twilio.settings import SANDBOX, TwilioVoiceSettings
from dynaris.channels.voice_twilio.signature import HEADER, is_signed
from dynaris.core.addresses import addresses
from dynaris.core.settings import Settings

Number = Account[TwilioVoiceSettings]


class TwilioVoiceChannel:
    name: ClassVar[str] = "voice_twilio"
    traits: ClassVar[ChannelTraits] = ChannelTraits(spoken=True, arrivals=("telephone calls",))
    address_kind: ClassVar[AddressKind] = AddressKind.PHONE
    settings: type[TwilioVoiceSettings] = TwilioVoiceSettings

    def __init__(self) -> None:
        self._gateway = ""
        self.api = TwilioApi()

    def configure(self, settings: Settings) -> None:
        self._gateway = addresses(settings).gateway
        self.api.configure(settings)

    async def close(self) -> None:
        """Nothing is kept open."""

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.voice_twilio.routes import call_routes

        return call_routes(self, host)

    def at(self, path: str, **query: str) -> str:
        """As Twilio reaches it, and signs it."""
        return f"{self._gateway}{path}" + (f"?{urlencode(query)}" if query else "")

    async def examine(self, account: Number) -> Sequence[Examination]:
        return await examine(self.api, account, self._gateway)

    def called_at(self, account: Number) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"A call comes in": CALL, "Call status changes": STATUS}

    def own_addresses(self, account: Number) -> frozenset[str]:
        return frozenset({account.address})

    def checked(self, request: WebhookRequest, account: Number, path: str) -> dict[str, str]:
        """Its fields. Raises `Rejected` for what Twilio did not sign."""
        fields = read.fields_of(request.body)
        token = account.settings.auth_token.get_secret_value()
        address = self.at(path, **request.query)
        if not is_signed(address, fields, token, request.headers.get(HEADER, "")):
            raise Rejected(
                f"{HEADER} is not what this number's auth token makes of {address}: the address in "
                "Twilio's console and the auth token have to be exactly these"
            )
        named = dict(fields)
        if named.get("AccountSid", account.settings.account_sid) != account.settings.account_sid:
            raise Rejected("AccountSid is that of another account than this number's")
        return named

    def receive(self, request: WebhookRequest, account: Number) -> Received:
        sid = read.sid_of(self.checked(request, account, CALL))
        return Received(arrivals=[Arrival(external_id=sid, lane=f"call:{sid}", raw=request.body)])

    def told(self, request: WebhookRequest, account: Number, path: str) -> CallUpdate:
        """Raises `Rejected`."""
        return read.update(self.checked(request, account, path), request.query.get("call"))

    def read(self, arrival: Arrival, account: Number) -> Inbound:  # noqa: ARG002 - Twilio named the number
        return read.inbound(arrival)

    def call(self, arrival: Arrival, account: Number) -> NewCall:  # noqa: ARG002 - as above
        return read.call(arrival)

    def is_public(self, account: Number) -> bool:
        return account.settings.api_url != SANDBOX

    async def line(self, socket: WebSocket) -> Line:
        return await stream.opened(socket)

    async def numbers(self, account: Number) -> Sequence[NumberThere]:
        said = await self.api.get(account, "IncomingPhoneNumbers.json", {"PageSize": "1000"})
        here = self.at(CALL)
        return [
            NumberThere(
                str(each.get("phone_number") or ""),
                str(each.get("friendly_name") or ""),
                each.get("voice_url") == here and not each.get("trunk_sid") and not each.get("voice_application_sid"),
            )
            for each in said.get("incoming_phone_numbers") or []
            if (each.get("capabilities") or {}).get("voice", True)
        ]

    async def lead(self, account: Number, *, here: bool) -> None:
        said = await self.api.get(account, "IncomingPhoneNumbers.json", {"PhoneNumber": account.address})
        about = next(iter(said.get("incoming_phone_numbers") or ()), None)
        if about is None:
            raise Refused(f"{account.address} is no number of this account")
        if not here and about.get("voice_url") != self.at(CALL):
            return  # somebody leads it elsewhere already
        fields = [
            ("VoiceUrl", self.at(CALL) if here else ""),
            ("VoiceMethod", "POST"),
            ("StatusCallback", self.at(STATUS) if here else ""),
            ("StatusCallbackMethod", "POST"),
        ]
        await self.api.post(account, f"IncomingPhoneNumbers/{about['sid']}.json", fields)

    def text_back(self, account: Number) -> TextBack | None:
        text = account.settings.missed_call_text
        return TextBack(text, by_mail=account.settings.missed_call_by == "mail") if text else None

    async def send(self, message: OutboundMessage, account: Number) -> SendReceipt:
        if "text_back" not in message.data:
            raise Refused("a call is not written to: call back, or write on another channel")
        fields = [("From", account.address), ("To", message.to), ("Body", message.text)]
        said = await self.api.post(account, "Messages.json", fields)
        return SendReceipt(external_id=str(said.get("sid") or "") or None)

    async def hang_up(self, account: Number, external_id: str) -> None:
        await self.api.change(account, external_id, [("Status", "completed")])

    async def place(self, account: Number, called: str, ringing: Ringing, call_id: UUID) -> str:
        ours = {"call": str(call_id)}
        events = [("StatusCallbackEvent", event) for event in ("ringing", "answered", "completed")]
        said = await self.api.post(
            account,
            "Calls.json",
            [
                ("From", account.address),
                ("To", called),
                ("Twiml", self.connecting(ringing, call=str(call_id))),
                ("Timeout", str(account.settings.ring_seconds)),
                ("StatusCallback", self.at(STATUS, **ours)),
                *events,
                ("MachineDetection", "DetectMessageEnd"),
                ("AsyncAmd", "true"),
                ("AsyncAmdStatusCallback", self.at(ANSWERED_BY, **ours)),
            ],
        )
        return read.sid_of({"CallSid": str(said.get("sid", ""))})

    async def transfer(self, account: Number, external_id: str, number: str) -> None:
        if not await self.api.change(
            account, external_id, [("Twiml", self.transferring(account, external_id, number))]
        ):
            raise Refused("the call has ended")

    def connecting(self, ringing: Ringing, **ours: str) -> str:
        """TwiML."""
        return twiml.connected(f"{ringing.sockets}/{self.name}", ringing.ticket, self.at(AFTER, **ours))

    def transferring(self, account: Number, external_id: str, number: str) -> str:
        """TwiML."""
        note, then = self.at(NOTE, call=external_id), self.at(TRANSFERRED)
        return twiml.transferred(number, account.address, note=note, then=then)
