"""`POST /api/process-events`: verify the signature, keep the body, answer with a signed POST."""

import asyncio
import time
from datetime import datetime
from typing import Any, ClassVar

import aiohttp
import orjson
from pydantic import (
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelTraits,
    Identity,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    Sender,
    SendReceipt,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.generic.reply import fault_of, host_of, receipt_of
from dynaris.core.crypto import hmac_sha256, same
from dynaris.core.invalid import faults_in, told
from dynaris.core.outbound import AddressRefused, Outbound
from dynaris.core.settings import Settings

WINDOW_SECONDS = 300
_CONNECT_SECONDS, _SEND_SECONDS = 10, 20


class GenericSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(
        description="Signs what this source sends, and our replies to it. Made for you where it is left out.",
        json_schema_extra={"issued": "dsk_"},
    )


class From(BaseModel):
    model_config = ConfigDict(extra="ignore")

    email: str | None = Field(default=None, max_length=320)
    phone: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _someone(self) -> "From":
        if not (self.email or self.phone):
            raise ValueError("`from` needs an email or a phone")
        return self


class GenericEvent(BaseModel):
    """The body of a generic event."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: str = Field(min_length=1, max_length=200)
    type: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    sender: From = Field(alias="from")
    subject: str | None = Field(default=None, max_length=998)
    text: str = Field(max_length=100_000)
    data: dict[str, Any] = {}
    reply_url: AnyHttpUrl | None = None

    @field_validator("occurred_at", mode="before")
    @classmethod
    def _written_out(cls, moment: object) -> object:
        if not isinstance(moment, str):
            raise ValueError("`occurred_at` is a text such as 2026-11-21T09:00:00Z")
        return moment

    @field_validator("occurred_at")
    @classmethod
    def _in_our_time(cls, moment: datetime) -> datetime:
        if not 1970 < moment.year < 2200:
            raise ValueError(f"`occurred_at` is between 1971 and 2199, not in {moment.year}")
        return moment

    @field_validator("reply_url")
    @classmethod
    def _can_be_sent_to(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url is not None and (fault := fault_of(str(url))):
            raise ValueError(f"nothing can be sent to this `reply_url`: {fault}")
        return url

    @field_validator("text")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("`text` is empty")
        return text


class GenericChannel:
    name: ClassVar[str] = "generic"
    traits: ClassVar[ChannelTraits] = ChannelTraits(bursty=True, shared_addresses=True, arrivals=("signed events",))
    address_kind: ClassVar[AddressKind] = AddressKind.EMAIL
    settings: type[GenericSettings] = GenericSettings

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbound = Outbound()

    def called_at(self, account: Account[GenericSettings]) -> dict[str, str]:  # noqa: ARG002 - the same for each
        return {"signed events": "/api/process-events"}

    def receive(self, request: WebhookRequest, account: Account[GenericSettings]) -> Received:
        check_signature(
            request.headers.get("x-dynaris-signature", ""),
            request.body,
            account.settings.secret.get_secret_value(),
            now=time.time(),
        )
        event = _parsed(request.body)
        if event.reply_url and (fault := self._fault_of(str(event.reply_url))):
            raise Rejected(f"reply_url: nothing can be sent there: {fault}", 422, "invalid_input")
        sender = (event.sender.email or event.sender.phone or "").strip().lower()
        return Received(
            arrivals=[
                Arrival(
                    external_id=event.id,
                    lane=f"generic:{sender}",
                    raw=request.body,
                    occurred_at=event.occurred_at,
                )
            ]
        )

    def read(self, arrival: Arrival, account: Account[GenericSettings]) -> Inbound:  # noqa: ARG002 - contract
        try:
            event = _parsed(arrival.raw)
        except Rejected as error:
            raise Unreadable(error.reason) from error
        sender = event.sender
        first, *others = [
            (kind, value)
            for kind, value in ((AddressKind.EMAIL, sender.email), (AddressKind.PHONE, sender.phone))
            if value
        ]
        return Inbound(
            sender=Sender(
                kind=first[0],
                value=first[1],
                name=sender.name,
                identity=Identity.CLAIMED,
                reason="named by a signed source",
                claims=tuple(others),
            ),
            text=event.text,
            subject=event.subject,
            message_id=event.id,
            reply_to=str(event.reply_url) if event.reply_url else None,
            unanswerable=None if event.reply_url else "the event has no reply_url",
            data={"type": event.type, **({"data": event.data} if event.data else {})},
        )

    async def send(self, message: OutboundMessage, account: Account[GenericSettings]) -> SendReceipt:
        body = orjson.dumps(
            {
                "message_id": message.id,
                "in_reply_to": message.in_reply_to,
                "text": message.text,
                "subject": message.subject,
                **message.data,
            }
        )
        headers = {
            "content-type": "application/json",
            "idempotency-key": str(message.id),
            "x-dynaris-signature": sign(body, account.settings.secret.get_secret_value(), now=time.time()),
        }
        if fault := self._fault_of(message.to):
            raise Refused(f"nothing can be sent to {message.to}: {fault}")
        try:
            # A redirect would be followed with a GET, and its answer taken for a receipt.
            async with self._session().post(message.to, data=body, headers=headers, allow_redirects=False) as response:
                beginning = await response.content.read(2_000)
                return receipt_of(response.status, beginning, response.headers, now=time.time())
        except (aiohttp.InvalidURL, UnicodeError) as error:
            raise Refused(f"{message.to} is no address: {error}") from error
        except aiohttp.ClientConnectorError as error:
            # What the library adds tells apart a name that is unknown and one that leads to a private address.
            said = error.os_error if isinstance(error.os_error, AddressRefused) else error
            raise TryLater(f"{message.to} cannot be reached: {said}") from error
        except aiohttp.ConnectionTimeoutError as error:
            raise TryLater(f"{message.to} cannot be reached: {error}") from error

    def _fault_of(self, url: str) -> str | None:
        """Why nothing can ever be sent there; what a name leads to is looked at when it is called."""
        return fault_of(url) or self._outbound.fault_of_host(host_of(url))

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._http is None or self._loop is not loop:
            self._loop = loop
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_SEND_SECONDS, sock_connect=_CONNECT_SECONDS),
                connector=self._outbound.http_connector(limit=64),
                # Workspaces share this session: what a site tells one of them to remember is not for another.
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None


def sign(body: bytes, secret: str, *, now: float) -> str:
    """`t=<unix>,v1=<hex hmac-sha256(secret, t + "." + body)>`, in both directions."""
    stamp = str(int(now))
    return f"t={stamp},v1={hmac_sha256(secret, stamp.encode() + b'.' + body)}"


def check_signature(header: str, body: bytes, secret: str, *, now: float) -> None:
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and given):
        raise Rejected("X-Dynaris-Signature must be t=<unix seconds>,v1=<hex hmac-sha256>")
    if not same(given, hmac_sha256(secret, stamp.encode() + b"." + body)):
        raise Rejected("the signature does not match this body and the source's secret")
    if abs(now - int(stamp)) > WINDOW_SECONDS:
        raise Rejected(f"the signature is more than {WINDOW_SECONDS // 60} minutes from now: t={stamp}")


def _parsed(body: bytes) -> GenericEvent:
    try:
        return GenericEvent.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise Rejected(f"the body is not JSON: {first['msg']}", 400, "malformed_request") from error
        raise Rejected(told(faults_in(error), most=1), 422, "invalid_input") from error
