"""`POST /twilio/...`: Twilio says that a call comes in, that our socket closed, and how a call ended."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from dynaris.channels.contract import Account, ChannelHost, Ringing, WebhookRequest
from dynaris.channels.voice_twilio import read, twiml
from dynaris.channels.voice_twilio.paths import AFTER, CALL, STATUS
from dynaris.channels.voice_twilio.settings import TwilioVoiceSettings
from dynaris.core.errors import NotFound
from dynaris.core.http import PROBLEMS

if TYPE_CHECKING:
    from dynaris.channels.voice_twilio.adapter import TwilioVoiceChannel

Number = Account[TwilioVoiceSettings]


def call_routes(channel: "TwilioVoiceChannel", host: ChannelHost) -> APIRouter:
    router = APIRouter(tags=["calls"], responses=PROBLEMS)

    async def number(request: Request) -> tuple[WebhookRequest, Number]:
        call = WebhookRequest(request.method, request.headers, {}, await request.body())
        fields = dict(read.fields_of(call.body))
        # Of a call that we began ours is the number that calls.
        for name in (fields.get("To", ""), fields.get("From", "")):
            if account := await host.account(channel.name, name[:50]):
                return call, account
        raise NotFound(f"no number here is {fields.get('To', '')[:50] or 'named in To'}: connect it first")

    @router.post(CALL, summary="A call comes in", response_class=Response)
    async def voice(request: Request) -> Response:
        """Stored before Twilio is told where to connect it; asked again, the same call is the same call."""
        call, account = await number(request)
        (arrival,) = channel.receive(call, account).arrivals
        return _connect(await host.ring(account, arrival))

    @router.post(AFTER, summary="Our socket closed", response_class=Response)
    async def after(request: Request) -> Response:
        """While the call is not over for us, a socket that broke is opened again."""
        call, account = await number(request)
        ringing = await host.call_told(account, channel.told(call, account, AFTER))
        return _connect(ringing) if ringing else _xml(twiml.hung_up())

    @router.post(STATUS, summary="How a call is", status_code=204)
    async def status(request: Request) -> Response:
        call, account = await number(request)
        await host.call_told(account, channel.told(call, account, STATUS))
        return Response(status_code=204)

    def _connect(ringing: Ringing) -> Response:
        if not ringing.goes_on:
            return _xml(twiml.hung_up())
        socket = f"{ringing.sockets}/{channel.name}"
        return _xml(twiml.connected(socket, ringing.ticket, channel.after))

    return router


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml")
