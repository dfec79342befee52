"""Whether a full database costs more than an empty one, and whether anything reads a big table as a whole."""

import asyncio
from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.figures import Figure, paired_ratio
from benchmarks.preload import CONTACTS, preload, sequential_scans
from benchmarks.product import Product, running_product
from benchmarks.workload import Mix
from benchmarks.world import Result

FIGURES = ("flat_cpu_ratio", "flat_ack_p50_ratio", "flat_ack_p99_ratio", "flat_sequential_scans")

# Half of those who are not hot are people whom the full database knows already.
_MIX = Mix(known_share=0.5, known_contacts=CONTACTS)
_STATISTICS_SECONDS = 12  # an idle connection reports what it scanned after at most ten


async def run(bench: Bench) -> list[Figure]:
    async with AsyncExitStack() as stack:
        empty = await stack.enter_async_context(running_product())
        rate = await bench.product_saturation(empty) / 2
        full = await stack.enter_async_context(running_product())
        bench.say("  filling the database")
        await preload(full)
        await bench.warm_up(empty, full)
        before = await _settled_scans(full)
        in_empty: list[Result] = []
        in_full: list[Result] = []

        async def run_empty() -> None:
            in_empty.append(await bench.at_rate(empty, rate, seconds=bench.seconds(10), mix=_MIX))

        async def run_full() -> None:
            in_full.append(await bench.at_rate(full, rate, seconds=bench.seconds(10), mix=_MIX))

        for _ in range(bench.rounds):
            await bench.in_random_order((run_empty, run_full))
        after = await _settled_scans(full)
    grown = {table: more for table in after if (more := after[table] - before.get(table, after[table])) > 0}
    return [*_ratios(in_empty, in_full), _scans(grown)]


def _ratios(in_empty: list[Result], in_full: list[Result]) -> list[Figure]:
    cpu = paired_ratio([run.cpu_ms_per_event for run in in_full], [run.cpu_ms_per_event for run in in_empty])
    middle = paired_ratio([run.ack_ms(0.5) for run in in_full], [run.ack_ms(0.5) for run in in_empty])
    slowest = paired_ratio([run.ack_ms(0.99) for run in in_full], [run.ack_ms(0.99) for run in in_empty])
    return [
        Figure("flat_cpu_ratio", cpu, target=1.15, unit="x"),
        Figure("flat_ack_p50_ratio", middle, target=1.15, unit="x"),
        Figure("flat_ack_p99_ratio", slowest, unit="x"),
    ]


def _scans(grown: dict[str, int]) -> Figure:
    note = ", ".join(f"{table}: {count}" for table, count in grown.items())
    return Figure("flat_sequential_scans", sum(grown.values()), target=0, note=note)


async def _settled_scans(product: Product) -> dict[str, int]:
    await asyncio.sleep(_STATISTICS_SECONDS)
    return await sequential_scans(product)
