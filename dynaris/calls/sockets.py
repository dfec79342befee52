"""The sockets of the calls process: `/calls/{channel}` is where a carrier sends a call's sound, and gets ours."""

import asyncio
from contextlib import suppress

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.calls.live import hold
from dynaris.calls.taking import SOCKETS
from dynaris.channels.contract import Carrier, Rejected
from dynaris.channels.registry import channels
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_REFUSED = 1008  # RFC 6455: a message that violates the endpoint's policy
_LONGEST_REASON = 120  # bytes of a reason that a socket is closed with


def sockets_app(services: Services) -> Starlette:
    live: set[asyncio.Task[None] | None] = set()

    async def take(socket: WebSocket) -> None:
        source = channels().get(socket.path_params["channel"])
        if not isinstance(source, Carrier):
            await socket.close(_REFUSED, "no such carrier")
            return
        await socket.accept()
        live.add(task := asyncio.current_task())
        try:
            await hold(services, await source.line(socket))
        except Rejected as error:
            log.info("call.socket_refused", channel=source.name, reason=error.reason)
            with suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(_REFUSED, error.reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
        finally:
            live.discard(task)

    async def ready(request: Request) -> JSONResponse:  # noqa: ARG001 - whoever asks
        return JSONResponse({"status": "ok", "calls": len(live)})

    return Starlette(routes=[WebSocketRoute(f"{SOCKETS}/{{channel}}", take), Route(f"{SOCKETS}/ready", ready)])
