"""Who may use the sandbox's own pages and control APIs: this machine, by its own name, and no page of another site."""

import json
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from dynaris.core.errors import DynarisError, Forbidden, InvalidInput
from dynaris.core.networks import is_loopback

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), geolocation=(self)",
    "Cache-Control": "no-store",
}


def only_here(root: str, *, not_kept: tuple[type[Exception], ...] = ()) -> Middleware:
    """Of what is below `root`, which asks for no sign-in. `not_kept`: errors of a value that the store cannot hold."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(root):
            return await handler(request)
        try:
            _check(request)
            response = await handler(request)
        except (DynarisError, *not_kept) as error:
            if not isinstance(error, DynarisError):
                error = InvalidInput(f"this cannot be kept: {error}"[:300])
            said = {"code": error.code, "status": error.status, "detail": error.detail}
            response = web.Response(text=json.dumps(said), status=error.status, content_type="application/problem+json")
        if not response.prepared:
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guard


def _check(request: web.Request) -> None:
    name = urlsplit(f"//{request.host}").hostname or ""
    if not (is_loopback(name) or name.endswith(".localhost")):
        raise Forbidden("this is shown on the machine it runs on alone, at http://localhost or http://127.0.0.1")
    site = request.headers.get("Sec-Fetch-Site", "none")
    opened = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if site not in ("none", "same-origin") and not opened:
        raise Forbidden("pages of other sites cannot use this")
