"""A busy day: people read, streams are open, and webhooks arrive, all at once."""

import asyncio

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, percentile
from benchmarks.product import Product, running_product
from benchmarks.reading import Reading, ReadingPlan

FIGURES = ("busy_read_p95_ms", "busy_errors", "busy_streams_lost", "busy_webhook_ack_p95_ms")

READS, WEBHOOKS, STREAMS = 200, 50, 100  # reads and webhooks: per second
_SECONDS = 60


async def run(bench: Bench) -> list[Figure]:
    slow: list[float] = []
    acks: list[float] = []
    errors = lost = 0
    said = ""
    async with running_product() as product:
        await bench.warm_up(product)
        for _ in range(bench.rounds):
            reading, ack = await busy_minute(bench, product, bench.seconds(_SECONDS))
            slow.append(percentile(reading.milliseconds, 0.95) or 0)
            acks.append(ack)
            errors += sum(reading.errors.values())
            lost += STREAMS - reading.streams_open
            said = said or str(reading.errors or "")
            bench.say(f"  busy: reads p95 {slow[-1]:.0f} ms, {reading.streams_open} streams open, {reading.errors}")
    return [
        Figure("busy_read_p95_ms", median(slow), target=100, unit="ms"),
        Figure("busy_errors", errors, target=0, note=said[:200]),
        Figure("busy_streams_lost", lost, target=0),
        Figure("busy_webhook_ack_p95_ms", median(acks), unit="ms"),
    ]


async def busy_minute(bench: Bench, product: Product, seconds: float) -> tuple[Reading, float]:
    """What the readers saw, and the webhooks' acknowledgement at p95 in milliseconds."""
    reading, result = await asyncio.gather(
        _read(bench, product, seconds), bench.at_rate(product, WEBHOOKS, seconds=seconds)
    )
    return reading, result.ack_ms(0.95) or 0


async def _read(bench: Bench, product: Product, seconds: float) -> Reading:
    plan = ReadingPlan(
        address=product.address,
        key=product.api_key,
        widget="demo",
        rate=READS,
        streams=STREAMS,
        seconds=seconds,
        seed=bench.random.randrange(2**32),
    )
    return await bench.world.read(plan)
