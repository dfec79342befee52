"""Who is at the other end of a request before anybody is signed in: network address, browser, known browser."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from dynaris.core.pace import network_of
from dynaris.workspaces.access import require_same_origin
from dynaris.workspaces.cookies import DEVICE_COOKIE, cookie

_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


@dataclass(frozen=True, slots=True)
class Visitor:
    ip: str
    network: str  # what throttles count: the address, or the /64 around it
    device: str  # "Firefox on Linux", for the list of sessions
    known_by: str | None  # the device cookie's token


async def visitor_of(request: Request) -> Visitor:
    """A browser that comes from another site's page is refused: it would sign people in to what they did not choose."""
    headers = request.headers
    if request.method != "GET" and ("origin" in headers or "sec-fetch-site" in headers):  # without both no browser
        require_same_origin(request)
    ip = request.client.host if request.client else ""
    return Visitor(ip, network_of(ip), device_of(headers.get("user-agent", "")), cookie(request, DEVICE_COOKIE))


def device_of(agent: str) -> str:
    browser = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for name in _SYSTEMS if name in agent), None)
    if browser is None:
        return re.sub(r"[^\x20-\x7e]", "", agent)[:60] or "unknown"
    return f"{browser} on {system.replace('Mac OS', 'macOS')}" if system else browser


FromVisitor = Annotated[Visitor, Depends(visitor_of)]
