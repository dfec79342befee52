"""WhatsApp as its customers and Meta see it: acknowledgements under load, time to the reply, bursts, order, and kills.

Everything is counted at the stand-in for Meta; webhooks come as Meta posts them, again and again until they are taken.
"""

import asyncio
import os
import signal
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, percentile
from benchmarks.phones import Phones, Post, Posted, phones_of
from benchmarks.product import Product, running_product
from benchmarks.scenarios.crashes import even_while_down, victim
from benchmarks.system import until_none
from benchmarks.world import SETTLE_SECONDS
from dynaris.channels.registry import channel
from dynaris.core.settings import Settings

FIGURES = (
    "whatsapp_ack_sustained_p99_ms",
    "whatsapp_ack_rush_p99_ms",
    "whatsapp_rush_drained_s",
    "whatsapp_reply_p50_ms",
    "whatsapp_reply_p99_ms",
    "whatsapp_bursts_not_answered_once",
    "whatsapp_conversations_out_of_order",
    "whatsapp_unanswered",
    "whatsapp_sent_twice",
    "whatsapp_crash_rounds",
    "whatsapp_crash_lost",
    "whatsapp_crash_sent_twice",
    "whatsapp_crash_false_outcomes",
    "whatsapp_crash_most_unknown_sends",
)

_CUSTOMERS = 100
_SUSTAINED, _RUSH = 30.0, 100.0  # messages per second
_SECONDS = 30.0
_QUIET = 1.0  # DYNARIS_QUIET_PERIOD
_CRASHES, _CRASH_MESSAGES = 12, 300
_TARGETS = ("web", "worker", "postgres")

_EVENTS = """SELECT external_id, status, outcome, owner_id IS NOT NULL AND deadline IS NOT NULL AS is_watched, run_id
    FROM event WHERE channel = 'whatsapp' AND external_id LIKE %(run)s"""
# Of each conversation, its inbound messages as they stand on the timeline.
_TIMELINE = """SELECT m.conversation_id, e.external_id FROM message m
    JOIN event e ON e.workspace_id = m.workspace_id AND e.id = m.event_id
    WHERE m.direction = 'inbound' AND e.channel = 'whatsapp' AND e.external_id LIKE %(run)s ORDER BY m.id"""
_SENT = """SELECT id::text AS id, status FROM outbox WHERE channel = 'whatsapp' AND audience = 'contact'
    AND run_id = ANY(SELECT run_id FROM event WHERE channel = 'whatsapp' AND external_id LIKE %(run)s)"""
_UNKNOWN = "SELECT count(*) AS sends FROM outbox WHERE channel = 'whatsapp' AND status = 'unknown'"


async def run(bench: Bench) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="dynaris-bench-") as folder:
        async with _clinic(Path(folder), _QUIET) as (product, phones):
            talked = await _talk(bench, product, phones)
        async with _clinic(Path(folder), 0.0) as (product, phones):
            return [*talked, *await _crash(bench, product, phones)]


@asynccontextmanager
async def _clinic(folder: Path, quiet: float) -> AsyncIterator[tuple[Product, Phones]]:
    async with running_product(quiet_period=quiet) as product, phones_of(product, folder) as phones:
        yield product, phones


