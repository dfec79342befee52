"""What the product takes while nothing happens."""

import asyncio

from benchmarks import measure
from benchmarks.bench import Bench
from benchmarks.figures import Figure, median
from benchmarks.product import running_product

FIGURES = ("idle_memory_mb", "idle_cpu_percent_of_core")

_SETTLE_SECONDS = 10
_WINDOW_SECONDS = 20


async def run(bench: Bench) -> list[Figure]:
    memory: list[float] = []
    busy: list[float] = []
    async with running_product() as product:
        await asyncio.sleep(_SETTLE_SECONDS)
        for _ in range(bench.rounds):
            before = measure.cpu_seconds(product.roots())
            await asyncio.sleep(_WINDOW_SECONDS)
            busy.append(100 * (measure.cpu_seconds(product.roots()) - before) / _WINDOW_SECONDS)
            memory.append(measure.proportional_set_size(product.roots()) / 1_000_000)
            bench.say(f"  idle: {memory[-1]:.0f} MB, {busy[-1]:.2f}% of a core")
    return [
        Figure("idle_memory_mb", median(memory), target=400, unit="MB"),
        Figure("idle_cpu_percent_of_core", median(busy), target=2, unit="%"),
    ]
