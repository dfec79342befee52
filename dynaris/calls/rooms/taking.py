"""The job of Atlas in a room: the caller's sound is a line like any other, and `hold` is what every path ends in."""

import orjson
import structlog

from dynaris.calls import record
from dynaris.calls.desks import Desks
from dynaris.calls.live import hold
from dynaris.calls.placing import hang_up
from dynaris.calls.rooms.room import RoomLine, joined
from dynaris.calls.rooms.worker import Job
from dynaris.calls.taking import read_ticket
from dynaris.calls.transferring import put_through
from dynaris.channels.contract import Refused, Rejected, TryLater
from dynaris.pipeline.services import Services

log = structlog.get_logger()

_COMES_SECONDS, _ANSWERS_SECONDS = 30.0, 120.0  # until the caller is there; and until somebody whom we call answers


async def take(services: Services, job: Job, desks: Desks | None = None) -> None:
    """Until the call has ended, or its line was lost."""
    about = told_in(job)
    ticket, outbound = str(about.get("ticket", "")), about.get("outbound") is True
    named = read_ticket(services.accounts.vault, ticket)
    if named is None:
        log.warning("call.room_refused", room=job.room, reason="the ticket is not one of this installation")
        return
    async with joined(job) as here:
        caller = await here.answered(outbound=outbound, seconds=_ANSWERS_SECONDS if outbound else _COMES_SECONDS)
        if caller is None:
            return
        call = await record.load(services.db, *named)
        first = call.transfer or {}
        if first.get("state") == "dialling" and await put_through(services, call, first["to"]) is None:
            return  # a person answers first here, and has
        line = RoomLine(here, caller, ticket)
        try:
            await line.open()
            await hold(services, line, desks)
        except Rejected as error:
            log.info("call.room_refused", room=job.room, reason=error.reason)
            return
        finally:
            await line.close()
        call = await record.load(services.db, *named)
        if call.status == "ended":
            try:
                await hang_up(services, call)
            except (TryLater, Refused) as error:  # LiveKit closes a room that everybody left
                log.warning("call.room_not_closed", room=job.room, reason=error.reason)


def told_in(job: Job) -> dict[str, object]:
    """What whoever sent for us said."""
    try:
        said = orjson.loads(job.metadata or "{}")
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
