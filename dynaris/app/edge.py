"""What every HTTP request passes first and last: size limit, the guard of its body, headers, metrics.

Plain ASGI, because it stands above the intake.
"""

import asyncio
import re
import time
from collections.abc import Iterable, Sequence

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, clear_contextvars

from dynaris.app.problems import unexpected
from dynaris.core import metrics
from dynaris.core.errors import DynarisError, MalformedRequest, TooLarge, TooSlow
from dynaris.core.http import checked_json, problem_response
from dynaris.core.ids import new_id

log = structlog.get_logger()

MOST_BYTES = 1_000_000  # of a body, where a route does not say otherwise with `max_body_size`
# A body has so many seconds, and one more for so many bytes of it; never more than the last.
_BODY_SECONDS, _BYTES_A_SECOND, _LONGEST_BODY = 20.0, 8_192, 300.0
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _BODILESS | {"POST", "PUT", "PATCH", "DELETE"}  # whatever else a stranger invents is counted as one
_REQUEST_ID = b"x-request-id"
_HARMLESS = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Edge:
    """`limits`: paths with a limit of their own, in bytes. `streamed`: paths whose routes ask who sends a body before
    they take it, piece by piece; elsewhere it is held here whole. `shared`: paths that pages of other sites call.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Sequence[tuple[re.Pattern[str], int]],
        streamed: Sequence[re.Pattern[str]] = (),
        shared: Sequence[re.Pattern[str]] = (),
        https: bool,
        log_requests: bool = False,
        body_seconds: float = _BODY_SECONDS,
    ) -> None:
        self._seconds = body_seconds
        self._log_requests = log_requests
        self._app, self._limits, self._streamed, self._shared = app, limits, streamed, shared
        self._headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
            (b"cache-control", b"no-store"),
            *([(b"strict-transport-security", b"max-age=31536000")] if https else []),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started, status = time.perf_counter(), 0
        clear_contextvars()
        request_id = _request_id(scope)
        bind_contextvars(request_id=request_id)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*self._with_defaults(message["headers"]), (_REQUEST_ID, request_id.encode())]
                self._let_page_read(scope, message)
            await send(message)

        try:
            await self._app(scope, await self._checked(scope, receive), answer)
        except DynarisError as error:
            await problem_response(error)(scope, receive, answer)
        except Exception as error:
            if status:
                raise
            await unexpected(error)(scope, receive, answer)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _with_defaults(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own = list(headers)
        named = {name.lower() for name, _ in own}
        return own + [header for header in self._headers if header[0] not in named]

    def _let_page_read(self, scope: Scope, message: Message) -> None:
        """A browser hides every answer without these headers from the page, errors too."""
        origin = Headers(scope=scope).get("origin")
        if origin and any(pattern.match(scope["path"]) for pattern in self._shared):
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = "retry-after"
            headers.add_vary_header("Origin")

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        """Refuses a request before any route sees it; answers with a `receive` that replays its body."""
        if b"%00" in (scope.get("raw_path") or b"") or b"%00" in scope["query_string"]:
            raise MalformedRequest("the address holds a NUL character (%00)")
        headers = dict(scope["headers"])
        if scope["method"] in _BODILESS and b"content-length" not in headers and b"transfer-encoding" not in headers:
            return receive
        body = _Body(receive, self._limit(scope["path"]), self._seconds)
        body.announced(headers.get(b"content-length", b""))
        if any(pattern.match(scope["path"]) for pattern in self._streamed):
            return body.receive
        whole = await body.whole()
        if whole and b"json" in headers.get(b"content-type", b"").lower():
            checked_json(whole)
        return _replayed(whole, receive)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        """By the route's template: paths hold ids and would be counted one by one. So do log lines."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", None) or "none"
        metrics.http_requests.labels(method, route, str(status)).inc()
        metrics.http_seconds.labels(route).observe(seconds)
        if self._log_requests:
            log.info("http.answered", method=method, route=route, status=status, ms=round(seconds * 1_000, 1))

    def _limit(self, path: str) -> int:
        return next((most for pattern, most in self._limits if pattern.match(path)), MOST_BYTES)


class _Body:
    """A body as it comes, within its size and its time, which begins when somebody asks for it."""

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._most, self._seconds = receive, most, seconds
        self._size, self._began, self._complete = 0, 0.0, False

    def announced(self, length: bytes) -> None:
        if length.isdigit() and int(length) > self._most:
            raise TooLarge(f"the body may have {_size(self._most)}, not {_size(int(length))}")

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow("the body did not come in time") from None
        if message["type"] == "http.disconnect":
            raise MalformedRequest("the connection ended before the body did")
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise TooLarge(f"the body may have {_size(self._most)}")
        self._complete = not message.get("more_body", False)
        return message

    def _deadline(self) -> float:
        self._began = self._began or asyncio.get_running_loop().time()
        more = self._size / _BYTES_A_SECOND if self._size > _BYTES_A_SECOND else 0.0
        return self._began + min(self._seconds + more, _LONGEST_BODY)

    async def whole(self) -> bytes:
        chunks = []
        while not self._complete:
            chunks.append((await self.receive()).get("body", b""))
        return b"".join(chunks)


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 1_000_000 else f"{count} bytes"


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def replay() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replay


def _request_id(scope: Scope) -> str:
    """The caller's own, where it is harmless in a log and in a header; else a new one."""
    given = next((value for name, value in scope["headers"] if name == _REQUEST_ID), b"")
    return given.decode() if _HARMLESS.fullmatch(given) else new_id().hex
