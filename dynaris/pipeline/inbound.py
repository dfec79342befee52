"""A lane's work: takes what has arrived from one sender, in order, through the stages of the flow.

take -> identify -> decide -> answer -> deliver -> outcome, until nothing is left
"""

from datetime import timedelta
from uuid import UUID

import psycopg
import structlog

from dynaris.agents.turn import Done
from dynaris.core import clock
from dynaris.core.errors import DynarisError
from dynaris.pipeline.answer import answer, send_reply
from dynaris.pipeline.decide import PersonAnswers, decide
from dynaris.pipeline.identify import identify
from dynaris.pipeline.inquiry import Inquiry, QueuedEvent
from dynaris.pipeline.lanes import postpone, release
from dynaris.pipeline.outcome import settle, wait
from dynaris.pipeline.services import Services

log = structlog.get_logger()

BATCH = 25  # events that one turn may answer together
MAX_ATTEMPTS = 5  # a poisonous event costs its lane these tries, then ends as failed
_LONGEST_BURST = 5  # a burst that goes on for this many quiet periods is answered anyway

_TAKEN = """RETURNING id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at,
    occurred_at, attempts, reason, conversation_id, message_id, run_id"""
_OLDEST = """SELECT id FROM event WHERE workspace_id = %(ws)s AND lane = %(lane)s AND status = 'queued' ORDER BY id"""
# One or several: with an array the planner cannot see that the key finds the row.
_TAKE_ONE = f"""UPDATE event SET attempts = attempts + 1
    WHERE workspace_id = %(ws)s AND id = ({_OLDEST} LIMIT 1) {_TAKEN}"""
_TAKE = f"""UPDATE event SET attempts = attempts + 1
    WHERE workspace_id = %(ws)s AND id = ANY(ARRAY({_OLDEST} LIMIT %(batch)s)) {_TAKEN}"""


async def run_lane(services: Services, workspace_id: UUID, lane: str, holder: UUID) -> None:
    """Works until nothing is queued in a lane that `holder` has claimed. Two at once do no harm, only double work."""
    log_ = log.bind(workspace=str(workspace_id), lane=lane)
    while True:
        events = await _take(services, workspace_id, lane)
        if events and (again := _burst_goes_on(services, events)):
            await _give_back(services, workspace_id, lane, holder, after=again)
            return
        try:
            await _work(services, events)
        except (psycopg.OperationalError, OSError):
            raise  # not the event's fault: the lane is taken up again
        except Exception as error:
            log_.exception("inbound.failed", error=repr(error))
            await _after_failure(services, events, error)
            await _give_back(services, workspace_id, lane, holder, after=2.0 ** events[0].attempts / 2)
            return
        async with services.db.workspace(workspace_id) as connection:
            if await release(connection, workspace_id, lane, holder=holder):
                return


async def _take(services: Services, workspace_id: UUID, lane: str) -> list[QueuedEvent]:
    """The oldest queued events: several where bursts are joined, else one."""
    statement = _TAKE if services.settings.quiet_period else _TAKE_ONE
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(statement, {"ws": workspace_id, "lane": lane, "batch": BATCH})
        rows = await cursor.fetchall()
    events = sorted((QueuedEvent(**row) for row in rows), key=lambda event: event.id)
    if events and events[0].resumed:
        # What was worked on before goes without newcomers: alone, or with those it was joined with.
        first = events[0]
        return [event for event in events if event is first or (event.run_id and event.run_id == first.run_id)]
    return events


async def _work(services: Services, events: list[QueuedEvent]) -> None:
    inquiries: list[Inquiry] = []
    for event in events:
        if event.attempts > MAX_ATTEMPTS:
            await _give_up(services, event, event.reason or "its worker died each time")
        elif inquiry := await identify(services, event):
            inquiries.append(inquiry)
    for inquiry in joined(inquiries):
        await handle(services, inquiry)


def joined(inquiries: list[Inquiry]) -> list[Inquiry]:
    """A burst in one conversation is one turn. What was worked on before stays as it was."""
    turns: list[Inquiry] = []
    for inquiry in inquiries:
        last = turns[-1] if turns else None
        if (
            last
            and last.conversation_id == inquiry.conversation_id
            and (last.run_id == inquiry.run_id or not (last.resumed or inquiry.resumed))
        ):
            turns[-1] = last.joined(inquiry)
        else:
            turns.append(inquiry)
    return turns


async def handle(services: Services, inquiry: Inquiry) -> None:
    if inquiry.ready_reply and not inquiry.held:
        done = Done(decision="reply", text=inquiry.ready_reply)
        await send_reply(services, inquiry, done, inquiry.ready_reply, {"agent": "product", "reason": "a typed code"})
        return
    decision = decide(inquiry)
    if isinstance(decision, PersonAnswers):
        deadline = clock.now() + timedelta(minutes=services.settings.respond_within_minutes)
        async with services.db.workspace(inquiry.workspace_id) as connection:
            await wait(
                connection,
                inquiry.workspace_id,
                inquiry.event_ids,
                waiting_for=decision.waiting_for,
                reason=decision.reason,
                deadline=deadline,
            )
        return
    await answer(services, inquiry, decision)


def _burst_goes_on(services: Services, events: list[QueuedEvent]) -> float | None:
    """Seconds until this burst may be over, while it still grows."""
    quiet = services.settings.quiet_period
    if not quiet or events[0].resumed or len(events) == 1:
        return None
    now = clock.now()
    since_last = (now - events[-1].created_at).total_seconds()
    since_first = (now - events[0].created_at).total_seconds()
    if since_last >= quiet or since_first >= quiet * _LONGEST_BURST:
        return None
    return quiet - since_last


async def _give_back(services: Services, workspace_id: UUID, lane: str, holder: UUID, *, after: float) -> None:
    async with services.db.workspace(workspace_id) as connection:
        await postpone(connection, workspace_id, lane, holder=holder, seconds=after)


async def _after_failure(services: Services, events: list[QueuedEvent], error: Exception) -> None:
    first = events[0]
    what = f"{type(error).__name__}: {error}"[:1_000].replace("\x00", "")
    if first.attempts >= MAX_ATTEMPTS or (isinstance(error, DynarisError) and not error.retry):
        await _give_up(services, first, what)
        return
    async with services.db.workspace(first.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET reason = %s WHERE workspace_id = %s AND id = %s AND status = 'queued'",
            (what, first.workspace_id, first.id),
        )


async def _give_up(services: Services, event: QueuedEvent, why: str) -> None:
    async with services.db.workspace(event.workspace_id) as connection:
        await settle(
            connection,
            event.workspace_id,
            [event.id],
            outcome="failed",
            reason=f"gave up after {event.attempts} tries: {why}",
        )
