"""Never lost, never twice: processes are killed while events pour in, and every event is looked at afterwards."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from benchmarks import measure
from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.load import Plan, Sent
from benchmarks.product import Product, running_product
from benchmarks.system import until_none
from benchmarks.workload import Mix
from benchmarks.world import SETTLE_SECONDS
from dynaris.core.settings import Settings

FIGURES = (
    "crash_rounds",
    "crash_lost_events",
    "crash_replies_sent_twice",
    "crash_false_outcomes",
    "crash_most_unknown_sends",
    "crash_takeover_s",
)

_ROUNDS = 20
_EVENTS = 500
_WINDOW = 48  # unanswered events: something is in flight at any moment
_MIX = Mix(contacts=190)  # and ten hot ones: 200
_TARGETS = ("web", "worker", "postgres")

# Work that was there before the kill and is still to be done.
_LEFT_OVER = """
SELECT (SELECT count(*) FROM event WHERE status = 'queued' AND created_at < to_timestamp(%(killed)s))
     + (SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending')
                                      AND created_at < to_timestamp(%(killed)s)) AS left"""
_EVENTS_OF_RUN = """
SELECT external_id, status, outcome, owner_id IS NOT NULL AND deadline IS NOT NULL AS is_watched
FROM event WHERE channel = 'generic' AND external_id LIKE %(run)s"""
_UNKNOWN = "SELECT count(*) AS sends FROM outbox WHERE status = 'unknown'"


@dataclass(frozen=True, slots=True)
class _Round:
    """What one kill did."""

    lost: int  # accepted, but without exactly one row that has an outcome or waits for its owner
    twice: int  # events with more than one post at the sink
    false: int  # "answered", and the sink never saw it; or a forged delivery was let in, an honest one refused
    unknown: int
    takeover: float


async def run(bench: Bench) -> list[Figure]:
    count = 3 if bench.quick else _ROUNDS
    targets = [_TARGETS[number % len(_TARGETS)] for number in range(count)]
    bench.random.shuffle(targets)
    rounds: list[_Round] = []
    async with running_product() as product:
        await bench.warm_up(product)
        for target in targets:
            rounds.append(await _play(bench, product, target))
            bench.say(f"  killed {target}: {rounds[-1]}")
    in_flight = Settings().worker_concurrency
    return [
        Figure("crash_rounds", len(rounds), target=_ROUNDS, at_least=True),
        Figure("crash_lost_events", sum(played.lost for played in rounds), target=0),
        Figure("crash_replies_sent_twice", sum(played.twice for played in rounds), target=0),
        Figure("crash_false_outcomes", sum(played.false for played in rounds), target=0),
        Figure("crash_most_unknown_sends", max(played.unknown for played in rounds), target=in_flight),
        Figure("crash_takeover_s", max(played.takeover for played in rounds), target=10, unit="s"),
    ]


async def _play(bench: Bench, product: Product, target: str) -> _Round:
    await bench.world.reset_sink(bench.random.choice((0, 50)))
    unknown_before = await _unknown(product)
    plan = bench.plan(product, window=_WINDOW, count=_EVENTS, connections=16, mix=_MIX, redeliver=True)
    sending = asyncio.create_task(bench.world.send(plan))
    await bench.world.replied(bench.random.randrange(_EVENTS // 20, _EVENTS * 9 // 10), SETTLE_SECONDS)
    takeover = await _kill(bench, product, target)
    sent, gave_up = await sending
    if gave_up:
        bench.faulty_runs.append(f"{product.name} {plan.run}: {gave_up}")
    await until_none(even_while_down(product.unsettled), seconds=SETTLE_SECONDS, pause=0.2)
    unknown = await _unknown(product) - unknown_before
    return await _judged(bench, product, plan, sent, unknown=unknown, takeover=takeover)


async def _kill(bench: Bench, product: Product, target: str) -> float:
    """Seconds from the kill until all work that was there before it is done."""
    pid = await victim(bench, product, target)
    killed = time.time()
    with suppress(ProcessLookupError):  # a backend may have ended by itself
        os.kill(pid, signal.SIGKILL)

    async def left_over() -> int:
        return (await product.row(_LEFT_OVER, {"killed": killed}))["left"]

    await until_none(even_while_down(left_over), seconds=SETTLE_SECONDS, pause=0.1)
    return time.time() - killed


def even_while_down(left: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[int]]:
    """A database that cannot be asked has something left."""

    async def counted() -> int:
        try:
            return await left()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return 1

    return counted


async def victim(bench: Bench, product: Product, target: str) -> int:
    if target != "postgres":
        return product.processes(target)[0]
    postmaster = await product.postmaster()
    backends = sorted(measure.process_tree([postmaster]) - {postmaster})
    return bench.random.choice([postmaster, bench.random.choice(backends)])


async def _unknown(product: Product) -> int:
    return (await product.row(_UNKNOWN))["sends"]


async def _judged(
    bench: Bench, product: Product, plan: Plan, sent: list[Sent], *, unknown: int, takeover: float
) -> _Round:
    rows = await product.rows(_EVENTS_OF_RUN, {"run": f"{plan.run}-%"})
    replies = await bench.world.replies()
    accepted = {one.external_id for one in sent if one.status == 202 and not one.forged}
    is_right = Counter(row["external_id"] for row in rows if row["outcome"] or _waits(row["status"], row["is_watched"]))
    answered = {row["external_id"] for row in rows if row["outcome"] == "answered"}
    wrongly_refused = sum(one.status != 202 for one in sent if not one.forged)
    wrongly_accepted = sum(one.status == 202 for one in sent if one.forged)
    return _Round(
        lost=sum(is_right[external_id] != 1 for external_id in accepted),
        twice=sum(len(posts) > 1 for posts in replies.values()),
        false=len(answered - replies.keys()) + wrongly_refused + wrongly_accepted,
        unknown=unknown,
        takeover=takeover,
    )


def _waits(status: str, is_watched: bool) -> bool:
    return status == "waiting" and is_watched