async def _talk(bench: Bench, product: Product, phones: Phones) -> list[Figure]:
    customers = await phones.new_customers(_CUSTOMERS)
    await _settled(product)
    waits = await _alone(bench, product, phones)
    not_once = await _bursts(bench, product, phones)
    sustained, rushes, drained = list[float | None](), list[float | None](), list[float]()
    messages, disordered, unanswered = 0, 0, 0
    for number in range(1 if bench.quick else bench.rounds):
        for rate, acks in ((_SUSTAINED, sustained), (_RUSH, rushes)):
            name = f"r{number}at{rate:.0f}"
            posted, seconds = await _at_rate(bench, product, phones, customers, rate, name)
            acks.append(_ms(percentile([one.ack_seconds for one in posted if one.status == 200], 0.99)))
            drained += [seconds] if rate == _RUSH else []
            messages += len(posted)
            disordered += await _out_of_order(product, name)
            unanswered += await _unanswered(product, posted, name)
            middle = _ms(percentile([one.ack_seconds for one in posted], 0.5)) or 0
            bench.say(f"  {rate:.0f}/s: ack p50 {middle:.1f}, p99 {acks[-1] or 0:.1f} ms, settled in {seconds:.1f} s")
    quiet = _QUIET * channel("whatsapp").traits.quiet_periods
    beyond = [(wait - quiet) * 1000 for wait in waits]
    return [
        Figure("whatsapp_ack_sustained_p99_ms", _median(sustained), target=50, unit="ms", note="30 messages/s"),
        Figure("whatsapp_ack_rush_p99_ms", _median(rushes), target=50, unit="ms", note="100 messages/s"),
        Figure("whatsapp_rush_drained_s", median(drained), unit="s", note="after the last message"),
        Figure("whatsapp_reply_p50_ms", percentile(beyond, 0.5), target=200, unit="ms", note="beyond the quiet time"),
        Figure("whatsapp_reply_p99_ms", percentile(beyond, 0.99), unit="ms", note="the same"),
        Figure("whatsapp_bursts_not_answered_once", not_once, target=0, note="five messages within 3 s"),
        Figure("whatsapp_conversations_out_of_order", disordered, target=0, note=f"{messages:,} messages"),
        Figure("whatsapp_unanswered", unanswered, target=0),
        Figure("whatsapp_sent_twice", await _twice(phones), target=0),
    ]


async def _alone(bench: Bench, product: Product, phones: Phones) -> list[float]:
    """Seconds from a webhook to its reply at the stand-in, while nobody else writes."""
    waits: list[float] = []
    for customer in await phones.new_customers(8 if bench.quick else 20):
        await _settled(product)
        known = len(await phones.received(customer))
        (posted,) = await phones.write([phones.post(f"alone{customer}", 1, customer, 0.0)])
        async with asyncio.timeout(20):
            while len(received := await phones.received(customer)) == known:  # noqa: ASYNC110 - it does not tell
                await asyncio.sleep(0.05)
        waits.append(received[known]["at"] - posted.due)
    return waits


async def _bursts(bench: Bench, product: Product, phones: Phones) -> int:
    """Of customers who write five messages within three seconds, how many did not get exactly one answer to all."""
    customers = await phones.new_customers(5 if bench.quick else 25)
    await _settled(product)
    before = (await phones.counts())["by_customer"]
    posts: list[Post] = []
    for customer in customers:
        moments = sorted([0.0, 2.95, *(bench.random.uniform(0, 2.95) for _ in range(3))])
        begin = bench.random.uniform(0, 5)
        posts += [phones.post(f"five{customer}", at, customer, begin + moment) for at, moment in enumerate(moments)]
    await phones.write(posts)
    await _settled(product)
    after = (await phones.counts())["by_customer"]
    answered = [after.get(user, 0) - before.get(user, 0) for user in map(phones.user_of, customers)]
    rows = await product.rows(_EVENTS, {"run": "wamid.five%"})
    outcomes = Counter(row["outcome"] for row in rows)
    bench.say(f"  bursts of five: {Counter(answered)} answers, outcomes {dict(outcomes)}")
    wrong = sum(count != 1 for count in answered)
    return wrong + len(posts) - outcomes["answered"] - outcomes["handed_off"]


async def _at_rate(
    bench: Bench, product: Product, phones: Phones, customers: list[str], rate: float, name: str
) -> tuple[list[Posted], float]:
    """A message in each slot of 1/rate seconds, its customer and moment drawn; and the seconds until all was done."""
    slots = range(int(bench.seconds(_SECONDS) * rate))
    moments = [(slot + bench.random.random()) / rate for slot in slots]
    posts = [phones.post(name, slot, bench.random.choice(customers), moments[slot]) for slot in slots]
    posted = await phones.write(posts)
    loop = asyncio.get_running_loop()
    ended = loop.time()
    await _settled(product)
    return posted, loop.time() - ended


