"""Telephone calls by Twilio: its webhook takes a call in, a media stream carries the sound, its API ends it."""

from typing import Any, ClassVar

import aiohttp
import orjson
from fastapi import APIRouter
from starlette.websockets import WebSocket

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    CallUpdate,
    ChannelHost,
    ChannelTraits,
    Inbound,
    Line,
    NewCall,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    SendReceipt,
    TryLater,
    WebhookRequest,
)
from dynaris.channels.voice_twilio import read, stream
from dynaris.channels.voice_twilio.paths import AFTER, CALL, STATUS
from dynaris.channels.voice_twilio.settings import TwilioVoiceSettings
from dynaris.channels.voice_twilio.signature import HEADER, is_signed
from dynaris.core.addresses import addresses
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

Number = Account[TwilioVoiceSettings]

_SECONDS = aiohttp.ClientTimeout(total=15, connect=5)
_GONE = (404, 20404, 21220)  # no such call, or it is not in progress


class TwilioVoiceChannel:
    name: ClassVar[str] = "voice_twilio"
    traits: ClassVar[ChannelTraits] = ChannelTraits(spoken=True, arrivals=("telephone calls",))
    address_kind: ClassVar[AddressKind] = AddressKind.PHONE
    settings: type[TwilioVoiceSettings] = TwilioVoiceSettings

    def __init__(self) -> None:
        self._gateway = ""
        self._outbound = Outbound()

    def configure(self, settings: Settings) -> None:
        self._gateway, self._outbound = addresses(settings).gateway, Outbound.of(settings)

    async def close(self) -> None:
        """Nothing is kept open: Twilio is asked a few times for each call at most."""

    def routes(self, host: ChannelHost) -> APIRouter:
        from dynaris.channels.voice_twilio.routes import call_routes

        return call_routes(self, host)

    @property
    def after(self) -> str:
        """Where Twilio asks once our socket is closed."""
        return f"{self._gateway}{AFTER}"

    def called_at(self, account: Number) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"A call comes in": CALL, "Call status changes": STATUS}

    def own_addresses(self, account: Number) -> frozenset[str]:
        return frozenset({account.address})

    def checked(self, request: WebhookRequest, account: Number, path: str) -> dict[str, str]:
        """Its fields. Raises `Rejected` for what Twilio did not sign."""
        fields = read.fields_of(request.body)
        token = account.settings.auth_token.get_secret_value()
        if not is_signed(f"{self._gateway}{path}", fields, token, request.headers.get(HEADER, "")):
            raise Rejected(
                f"{HEADER} is not what this number's auth token makes of {self._gateway}{path}: the address in "
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
        return read.update(self.checked(request, account, path))

    def read(self, arrival: Arrival, account: Number) -> Inbound:  # noqa: ARG002 - Twilio named the number
        return read.inbound(arrival)

    def call(self, arrival: Arrival, account: Number) -> NewCall:  # noqa: ARG002 - as above
        return read.call(arrival)

    async def line(self, socket: WebSocket) -> Line:
        return await stream.opened(socket)

    async def send(self, message: OutboundMessage, account: Number) -> SendReceipt:  # noqa: ARG002 - nothing is sent
        raise Refused("a call is not written to: call back, or write on another channel")

    async def hang_up(self, account: Number, external_id: str) -> None:
        await self._ask(account, f"Calls/{external_id}.json", {"Status": "completed"})

    async def _ask(self, account: Number, path: str, fields: dict[str, str]) -> dict[str, Any]:
        """Raises `TryLater` or `Refused`; nothing is said of a call that is over."""
        settings = account.settings
        url = f"{settings.api_url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/{path}"
        auth = aiohttp.BasicAuth(settings.account_sid, settings.auth_token.get_secret_value())
        try:
            async with (
                aiohttp.ClientSession(connector=self._outbound.http_connector(limit=1), timeout=_SECONDS) as http,
                http.post(url, data=fields, auth=auth, allow_redirects=False) as response,
            ):
                status, body = response.status, await response.content.read(200_000)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(f"Twilio cannot be reached: {error or type(error).__name__}") from error
        said = _parsed(body)
        if status < 300:
            return said
        if status == 404 or said.get("code") in _GONE:
            return {}
        why = f"Twilio answered {status}: {str(said.get('message') or 'no reason')[:300]}"
        if status == 429 or status >= 500:
            raise TryLater(why)
        raise Refused(why, "account" if status in (401, 403) else "message")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
