"""Whether a request was made on this very machine, for pages that ask for no sign-in."""

from urllib.parse import urlsplit

from fastapi import Request

from dynaris.core.errors import Forbidden
from dynaris.core.networks import is_loopback
from dynaris.core.settings import Settings

_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip", "via")


def require_here(request: Request) -> None:
    """Raises `Forbidden`."""
    if not is_from_here(request):
        raise Forbidden("this is shown on the machine it runs on alone, at http://localhost or http://127.0.0.1")


def is_from_here(request: Request) -> bool:
    """From this machine, by its own name for itself, and not through a proxy.

    A name of somebody else's may point to 127.0.0.1 (DNS rebinding): a page of theirs would read along. What a proxy
    passes on comes from this machine, whoever asked.
    """
    if any(name.startswith(_FORWARDED) for name in request.headers):
        return False
    client = request.client.host if request.client else ""
    return is_loopback(client) and _is_own_name(request.headers.get("host", ""))


def is_for_here(settings: Settings) -> bool:
    """Whether the web process is set up for this machine alone."""
    return settings.public_url is None and is_loopback(settings.host)


def _is_own_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name.endswith(".localhost") or is_loopback(name)