async def _settled(product: Product) -> None:
    left = await until_none(product.unsettled, seconds=SETTLE_SECONDS, pause=0.1)
    if left:
        raise RuntimeError(f"{left} events or sends never settled")


async def _out_of_order(product: Product, name: str) -> int:
    """Conversations whose messages do not stand as they were written."""
    said: dict[str, list[int]] = {}
    for row in await product.rows(_TIMELINE, {"run": f"wamid.{name}-%"}):
        said.setdefault(row["conversation_id"], []).append(int(row["external_id"].rpartition("-")[2]))
    return sum(numbers != sorted(numbers) for numbers in said.values())


async def _unanswered(product: Product, posted: list[Posted], name: str) -> int:
    """Messages without exactly one event that was answered, or handed to a person who is told."""
    rows = await product.rows(_EVENTS, {"run": f"wamid.{name}-%"})
    ended = Counter(row["external_id"] for row in rows if row["outcome"] in ("answered", "handed_off"))
    return sum(ended[one.id] != 1 for one in posted)


async def _twice(phones: Phones) -> int:
    return sum(times > 1 for times in (await phones.counts())["by_opaque"].values())


async def _crash(bench: Bench, product: Product, phones: Phones) -> list[Figure]:
    customers = await phones.new_customers(_CUSTOMERS)
    await _settled(product)
    count = 3 if bench.quick else _CRASHES
    targets = [_TARGETS[number % len(_TARGETS)] for number in range(count)]
    bench.random.shuffle(targets)
    lost = false = 0
    unknown: list[int] = []
    for number, target in enumerate(targets):
        before = await _unknown(product)
        name = f"kill{number}"
        pace = 40.0
        posts = [
            phones.post(name, at, bench.random.choice(customers), at / pace)
            for at in range(_CRASH_MESSAGES // (3 if bench.quick else 1))
        ]
        writing = asyncio.create_task(phones.write(posts))
        await asyncio.sleep(0.5 + bench.random.uniform(0.2, 0.9) * len(posts) / pace)
        with suppress(ProcessLookupError):
            os.kill(await victim(bench, product, target), signal.SIGKILL)
        posted = await writing
        await until_none(even_while_down(product.unsettled), seconds=SETTLE_SECONDS, pause=0.2)
        one_lost, one_false = await _judged(product, phones, posted, name)
        lost, false = lost + one_lost, false + one_false
        unknown.append(await _unknown(product) - before)
        bench.say(f"  killed {target}: {one_lost} lost, {one_false} false, {unknown[-1]} unknown")
    return [
        Figure("whatsapp_crash_rounds", len(targets), target=_CRASHES, at_least=True),
        Figure("whatsapp_crash_lost", lost, target=0),
        Figure("whatsapp_crash_sent_twice", await _twice(phones), target=0),
        Figure("whatsapp_crash_false_outcomes", false, target=0),
        Figure("whatsapp_crash_most_unknown_sends", max(unknown), target=Settings().worker_concurrency),
    ]


async def _judged(product: Product, phones: Phones, posted: list[Posted], name: str) -> tuple[int, int]:
    """Messages without exactly one event that ended or waits for its owner; sends that are said to have left and are
    not at the stand-in, or are there although they are said not to be."""
    run = {"run": f"wamid.{name}-%"}
    rows = await product.rows(_EVENTS, run)
    right = Counter(
        row["external_id"] for row in rows if row["outcome"] or (row["status"] == "waiting" and row["is_watched"])
    )
    there = await phones.sends()
    sends = await product.rows(_SENT, run)
    false = sum((row["status"] == "sent") != (row["id"] in there) for row in sends if row["status"] != "unknown")
    return sum(right[one.id] != 1 for one in posted if one.status == 200), false


async def _unknown(product: Product) -> int:
    return (await product.row(_UNKNOWN))["sends"]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _median(values: list[float | None]) -> float | None:
    return median([value for value in values if value is not None])
