"""Signed POSTs to an address that another system named: where they may go, and what the answer to one means."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

import aiohttp
from yarl import URL

from dynaris.core.answers import beginning
from dynaris.core.crypto import hmac_sha256, same
from dynaris.core.outbound import AddressRefused, Outbound
from dynaris.core.settings import Settings

SIGNATURE = "x-dynaris-signature"
WINDOW_SECONDS = 300
_CONNECT_SECONDS, _SEND_SECONDS = 10, 20
_LATER = 30.0  # seconds, where the other side does not say
_SOONEST, _LATEST = 1.0, 3_600.0
_WEB_PORTS, _FIRST_FREE_PORT = (80, 443), 1024  # what listens below, as mail servers do, must not hear from us
_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # RFC 1035


def fault_of(url: str) -> str | None:
    """Why no POST can ever be sent to this address, whatever the network says; `None`: it can be tried."""
    try:
        address = URL(url)
        host, port, user, password = address.raw_host, address.port, address.user, address.password
    except ValueError as error:
        return f"it is no address: {error}"
    if address.scheme not in ("http", "https") or not host:
        return "it must begin with http:// or https:// and a host"
    if port not in _WEB_PORTS and (port or 0) < _FIRST_FREE_PORT:
        return f"its port {port} is another service's: 80, 443 or one from {_FIRST_FREE_PORT} on is expected"
    if (user or password) and (":" in (user or "") or not _is_latin1(f"{user}{password}")):
        return "its user name or password cannot be sent: no colon in the name, and only letters of Latin-1"
    return None if ":" in host else _fault_of_name(host)


def host_of(url: str) -> str:
    """Of an address without `fault_of`, as it is connected to."""
    return URL(url).raw_host or ""


@lru_cache(maxsize=1024)
def _fault_of_name(host: str) -> str | None:
    name = host.removesuffix(".")
    if len(name) > _LONGEST_HOST:
        return f"its host name has {len(name)} characters; at most {_LONGEST_HOST} are possible"
    for label in name.split("."):
        if not 1 <= len(label) <= _LONGEST_LABEL:
            return f"a part of its host name has {len(label)} characters; 1 to {_LONGEST_LABEL} are possible"
    return None


def _is_latin1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the other side. `taken`: None where nobody knows whether it was."""

    taken: bool | None
    said: str
    again: float | None = None  # seconds after which it may take it; none: never


def meaning_of(status: int, body: bytes, headers: Mapping[str, str], *, now: float) -> Answer:
    """`body` is the answer's beginning."""
    if 200 <= status < 300:
        return Answer(True, f"{status}")
    said = f"answered {status}: {body[:200].decode(errors='replace')}"
    if status in (429, 503):
        return Answer(False, said, pause_of(headers.get("retry-after", ""), now=now))
    if 300 <= status < 500:
        return Answer(False, said)
    # A 5xx may come after the other side stored it.
    return Answer(None, said)


def pause_of(retry_after: str, *, now: float) -> float:
    """Seconds to wait, from a number of them or an HTTP date (RFC 9110); an hour at most."""
    given = retry_after.strip()
    if given.isascii() and given.isdigit():
        wanted = float(given)
    else:
        try:
            moment = parsedate_to_datetime(given[:100])
            wanted = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, IndexError, OverflowError):
            return _LATER
    return min(max(wanted, _SOONEST), _LATEST)


class Callbacks:
    """One session for all; hosts of private networks are not called."""

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbound = Outbound()

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    def fault_of(self, url: str) -> str | None:
        """Why nothing can ever be sent there; what a name leads to is looked at when it is called."""
        return fault_of(url) or self._outbound.fault_of_host(host_of(url))

    async def post(self, url: str, body: bytes, *, secret: str, key: str) -> Answer:
        """Signed with the secret. `key`: the other side may tell by it that it has this already. Raises what says
        nothing about whether it was heard: a timeout, a connection that broke."""
        if fault := self.fault_of(url):
            return Answer(False, f"nothing can be sent to {url}: {fault}")
        headers = {
            "content-type": "application/json",
            "idempotency-key": key,
            SIGNATURE: sign(body, secret, now=time.time()),
        }
        try:
            # A redirect would be followed with a GET, and its answer taken for a receipt.
            async with self._session().post(url, data=body, headers=headers, allow_redirects=False) as response:
                said = await beginning(response, 2_000)
                return meaning_of(response.status, said, response.headers, now=time.time())
        except (aiohttp.InvalidURL, UnicodeError) as error:
            return Answer(False, f"{url} is no address: {error}")
        except aiohttp.ClientConnectorError as error:
            # What the library adds tells apart a name that is unknown and one that leads to a private address.
            said = error.os_error if isinstance(error.os_error, AddressRefused) else error
            return Answer(False, f"{url} cannot be reached: {said}", _LATER)
        except aiohttp.ConnectionTimeoutError as error:
            return Answer(False, f"{url} cannot be reached: {error}", _LATER)

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


def sign(body: bytes, secret: str, *, now: float) -> str:
    """`t=<unix>,v1=<hex hmac-sha256(secret, t + "." + body)>`, in both directions."""
    stamp = str(int(now))
    return f"t={stamp},v1={hmac_sha256(secret, stamp.encode() + b'.' + body)}"


def fault_of_signature(header: str, body: bytes, secret: str, *, now: float) -> str | None:
    """Why it proves nothing; `None` where it does."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and given):
        return "X-Dynaris-Signature must be t=<unix seconds>,v1=<hex hmac-sha256>"
    if not same(given, hmac_sha256(secret, stamp.encode() + b"." + body)):
        return "the signature does not match this body and the source's secret"
    if abs(now - int(stamp)) > WINDOW_SECONDS:
        return f"the signature is more than {WINDOW_SECONDS // 60} minutes from now: t={stamp}"
    return None
