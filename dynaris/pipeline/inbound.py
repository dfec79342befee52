"""A lane's work: takes what has arrived from one sender, in order, through the stages of the flow.

take -> identify -> decide -> answer -> deliver -> outcome, until nothing is left

On channels where somebody may be looking, what arrives is filed (identified) before it waits for the end of its burst.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog

from dynaris.agents.turn import Done
from dynaris.conversations.actions import say_as_product
from dynaris.core import clock, tracing
from dynaris.core.crypto import UnreadableSecret
from dynaris.core.db import is_outage
from dynaris.core.errors import DynarisError, NoStorage
from dynaris.core.ids import new_id
from dynaris.pipeline.answer import answer, earlier_stands, send_reply
from dynaris.pipeline.decide import AgentAnswers, NobodyAnswers, PersonActs, PersonAnswers, TeamAnswers, decide
from dynaris.pipeline.errands import end_without_answer
from dynaris.pipeline.filing import BATCH, Burst, burst_of, file_burst
from dynaris.pipeline.given_up import give_up
from dynaris.pipeline.handoff import give_to_people
from dynaris.pipeline.identify import identify
from dynaris.pipeline.inquiry import Inquiry, MappedTeam, QueuedEvent
from dynaris.pipeline.lanes import await_more, postpone, release
from dynaris.pipeline.outcome import settle, tries, wait
from dynaris.pipeline.services import Services
from dynaris.pipeline.stages import of_event, of_turn
from dynaris.pipeline.way_back import why_not_again

log = structlog.get_logger()

UNREADABLE_PAUSE = 30.0  # seconds
NO_ROOM_PAUSE = 5.0  # for files: what arrived waits until there is some
MAX_ATTEMPTS = 5  # a poisonous event costs its lane these tries, then ends as failed
MOST_ANSWERS = 10  # that one contact's letters get from agents in an hour

_TAKEN = """RETURNING id, workspace_id, lane, channel, account_id, external_id, kind, raw, meta, created_at,
    occurred_at, attempts, reason, conversation_id, message_id, run_id"""
# A try counts before it is made: its worker may die in it. One that an outage ended, which was not to be taken back
# (`Unwritten`), is made again instead.
_TRY: LiteralString = "attempts = greatest(attempts + 1 - (id = ANY(%(vain)s::uuid[]))::int, 1)"
# One or several: with an array the planner cannot see that the key finds the row.
# Several are given their run when they are taken: whatever happens, they come back together.
_TAKE_ONE = f"""UPDATE event SET {_TRY}
    WHERE workspace_id = %(ws)s AND id = (
        SELECT id FROM event WHERE workspace_id = %(ws)s AND lane = %(lane)s AND status = 'queued'
        ORDER BY id LIMIT 1) {_TAKEN}"""
_TAKE = f"""UPDATE event SET {_TRY},
           run_id = CASE WHEN run_id IS NULL OR %(alone)s THEN %(run)s ELSE run_id END
    WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s) AND status = 'queued' {_TAKEN}"""
_LOOK = """SELECT id, run_id, created_at, channel, kind, attempts > 0 OR meta ? 'resume' AS resumed,
           attempts > 1 AND message_id IS NULL AND kind <> 'wake' AS suspect,
           attempts = 0 AND message_id IS NULL AND kind = 'message' AS fresh FROM event
    WHERE workspace_id = %(ws)s AND lane = %(lane)s AND status = 'queued' ORDER BY id LIMIT %(most)s"""


async def run_lane(services: Services, workspace_id: UUID, lane: str, holder: UUID) -> None:
    """Works until nothing is queued in a lane that `holder` has claimed. Two at once do no harm, only double work."""
    while True:
        try:
            events = await _take(services, workspace_id, lane)
            if isinstance(events, Burst):
                await file_burst(services, workspace_id, lane, events)
        except psycopg.DataError as error:
            await _give_up_unreadable(services, workspace_id, lane, error)
            continue
        if isinstance(events, Burst):
            if await _leave(services, workspace_id, lane, holder, events):
                return
            continue
        try:
            pause = await _work(services, events)
        except Exception as error:
            if is_outage(error):
                services.unwritten.tried_in_vain(workspace_id, lane, [event.id for event in events])
            raise
        if pause:
            await _give_back(services, workspace_id, lane, holder, after=pause)
            return
        async with services.db.workspace(workspace_id) as connection:
            if await release(connection, workspace_id, lane, holder=holder):
                return


async def _take(services: Services, workspace_id: UUID, lane: str) -> list[QueuedEvent] | Burst:
    """The oldest queued events: several where bursts are joined, else one. Or the burst, while it may still grow."""
    vain = services.unwritten.vain(workspace_id, lane)
    parameters: dict[str, Any] = {"ws": workspace_id, "lane": lane, "most": BATCH, "vain": vain}
    async with services.db.workspace(workspace_id) as connection:
        if not services.settings.quiet_period:
            rows = await (await connection.execute(_TAKE_ONE, parameters)).fetchall()
            return _taken(services, workspace_id, lane, rows)
        # Looking is not taking: each event pays a try only when it is really worked on.
        queued = await (await connection.execute(_LOOK, parameters)).fetchall()
        if burst := burst_of(services.settings.quiet_period, queued):
            return burst
        alone = bool(queued and queued[0]["suspect"])
        parameters |= {"ids": [row["id"] for row in _together(queued)], "run": new_id(), "alone": alone}
        rows = await (await connection.execute(_TAKE, parameters)).fetchall()
    return _taken(services, workspace_id, lane, rows)


def _taken(services: Services, workspace_id: UUID, lane: str, rows: list[dict[str, Any]]) -> list[QueuedEvent]:
    events = sorted((QueuedEvent(**row) for row in rows), key=lambda event: event.id)
    services.unwritten.taken(workspace_id, lane, [event.id for event in events])
    return events


def _together(queued: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was worked on before goes without newcomers: alone, or with those it was joined with.

    A burst that ended its worker twice before its senders were known goes on one by one: one of them is poison.
    """
    if not queued:
        return []
    first = queued[0]
    if first["suspect"]:
        return [first]
    if first["resumed"]:
        return [row for row in queued if row is first or (row["run_id"] and row["run_id"] == first["run_id"])]
    return [row for row in queued if not row["resumed"]]


