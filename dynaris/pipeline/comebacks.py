"""Inquiries that the team was given only because a model was down: back to the agents once it answers again.

They are handed off as any other, owner, deadline and words to the contact included. A row of `outage_wait` says which
model they wait for. A worker asks that for a word now and then (agents/outages.py); when it answers they come back, a
few at a time, unless a person did something with the conversation meanwhile.

What waits in one conversation comes back together, whichever model answers first: the conversation is the team's or the
agents', as a whole. So nothing comes back where the team has it for another reason, too.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import structlog

from dynaris.agents import outages
from dynaris.agents.agent_settings import AGENTS, BUILTIN, settings_of
from dynaris.agents.turn import Done
from dynaris.conversations.actions import add_note
from dynaris.conversations.naming import with_whom
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import DynarisError
from dynaris.core.ids import new_id
from dynaris.notifications.actions import notify
from dynaris.pipeline.decide import is_automatic
from dynaris.pipeline.inquiry import Inquiry
from dynaris.pipeline.requeue import OF_ONE_RUN, as_it_was, requeue
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import record

log = structlog.get_logger()

MOST_TIMES = 3  # that one inquiry comes back
ROUND_SECONDS = 5.0  # between two rounds of a model that answers again
_FIRST_ROUND, _LARGEST_ROUND = 4, 32  # inquiries; each round twice as many as the one before
_TICK_SECONDS = 5.0
_MOST = 50  # models of a tick
_FRESH = timedelta(minutes=1)  # as long is believed that the model answers, whatever this process knew before

# A row's lock decides between this and a teammate's claim, or another hand-off.
_LOCKED = """SELECT c.id FROM conversation c JOIN outage_wait w ON w.workspace_id = c.workspace_id
        AND w.conversation_id = c.id AND w.run_id = %(run)s
    WHERE c.workspace_id = %(ws)s LIMIT 1 FOR NO KEY UPDATE OF c"""
# Each with whether a person touched it since: what people do is in the audit log, under their names.
_WAITS = """WITH gone AS (DELETE FROM outage_wait WHERE workspace_id = %(ws)s AND conversation_id = %(id)s RETURNING *)
    SELECT DISTINCT ON (run_id) run_id, event_ids, until, times, EXISTS (
        SELECT FROM audit_entry a WHERE a.workspace_id = %(ws)s AND a.created_at >= gone.created_at
          AND (a.subject = 'conversation:' || %(id)s::uuid
               OR a.subject IN (SELECT 'event:' || event_id FROM unnest(gone.event_ids) AS event_id))
          AND a.actor <> 'system' AND NOT starts_with(a.actor, 'agent:')) AS is_touched
    FROM gone ORDER BY run_id, times DESC"""
_FROM_TEAM = """UPDATE conversation c SET holder = 'agent', holder_id = NULL, hold_until = NULL, respond_by = NULL
    WHERE c.workspace_id = %(ws)s AND c.id = %(id)s AND c.holder = 'team' AND c.hold_until IS NULL
      AND c.respond_by IS NOT NULL AND c.status <> 'closed'
    RETURNING (SELECT auto_mode FROM workspace WHERE id = %(ws)s) AS auto_mode"""

# What was handed off before these came was given back since, or they would not have been answered.
_EVENTS = """SELECT id, lane, channel, status, outcome, reason, settled_at, run_id, match, decision, meta
    FROM event WHERE workspace_id = %(ws)s AND (id = ANY(%(ids)s)
        OR (conversation_id = %(conversation)s AND (status = 'waiting' AND waiting_for = 'person'
            OR outcome = 'handed_off' AND settled_at >= (
                SELECT min(created_at) FROM event WHERE workspace_id = %(ws)s AND id = ANY(%(ids)s)))))
    ORDER BY id FOR NO KEY UPDATE"""


def settled(inquiry: Inquiry, done: Done) -> Done:
    """What came back, and found the model down again, waits on without a word: the contact was told once."""
    if not (inquiry.meta.get("came_back") and done.stood_in_for):
        return done
    if done.escalate and not done.for_want_of_them:
        return done
    return Done(
        decision="escalate",
        escalate=True,
        reason=f"{done.stood_in_for[0]} did not answer, again",
        because="failure",
        stood_in_for=done.stood_in_for,
        for_want_of_them=True,
    )


def was_told(inquiry: Inquiry) -> bool:
    """That a colleague takes over."""
    return bool(inquiry.meta.get("came_back"))


def waits_for(services: Services, inquiry: Inquiry, done: Done) -> list[str]:
    """The models whose answer would bring it back; none where a person is needed for another reason."""
    if not (done.for_want_of_them and services.settings.outage_hours) or inquiry.wake or inquiry.needs_person:
        return []
    if inquiry.meta.get("run_by") or inquiry.meta.get("already_sent"):
        return []
    before = inquiry.meta.get("came_back") or {}
    return done.stood_in_for if before.get("times", 0) < MOST_TIMES else []


async def wait_for(
    services: Services, connection: Connection, inquiry: Inquiry, models: list[str], *, deadline: datetime
) -> None:
    """In the transaction of the hand-off, and last there."""
    before = inquiry.meta.get("came_back") or {}
    until = clock.now() + timedelta(hours=services.settings.outage_hours)
    if before:
        until = min(until, datetime.fromisoformat(before["until"]))
    await connection.execute(
        """INSERT INTO outage_wait (workspace_id, run_id, model, event_ids, conversation_id, deadline, until, times)
           SELECT %(ws)s, %(run)s, model, %(events)s, %(conversation)s, %(deadline)s, %(until)s, %(times)s
           FROM unnest(%(models)s::text[]) AS model ON CONFLICT DO NOTHING""",
        {
            "ws": inquiry.workspace_id,
            "run": inquiry.run_id,
            "models": sorted(set(models)),
            "events": list(inquiry.event_ids),
            "conversation": inquiry.conversation_id,
            "deadline": deadline,
            "until": until,
            "times": before.get("times", 0),
        },
    )
    await outages.note_down(connection, inquiry.workspace_id, models)


async def begin_again(services: Services, inquiry: Inquiry) -> None:
    """Before the run of what came back."""
    came_back = inquiry.meta.get("came_back")
    if not came_back:
        return
    if clock.now() - datetime.fromisoformat(came_back["at"]) < _FRESH:
        # Another process found that the model answers: this one need not leave it alone any longer.
        has = await services.models.of(inquiry.workspace_id)
        services.models.breaker.answered(has.key_of(came_back["model"]))
    async with services.db.transaction(inquiry.workspace_id) as connection:
        # A message that was looked at just before it came back saw the team have the conversation, and waits for it.
        cursor = await connection.execute(
            """SELECT id FROM event WHERE workspace_id = %s AND conversation_id = %s AND status = 'waiting'
               AND waiting_for = 'person' ORDER BY id""",
            (inquiry.workspace_id, inquiry.conversation_id),
        )
        for event in await cursor.fetchall():
            await requeue(
                connection,
                inquiry.workspace_id,
                event_id=event["id"],
                from_status=("waiting",),
                meta={"came_back": came_back},
                new_run=True,
                without=OF_ONE_RUN,
            )


async def run_comebacks(services: Services) -> None:
    """A worker's loop, until cancelled."""
    while True:
        try:
            await look_everywhere(services)
        except (psycopg.Error, DynarisError, OSError) as error:
            log.warning("comebacks.failed", error=error)
        await asyncio.sleep(_TICK_SECONDS)


