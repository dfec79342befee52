"""Sends a notification to a browser, by way of its maker's push service; nothing ever comes in."""

import asyncio
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    ChannelTraits,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    SendReceipt,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.webpush import message as wire
from dynaris.core import clock
from dynaris.core.answers import beginning
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

_KEPT_SECONDS = {True: 24 * 3600, False: 12 * 3600}  # for a browser that is off; by whether somebody waits
_LONGEST_TITLE, _LONGEST_BODY = 120, 600
_MOST_AFTER = 3600.0
_GONE = (404, 410)
_LONGEST_ENDPOINT = 2_000


class WebPushSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: SecretStr = Field(
        description="What the key is made of that browsers know us by; the same for all workspaces.",
        json_schema_extra={"issued": "dpk_"},
    )


class WebPushChannel:
    name: ClassVar[str] = "webpush"
    # A browser shows one notification for what the message is about: the same one again takes its place.
    traits: ClassVar[ChannelTraits] = ChannelTraits(
        tells="member", resend_safe=True, shared_addresses=True, arrivals=()
    )
    address_kind: ClassVar[AddressKind] = AddressKind.BROWSER
    settings: type[WebPushSettings] = WebPushSettings

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbound = Outbound()
        self._subject = "mailto:nobody@dynaris.invalid"

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)
        self._subject = f"mailto:{settings.sender}"

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    def public_key(self, account: Account[WebPushSettings]) -> str:
        return wire.written(wire.point(_key(account)))

    def fault_of_subscription(self, endpoint: str, keys: Mapping[str, str]) -> str | None:
        if fault := self._fault_of(endpoint):
            return fault
        try:
            wire.browser_keys(keys)
        except (ValueError, KeyError) as error:
            return f"these are no keys of a browser: {error}"
        return None

    def receive(self, request: WebhookRequest, account: Account[WebPushSettings]) -> Received:  # noqa: ARG002
        raise Rejected("browsers are only told: nothing comes in here", 404, "not_found")

    def read(self, arrival: Arrival, account: Account[WebPushSettings]) -> Inbound:  # noqa: ARG002 - contract
        raise Unreadable("browsers are only told: nothing comes in here")

    async def send(self, message: OutboundMessage, account: Account[WebPushSettings]) -> SendReceipt:
        if fault := self._fault_of(message.to):
            raise Refused(f"nothing can be sent to this browser: {fault}", "recipient")
        urgent = bool(message.data.get("urgent"))
        try:
            body = wire.encrypted(_payload(message), message.data["keys"])
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(f"nothing can be encrypted for this browser: {error}", "recipient") from error
        headers = {
            "authorization": wire.authorization(message.to, _key(account), self._subject),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(_KEPT_SECONDS[urgent]),
            "urgency": "high" if urgent else "normal",
            "topic": wire.topic(_about(message)),
        }
        try:
            async with self._session().post(message.to, data=body, headers=headers, allow_redirects=False) as response:
                said = (await beginning(response, 300)).decode("utf-8", "replace")
                return _receipt(response.status, said, response.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TryLater(f"the browser's push service cannot be reached: {error}") from error

    def _fault_of(self, endpoint: str) -> str | None:
        if len(endpoint) > _LONGEST_ENDPOINT:
            return f"an endpoint has at most {_LONGEST_ENDPOINT} characters"
        try:
            there = urlsplit(endpoint)
            host, port = there.hostname or "", there.port
        except ValueError as error:
            return f"this is no address: {error}"
        if not host or there.username is not None or there.fragment:
            return "an endpoint is an https address with a host, without a user"
        if fault := self._outbound.fault_of_host(host):
            return fault
        if there.scheme == "https" and port in (None, 443):
            return None
        # a stand-in on a network that whoever runs this allows
        if there.scheme in ("http", "https") and self._is_private(host):
            return None
        return "an endpoint is an https address, on the usual port"

    def _is_private(self, host: str) -> bool:
        return self._outbound.permits(host) and not Outbound().permits(host)

    def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._http is None or self._loop is not loop:
            self._loop = loop
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=20, sock_connect=10),
                connector=self._outbound.http_connector(limit=32),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http


def _key(account: Account[WebPushSettings]) -> Any:
    return wire.private_key(account.settings.secret.get_secret_value())


def _about(message: OutboundMessage) -> str:
    return str(message.data.get("about") or message.id)


def _payload(message: OutboundMessage) -> bytes:
    """What web/app's service worker shows."""
    payload = {
        "title": (message.subject or "Dynaris")[:_LONGEST_TITLE],
        "body": message.text[:_LONGEST_BODY],
        "url": message.data.get("url"),
        "tag": _about(message),
    }
    packed = orjson.dumps(payload)
    while len(packed) > wire.MOST_BYTES:
        payload["body"] = payload["body"][: len(payload["body"]) // 2]
        packed = orjson.dumps(payload)
    return packed


def _receipt(status: int, said: str, headers: Mapping[str, str]) -> SendReceipt:
    if 200 <= status < 300:
        return SendReceipt(external_id=headers.get("location"))
    if status in _GONE:
        raise Refused(f"the browser is gone ({status})", "recipient")
    if status == 429 or status >= 500:
        # Sent again where it was shown already, it takes its own place: there is no harm in a doubt.
        raise TryLater(f"the browser's push service answered {status}", _after(headers))
    raise Refused(f"the browser's push service answered {status}: {said[:200]}")


def _after(headers: Mapping[str, str]) -> float:
    """Retry-After, in seconds or as a date."""
    given = headers.get("retry-after", "").strip()
    try:
        seconds = float(given) if given.isdecimal() else (parsedate_to_datetime(given) - clock.now()).total_seconds()
    except (ValueError, TypeError):
        return 30.0
    return min(max(seconds, 1.0), _MOST_AFTER)
