"""`dynaris up`: the whole product as one process tree, on an embedded database, until Ctrl-C."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from pydantic import SecretStr

from dynaris.app.here import is_for_here
from dynaris.app.key import check_key
from dynaris.app.ports import bound_socket, free_port
from dynaris.app.standby import why_standing_by
from dynaris.core.addresses import addresses
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.errors import StartupError
from dynaris.core.lifeline import LIFELINE
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.core.private import make_home, private_folder
from dynaris.core.settings import SAFE_KEY, Settings
from dynaris.migrations.run import current_revision, revisions
from dynaris.sandbox.meta.account import FOLDER as WHATSAPP
from dynaris.sandbox.meta.account import last_port
from dynaris.sandbox.twilio.account import FOLDER as TWILIO
from dynaris.sandbox.twilio.account import last_port as last_twilio_port
from dynaris.workspaces.actions import create_sign_in_link
from dynaris.workspaces.queries import owner_person_id

log = structlog.get_logger()

DEMO = "demo"
CALLS_HOST = "127.0.0.1"  # the web process passes sockets of calls on to it
SANDBOX_HOST = "127.0.0.1"  # whatever the others listen on: its mails are for this machine alone
CALLS_SOCKET = "DYNARIS_CALLS_SOCKET"  # as in app/calls.py, whose imports nobody needs here
_STOP_SECONDS = 8.0  # after this a child is killed
# What commands beside it need to know, to do and see what its processes do (`as_it_runs`).
_TOLD = (
    "DYNARIS_HOST",
    "DYNARIS_PORT",
    "DYNARIS_SMTP_PORT",
    "DYNARIS_IMAP_PORT",
    "DYNARIS_SANDBOX_SMTP_PORT",
    "DYNARIS_SANDBOX_META_PORT",
    "DYNARIS_PRIVATE_NETWORKS",
)
_READY_SECONDS = 60.0


async def up(settings: Settings) -> None:
    """Runs until cancelled. Raises `StartupError` with the one reason not to start."""
    prepare_home(settings.home)
    settings = with_ports(settings)
    check_ports(settings)
    check_addresses(settings)
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        if url is None:
            server = EmbeddedPostgres(settings.home)
            stack.push_async_callback(server.stop)
            url = await server.start()
            watch = asyncio.create_task(server.watch())
            stack.callback(watch.cancel)
        environment = child_environment(settings, url)
        vault = Vault(environment["DYNARIS_SECRET_KEY"])
        family = Family(environment, addresses(settings).gateway)
        stack.push_async_callback(family.stop)
        stack.callback(running_file(settings.home).unlink, missing_ok=True)
        running_file(settings.home).write_text(json.dumps({name: environment[name] for name in _TOLD}))
        link = None
        if await current_revision(url) == revisions()[-1]:
            link = await sign_in_link(url, vault)
        if link is None:
            await prepare(environment)
            link = await sign_in_link(url, vault)
        family.sleeps("calls", bound_socket(CALLS_HOST, settings.calls_port, "DYNARIS_CALLS_PORT"))
        for name in ("sandbox", "worker", "web"):
            await family.start(name)
        await _ready(settings, family)
        say(f"ready {settings.base_url}")
        say(f"sign in once: {addresses(settings).sign_in(f'auth/link/{link}')}")
        if reason := await why_standing_by(url):
            say(f"stands by: {reason}")
        if has_sandbox_pages(settings) and not is_for_here(settings):
            say("warning: DYNARIS_SANDBOX_PAGES shows the sandbox's mails and phones to whoever uses this machine")
        await family.watch()


async def prepare(environment: dict[str, str]) -> None:
    """Migrates and makes the demo, in a process of its own whose memory is given back."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dynaris.app.processes", "prepare"), env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
    if child.returncode:
        raise StartupError(err.decode().strip().removeprefix("dynaris: ") or "the database could not be prepared")


async def sign_in_link(url: str, vault: Vault) -> str | None:
    """The token of a one-time link for the owner of the demo, or of the first workspace; `None` without any. The key
    is checked here, once for all the children.
    """
    db = Database(url, size=2, application="dynaris-up")
    await db.open()
    try:
        await check_key(db, vault)
        async with db.system() as connection:
            cursor = await connection.execute(
                "SELECT coalesce(workspace_by_slug(%s), (SELECT id FROM workspace_ids() AS id LIMIT 1)) AS id", (DEMO,)
            )
            row = await cursor.fetchone()
        if row is None or row["id"] is None:
            return None
        async with db.workspace(row["id"]) as connection:
            person_id = await owner_person_id(connection, row["id"])
        return await create_sign_in_link(db, row["id"], person_id=person_id)
    finally:
        await db.close()


def running_file(home: Path) -> Path:
    """Where the product of this home listens while it runs, for commands that look at it."""
    return home / "running.json"


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what a person, or a script that starts us, reads


def prepare_home(home: Path) -> None:
    try:
        make_home(home)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
        for name in ("files", "sandbox"):
            private_folder(home / name)
    except OSError as error:
        raise StartupError(
            f"the home {home} cannot be written ({error.strerror}); choose another with --home or DYNARIS_HOME"
        ) from error