async def look_everywhere(services: Services) -> int:
    """At each model whose look is due. How many inquiries came back."""
    found = await outages.due(services.db, most=_MOST)
    looks = await asyncio.gather(*(_look(services, *each) for each in found), return_exceptions=True)
    for (workspace_id, model), came in zip(found, looks, strict=True):
        if isinstance(came, BaseException):
            log.error("comebacks.look_failed", workspace=str(workspace_id), model=model, error=came, exc_info=came)
    return sum(came for came in looks if isinstance(came, int))


async def _look(services: Services, workspace_id: UUID, model: str) -> int:
    look = await outages.begin_look(services.db, workspace_id, model)
    if look is None:
        return 0
    await _tell_overdue(services, workspace_id, model)
    await _give_up(services, workspace_id, model)
    await _move_to_present(services, workspace_id, model)
    if await _nothing_waits(services, workspace_id, model):
        return 0
    has = await services.models.of(workspace_id)
    error = await outages.why_down(services.db, services.models, has, model)
    came = 0
    if error is None:
        most = min(_FIRST_ROUND * 2 ** min(look.rounds, 10), _LARGEST_ROUND)
        for run_id in await _waiting(services, workspace_id, model, most=most):
            came += await come_back(services, workspace_id, model, run_id)
    log.info("comebacks.looked", workspace=str(workspace_id), model=model, error=error, came_back=came)
    await outages.end_look(services.db, workspace_id, model, look, error=error, pause=ROUND_SECONDS)
    return came


