"""Cost and throughput at saturation: one turn per event, by a rule or by the supervisor's model."""

from contextlib import AsyncExitStack

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, paired_ratio
from benchmarks.pgbench import Pgbench, PgbenchRun
from benchmarks.product import Product, running_product
from benchmarks.reference.launch import Reference, running_reference
from benchmarks.world import Result

FIGURES = (
    "pgbench_transactions_per_s",
    "pgbench_cpu_ms",
    "reference_cpu_ms",
    "reference_cpu_in_pgbench_transactions",
    "reference_events_per_s",
    "cost_rule_cpu_ms",
    "cost_rule_ratio",
    "cost_supervisor_cpu_ms",
    "cost_supervisor_ratio",
    "throughput_events_per_s",
    "throughput_ratio",
    "throughput_supervisor_ratio",
    "throughput_sink_50ms_ratio",
)


class _Rounds:
    """What the rounds brought, one entry each."""

    def __init__(self, bench: Bench, reference: Reference, product: Product, pgbench: Pgbench) -> None:
        self._bench, self._reference, self._product, self._pgbench = bench, reference, product, pgbench
        self.pgbench: list[PgbenchRun] = []
        self.reference: list[Result] = []
        self.rule: list[Result] = []
        self.supervisor: list[Result] = []
        self.slow_reference: list[Result] = []
        self.slow_rule: list[Result] = []

    async def play(self) -> None:
        bench, reference, product = self._bench, self._reference, self._product
        seconds, slow = bench.seconds(8), bench.seconds(6)

        async def run_pgbench() -> None:
            self.pgbench.append(await self._pgbench.run(2))

        async def run_reference() -> None:
            self.reference.append(await bench.saturate(reference, seconds=seconds))

        async def run_rule() -> None:
            self.rule.append(await bench.saturate(product, seconds=seconds))

        async def run_supervisor() -> None:
            self.supervisor.append(await bench.saturate(product, seconds=seconds, supervised=True))

        async def run_slow_reference() -> None:
            self.slow_reference.append(await bench.saturate(reference, seconds=slow, sink_ms=50))

        async def run_slow_rule() -> None:
            self.slow_rule.append(await bench.saturate(product, seconds=slow, sink_ms=50))

        parts = (run_pgbench, run_reference, run_rule, run_supervisor, run_slow_reference, run_slow_rule)
        await bench.in_random_order(parts)

    def figures(self) -> list[Figure]:
        return [*self._of_reference(), *self._of_cost(), *self._of_throughput()]

    def _of_reference(self) -> list[Figure]:
        transaction = [run.cpu_ms for run in self.pgbench]
        event = _cpu(self.reference)
        return [
            Figure("pgbench_transactions_per_s", median([run.transactions_per_second for run in self.pgbench])),
            Figure("pgbench_cpu_ms", median(transaction), unit="ms"),
            Figure("reference_cpu_ms", median(event), target=9, unit="ms"),
            Figure("reference_cpu_in_pgbench_transactions", paired_ratio(event, transaction)),
            Figure("reference_events_per_s", median(_rate(self.reference))),
        ]

    def _of_cost(self) -> list[Figure]:
        reference, rule, supervisor = _cpu(self.reference), _cpu(self.rule), _cpu(self.supervisor)
        return [
            Figure("cost_rule_cpu_ms", median(rule), unit="ms"),
            Figure("cost_rule_ratio", paired_ratio(rule, reference), target=2.5, unit="x"),
            Figure("cost_supervisor_cpu_ms", median(supervisor), unit="ms"),
            Figure("cost_supervisor_ratio", paired_ratio(supervisor, reference), target=3.5, unit="x"),
        ]

    def _of_throughput(self) -> list[Figure]:
        reference, rule, supervisor = _rate(self.reference), _rate(self.rule), _rate(self.supervisor)
        slow = paired_ratio(_rate(self.slow_rule), _rate(self.slow_reference))
        return [
            Figure("throughput_events_per_s", median(rule)),
            Figure("throughput_ratio", paired_ratio(rule, reference), target=0.4, at_least=True, unit="x"),
            Figure("throughput_supervisor_ratio", paired_ratio(supervisor, reference), unit="x"),
            Figure("throughput_sink_50ms_ratio", slow, target=0.4, at_least=True, unit="x"),
        ]


async def run(bench: Bench) -> list[Figure]:
    async with AsyncExitStack() as stack:
        reference = await stack.enter_async_context(running_reference())
        product = await stack.enter_async_context(running_product())
        pgbench = Pgbench(reference.dsn, reference.postmaster())
        await pgbench.prepare()
        await bench.warm_up(reference, product)
        rounds = _Rounds(bench, reference, product, pgbench)
        for _ in range(bench.rounds):
            await rounds.play()
    bench.saturation = median(_rate(rounds.rule))
    return rounds.figures()


def _cpu(results: list[Result]) -> list[float]:
    return [result.cpu_ms_per_event for result in results]


def _rate(results: list[Result]) -> list[float]:
    return [result.completed_per_second for result in results]
