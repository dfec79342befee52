"""Calls that we place: rung once, whoever asks for it, and whatever dies meanwhile."""

from typing import Any
from uuid import UUID

import structlog

from dynaris.calls import record
from dynaris.calls.ending import end
from dynaris.calls.record import Call
from dynaris.calls.taking import ringing_of
from dynaris.channels.contract import Carrier, Refused, TryLater
from dynaris.channels.registry import channel
from dynaris.conversations.calls_wanted import placing
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_MOST = 20

# Taken before anything rings: somebody who is called twice for one thing is worse off than who is not called at all.
_TAKE = """UPDATE call SET external_id = 'placed:' || id WHERE workspace_id = %s AND id = %s AND external_id = %s
    AND status = 'ringing' RETURNING id"""
_NAMED = """UPDATE call SET external_id = %(sid)s WHERE workspace_id = %(ws)s AND id = %(call)s
    AND external_id = 'placed:' || id"""


async def place_wanted(services: Services) -> int:
    """Those that an agent wanted, or whose process died before it placed them. How many."""
    async with services.db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM wanted_calls(%s)", (_MOST,))).fetchall()
    for row in rows:
        await place(services, row["workspace_id"], row["id"])
    return len(rows)


async def place(services: Services, workspace_id: UUID, call_id: UUID) -> Call:
    """Once; as it stands then."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(_TAKE, (workspace_id, call_id, placing(call_id)))
        is_ours = await cursor.fetchone() is not None
    call = await record.load(services.db, workspace_id, call_id)
    if not is_ours:
        return call
    carrier = channel(call.channel)
    assert isinstance(carrier, Carrier)
    account = await services.accounts.by_id(workspace_id, call.account_id)
    try:
        external_id = await carrier.place(account, call.called, ringing_of(services, call), call.id)
    except (TryLater, Refused) as error:
        log.warning("call.not_placed", call=str(call.id), reason=error.reason)
        await end(services, call, outcome="failed", reason=error.reason)
    else:
        names: dict[str, Any] = {"sid": external_id, "ws": workspace_id, "call": call_id}
        async with services.db.workspace(workspace_id) as connection:
            await connection.execute(_NAMED, names)
    return await record.load(services.db, workspace_id, call_id)


async def hang_up(services: Services, call: Call) -> None:
    """Raises `TryLater` or `Refused`."""
    carrier = channel(call.channel)
    assert isinstance(carrier, Carrier)
    await carrier.hang_up(await services.accounts.by_id(call.workspace_id, call.account_id), call.external_id)
    if channel(call.channel).traits.trial:  # no carrier tells us that it ended
        await end(services, call)
