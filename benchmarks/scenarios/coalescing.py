"""Cost when bursts are coalesced, as they are by default: the same traffic, fewer turns."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, paired_ratio
from benchmarks.product import running_product
from benchmarks.reference.launch import running_reference
from benchmarks.workload import Mix

FIGURES = ("cost_coalesced_cpu_ms", "cost_coalesced_ratio", "coalesced_events_per_reply")

_RATE = 40.0
_QUIET_SECONDS = 1.0  # the product's default


async def run(bench: Bench) -> list[Figure]:
    ours: list[float] = []
    theirs: list[float] = []
    per_reply: list[float] = []
    seconds = bench.seconds(8)
    async with AsyncExitStack() as stack:
        reference = await stack.enter_async_context(running_reference())
        product = await stack.enter_async_context(running_product(quiet_period=_QUIET_SECONDS))
        await bench.warm_up(reference, product)

        async def run_reference() -> None:
            theirs.append((await bench.at_rate(reference, _RATE, seconds=seconds)).cpu_ms_per_event)

        async def run_product() -> None:
            result = await bench.at_rate(product, _RATE, seconds=seconds, mix=Mix(one_address=True))
            ours.append(result.cpu_ms_per_event)
            per_reply.append(result.completed / max(1, len(result.replies)))

        for _ in range(bench.rounds):
            await bench.in_random_order((run_reference, run_product))
    return [
        Figure("cost_coalesced_cpu_ms", median(ours), unit="ms"),
        Figure("cost_coalesced_ratio", paired_ratio(ours, theirs), target=2.5, unit="x"),
        Figure("coalesced_events_per_reply", median(per_reply)),
    ]
