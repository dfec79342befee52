"""The HTTP client for providers that a workspace named: it calls what core/outbound.py permits, and reads so much."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore2
import httpx2

from dynaris.agents.provider_kinds import may_be_called
from dynaris.core.outbound import AddressRefused, Outbound

MOST_BYTES = 20_000_000  # of one answer
_CONNECT_SECONDS = 5.0
_POOL = httpx2.Limits(max_connections=200, max_keepalive_connections=50)


class _Backend(httpcore2.AsyncNetworkBackend):
    """Opens connections to the very addresses that were checked; TLS still asks for the name."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._backend: httpcore2.AsyncNetworkBackend = httpcore2.AnyIOBackend()  # type: ignore[assignment] - a double

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        if not may_be_called(port):
            raise httpcore2.ConnectError(f"port {port} is another service's")
        try:
            found = await self._outbound.addresses(host, port)
        except AddressRefused as error:
            raise httpcore2.ConnectError(str(error)) from error
        last: Exception | None = None
        for info in found:
            try:
                return await self._backend.connect_tcp(
                    str(info[4][0]), port, timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last or httpcore2.ConnectError(f"{host} has no address")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("only hosts are called from here")

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Transport(httpx2.AsyncHTTPTransport):
    def __init__(self, outbound: Outbound) -> None:
        super().__init__(limits=_POOL)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=_POOL.max_connections,
            max_keepalive_connections=_POOL.max_keepalive_connections,
            keepalive_expiry=_POOL.keepalive_expiry,
            network_backend=_Backend(outbound),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["accept-encoding"] = "identity"  # a few packed bytes may unpack to gigabytes
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.RemoteProtocolError("the answer is packed, which was not asked for", request=request)
        response.stream = _Bounded(response.stream, request)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, request: httpx2.Request) -> None:
        self._stream, self._request = stream, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for chunk in self._stream:
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError(f"the answer is larger than {MOST_BYTES:,} bytes", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Lent(httpx2.AsyncBaseTransport):
    """Another client's connections; closing this one leaves them open."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._transport.handle_async_request(request)


class Guarded:
    """The connections of one process."""

    def __init__(self, outbound: Outbound) -> None:
        self._transport = _Transport(outbound)

    def client(self, headers: dict[str, str], *, seconds: float) -> httpx2.AsyncClient:
        """With headers of its own, which no other client sends."""
        timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        return httpx2.AsyncClient(
            transport=_Lent(self._transport), headers=headers, timeout=timeout, trust_env=False, follow_redirects=False
        )

    async def close(self) -> None:
        await self._transport.aclose()


def guarded_client(outbound: Outbound) -> httpx2.AsyncClient:
    """Nothing of the environment: neither its proxies nor its passwords are for a workspace's server."""
    timeout = httpx2.Timeout(600, connect=_CONNECT_SECONDS)
    return httpx2.AsyncClient(transport=_Transport(outbound), timeout=timeout, trust_env=False)
