"""Half an hour of the busy day: whether memory stays what it is. Runs only when it is asked for."""

from benchmarks import measure
from benchmarks.bench import Bench
from benchmarks.figures import Figure, median
from benchmarks.product import running_product
from benchmarks.scenarios.busy import STREAMS, busy_minute

FIGURES = ("soak_memory_growth_ratio", "soak_memory_mb", "soak_errors")

_MINUTES = 30
_WARM_MINUTES = 6  # caches fill, pools open, PostgreSQL's shared memory is touched


async def run(bench: Bench) -> list[Figure]:
    memory: list[float] = []
    errors = 0
    async with running_product() as product:
        await bench.warm_up(product)
        for minute in range(_MINUTES):
            reading, _ = await busy_minute(bench, product, bench.seconds(56))  # and a few for the work to settle
            errors += sum(reading.errors.values()) + STREAMS - reading.streams_open
            # PostgreSQL's buffers grow to their fixed size with the data that was ever read: they are no leak of ours.
            ours = [pid for role in ("web", "worker") for pid in product.processes(role)]
            memory.append(measure.proportional_set_size(ours) / 1_000_000)
            bench.say(f"  soak: minute {minute + 1}, {memory[-1]:.0f} MB, {errors} errors {reading.errors or ''}")
    warm, last = memory[_WARM_MINUTES : _WARM_MINUTES + 5], memory[-5:]
    before, after = median(warm or memory[:1]), median(last)
    growth = after / before if after and before else None
    return [
        Figure("soak_memory_growth_ratio", growth, target=1.1, unit="x"),
        Figure("soak_memory_mb", after, unit="MB"),
        Figure("soak_errors", errors, target=0),
    ]
