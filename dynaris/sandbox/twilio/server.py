"""The stand-in's server: REST API and control API on one port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from dynaris.core.errors import StartupError
from dynaris.sandbox.here import only_here
from dynaris.sandbox.twilio.account import FOLDER, credentials, keep
from dynaris.sandbox.twilio.control import ROOT, control_routes
from dynaris.sandbox.twilio.page import page_routes
from dynaris.sandbox.twilio.rest import rest_routes
from dynaris.sandbox.twilio.standin import STANDIN, StandIn


@dataclass(frozen=True)
class RunningTwilio:
    """Where it listens, and the handle that tests use to look inside."""

    port: int
    url: str
    standin: StandIn
    credentials: dict[str, str]

    @property
    def control_url(self) -> str:
        return f"{self.url}{ROOT}"


@asynccontextmanager
async def sandbox_twilio(
    folder: Path, *, host: str = "127.0.0.1", port: int = 0, gateway: str | None = None, product: str = ""
) -> AsyncIterator[RunningTwilio]:
    """The server in this process for as long as the block lasts; `folder` is the sandbox's own. Port 0 picks a free
    one. Its number calls the product at `gateway`; without one, where it called before, or nowhere. `product`: where
    that is reached from this machine, if not at that address."""
    standin = StandIn.open(folder / FOLDER, (gateway or "", product))
    application = web.Application(client_max_size=30_000_000, middlewares=[only_here(ROOT)])
    application[STANDIN] = standin
    application.add_routes([*page_routes(), *control_routes(), *rest_routes()])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
        except OSError as error:
            raise StartupError(
                f"the sandbox cannot listen for Twilio on {host}:{port}: {error.strerror}; choose another port with "
                "DYNARIS_SANDBOX_TWILIO_PORT"
            ) from error
        bound = runner.addresses[0][1]
        standin.account.url = f"http://{host}:{bound}"
        if gateway is not None:
            for number in standin.account.numbers:
                number.voice_url, number.status_callback = f"{gateway}/twilio/voice", f"{gateway}/twilio/status"
        keep(standin.folder, standin.account)
        yield RunningTwilio(bound, standin.account.url, standin, credentials(folder / FOLDER))
    finally:
        await standin.close()
        await runner.cleanup()
