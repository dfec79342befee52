"""The way of a teammate's socket to the process that has the call on its line: it may arrive at any other one."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit
from uuid import UUID

import aiohttp
import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from dynaris.calls.desk import Desk
from dynaris.calls.desk_tickets import DESK, read_desk_ticket
from dynaris.calls.passing_on import both_ways
from dynaris.calls.taking import SOCKETS
from dynaris.calls.teammate import Teammate, parsed
from dynaris.channels.contract import Rejected
from dynaris.pipeline.services import Services

_OPENING_SECONDS = 10.0
_MOST_BYTES = 64_000
_HELD = """UPDATE call SET held_at = %s WHERE workspace_id = %s AND id = %s AND holder = %s"""
_WHERE = """SELECT c.held_at, m.name FROM call c JOIN member m ON m.workspace_id = c.workspace_id
    AND m.id = %(member)s AND m.removed_at IS NULL
    WHERE c.workspace_id = %(ws)s AND c.id = %(call)s AND c.status = 'live' AND c.holder IS NOT NULL"""


def reached_at(listening: tuple[str, int], database_url: str) -> str:
    """Where other calls processes find this one: what listens on all addresses is found at that which the database
    sees."""
    host, port = listening
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        away = urlsplit(database_url)
        with suppress(OSError, ValueError), sockets.socket(sockets.AF_INET, sockets.SOCK_DGRAM) as probe:
            probe.connect((away.hostname or "127.0.0.1", away.port or 5432))  # sends nothing
            host = probe.getsockname()[0]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Desks:
    """Of the calls that this process has on their lines."""

    def __init__(self, services: Services, at: str = "") -> None:
        self._services, self._at = services, at
        self._here: dict[UUID, Desk] = {}

    @asynccontextmanager
    async def of(self, desk: Desk, holder: UUID) -> AsyncIterator[Desk]:
        call = desk.call
        async with self._services.db.workspace(call.workspace_id) as connection:
            await connection.execute(_HELD, (self._at or None, call.workspace_id, call.id, holder))
        self._here[call.id] = desk
        try:
            yield desk
        finally:
            self._here.pop(call.id, None)

    def here(self, call_id: UUID) -> Desk | None:
        return self._here.get(call_id)

    async def take(self, socket: WebSocket) -> None:
        """An accepted socket of a teammate's, until it or the call ends. Raises `Rejected`."""
        try:
            async with asyncio.timeout(_OPENING_SECONDS):
                said = parsed(await socket.receive_text())
        except TimeoutError:
            raise Rejected(f"nothing was said within {_OPENING_SECONDS:g} s") from None
        except (WebSocketDisconnect, KeyError) as error:
            raise Rejected("the socket was closed before it began, or carried no text") from error
        if not isinstance(said, dict) or not isinstance(ticket := said.get("ticket"), str):
            raise Rejected("start was expected, with a ticket of ours")
        workspace_id, call_id, member_id = read_desk_ticket(self._services.accounts.vault, ticket)
        names = {"ws": workspace_id, "call": call_id, "member": member_id}
        async with self._services.db.workspace(workspace_id) as connection:
            row = await (await connection.execute(_WHERE, names)).fetchone()
        if row is None:
            raise Rejected("nobody has the call on the line now", 409, "conflict")
        if desk := self.here(call_id):
            teammate = Teammate(socket, member_id, row["name"])
            try:
                await desk.serve(teammate)
            finally:
                await teammate.close()
        elif row["held_at"] and not said.get("passed_on"):
            await _pass_on(socket, row["held_at"], ticket)
        else:
            raise Rejected("the process that has the call cannot be reached", 503, "unavailable")


async def _pass_on(socket: WebSocket, held_at: str, ticket: str) -> None:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.ws_connect(f"http://{held_at}{SOCKETS}/{DESK}", max_msg_size=_MOST_BYTES, compress=0) as inner,
        ):
            await inner.send_str(orjson.dumps({"type": "start", "ticket": ticket, "passed_on": True}).decode())
            await both_ways(socket, inner)
    except aiohttp.ClientError as error:
        raise Rejected("the process that has the call cannot be reached", 503, "unavailable") from error
