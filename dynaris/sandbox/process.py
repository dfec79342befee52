"""The sandbox as a process, until it is told to stop: SMTP in and IMAP out over one folder, and beside them WhatsApp's
and Twilio's APIs."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dynaris.core.errors import StartupError
from dynaris.core.lifeline import LIFELINE
from dynaris.core.private import private_folder
from dynaris.sandbox.faults import FaultPlan
from dynaris.sandbox.imap.server import ImapServer
from dynaris.sandbox.mailbox import Mailbox
from dynaris.sandbox.smtp import SmtpServer


@dataclass(frozen=True)
class RunningSandbox:
    """What is listening, and the handles that tests use to look inside and to break things."""

    smtp_port: int
    imap_port: int
    mailbox: Mailbox
    faults: FaultPlan
    imap: ImapServer


@dataclass(frozen=True)
class Providers:
    """Where WhatsApp's and Twilio's APIs listen, and where the product is: as this machine reaches it, and as it calls
    itself to providers, which is what Twilio signs."""

    meta_port: int
    twilio_port: int
    product: str
    gateway: str


@asynccontextmanager
async def sandbox_mailbox(
    folder: Path, *, host: str = "127.0.0.1", smtp_port: int = 0, imap_port: int = 0
) -> AsyncIterator[RunningSandbox]:
    """Both servers in this process for as long as the block lasts. Port 0 picks a free one."""
    mailbox, faults = Mailbox(folder), FaultPlan(folder)
    _prepare(mailbox)
    smtp, imap = SmtpServer(mailbox, faults), ImapServer(mailbox, faults)
    try:
        bound_smtp = await smtp.start(host, smtp_port)
        bound_imap = await imap.start(host, imap_port)
        yield RunningSandbox(bound_smtp, bound_imap, mailbox, faults, imap)
    finally:
        smtp.close()
        imap.close()


@asynccontextmanager
async def _providers(folder: Path, host: str, places: Providers | None) -> AsyncIterator[None]:
    if places is None:
        yield
        return
    from dynaris.sandbox.meta.server import sandbox_meta  # aiohttp is half as much memory as all the rest
    from dynaris.sandbox.twilio.server import sandbox_twilio

    webhook, gateway, product = f"{places.product}/meta/webhook", places.gateway, places.product
    async with (
        sandbox_meta(folder, host=host, port=places.meta_port, webhook_url=webhook),
        sandbox_twilio(folder, host=host, port=places.twilio_port, gateway=gateway, product=product),
    ):
        yield


def _prepare(mailbox: Mailbox) -> None:
    try:
        private_folder(mailbox.folder)
        mailbox.sweep()
    except OSError as error:
        raise StartupError(f"the sandbox cannot use its folder {mailbox.folder}: {error.strerror}") from error


async def run_sandbox(
    folder: Path,
    *,
    host: str,
    smtp_port: int,
    imap_port: int,
    ready: Callable[[int, int], None],
    providers: Providers | None = None,
) -> None:
    """Serves until SIGTERM, SIGINT or the parent's end. `ready` gets the mailbox's ports once all are listening."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if lifeline := os.environ.get(LIFELINE):
        loop.add_reader(int(lifeline), stop.set)
    async with (
        sandbox_mailbox(folder, host=host, smtp_port=smtp_port, imap_port=imap_port) as running,
        _providers(folder, host, providers),
    ):
        ready(running.smtp_port, running.imap_port)
        await stop.wait()
