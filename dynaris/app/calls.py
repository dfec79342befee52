"""The calls process: the sockets of calls, and the agents that listen and speak on them."""

import asyncio
import contextlib
import logging
import os
import socket
from functools import partial

import uvicorn

from dynaris.agents import herald
from dynaris.app.figures import publish
from dynaris.app.ports import bound_socket
from dynaris.app.steady import kept_up, loaded
from dynaris.app.wiring import services_of
from dynaris.calls.desks import Desks, reached_at
from dynaris.calls.rooms.serving import serve_rooms
from dynaris.calls.sockets import sockets_app
from dynaris.calls.speech.choosing import warm_up
from dynaris.core import tracing
from dynaris.core.errors import StartupError
from dynaris.core.settings import Settings

LISTENS = "DYNARIS_CALLS_SOCKET"  # the descriptor of a socket that our parent opened
MOST_BYTES = 64_000  # of one message of a call's socket
_GRACE_SECONDS = 3  # for open sockets: their calls go on with another process, as their carriers ask for one


async def serve_calls(settings: Settings) -> None:
    """Until cancelled."""
    tracing.configure("calls")
    listening = _listening(settings)
    async with services_of(settings, "dynaris-calls") as services:
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it complains of every broken request
        logging.getLogger("livekit").setLevel(logging.WARNING)
        desks = Desks(services, reached_at(listening.getsockname()[:2], settings.database_url or ""))
        server = uvicorn.Server(
            uvicorn.Config(
                sockets_app(services, desks),
                ws="websockets-sansio",
                ws_max_size=MOST_BYTES,
                ws_per_message_deflate=False,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                lifespan="off",
            )
        )
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign] - signals are handled above
        warming = asyncio.gather(asyncio.to_thread(herald.warm_up), warm_up(settings))
        figures = asyncio.create_task(kept_up("figures", partial(publish, services.db, "calls")))
        rooms = asyncio.create_task(kept_up("rooms", partial(serve_rooms, services, desks)))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await warming
            loaded()
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            await serving
            for task in (figures, rooms):
                task.cancel()
            await asyncio.wait([figures, rooms])
            tracing.close()


def _listening(settings: Settings) -> socket.socket:
    if descriptor := os.environ.get(LISTENS):
        return socket.socket(fileno=int(descriptor))
    if not settings.calls_port:
        raise StartupError("DYNARIS_CALLS_PORT is required here: the port that sockets of calls are opened on")
    return bound_socket(settings.host, settings.calls_port, "DYNARIS_CALLS_PORT")
