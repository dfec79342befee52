"""Asks LiveKit whether a number works: the server and its key, and what leads SIP calls to us."""

import asyncio
from collections.abc import Sequence

from dynaris.channels.contract import Examination, Refused, RoomServer, TryLater
from dynaris.channels.voice_livekit.rest import LiveKitApi
from dynaris.channels.voice_livekit.set_up import Number, found

_SECONDS = 3.5


async def examine(api: LiveKitApi, server: RoomServer | None, number: Number) -> Sequence[Examination]:
    if server is None:
        remedy = "enter url, api_key and api_secret, or set DYNARIS_LIVEKIT_URL, _API_KEY and _API_SECRET"
        return [Examination("server", "failed", "no LiveKit server is named", remedy)]
    try:
        async with asyncio.timeout(_SECONDS):
            return await _asked(api, server, number)
    except TimeoutError:
        remedy = f"look whether this machine reaches {server.url}"
        return [Examination("server", "failed", f"LiveKit did not answer within {_SECONDS:g} s", remedy)]
    except (TryLater, Refused) as error:
        remedy = "compare url, API key and secret with the LiveKit server's configuration"
        return [Examination("server", "failed", error.reason, remedy)]


async def _asked(api: LiveKitApi, server: RoomServer, number: Number) -> Sequence[Examination]:
    await api.rooms(server)
    seen = [Examination("server", "ok", "LiveKit accepts the key")]
    try:
        trunk, rule = await found(api, server, number)
    except (TryLater, Refused) as error:
        why = f"no telephone calls come in, web pages' alone: {error.reason}"
        return [*seen, Examination("sip", "warning", why, "start LiveKit's SIP gateway beside the server")]
    if trunk and rule:
        return [*seen, Examination("sip", "ok", f"trunk {trunk} and rule {rule} lead calls here")]
    remedy = f"`dynaris account set-up {number.address}` makes them"
    return [*seen, Examination("sip", "warning", "no SIP trunk and rule lead telephone calls here", remedy)]
