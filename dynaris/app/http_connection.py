"""One client's HTTP connection, bounded in time, size and number whatever the client does.

The server's own protocol waits for ever for the rest of a header, or for a client to read its answer.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dynaris.core.http import PROBLEM_JSON, problem_content
from dynaris.core.networks import Network, is_in, networks_of
from dynaris.core.pace import network_of

_FAIR_OVERHEAD = 16  # bytes for each of a body: it may come in chunks of one byte
_OTHER_FILES = 200  # of the process: the database, files, logs


def most_connections() -> int:
    """What the system's limit of open files leaves, a thousand at most."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1_000 if files < 0 else max(50, min(1_000, files - _OTHER_FILES))


@dataclass(kw_only=True)
class Limits:
    """What all connections of one server may take together, and each alone."""

    head_seconds: float = 10.0  # until a request's headers are complete
    stalled_seconds: float = 30.0  # in which a client reads nothing of what waits for it
    linger_seconds: float = 2.0  # for the rest of a body that was refused: the answer would be lost otherwise
    look_seconds: float = 1.0  # between two looks at all connections
    address_bytes: int = 8 * 1024
    head_bytes: int = 32 * 1024
    headers: int = 100
    pipelined: int = 32  # requests that were sent before the answer to an earlier one
    connections: int = field(default_factory=most_connections)
    per_network: int = 200
    sockets: bytes = b"/calls/"  # below it a wish for a web socket is granted (app/calls_relay.py)
    proxies: tuple[Network, ...] = networks_of("loopback")  # they hold the connections of many
    open: "dict[HttpConnection, str]" = field(default_factory=dict)

    def refuses(self, client: str) -> bool:
        """Of the connection that this address just opened."""
        if len(self.open) > self.connections:
            return True
        return Counter(self.open.values())[network_of(client)] > self.per_network and not is_in(self.proxies, client)

    async def watch(self) -> None:
        """Until cancelled: ends the connections that are late. One look at all costs less than a timer for each."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self.look_seconds)
            now = clock()
            for connection in tuple(self.open):
                connection.look(now)


class _Refused(Exception):
    """Stops the parser; the answer is kept on the connection."""


class HttpConnection(HttpToolsProtocol):
    limits: Limits  # set on the subclass that a server gets

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since: float | None = self.loop.time()  # when the wait for headers began; `None`: none is waited for
        self._in_body = False
        self._head = 0  # bytes of the headers so far
        self._overhead = 0  # bytes that came as a body and are none: sizes and extensions of chunks, trailers
        self._ends: float | None = None  # the rest of a refused body is read until then
        self._unread, self._read_at = 0, 0.0
        self._refusal: tuple[int, str, str] | None = None
        client = self.client[0] if self.client else ""
        self.limits.open[self] = network_of(client)
        if self.limits.refuses(client):
            self._refuse(503, "unavailable", "too many connections; try again")

    def _should_upgrade_to_ws(self) -> bool:
        """Elsewhere such a wish is answered as any request."""
        return self.url.startswith(self.limits.sockets) and super()._should_upgrade_to_ws()

    def handle_websocket_upgrade(self) -> None:
        """From now on it is a call's, which has limits of its own (app/calls_relay.py)."""
        self.limits.open.pop(self, None)
        self._since, self._ends = None, None
        super().handle_websocket_upgrade()

    def connection_lost(self, exc: Exception | None) -> None:
        self.limits.open.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_body:
            # Of what came before: what is in this data the parser has yet to say.
            if self._overhead > self.limits.head_bytes:
                return self._refuse(400, "malformed_request", "the body comes with more around it than in it")
            self._overhead += len(data)
        else:
            self._since = self.loop.time() if self._since is None else self._since
            # The parser keeps what is unfinished, however long it grows; a body behind the headers is not counted.
            self._head += len(data)
            if self._head > self.limits.head_bytes and not _ends_head(data):
                return self._refuse(431, "too_large", f"headers may have {self.limits.head_bytes} bytes")
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._size = 0
        self._since = self.loop.time() if self._since is None else self._since

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.address_bytes:
            self._stop(414, "too_large", f"an address may have {self.limits.address_bytes} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._size += len(name) + len(value) + 4
        if len(self.headers) > self.limits.headers or self._size > self.limits.head_bytes:
            self._stop(
                431,
                "too_large",
                f"at most {self.limits.headers} headers with {self.limits.head_bytes} bytes are read",
            )

    def on_headers_complete(self) -> None:
        self._since, self._in_body, self._head = None, True, 0
        self._overhead = 0
        super().on_headers_complete()
        if len(self.pipeline) > self.limits.pipelined:
            self._stop(429, "too_many_requests", "too many requests at once")

    def on_body(self, body: bytes) -> None:
        self._overhead -= len(body) * _FAIR_OVERHEAD
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._ends = False, None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._in_body and self.cycle.response_complete:
            self._ends = self.loop.time() + self.limits.linger_seconds
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """The parser's complaint, or the reason for which we stopped it."""
        status, code, detail = self._refusal or (400, "malformed_request", msg)
        self._refuse(status, code, detail)

    def look(self, now: float) -> None:
        """Ends it when it is late."""
        if self._since is not None and now - self._since > self.limits.head_seconds:
            self._since = None
            if self._head:
                return self._refuse(408, "too_slow", f"the headers took more than {self.limits.head_seconds:.0f} s")
            return self.transport.close()
        if self._ends is not None and now > self._ends:
            return self.transport.abort()
        unread = self.transport.get_write_buffer_size()
        if not unread or unread < self._unread or not self._unread:
            self._unread, self._read_at = unread, now
        elif now - self._read_at > self.limits.stalled_seconds:
            self.transport.abort()

    def _stop(self, status: int, code: str, detail: str) -> None:
        self._refusal = (status, code, detail)
        raise _Refused

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """The answer, and the end; not in the middle of another answer."""
        if self.cycle is None or self.cycle.response_complete:
            content = orjson.dumps(problem_content(status, code, detail))
            self.transport.write(b"".join(_answer(status, content)))
        self._since = None
        self.transport.close()


def _ends_head(data: bytes) -> bool:
    return b"\n\r\n" in data or b"\n\n" in data


def _answer(status: int, content: bytes) -> Iterator[bytes]:
    yield f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
    yield f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(content)}\r\n".encode()
    yield b"x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n"
    yield b"retry-after: 1\r\n\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else b"\r\n"
    yield content


def bounded(limits: Limits) -> type[HttpConnection]:
    """The class for `uvicorn.Config(http=...)`."""
    own: dict[str, Any] = {"limits": limits}
    return type("BoundedHttpConnection", (HttpConnection,), own)
