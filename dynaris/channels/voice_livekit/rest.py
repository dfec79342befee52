"""LiveKit's server API as JSON over HTTP (docs.livekit.io/reference/server/server-apis): each call with a token of its
own, for the one room that it is about."""

import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from dynaris.channels.contract import Refused, RoomServer, TryLater
from dynaris.channels.voice_livekit.tokens import token
from dynaris.core.answers import beginning
from dynaris.core.networks import networks_of
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

_SECONDS = 15.0
_MOST_ANSWER = 2_000_000
_ANYWHERE = networks_of("0.0.0.0/0,::/0")  # what the operator set is trusted


class Gone(Refused):
    """There is no such room, or nobody by that name in it."""


class LiveKitApi:
    """Nothing is kept open."""

    def __init__(self) -> None:
        self._outbound = Outbound()

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)

    async def room(
        self, server: RoomServer, method: str, room: str, *, service: str = "RoomService", **fields: Any
    ) -> dict[str, Any]:
        """About one room, whose administrator we are. Raises `TryLater` or `Refused`; `Gone` of what is not there."""
        grants = {"room": room, "roomAdmin": True, "roomCreate": True, "roomList": True}
        if method not in ("CreateRoom", "ListRooms"):
            fields["room"] = room
        return await self._ask(server, f"{service}/{method}", fields, video=grants)

    async def rooms(self, server: RoomServer) -> list[dict[str, Any]]:
        said = await self._ask(server, "RoomService/ListRooms", {}, video={"roomList": True})
        return [each for each in said.get("rooms") or [] if isinstance(each, dict)]

    async def sip(
        self, server: RoomServer, method: str, *, room: str = "", seconds: float = _SECONDS, **fields: Any
    ) -> dict[str, Any]:
        """Trunks and rules, calling and putting through."""
        grants = {"room": room, "roomAdmin": True} if room else {}
        sip = {"admin": not room, "call": bool(room)}
        return await self._ask(server, f"SIP/{method}", fields, seconds=seconds, video=grants, sip=sip)

    async def _ask(
        self, server: RoomServer, path: str, fields: Mapping[str, Any], *, seconds: float = _SECONDS, **claims: Any
    ) -> dict[str, Any]:
        url = f"http{server.url.removeprefix('ws').removeprefix('http').rstrip('/')}/twirp/livekit.{path}"
        outbound = Outbound(_ANYWHERE) if server.trusted else self._outbound
        proof = {"Authorization": f"Bearer {token(server, seconds=600, **claims)}", "Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=seconds, connect=5)
        try:
            async with (
                aiohttp.ClientSession(connector=outbound.http_connector(limit=1), timeout=timeout) as http,
                http.post(url, data=orjson.dumps(fields), headers=proof, allow_redirects=False) as response,
            ):
                status, body = response.status, await beginning(response, _MOST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(f"LiveKit cannot be reached: {error or type(error).__name__}") from error
        said = _parsed(body)
        if status < 300:
            return said
        why = f"LiveKit answered {status}: {_reason(said)}"
        if status == 404 and said.get("code") == "not_found":
            raise Gone(why)
        if status in (429, 503) or (status >= 500 and not _part(said, "meta").get("sip_status_code")):
            raise TryLater(why)
        raise Refused(why, "account" if status in (401, 403) else "message")


def _reason(said: Mapping[str, Any]) -> str:
    """With what the other side of SIP said: 486 Busy Here."""
    meta = _part(said, "meta")
    sip = " ".join(str(meta[name]) for name in ("sip_status_code", "sip_status") if meta.get(name))
    parts = (said.get("msg") or "no reason", sip and f"SIP {sip}", meta.get("sip_transfer_reason"))
    return ", ".join(str(part) for part in parts if part)[:300]


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return _camel(said) if isinstance(said, dict) else {}


def _camel(said: Any) -> Any:
    """Answers have proto's names, webhooks JSON's: here all have the latter. What is inside a map stays."""
    if isinstance(said, list):
        return [_camel(each) for each in said]
    if not isinstance(said, dict):
        return said
    return {
        re.sub(r"_(\w)", lambda found: found[1].upper(), name): each if name in ("attributes", "meta") else _camel(each)
        for name, each in said.items()
    }


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = said.get(name)
    return part if isinstance(part, dict) else {}
