"""Calls to Meta's Graph API, over a transport that can be exchanged."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
import orjson

from dynaris.channels.contract import Account, CannotSend, Refused, TryLater
from dynaris.channels.whatsapp.faults import code_of, ends, told
from dynaris.channels.whatsapp.settings import SANDBOX, WhatsAppSettings
from dynaris.core.answers import beginning
from dynaris.core.networks import networks_of
from dynaris.core.outbound import AddressRefused, Outbound
from dynaris.core.settings import Settings

Json = dict[str, Any]
Number = Account[WhatsAppSettings]

_CONNECT_SECONDS, _CALL_SECONDS = 10, 25
_MOST_ANSWER = 2_000_000


class GraphError(Exception):
    """Meta answered with an error."""

    def __init__(self, status: int, error: Mapping[str, Any], retry_after: float | None = None) -> None:
        super().__init__(told(error))
        self.status, self.error, self.retry_after = status, error, retry_after

    @property
    def code(self) -> int:
        return code_of(self.error)

    def ending(self) -> Exception:
        """What `send` raises for it; with a doubt, what says that nobody knows."""
        return ends(self.status, self.error, self.retry_after) or RuntimeError(f"Meta answered {self.status}: {self}")


class NotReached(TryLater):
    """Nothing was sent: there was no connection."""


class Transport(Protocol):
    """Who carries the calls: Meta's own address here; a service that keeps the tokens could be another."""

    async def call(
        self,
        number: Number,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        form: aiohttp.FormData | None = None,
        query: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Json:
        """`path` begins after the version. `token`: another than the number's. Raises `GraphError`, `NotReached`, or
        what says nothing about whether the call was heard (a timeout, a connection that broke)."""
        ...

    async def download(self, number: Number, url: str, *, most: int) -> bytes:
        """Raises the same, and `Refused` for a file of more than `most` bytes."""
        ...

    def configure(self, settings: Settings) -> None: ...
    async def close(self) -> None: ...


class MetaTransport:
    def __init__(self) -> None:
        self._http: dict[bool, aiohttp.ClientSession] = {}  # by whether it is for the sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbound = Outbound()
        self._sandbox = 0

    def configure(self, settings: Settings) -> None:
        self._outbound, self._sandbox = Outbound.of(settings), settings.sandbox_meta_port

    async def close(self) -> None:
        for session in self._http.values():
            await session.close()
        self._http.clear()

    async def call(
        self,
        number: Number,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        form: aiohttp.FormData | None = None,
        query: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Json:
        url = f"{self._base(number)}/{number.settings.graph_version}/{path}"
        headers = self._headers(number, token)
        data: Any = form
        if body is not None:
            data = orjson.dumps(body)
            headers["content-type"] = "application/json"
        try:
            async with self._session(number).request(
                method, url, data=data, params=query, headers=headers, allow_redirects=False
            ) as response:
                answer = await beginning(response, _MOST_ANSWER)
                if 200 <= response.status < 300:
                    return _object(answer)
                raise GraphError(response.status, _error_in(answer, response.status), _seconds(response.headers))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotReached(f"Meta cannot be reached: {_said(error)}") from error

    async def download(self, number: Number, url: str, *, most: int) -> bytes:
        try:
            async with self._session(number).get(url, headers=self._headers(number, None)) as response:
                if response.status != 200:
                    answer = await beginning(response, 10_000)
                    raise GraphError(response.status, _error_in(answer, response.status), _seconds(response.headers))
                if (response.content_length or 0) > most:
                    raise Refused(f"the file has {response.content_length:,} bytes; {most:,} are the most")
                content = bytearray()
                async for piece in response.content.iter_chunked(64 * 1024):
                    content += piece
                    if len(content) > most:
                        raise Refused(f"the file has more than {most:,} bytes")
                return bytes(content)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotReached(f"the file cannot be fetched: {_said(error)}") from error

    def _headers(self, number: Number, token: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {token or number.settings.access_token.get_secret_value()}"}

    def _base(self, number: Number) -> str:
        if number.settings.graph_url != SANDBOX:
            return number.settings.graph_url.rstrip("/")
        if not self._sandbox:
            raise CannotSend("this number is the sandbox's, which runs only with `dynaris up`", 300)
        return f"http://127.0.0.1:{self._sandbox}"

    def _session(self, number: Number) -> aiohttp.ClientSession:
        """The sandbox is on this machine, where nothing else may be called."""
        loop, is_sandbox = asyncio.get_running_loop(), number.settings.graph_url == SANDBOX
        if self._loop is not loop:
            self._loop = loop
            self._http.clear()
        if is_sandbox not in self._http:
            outbound = Outbound(networks_of("loopback")) if is_sandbox else self._outbound
            self._http[is_sandbox] = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_CALL_SECONDS, sock_connect=_CONNECT_SECONDS),
                connector=outbound.http_connector(limit=64),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http[is_sandbox]


async def asked(transport: Transport, number: Number, method: str, path: str, **given: Any) -> Json:
    """For what sends nothing to a contact: every failure is `TryLater` or `Refused`."""
    try:
        return await transport.call(number, method, path, **given)
    except GraphError as error:
        ending = error.ending()
        if isinstance(ending, TryLater | Refused | CannotSend):
            raise ending from error
        raise TryLater(str(ending)) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise TryLater(f"Meta cannot be reached: {_said(error)}") from error


def _object(answer: bytes) -> Json:
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _error_in(answer: bytes, status: int) -> Json:
    error = _object(answer).get("error")
    return error if isinstance(error, dict) else {"message": f"HTTP {status}: {answer[:200].decode(errors='replace')}"}


def _seconds(headers: Mapping[str, str]) -> float | None:
    given = headers.get("retry-after", "").strip()
    return min(float(given), 3_600.0) if given.isascii() and given.isdigit() else None


def _said(error: BaseException) -> str:
    # What the library adds tells apart a name that is unknown and one that leads to a private address.
    inner = getattr(error, "os_error", None)
    return str(inner if isinstance(inner, AddressRefused) else error) or type(error).__name__
