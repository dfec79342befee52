"""What a number needs at its LiveKit server: a SIP trunk that takes its calls, and a rule that gives each a room."""

from collections.abc import Sequence
from typing import Any

import orjson

from dynaris.channels.contract import Account, Examination, RoomServer
from dynaris.channels.voice_livekit.read import OURS, PREFIX
from dynaris.channels.voice_livekit.rest import LiveKitApi
from dynaris.channels.voice_livekit.settings import LiveKitVoiceSettings

Number = Account[LiveKitVoiceSettings]


def name_of(number: Number) -> str:
    """By which our trunk and rule are known again."""
    return f"dynaris {number.address}"


async def set_up(api: LiveKitApi, server: RoomServer, number: Number) -> Sequence[Examination]:
    """Again, it brings both up to the settings. Raises `TryLater` or `Refused`."""
    trunk = await _trunk(api, server, number)
    rule = await _rule(api, server, number, trunk)
    return [
        Examination("trunk", "ok", f"SIP trunk {trunk} takes calls to {', '.join(numbers_of(number))}"),
        Examination("rule", "ok", f"rule {rule} gives each call a room of its own"),
    ]


def numbers_of(number: Number) -> list[str]:
    return [number.address, *number.settings.numbers]


async def found(api: LiveKitApi, server: RoomServer, number: Number) -> tuple[str | None, str | None]:
    """Ids of the trunk and of the rule."""
    return (
        await _id(api, server, "ListSIPInboundTrunk", name_of(number), "sipTrunkId"),
        await _id(api, server, "ListSIPDispatchRule", name_of(number), "sipDispatchRuleId"),
    )


async def _trunk(api: LiveKitApi, server: RoomServer, number: Number) -> str:
    settings = number.settings
    trunk: dict[str, Any] = {
        "name": name_of(number),
        "numbers": numbers_of(number),
        "allowedAddresses": settings.allowed_addresses,
        "authUsername": settings.sip_username,
        "authPassword": settings.sip_password.get_secret_value() if settings.sip_password else "",
    }
    if known := (await found(api, server, number))[0]:
        await api.sip(server, "UpdateSIPInboundTrunk", sipTrunkId=known, replace=trunk)
        return known
    return str((await api.sip(server, "CreateSIPInboundTrunk", trunk=trunk)).get("sipTrunkId"))


async def _rule(api: LiveKitApi, server: RoomServer, number: Number, trunk: str) -> str:
    rule = {
        "name": name_of(number),
        "trunkIds": [trunk],
        "rule": {"dispatchRuleIndividual": {"roomPrefix": f"{PREFIX}in"}},
        "roomConfig": {"metadata": orjson.dumps({OURS: {"account": str(number.id)}}).decode()},
    }
    if known := (await found(api, server, number))[1]:
        await api.sip(server, "UpdateSIPDispatchRule", sipDispatchRuleId=known, replace=rule)
        return known
    return str((await api.sip(server, "CreateSIPDispatchRule", dispatchRule=rule)).get("sipDispatchRuleId"))


async def _id(api: LiveKitApi, server: RoomServer, method: str, name: str, field: str) -> str | None:
    items = (await api.sip(server, method)).get("items") or []
    return next((str(each[field]) for each in items if isinstance(each, dict) and each.get("name") == name), None)
