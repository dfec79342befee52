"""`/calls/...` at the web process: sockets of calls are passed on to the calls process of this machine, so that a
laptop needs one address. Where calls have an address of their own (`DYNARIS_CALLS_URL`), nothing comes this way."""

import asyncio
from contextlib import suppress

import aiohttp
import structlog
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

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
            await _both_ways(socket, inner)
    except aiohttp.ClientError as error:
        log.warning("calls.not_passed_on", error=error)
        with suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(_TRY_AGAIN, "the calls process does not answer")
    finally:
        _open.discard(socket)


async def _both_ways(socket: WebSocket, inner: aiohttp.ClientWebSocketResponse) -> None:
    """Until either is closed; then both are."""
    ways = [asyncio.create_task(_inwards(socket, inner)), asyncio.create_task(_outwards(socket, inner))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)
    code = inner.close_code
    await inner.close()
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code if (code and 3000 <= code < 5000) or code in (1000, 1008, 1013) else 1000)


async def _inwards(socket: WebSocket, inner: aiohttp.ClientWebSocketResponse) -> None:
    while (message := await socket.receive())["type"] == "websocket.receive":
        if (text := message.get("text")) is not None:
            await inner.send_str(text)
        elif (data := message.get("bytes")) is not None:
            await inner.send_bytes(data)


async def _outwards(socket: WebSocket, inner: aiohttp.ClientWebSocketResponse) -> None:
    async for message in inner:
        if message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)
