"""A media stream: one handset's sound to the product and back (twilio.com/docs/voice/media-streams), over a line as bad
as it is told to be."""

import asyncio
import base64
import json
import random
import secrets
import time
from typing import Any

import aiohttp

from dynaris.core import mulaw
from dynaris.sandbox.twilio.people import Weather
from dynaris.sandbox.twilio.phone import SLICE, Handset


async def stream(
    handset: Handset, url: str, parameters: dict[str, str], *, account: str, call: str, weather: Weather
) -> None:
    """Until the product closes it. Cancelled when the caller hangs up: the product is told that it stops."""
    name = f"MZ{secrets.token_hex(16)}"
    async with aiohttp.ClientSession() as http, http.ws_connect(url, max_msg_size=1_000_000) as socket:
        sent = 0

        async def send(event: str, **parts: Any) -> None:
            nonlocal sent
            if not socket.closed:
                sent += 1
                said = {"event": event, "sequenceNumber": str(sent), "streamSid": name, **parts}
                await socket.send_str(json.dumps(said))

        await socket.send_str(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        start = {"streamSid": name, "accountSid": account, "callSid": call, "tracks": ["inbound"]}
        form = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        await send("start", start={**start, "mediaFormat": form, "customParameters": parameters})
        talking = asyncio.create_task(_talk(handset, send, weather, socket))
        try:
            await _listen(handset, send, socket)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            if not socket.closed:
                await asyncio.shield(_stop(send, account, call))


async def _stop(send: Any, account: str, call: str) -> None:
    await send("stop", stop={"accountSid": account, "callSid": call})


async def _talk(handset: Handset, send: Any, weather: Weather, socket: aiohttp.ClientWebSocketResponse) -> None:
    began, number = time.monotonic(), 0
    random_ = random.Random(1)  # noqa: S311 - bad weather, not a secret
    while True:
        sound, moment = mulaw.encode(handset.said()), round(number * SLICE * 1000)
        handset.hears()
        while handset.keys:
            await send("dtmf", dtmf={"track": "inbound_track", "digit": handset.keys.popleft()})
        if random_.random() >= weather.loss:
            payload = base64.b64encode(sound).decode()
            media = {"track": "inbound", "chunk": str(number + 1), "timestamp": str(moment), "payload": payload}
            await send("media", media=media)
        number += 1
        if weather.cut_after and time.monotonic() - began > weather.cut_after:
            weather.cut_after = 0.0
            if connection := socket._response.connection:  # as when a cable is pulled
                connection.close()
            return
        due = began + weather.late + number * SLICE + random_.random() * weather.jitter
        await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _listen(handset: Handset, send: Any, socket: aiohttp.ClientWebSocketResponse) -> None:
    asides: set[asyncio.Task[None]] = set()

    def echo(name: str) -> None:
        asides.add(task := asyncio.ensure_future(send("mark", mark={"name": name})))
        task.add_done_callback(asides.discard)

    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        said = json.loads(message.data)
        if said.get("event") == "media":
            handset.arrives(mulaw.decode(base64.b64decode(said["media"]["payload"])))
        elif said.get("event") == "mark":
            handset.mark(lambda name=said["mark"]["name"]: echo(name))
        elif said.get("event") == "clear":
            handset.clear()
