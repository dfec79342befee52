"""Whether an event costs more when thousands of one contact wait before it."""

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median
from benchmarks.product import running_product
from benchmarks.workload import ONE_CONTACT

FIGURES = ("backlog_100_cpu_ms", "backlog_5000_cpu_ms", "backlog_ratio")

_SMALL, _BIG = 100, 5_000


async def run(bench: Bench) -> list[Figure]:
    """Arrivals come much faster than one lane answers, so that nearly all of them queue up."""
    big = _BIG // 10 if bench.quick else _BIG
    async with running_product() as product:
        await bench.warm_up(product)
        small = []
        for _ in range(bench.rounds):
            plan = bench.plan(product, count=_SMALL, mix=ONE_CONTACT)
            small.append((await bench.measure(product, plan)).cpu_ms_per_event)
        plan = bench.plan(product, count=big, mix=ONE_CONTACT)
        large = (await bench.measure(product, plan, patience=600)).cpu_ms_per_event
    usual = median(small)
    return [
        Figure("backlog_100_cpu_ms", usual, unit="ms"),
        Figure("backlog_5000_cpu_ms", large, unit="ms"),
        Figure("backlog_ratio", large / usual if usual else None, target=1.5, unit="x"),
    ]