def secret_key(home: Path) -> str:
    """Generated at the first start; whoever loses it loses the stored secrets."""
    path = home / "secret.key"
    if path.exists():
        path.chmod(0o600)
    else:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_text().strip()
    if len(key) < SAFE_KEY:
        raise StartupError(f"the secret key in {path} has {len(key)} characters; {SAFE_KEY} or more are needed")
    return key


def with_ports(settings: Settings) -> Settings:
    """0 is any free one; for mail in (`smtp_port`) it is none at all."""
    hosts = {"port": settings.host, "imap_port": SANDBOX_HOST, "calls_port": CALLS_HOST}
    chosen = {name: free_port(host) for name, host in hosts.items() if not getattr(settings, name)}
    if not settings.sandbox_meta_port:  # accounts keep the address of the last start
        last = last_port(settings.home / "sandbox" / WHATSAPP)
        chosen["sandbox_meta_port"] = free_port(SANDBOX_HOST, last)
    if not settings.sandbox_twilio_port:
        last = last_twilio_port(settings.home / "sandbox" / TWILIO)
        chosen["sandbox_twilio_port"] = free_port(SANDBOX_HOST, last)
    return settings.model_copy(update=chosen)


def check_ports(settings: Settings) -> None:
    """All are free, and no two the same."""
    options: dict[int, str] = {}
    for host, port, option in (
        (settings.host, settings.port, "--port or DYNARIS_PORT"),
        (settings.host, settings.smtp_port, "--smtp-port or DYNARIS_SMTP_PORT"),
        (SANDBOX_HOST, settings.imap_port, "--imap-port or DYNARIS_IMAP_PORT"),
        (CALLS_HOST, settings.calls_port, "DYNARIS_CALLS_PORT"),
        (SANDBOX_HOST, settings.sandbox_smtp_port, "DYNARIS_SANDBOX_SMTP_PORT"),
        (SANDBOX_HOST, settings.sandbox_meta_port, "DYNARIS_SANDBOX_META_PORT"),
        (SANDBOX_HOST, settings.sandbox_twilio_port, "DYNARIS_SANDBOX_TWILIO_PORT"),
    ):
        if port in options:
            other = options[port].split()[0]
            raise StartupError(f"port {port} is wanted for {other} already; choose another with {option}")
        if port:
            options[port] = option
            bound_socket(host, port, option).close()


def check_addresses(settings: Settings) -> None:
    """Here, where a wrong one is said once; the children would each say it. Costs imports, so only where needed."""
    if settings.smtp_url or settings.files_url:
        from dynaris.app.wiring import outside_of

        outside_of(settings)


def child_environment(settings: Settings, url: str) -> dict[str, str]:
    """The settings as the children read them."""
    if settings.database_url is not None and settings.secret_key is None:
        raise StartupError("DYNARIS_SECRET_KEY is required with DATABASE_URL: it encrypts stored secrets")
    key = settings.secret_key.get_secret_value() if settings.secret_key else secret_key(settings.home)
    sandbox_port = settings.sandbox_smtp_port or free_port(SANDBOX_HOST)
    smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else f"smtp://{SANDBOX_HOST}:{sandbox_port}"
    return os.environ | {
        "DATABASE_URL": url,
        "DYNARIS_SECRET_KEY": key,
        "DYNARIS_HOME": str(settings.home),
        "DYNARIS_HOST": settings.host,
        "DYNARIS_PORT": str(settings.port),
        "DYNARIS_SMTP_PORT": str(settings.smtp_port),
        "DYNARIS_CALLS_PORT": str(settings.calls_port),
        "DYNARIS_IMAP_PORT": str(settings.imap_port),
        "DYNARIS_SANDBOX_SMTP_PORT": str(sandbox_port),
        "DYNARIS_SANDBOX_META_PORT": str(settings.sandbox_meta_port),
        "DYNARIS_SANDBOX_TWILIO_PORT": str(settings.sandbox_twilio_port),
        "DYNARIS_SMTP_URL": smtp_url,
        "DYNARIS_PRIVATE_NETWORKS": private_networks(settings),
        "DYNARIS_SANDBOX_PAGES": str(has_sandbox_pages(settings)).lower(),
    }


def has_sandbox_pages(settings: Settings) -> bool:
    """They ask for no sign-in, and hold the mails with everybody's links."""
    return is_for_here(settings) if settings.sandbox_pages is None else settings.sandbox_pages


def private_networks(settings: Settings) -> str:
    """What runs for one person, on their own machine, may call what else runs there."""
    if settings.private_networks is not None:
        return settings.private_networks
    return "loopback" if is_for_here(settings) else ""


def settings_of(settings: Settings, environment: dict[str, str]) -> Settings:
    """The same settings, with the database and key that were found."""
    found = {"database_url": environment["DATABASE_URL"], "secret_key": SecretStr(environment["DYNARIS_SECRET_KEY"])}
    return settings.model_copy(update=found)