async def _work(services: Services, events: list[QueuedEvent]) -> float:
    """Seconds until the lane is worked on again, because one of them failed, whatever became of the others."""
    inquiries: list[Inquiry] = []
    pause = 0.0
    for event in events:
        if event.attempts > MAX_ATTEMPTS:
            why = event.reason or "its worker died each time"
            await give_up(services, event.workspace_id, event.id, _after_tries(event, why))
            continue
        try:
            with of_event("identify", event):
                inquiry = await identify(services, event)
        except Exception as error:
            pause = max(pause, await _failed(services, [event], error))
        else:
            inquiries += [inquiry] if inquiry else []
    by_id = {event.id: event for event in events}
    for inquiry in await _each_with_its_run(services, joined(inquiries)):
        together = [by_id[event_id] for event_id in inquiry.event_ids if event_id in by_id]
        try:
            with of_turn(inquiry, together):
                await handle(services, inquiry)
        except Exception as error:
            pause = max(pause, await _failed(services, together, error))
    return pause


def joined(inquiries: list[Inquiry]) -> list[Inquiry]:
    """A burst in one conversation is one turn. What was worked on before stays as it was."""
    turns: list[Inquiry] = []
    for inquiry in inquiries:
        last = turns[-1] if turns else None
        same_run = last and (last.run_id == inquiry.run_id or not (last.resumed or inquiry.resumed))
        if last and same_run and last.goes_with(inquiry):
            turns[-1] = last.joined(inquiry)
        else:
            turns.append(inquiry)
    return turns


async def _each_with_its_run(services: Services, turns: list[Inquiry]) -> list[Inquiry]:
    """What was taken together but is not answered together: the first keeps the run, the others get their own."""
    seen: set[UUID] = set()
    for number, inquiry in enumerate(turns):
        if inquiry.run_id in seen:
            turns[number] = await _with_own_run(services, inquiry)
        seen.add(inquiry.run_id)
    return turns


async def _with_own_run(services: Services, inquiry: Inquiry) -> Inquiry:
    own = replace(inquiry, run_id=new_id())
    async with services.db.workspace(inquiry.workspace_id) as connection:
        await connection.execute(
            "UPDATE event SET run_id = %s WHERE workspace_id = %s AND id = ANY(%s)",
            (own.run_id, own.workspace_id, list(own.event_ids)),
        )
    return own


async def _say_beside(services: Services, inquiry: Inquiry, text: str) -> None:
    """What became of a code that we wait for is told whoever has the conversation, and needs nobody's work."""
    async with services.db.transaction(inquiry.workspace_id) as connection:
        await say_as_product(connection, inquiry.workspace_id, conversation_id=inquiry.conversation_id, text=text)
        await settle(connection, inquiry.workspace_id, inquiry.event_ids, outcome="answered", reason="a typed code")


async def handle(services: Services, inquiry: Inquiry) -> None:
    if inquiry.ready_reply and inquiry.held and not inquiry.wish:
        await _say_beside(services, inquiry, inquiry.ready_reply)
        return
    if inquiry.ready_reply and not (inquiry.held or inquiry.meta.get("doubt")):
        done = Done(decision="reply", text=inquiry.ready_reply)
        why = f"the contact wrote {inquiry.wish.upper()}" if inquiry.wish else "a typed code"
        await send_reply(services, inquiry, done, inquiry.ready_reply, {"agent": "product", "reason": why})
        return
    with tracing.span("decide"):
        inquiry = await _mapped(services, inquiry)
        decision = decide(inquiry)
        if isinstance(decision, AgentAnswers) and (why := await _too_much(services, inquiry)):
            decision = PersonAnswers("person", why)
        tracing.note(decision=type(decision).__name__, waiting_for=getattr(decision, "waiting_for", None))
    if isinstance(decision, NobodyAnswers | PersonActs):
        await end_without_answer(services, inquiry, decision)
        return
    if isinstance(decision, TeamAnswers):
        await give_to_people(services, inquiry, decision)
        return
    if isinstance(decision, PersonAnswers):
        if inquiry.meta.get("already_sent"):
            async with services.db.workspace(inquiry.workspace_id) as connection:
                await earlier_stands(
                    services, connection, inquiry, f"replayed; an earlier reply stands ({decision.reason})"
                )
            return
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
    with tracing.span("answer"):
        await answer(services, inquiry, decision)


