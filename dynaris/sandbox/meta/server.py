"""The stand-in's server: Graph API, control API and the phones' page on one port, and the sender of its webhooks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from dynaris.core.errors import StartupError
from dynaris.sandbox.here import only_here
from dynaris.sandbox.meta.account import FOLDER, change_account, credentials
from dynaris.sandbox.meta.control import ROOT, control_routes
from dynaris.sandbox.meta.graph import NOT_KEPT, STANDIN
from dynaris.sandbox.meta.graph_account import graph_routes
from dynaris.sandbox.meta.graph_errors import GraphError
from dynaris.sandbox.meta.media import LARGEST
from dynaris.sandbox.meta.phone_page import page_routes
from dynaris.sandbox.meta.standin import StandIn

_LARGEST_BODY = 4 * LARGEST // 3 + 1024 * 1024  # a document in base64


@dataclass(frozen=True)
class RunningMeta:
    """Where it listens, and the handle that tests use to look inside."""

    port: int
    url: str
    standin: StandIn
    credentials: dict[str, str]

    @property
    def control_url(self) -> str:
        return f"{self.url}{ROOT}"


@asynccontextmanager
async def sandbox_meta(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, webhook_url: str | None = None
) -> AsyncIterator[RunningMeta]:
    """The server in this process for as long as the block lasts; `folder` is the sandbox's own. Port 0 picks a free
    one. Webhooks go to `webhook_url`; without one, to where they went before, or nowhere."""
    standin = StandIn.open(folder / FOLDER)
    runner = web.AppRunner(_application(standin), access_log=None, shutdown_timeout=0.1)
    sender = asyncio.create_task(_until_cancelled(standin))
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            raise StartupError(
                f"the sandbox cannot listen for WhatsApp on {host}:{port}: {error.strerror}; choose another port "
                "with DYNARIS_SANDBOX_META_PORT"
            ) from error
        bound = runner.addresses[0][1]
        standin.base_url = f"http://{host}:{bound}"
        standin.store.run("UPDATE app SET graph_url = :url", url=standin.base_url)
        if webhook_url is not None:
            change_account(standin.store, {"webhook_url": webhook_url})
        yield RunningMeta(bound, standin.base_url, standin, credentials(folder / FOLDER))
    finally:
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender
        await runner.cleanup()
        standin.store.close()


async def _until_cancelled(standin: StandIn) -> None:
    await standin.deliveries.run()


def _application(standin: StandIn) -> web.Application:
    application = web.Application(
        client_max_size=_LARGEST_BODY, middlewares=[only_here(ROOT, not_kept=NOT_KEPT), _as_graph]
    )
    application[STANDIN] = standin
    application.add_routes([*page_routes(), *control_routes(), *graph_routes()])
    return application


@web.middleware
async def _as_graph(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What is no endpoint of ours is answered as Graph answers it."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if request.path.startswith(ROOT):
            raise
        error = GraphError(2500, message=f"Unknown path components: {request.path[:200]}")
        return web.json_response(error.body(), status=400)