@dataclass
class Family:
    """The children; one that dies is started again, sooner the longer it had lived. One that sleeps is started once
    somebody opens a connection to its socket: most installations take no calls, and it holds much code in memory."""

    environment: dict[str, str]
    gateway: str = ""  # where providers reach us, as they sign it
    children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    sleeping: dict[str, socket.socket] = field(default_factory=dict)
    _pipe: tuple[int, int] = field(default_factory=os.pipe)
    _stopping: bool = False

    def sleeps(self, name: str, listening: socket.socket) -> None:
        listening.setblocking(False)
        self.sleeping[name] = listening

    async def start(self, name: str) -> None:
        reading_end = self._pipe[0]
        given, kept = {LIFELINE: str(reading_end)}, [reading_end]
        if listening := self.sleeping.get(name):
            given[CALLS_SOCKET] = str(listening.fileno())
            kept.append(listening.fileno())
        self.children[name] = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command(name),
            env=self.environment | given,
            pass_fds=kept,
            start_new_session=True,  # Ctrl-C reaches us alone: the children are stopped in order
        )

    def _command(self, name: str) -> list[str]:
        if name != "sandbox":
            return ["-m", "dynaris.app.processes", name]
        folder = str(Path(self.environment["DYNARIS_HOME"], "sandbox"))
        names = ("SANDBOX_SMTP_PORT", "IMAP_PORT", "SANDBOX_META_PORT", "SANDBOX_TWILIO_PORT")
        sandbox_ports = (self.environment[f"DYNARIS_{each}"] for each in names)
        return [
            "-m",
            "dynaris.sandbox",
            folder,
            SANDBOX_HOST,
            *sandbox_ports,
            _own_address(self.environment),
            self.gateway,
        ]

    async def watch(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name in self.children:
                tasks.create_task(self._keep(name))
            for name in self.sleeping:
                tasks.create_task(self._wake(name))

    async def _keep(self, name: str) -> None:
        pause = 0.1
        while True:
            started = asyncio.get_running_loop().time()
            code = await self.children[name].wait()
            lived = asyncio.get_running_loop().time() - started
            pause = 0.1 if lived > 10 else min(pause * 2, 5.0)
            log.warning("up.child_restarted", child=name, exit_code=code, lived=round(lived, 1))
            await asyncio.sleep(pause)
            await self.start(name)

    async def _wake(self, name: str) -> None:
        """Until cancelled: begun whenever somebody knocks and it is not there."""
        while True:
            await _knocked(self.sleeping[name])
            await self.start(name)
            code = await self.children[name].wait()
            log.warning("up.child_ended", child=name, exit_code=code)
            await asyncio.sleep(1)

    def dead(self) -> str | None:
        return next((name for name, child in self.children.items() if child.returncode is not None), None)

    async def stop(self) -> None:
        """All are told at once; whoever does not stop is killed."""
        for child in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(signal.SIGTERM)
        for child in self.children.values():
            try:
                await asyncio.wait_for(child.wait(), _STOP_SECONDS)
            except TimeoutError:
                child.kill()
                await child.wait()
        for end in self._pipe:
            os.close(end)
        for listening in self.sleeping.values():
            listening.close()


async def _knocked(listening: socket.socket) -> None:
    """Somebody opens a connection, which is left for the child to take."""
    loop, waits = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listening, waits.set)
    try:
        await waits.wait()
    finally:
        loop.remove_reader(listening)


def _own_address(environment: dict[str, str]) -> str:
    """Of the web process as this machine reaches it, whatever its public address is."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(environment["DYNARIS_HOST"], environment["DYNARIS_HOST"])  # noqa: S104
    return f"http://{host}:{environment['DYNARIS_PORT']}"


async def _ready(settings: Settings, family: Family) -> None:
    """Web answers, and the mail ports are open."""
    deadline = asyncio.get_running_loop().time() + _READY_SECONDS
    opened = [(settings.host, settings.port), (settings.host, settings.smtp_port)]
    opened += [(SANDBOX_HOST, settings.imap_port), (SANDBOX_HOST, settings.sandbox_meta_port)]
    opened += [(SANDBOX_HOST, settings.sandbox_twilio_port)]
    waiting = [(host, port) for host, port in opened if port]
    while waiting:
        if name := family.dead():
            code = family.children[name].returncode
            # A child that refuses to start has said why, in the one line that we would say.
            raise StartupError("" if code == 1 else f"the {name} process ended at its start, with exit code {code}")
        if asyncio.get_running_loop().time() > deadline:
            raise StartupError(f"not ready within {_READY_SECONDS:.0f} s: nothing answers on port {waiting[0][1]}")
        if await _answers(*waiting[0], http=waiting[0][1] == settings.port):
            waiting.pop(0)
        else:
            await asyncio.sleep(0.05)


async def _answers(host: str, port: int, *, http: bool) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            if not http:
                return True
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            async with asyncio.timeout(5):
                return b" 200 " in await reader.readline()
        finally:
            writer.close()
    except (OSError, TimeoutError):
        return False
