"""Test calls: somebody of ours, or a visitor of the demo page, talks to an agent from their browser."""

import time
from typing import Any
from uuid import UUID

import orjson

from dynaris.agents.known_models import check_agent
from dynaris.calls.record import by_external_id
from dynaris.calls.schemas import TestCall
from dynaris.calls.taking import ring, sockets_of, ticket_of
from dynaris.channels.contract import Arrival
from dynaris.channels.registry import trial_channels
from dynaris.connections.actions import add_account
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput
from dynaris.core.ids import new_id
from dynaris.people.throttle import Rate, take
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import record as audit

TICKET_SECONDS = 60
TESTS = Rate("test calls of one workspace", 60, 3_600)
_KNOWN = "SELECT id FROM account WHERE workspace_id = %s AND channel = %s AND address = %s AND removed_at IS NULL"
_WHO = "SELECT name FROM member WHERE workspace_id = %s AND id::text = %s"


async def begin_test_call(
    services: Services, workspace_id: UUID, *, who: str, by: str, agent: str | None = None
) -> TestCall:
    """`who`: by whom the same person is known on their next one. Raises `InvalidInput` for an agent that is not there,
    `Conflict` where none answers, `TooManyRequests`."""
    async with services.db.system() as system:
        await take(system, TESTS, str(workspace_id))
    async with services.db.transaction(workspace_id) as connection:
        if agent:
            try:
                agent = await check_agent(connection, workspace_id, agent)
            except ValueError as error:
                raise InvalidInput(f"agent: {error}", errors=[{"field": "agent", "message": str(error)}]) from error
        account_id = await _account(services, connection, workspace_id, agent)
        row = await (await connection.execute(_WHO, (workspace_id, who))).fetchone()
    services.accounts.forget()
    account = await services.accounts.by_id(workspace_id, account_id)
    arrival = _arrival(services, workspace_id, who, f"Test call by {row['name']}" if row else "Test caller")
    ringing = await ring(services, account, arrival)
    call = await by_external_id(services.db, account, arrival.external_id)
    if call is None or not ringing.goes_on:
        raise Conflict("the test call could not begin: see the events for why")
    async with services.db.transaction(workspace_id) as connection:
        subject = f"call:{call.id}"
        await audit(connection, workspace_id, actor=by, action="call.tried", subject=subject, detail={"agent": agent})
    until = int(time.time()) + TICKET_SECONDS
    return TestCall(
        call_id=call.id,
        conversation_id=call.conversation_id,
        socket=f"{sockets_of(services)}/{account.channel}",
        ticket=ticket_of(services.accounts.vault, workspace_id, call.id, until),
    )


def _arrival(services: Services, workspace_id: UUID, who: str, name: str) -> Arrival:
    call = f"test:{new_id()}"
    known = services.accounts.vault.fingerprint(f"test-call:{workspace_id}:{who}")
    return Arrival(external_id=call, lane=f"call:{call}", raw=orjson.dumps({"call": call, "who": known, "name": name}))


async def _account(services: Services, connection: Connection, workspace_id: UUID, agent: str | None) -> UUID:
    """One of each agent that was tried, and one for whoever answers: made when it is needed."""
    (channel,) = trial_channels()
    named = f"{workspace_id}/{agent}" if agent else str(workspace_id)
    found: Any = await (await connection.execute(_KNOWN, (workspace_id, channel, named))).fetchone()
    if found:
        return found["id"]
    vault = services.accounts.vault
    return await add_account(connection, workspace_id, vault, channel=channel, address=named, settings={}, agent=agent)
