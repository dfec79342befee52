"""The sockets of the calls process: `/calls/{channel}` is where a carrier sends a call's sound, and gets ours;
`/calls/desk` where teammates listen to one, and speak on it."""

import asyncio
from contextlib import suppress

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.calls.desk_tickets import DESK
from dynaris.calls.desks import Desks
from dynaris.calls.live import hold
from dynaris.calls.taking import SOCKETS
from dynaris.channels.contract import Carrier, Rejected
from dynaris.channels.registry import channels
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_REFUSED = 1008  # RFC 6455: a message that violates the endpoint's policy
_LONGEST_REASON = 120  # bytes of a reason that a socket is closed with


def sockets_app(services: Services, desks: Desks | None = None) -> Starlette:
    """`desks`: of all calls that this process has, where it has more of them than these sockets bring."""
    desks = desks or Desks(services)
    live: set[asyncio.Task[None] | None] = set()

    async def take(socket: WebSocket) -> None:
        source = channels().get(socket.path_params["channel"])
        if not isinstance(source, Carrier):
            await socket.close(_REFUSED, "no such carrier")
            return
        await socket.accept()
        live.add(task := asyncio.current_task())
        try:
            await hold(services, await source.line(socket), desks)
        except Rejected as error:
            log.info("call.socket_refused", channel=source.name, reason=error.reason)
            await _refuse(socket, error)
        finally:
            live.discard(task)

    async def join(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await desks.take(socket)
        except Rejected as error:
            await _refuse(socket, error)

    async def ready(request: Request) -> JSONResponse:  # noqa: ARG001 - whoever asks
        return JSONResponse({"status": "ok", "calls": len(live)})

    ways = [
        WebSocketRoute(f"{SOCKETS}/{DESK}", join),
        WebSocketRoute(f"{SOCKETS}/{{channel}}", take),
        Route(f"{SOCKETS}/ready", ready),
    ]
    return Starlette(routes=ways)


async def _refuse(socket: WebSocket, error: Rejected) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(_REFUSED, error.reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
