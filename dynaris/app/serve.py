"""The web process: uvicorn around the application, with the live feed beside it."""

import asyncio
import contextlib
import logging
from functools import partial

import uvicorn
from starlette.types import ASGIApp

from dynaris.app.figures import installation_id, publish
from dynaris.app.host import Host
from dynaris.app.http_connection import Limits, bounded
from dynaris.app.ports import bound_socket
from dynaris.app.steady import kept_up, loaded
from dynaris.app.web import create_app
from dynaris.app.wiring import database_url, services_of
from dynaris.core import tracing
from dynaris.core.live import LiveFeed
from dynaris.core.networks import networks_of
from dynaris.core.settings import Settings

_GRACE_SECONDS = 5  # for open requests; an open event stream would otherwise keep the process from stopping


def server_of(app: ASGIApp, limits: Limits) -> uvicorn.Server:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=bounded(limits),
            ws="websockets-sansio",
            ws_max_size=64_000,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=[str(network) for network in limits.proxies],
            timeout_graceful_shutdown=_GRACE_SECONDS,
            lifespan="off",
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign] - signals are handled above
    return server


async def serve_web(settings: Settings) -> None:
    """Until cancelled."""
    tracing.configure("web")
    feed = LiveFeed(database_url(settings))
    async with services_of(settings, "dynaris-web") as services:
        listening = bound_socket(settings.host, settings.port, "--port or DYNARIS_PORT")
        app = create_app(services, Host(services, feed))
        app.state.feed = feed
        app.state.installation = await installation_id(services.db)
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it complains of every broken request
        limits = Limits(proxies=networks_of(settings.trusted_proxies))
        server = server_of(app, limits)
        live = asyncio.create_task(kept_up("live", feed.run))
        watch = asyncio.create_task(kept_up("connections", limits.watch))
        figures = asyncio.create_task(kept_up("figures", partial(publish, services.db, "web")))
        loaded()
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
            live.cancel()
            watch.cancel()
            figures.cancel()
            await asyncio.wait([figures])
            tracing.close()
