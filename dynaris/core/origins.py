"""Web sites as browsers name them in `Origin`: what a channel's settings list as allowed."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/:@?#*\[\]\\]+)(:\d{1,5})?")


def _as_browsers_send_them(origins: list[str]) -> list[str]:
    """What never matches an origin would shut a site out without a word: it is refused."""
    origins = [origin.lower().rstrip("/") for origin in origins]
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"an origin is like https://clinic.example, scheme://host[:port], or *; not {origin!r}")
    return origins


def is_of_host(origin: str, host: str | None) -> bool:
    """Whether a page of the very host that was asked sent the request: both headers may hold anything."""
    try:
        return bool(host) and urlsplit(origin).netloc == host
    except ValueError:
        return False


Origins = Annotated[list[str], AfterValidator(_as_browsers_send_them)]
"""`*` is any site."""
