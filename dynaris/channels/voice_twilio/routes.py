"""`POST /twilio/...`: Twilio says that a call comes in, that our socket closed, what became of a transfer, and how a
call ended."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from dynaris.channels.contract import Account, ChannelHost, Ringing, WebhookRequest
from dynaris.channels.voice_twilio import read, twiml
from dynaris.channels.voice_twilio.paths import (
    AFTER,
    ANSWERED_BY,
    CALL,
    NOTE,
    STATUS,
    TAKEN,
    TRANSFERRED,
)
from dynaris.channels.voice_twilio.settings import TwilioVoiceSettings
from dynaris.channels.voice_twilio.words import PRESS
from dynaris.core.errors import NotFound
from dynaris.core.http import PROBLEMS

if TYPE_CHECKING:
    from dynaris.channels.voice_twilio.adapter import TwilioVoiceChannel

Number = Account[TwilioVoiceSettings]
CallSid = Annotated[str, Query(alias="call", max_length=64, description="The call that is transferred.")]


def call_routes(channel: "TwilioVoiceChannel", host: ChannelHost) -> APIRouter:
    router, twilio = APIRouter(tags=["calls"], responses=PROBLEMS), _Twilio(channel, host)
    _add_calls(router, twilio)
    _add_transfers(router, twilio)
    return router


@dataclass(frozen=True)
class _Twilio:
    """What each of its requests needs."""

    channel: "TwilioVoiceChannel"
    host: ChannelHost

    async def number(self, request: Request) -> tuple[WebhookRequest, Number]:
        """Raises `NotFound`."""
        call = WebhookRequest(request.method, request.headers, dict(request.query_params), await request.body())
        fields = dict(read.fields_of(call.body))
        # Of a call that we began ours is the number that calls.
        for name in (fields.get("To", ""), fields.get("From", "")):
            if account := await self.host.account(self.channel.name, name[:50]):
                return call, account
        raise NotFound(f"no number here is {fields.get('To', '')[:50] or 'named in To'}: connect it first")

    async def told(self, request: Request, path: str) -> Response:
        call, account = await self.number(request)
        await self.host.call_told(account, self.channel.told(call, account, path))
        return Response(status_code=204)

    async def goes_on(self, request: Request, path: str) -> Response:
        call, account = await self.number(request)
        told = self.channel.told(call, account, path)
        ringing = await self.host.call_told(account, told)
        return self.connect(account, told.external_id, ringing) if ringing else _xml(twiml.hung_up())

    def connect(self, account: Number, sid: str, ringing: Ringing) -> Response:
        if not ringing.goes_on:
            return _xml(twiml.hung_up())
        if ringing.transfer_to:
            return _xml(self.channel.transferring(account, sid, ringing.transfer_to))
        return _xml(self.channel.connecting(ringing))


def _add_calls(router: APIRouter, twilio: _Twilio) -> None:
    channel, host = twilio.channel, twilio.host

    @router.post(CALL, summary="A call comes in", response_class=Response)
    async def voice(request: Request) -> Response:
        """Stored before Twilio is told where to connect it; asked again, the same call is the same call. Where it
        goes on to a SIP address, whoever answers there stores it; it is ours once nobody did."""
        call, account = await twilio.number(request)
        (arrival,) = channel.receive(call, account).arrivals
        if address := account.settings.sip_address:
            dialled = dict(read.fields_of(call.body)).get("DialCallStatus")
            if dialled in ("completed", "answered"):
                return _xml(twiml.hung_up())
            if dialled is None:
                return _xml(twiml.dialled(address, then=channel.at(CALL)))
        return twilio.connect(account, arrival.external_id, await host.ring(account, arrival))

    @router.post(AFTER, summary="Our socket closed", response_class=Response)
    async def after(request: Request) -> Response:
        """While the call is not over for us, a socket that broke is opened again."""
        return await twilio.goes_on(request, AFTER)

    @router.post(ANSWERED_BY, summary="Who answered our call: somebody, or a machine", status_code=204)
    async def answered_by(request: Request) -> Response:
        return await twilio.told(request, ANSWERED_BY)

    @router.post(STATUS, summary="How a call is", status_code=204)
    async def status(request: Request) -> Response:
        return await twilio.told(request, STATUS)


def _add_transfers(router: APIRouter, twilio: _Twilio) -> None:
    channel, host = twilio.channel, twilio.host

    @router.post(TRANSFERRED, summary="A transfer is over", response_class=Response)
    async def transferred(request: Request) -> Response:
        """Nobody took it: the caller is ours again."""
        return await twilio.goes_on(request, TRANSFERRED)

    @router.post(NOTE, summary="Somebody answered a transfer", response_class=Response)
    async def note(request: Request, sid: CallSid) -> Response:
        """They are told what it is about, and asked for a key."""
        call, account = await twilio.number(request)
        channel.checked(call, account, NOTE)
        ringing = await host.call_told(account, read.transfer(sid, None))
        if ringing is None or not ringing.goes_on:
            return _xml(twiml.hung_up())
        press = PRESS.get(ringing.language, PRESS["en"])
        return _xml(twiml.told(ringing.note, press, ringing.language, channel.at(TAKEN, call=sid)))

    @router.post(TAKEN, summary="They pressed a key", response_class=Response)
    async def taken(request: Request, sid: CallSid) -> Response:
        """From here on both talk."""
        call, account = await twilio.number(request)
        channel.checked(call, account, TAKEN)
        await host.call_told(account, read.transfer(sid, "talking"))
        return _xml(twiml.nothing())


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml")