async def _move_to_present(services: Services, workspace_id: UUID, model: str) -> None:
    """A workspace that does not ask this model any more: what waits for it waits for the present one."""
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute("SELECT model, agents FROM workspace WHERE id = %s", (workspace_id,))
        row = await cursor.fetchone()
        assert row is not None
        chains = [settings_of(row["agents"], name).chain(row["model"]) for name in {*AGENTS, *row["agents"]}]
        if any(model in chain for chain in chains):
            return
        present = row["model"]
        cursor = await connection.execute(
            """WITH left_one AS (DELETE FROM outage_wait WHERE workspace_id = %(ws)s AND model = %(model)s RETURNING *)
               INSERT INTO outage_wait (workspace_id, run_id, model, event_ids, conversation_id, deadline, is_overdue,
                                        until, times, created_at)
               SELECT workspace_id, run_id, %(present)s, event_ids, conversation_id, deadline, is_overdue, until, times,
                      created_at FROM left_one WHERE %(present)s <> %(builtin)s ON CONFLICT DO NOTHING""",
            {"ws": workspace_id, "model": model, "present": present, "builtin": BUILTIN},
        )
        if cursor.rowcount:
            await outages.note_down(connection, workspace_id, [present])


async def _waiting(services: Services, workspace_id: UUID, model: str, *, most: int) -> list[UUID]:
    """The oldest first."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT run_id FROM outage_wait WHERE workspace_id = %s AND model = %s ORDER BY run_id LIMIT %s",
            (workspace_id, model, most),
        )
        return [row["run_id"] for row in await cursor.fetchall()]


async def _nothing_waits(services: Services, workspace_id: UUID, model: str) -> bool:
    """Then nobody looks any more. Two statements: the second sees what was added before the first had the row."""
    async with services.db.transaction(workspace_id) as connection:
        named = (workspace_id, model)
        await connection.execute("SELECT FROM model_outage WHERE workspace_id = %s AND model = %s FOR UPDATE", named)
        cursor = await connection.execute(
            """DELETE FROM model_outage o WHERE o.workspace_id = %s AND o.model = %s AND NOT EXISTS (
                   SELECT FROM outage_wait w WHERE w.workspace_id = o.workspace_id AND w.model = o.model)""",
            named,
        )
        return cursor.rowcount > 0


async def come_back(services: Services, workspace_id: UUID, model: str, run_id: UUID) -> bool:
    """With all that waits in its conversation. False where a person has it, or nothing is left to run: then it is
    waited for no more."""
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(_LOCKED, {"ws": workspace_id, "run": run_id})
        conversation = await cursor.fetchone()
        if conversation is None:  # another worker was faster
            return False
        cursor = await connection.execute(_WAITS, {"ws": workspace_id, "id": conversation["id"]})
        waits = [wait for wait in await cursor.fetchall() if not wait["is_touched"]]
        async with connection.transaction() as step:
            if waits and await _given_back(
                services, connection, workspace_id, waits, conversation_id=conversation["id"], model=model
            ):
                return True
            raise psycopg.Rollback(step)
    return False


async def _given_back(
    services: Services,
    connection: Connection,
    workspace_id: UUID,
    waits: list[dict[str, Any]],
    *,
    conversation_id: UUID,
    model: str,
) -> bool:
    cursor = await connection.execute(_FROM_TEAM, {"ws": workspace_id, "id": conversation_id})
    taken = await cursor.fetchone()
    if taken is None:
        return False
    run_of = {event_id: wait["run_id"] for wait in waits for event_id in wait["event_ids"]}
    cursor = await connection.execute(
        _EVENTS, {"ws": workspace_id, "ids": list(run_of), "conversation": conversation_id}
    )
    found = await cursor.fetchall()
    if any(event["outcome"] == "handed_off" and event["id"] not in run_of for event in found):
        return False  # a person is needed there for another reason, too
    events = [event for event in found if _may_run(event, run_of.get(event["id"]), taken["auto_mode"])]
    if not any(event["id"] in run_of for event in events):
        return False
    came_back = {
        "model": model,
        "at": clock.now().isoformat(),
        "times": max(wait["times"] for wait in waits) + 1,
        "until": min(wait["until"] for wait in waits).isoformat(),
        "run_id": str(waits[0]["run_id"]),
    }
    for event in events:
        await _requeue(connection, workspace_id, event, came_back)
    await _as_one_turn(services, connection, workspace_id, events)
    await _say(connection, workspace_id, conversation_id, came_back)
    return True


def _may_run(event: dict[str, Any], run_id: UUID | None, auto_mode: dict[str, Any]) -> bool:
    """As the hand-off left it, or waiting behind it; in Manual mode nothing comes back."""
    if (event["match"] or {}).get("erased") or not is_automatic(auto_mode, event["channel"]):
        return False
    return event["status"] == "waiting" or (event["outcome"] == "handed_off" and event["run_id"] == run_id)


async def _requeue(
    connection: Connection, workspace_id: UUID, event: dict[str, Any], came_back: dict[str, Any]
) -> None:
    meta: dict[str, Any] = {"came_back": came_back}
    if event["status"] == "done":
        because = {"because": f"{came_back['model']} answered again"}
        meta["replays"] = [*event["meta"].get("replays", []), {**as_it_was(event), **because}]
    back = await requeue(
        connection,
        workspace_id,
        event_id=event["id"],
        from_status=("done", "waiting"),
        meta=meta,
        new_run=True,
        without=OF_ONE_RUN,
    )
    assert back, "it is locked"


async def _as_one_turn(
    services: Services, connection: Connection, workspace_id: UUID, events: list[dict[str, Any]]
) -> None:
    """What the contact wrote meanwhile is answered together with it, where bursts are."""
    together = [event["id"] for event in events if event["lane"] == events[0]["lane"]]
    if services.settings.quiet_period and len(together) > 1:
        await connection.execute(
            "UPDATE event SET run_id = %s WHERE workspace_id = %s AND id = ANY(%s)",
            (new_id(), workspace_id, together),
        )


async def _say(connection: Connection, workspace_id: UUID, conversation_id: UUID, came_back: dict[str, Any]) -> None:
    await add_note(
        connection,
        workspace_id,
        conversation_id=conversation_id,
        text=f"Came back to the AI when {came_back['model']} answered again.",
        author="system",
        data={"came_back": came_back},
    )
    await record(
        connection,
        workspace_id,
        actor="system",
        action="conversation.came_back",
        subject=f"conversation:{conversation_id}",
        detail={"model": came_back["model"], "run": came_back["run_id"]},
    )


async def _tell_overdue(services: Services, workspace_id: UUID, model: str) -> None:
    """The team's deadline is over and the model still down: owner and admins are told, once."""
    async with services.db.transaction(workspace_id) as connection:
        cursor = await connection.execute(
            """UPDATE outage_wait w SET is_overdue = true FROM conversation c
               WHERE w.workspace_id = %(ws)s AND w.model = %(model)s AND w.deadline <= clock_timestamp()
                 AND NOT w.is_overdue AND c.workspace_id = w.workspace_id AND c.id = w.conversation_id
                 AND c.holder = 'team' AND c.respond_by IS NOT NULL
               RETURNING w.run_id, w.conversation_id""",
            {"ws": workspace_id, "model": model},
        )
        for row in await cursor.fetchall():
            whom = await with_whom(connection, workspace_id, row["conversation_id"])
            await notify(
                connection,
                workspace_id,
                topic="overdue",
                cause=f"overdue:{row['run_id']}",
                title=f"The conversation with {whom} is overdue",
                body=f"It was handed to the team because {model} did not answer, which it still does not.",
                subject=f"conversation:{row['conversation_id']}",
            )


async def _give_up(services: Services, workspace_id: UUID, model: str) -> None:
    """It stays with the team."""
    async with services.db.transaction(workspace_id) as connection:
        await connection.execute(
            "DELETE FROM outage_wait WHERE workspace_id = %s AND model = %s AND until <= clock_timestamp()",
            (workspace_id, model),
        )
