"""The look after calls: one whose process died is ended, and the calls process of this machine is there before the
first one comes."""

import asyncio
from contextlib import suppress

import structlog
from structlog.contextvars import bound_contextvars

from dynaris.calls.afterwards import wrap_up_ended
from dynaris.calls.ending import end
from dynaris.calls.placing import place_wanted
from dynaris.calls.record import load
from dynaris.channels.contract import Carrier, Roomed
from dynaris.channels.registry import channels
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_ROUND_SECONDS = 5.0
_MOST = 100
_LOST = "the line was lost, and nobody opened it again"


async def run_calls(services: Services) -> None:
    """Until cancelled."""
    woken = False
    while True:
        await end_lost(services)
        await place_wanted(services)
        await wrap_up_ended(services)
        # Nothing but being there brings it calls that are rooms.
        woken = (woken and not await are_rooms(services)) or await wake(services)
        await asyncio.sleep(_ROUND_SECONDS)


async def end_lost(services: Services) -> int:
    """How many."""
    async with services.db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM lost_calls(%s)", (_MOST,))).fetchall()
    for row in rows:
        with bound_contextvars(workspace=str(row["workspace_id"]), call=str(row["id"])):
            log.warning("call.lost")
            await end(services, await load(services.db, row["workspace_id"], row["id"]), lost=_LOST)
    return len(rows)


async def wake(services: Services) -> bool:
    """Where somebody may call: the process that `up` begins with the first connection needs seconds to load. Whether
    it was there to be woken."""
    port = services.settings.calls_port
    if not port or not await _may_ring(services):
        return False
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False


async def are_rooms(services: Services) -> bool:
    """Whether an account's calls are."""
    named = [name for name, each in channels().items() if isinstance(each, Roomed)]
    return any([await services.accounts.of_channel(name) for name in named])


async def _may_ring(services: Services) -> bool:
    for name, each in channels().items():
        if not isinstance(each, Carrier):
            continue
        # The sandbox's callers can wait until it is loaded; who never calls there needs it not at all.
        if any(each.is_public(account) for account in await services.accounts.of_channel(name)):
            return True
    return False