async def _mapped(services: Services, inquiry: Inquiry) -> Inquiry:
    """With who answers on the number now; where nobody said so, it stays as the account has it."""
    mapping = await services.accounts.mapped(inquiry.account, clock.now())
    if mapping is None:
        return inquiry
    team = MappedTeam(mapping.team_id, mapping.team or "a team") if mapping.team_id else None
    return replace(inquiry, mapped_agent=mapping.agent or inquiry.mapped_agent, mapped_team=team)


async def _too_much(services: Services, inquiry: Inquiry) -> str | None:
    """Why no further answer leaves to this address by itself."""
    if await _goes_round(services, inquiry):
        return f"{MOST_ANSWERS} answers within an hour: perhaps a machine writes"
    if inquiry.answered_elsewhere and not inquiry.meta.get("run_by"):
        async with services.db.workspace(inquiry.workspace_id) as connection:
            return await why_not_again(connection, inquiry)
    return None


async def _goes_round(services: Services, inquiry: Inquiry) -> bool:
    """Two machines that answer each other under ever new subjects do not say that they are machines."""
    if not inquiry.traits.replies_to_address or inquiry.wake or inquiry.meta.get("run_by"):
        return False
    async with services.db.workspace(inquiry.workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT count(*) AS n FROM message WHERE workspace_id = %s AND contact_id = %s AND direction = 'outbound'
               AND author = 'agent' AND created_at > clock_timestamp() - interval '1 hour'""",
            (inquiry.workspace_id, inquiry.contact_id),
        )
        row = await cursor.fetchone()
    return bool(row and row["n"] >= MOST_ANSWERS)


async def _give_up_unreadable(services: Services, workspace_id: UUID, lane: str, error: psycopg.DataError) -> None:
    """The oldest event's own row cannot be read: it must not keep its lane for ever."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT id FROM event WHERE workspace_id = %s AND lane = %s AND status = 'queued' ORDER BY id LIMIT 1""",
            (workspace_id, lane),
        )
        row = await cursor.fetchone()
    if row:
        await give_up(services, workspace_id, row["id"], f"its row cannot be read: {error}")


async def _leave(services: Services, workspace_id: UUID, lane: str, holder: UUID, burst: Burst) -> bool:
    """Until the burst may be over. False when it has grown meanwhile."""
    async with services.db.transaction(workspace_id) as connection:
        return await await_more(
            connection,
            workspace_id,
            lane,
            holder=holder,
            seconds=burst.seconds,
            seen=burst.seen,
            live=burst.live,
        )


async def _give_back(services: Services, workspace_id: UUID, lane: str, holder: UUID, *, after: float) -> None:
    async with services.db.workspace(workspace_id) as connection:
        await postpone(connection, workspace_id, lane, holder=holder, seconds=after)


async def _failed(services: Services, events: list[QueuedEvent], error: Exception) -> float:
    """These are tried again in so many seconds, or end here.

    What nobody knows the sender of yet leaves the burst it was taken with. A secret of ours that this process
    cannot read costs an event nothing: with the right key it goes on. So does a store without room.
    """
    if is_outage(error) or isinstance(error, (psycopg.OperationalError, OSError)):
        raise error  # the lane is taken up again
    free = isinstance(error, (UnreadableSecret, NoStorage))
    first = events[0]
    log.error(
        "inbound.failed",
        workspace=str(first.workspace_id),
        event_id=str(first.id),
        conversation_id=str(first.conversation_id) if first.conversation_id else None,
        events=[str(event.id) for event in events],
        attempt=first.attempts,
        error=error,
        exc_info=error,
    )
    what = f"{type(error).__name__}: {error}"[:1_000].replace("\x00", "")
    for event in events:
        if not free and (event.attempts >= MAX_ATTEMPTS or (isinstance(error, DynarisError) and not error.retry)):
            await give_up(services, event.workspace_id, event.id, _after_tries(event, what))
            continue
        async with services.db.workspace(event.workspace_id) as connection:
            await connection.execute(
                """UPDATE event SET reason = %s, run_id = CASE WHEN message_id IS NOT NULL THEN run_id END,
                          attempts = attempts - %s::int
                   WHERE workspace_id = %s AND id = %s AND status = 'queued'""",
                (what, free, event.workspace_id, event.id),
            )
    if free:
        return NO_ROOM_PAUSE if isinstance(error, NoStorage) else UNREADABLE_PAUSE
    return 2.0 ** max(event.attempts for event in events) / 2


def _after_tries(event: QueuedEvent, why: str) -> str:
    return f"gave up after {tries(event.attempts)}: {why}"
