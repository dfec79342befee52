"""`/calls/...` at the web process: sockets of calls are passed on to the calls process of this machine, so that a
laptop needs one address. Where calls have an address of their own (`DYNARIS_CALLS_URL`), nothing comes this way."""

from contextlib import suppress

import aiohttp
import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.calls.passing_on import both_ways
from dynaris.calls.taking import SOCKETS

log = structlog.get_logger()

router = APIRouter()

_MOST = 100  # at once: each is a call
_MOST_BYTES = 64_000
_TRY_AGAIN = 1013  # the WebSocket protocol's registry of close codes
_open: set[WebSocket] = set()


@router.websocket(f"{SOCKETS}/{{channel}}")
async def pass_on(socket: WebSocket, channel: str) -> None:
    port = socket.app.state.settings.calls_port
    if not port or len(_open) >= _MOST or not channel.isidentifier():
        await socket.close(_TRY_AGAIN, "no calls are taken here now")
        return
    _open.add(socket)
    try:
        # The calls process may have to be started first.
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=20)
        url = f"http://127.0.0.1:{port}{SOCKETS}/{channel}"
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.ws_connect(url, max_msg_size=_MOST_BYTES, compress=0) as inner,
        ):
            await socket.accept()
            await both_ways(socket, inner)
    except aiohttp.ClientError as error:
        log.warning("calls.not_passed_on", error=error)
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(_TRY_AGAIN, "the calls process does not answer")
    finally:
        _open.discard(socket)
