"""How soon an arrival is acknowledged, and how soon its reply is handed over."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, paired_ratio
from benchmarks.product import running_product
from benchmarks.reference.launch import running_reference
from benchmarks.world import Result

FIGURES = (
    "ack_p50_ms",
    "ack_p50_ratio",
    "ack_p99_ms",
    "ack_p99_ratio",
    "cost_half_load_ratio",
    "handed_over_p50_ms",
    "handed_over_p99_ms",
)

_HANDED_OVER_RATE = 50.0


async def run(bench: Bench) -> list[Figure]:
    async with AsyncExitStack() as stack:
        reference = await stack.enter_async_context(running_reference())
        product = await stack.enter_async_context(running_product())
        await bench.warm_up(reference, product)
        rate = await bench.product_saturation(product) / 2
        theirs: list[Result] = []
        ours: list[Result] = []
        handed_over: list[Result] = []

        async def run_reference() -> None:
            theirs.append(await bench.at_rate(reference, rate, seconds=bench.seconds(12)))

        async def run_product() -> None:
            ours.append(await bench.at_rate(product, rate, seconds=bench.seconds(12)))

        async def run_handed_over() -> None:
            handed_over.append(await bench.at_rate(product, _HANDED_OVER_RATE, seconds=bench.seconds(10)))

        for _ in range(bench.rounds):
            await bench.in_random_order((run_reference, run_product, run_handed_over))
    return [*_of_acks(ours, theirs), *_of_handed_over(handed_over)]


def _of_acks(ours: list[Result], theirs: list[Result]) -> list[Figure]:
    cpu = paired_ratio([run.cpu_ms_per_event for run in ours], [run.cpu_ms_per_event for run in theirs])
    return [
        Figure("ack_p50_ms", _median_of(ours, 0.5), unit="ms"),
        Figure("ack_p50_ratio", _ack_ratio(ours, theirs, 0.5), target=2, unit="x"),
        Figure("ack_p99_ms", _median_of(ours, 0.99), unit="ms"),
        Figure("ack_p99_ratio", _ack_ratio(ours, theirs, 0.99), target=3, unit="x"),
        Figure("cost_half_load_ratio", cpu, unit="x"),
    ]


def _of_handed_over(runs: list[Result]) -> list[Figure]:
    middle = median([value for run in runs if (value := run.handed_over_ms(0.5)) is not None])
    slowest = median([value for run in runs if (value := run.handed_over_ms(0.99)) is not None])
    return [
        Figure("handed_over_p50_ms", middle, target=60, unit="ms"),
        Figure("handed_over_p99_ms", slowest, target=200, unit="ms"),
    ]


def _median_of(runs: list[Result], share: float) -> float | None:
    return median([value for run in runs if (value := run.ack_ms(share)) is not None])


def _ack_ratio(ours: list[Result], theirs: list[Result], share: float) -> float | None:
    return paired_ratio([run.ack_ms(share) for run in ours], [run.ack_ms(share) for run in theirs])
