"""A socket that is passed on to another process: what one side says goes to the other, until either is closed."""

import asyncio
from contextlib import suppress

import aiohttp
from starlette.websockets import WebSocket, WebSocketDisconnect


async def both_ways(socket: WebSocket, inner: aiohttp.ClientWebSocketResponse) -> None:
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
