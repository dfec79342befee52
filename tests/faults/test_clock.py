"""A clock that steps back an hour: rows stamped before lie in the future, and nobody waits for it to come."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from dynaris.app.health import _checks
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.pipeline.watchdog import forget_the_future, tick
from tests.flows.conftest import Sink, World

AHEAD = "clock_timestamp() + interval '1 hour'"


@pytest.fixture
async def owner(database_url: str) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def an_hour_back() -> Iterator[None]:
    """The processes' own clock; what the database stamps from now on is an hour ahead of it."""
    clock.set_source(lambda: datetime.now(UTC) - timedelta(hours=1))
    yield
    clock.set_source(None)


async def test_the_lane_of_a_worker_that_died_before_the_step_is_free_when_a_lease_ends(
    world: World, sink: Sink, owner: psycopg.AsyncConnection[Any]
) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await owner.execute(
        f"UPDATE lane SET due_at = {AHEAD}, lease_until = {AHEAD}, holder = %s WHERE workspace_id = %s",
        (new_id(), world.workspace.id),
    )
    await forget_the_future(world.services)
    (lane,) = await world.rows(
        """SELECT due_at <= clock_timestamp() AS due, lease_until - clock_timestamp() AS lease FROM lane
           WHERE workspace_id = %s"""
    )
    assert lane["due"]
    assert timedelta(seconds=4) < lane["lease"] < timedelta(seconds=6), "a living holder has time to renew"


async def test_what_was_claimed_or_waited_for_its_next_try_is_due_as_soon_as_ever(
    world: World, sink: Sink, owner: psycopg.AsyncConnection[Any]
) -> None:
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    for status, minutes in (("sending", 60), ("queued", 62)):
        await owner.execute(
            f"""UPDATE outbox SET status = %s, claimed_at = {AHEAD},
                       due_at = clock_timestamp() + make_interval(mins => %s) WHERE workspace_id = %s""",
            (status, minutes, world.workspace.id),
        )
        await forget_the_future(world.services)
        (row,) = await world.rows("SELECT due_at - clock_timestamp() AS left FROM outbox WHERE workspace_id = %s")
        longest = timedelta(seconds=9) if status == "sending" else timedelta(seconds=121)
        assert longest - timedelta(seconds=4) < row["left"] < longest, f"{status}: its pause is as long as it was"


async def test_a_worker_that_died_before_the_step_is_not_taken_for_alive(
    db: Database, owner: psycopg.AsyncConnection[Any], world: World
) -> None:
    await owner.execute("DELETE FROM procrastinate_workers")
    await owner.execute(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({AHEAD})")
    assert (await _checks(db))["worker"] == "none seen in 30 s"
    await forget_the_future(world.services)
    cursor = await owner.execute("SELECT max(last_heartbeat) <= clock_timestamp() FROM procrastinate_workers")
    assert await cursor.fetchone() == (True,)
    await owner.execute("DELETE FROM procrastinate_workers")


async def test_a_burst_from_before_the_step_is_answered_now(world: World, sink: Sink, an_hour_back: None) -> None:
    for text in ("Hello,", "is there parking?"):
        await world.say(text, reply_url=sink.url)
    object.__setattr__(world.services.settings, "quiet_period", 1.0)
    await world.settle()
    events = await world.rows("SELECT outcome FROM event WHERE workspace_id = %s")
    assert {event["outcome"] for event in events} == {"answered"}


async def test_the_flow_works_while_processes_and_database_disagree_by_an_hour(
    world: World, sink: Sink, an_hour_back: None
) -> None:
    sink.statuses = [503]
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    (row,) = await world.rows("SELECT status, due_at <= clock_timestamp() AS due FROM outbox WHERE workspace_id = %s")
    assert (row["status"], row["due"]) == ("queued", True), "it is tried again early rather than late"
    await tick(world.services)
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert len(sink.got) == 2
