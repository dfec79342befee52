"""What the scenarios of one benchmark run share: the world, the number of rounds, and what was learnt before."""

import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from benchmarks.load import Plan
from benchmarks.system import System
from benchmarks.workload import Mix
from benchmarks.world import Result, World

T = TypeVar("T")

WINDOW = 128  # unanswered events that keep a system saturated


@dataclass
class Bench:
    """The state of one benchmark run."""

    world: World
    rounds: int
    quick: bool
    random: random.Random
    saturation: float | None = None  # the product's, in completed events per second
    faulty_runs: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _runs: int = 0

    def elapsed(self) -> float:
        return time.monotonic() - self.began

    def seconds(self, full: float) -> float:
        return max(2.0, full / 4) if self.quick else full

    def say(self, text: str) -> None:
        print(f"[{self.elapsed():6.0f} s] {text}", file=sys.stderr, flush=True)

    async def in_random_order(self, parts: Sequence[Callable[[], Awaitable[None]]]) -> None:
        """One round: neither system always comes first."""
        for part in self.random.sample(parts, len(parts)):
            await part()

    async def saturate(self, system: System, *, seconds: float, sink_ms: float = 0, supervised: bool = False) -> Result:
        """As much as the system completes."""
        plan = self.plan(system, supervised=supervised, window=WINDOW, seconds=seconds)
        return await self.measure(system, plan, sink_ms=sink_ms)

    async def at_rate(self, system: System, rate: float, *, seconds: float, mix: Mix | None = None) -> Result:
        return await self.measure(system, self.plan(system, rate=rate, seconds=seconds, mix=mix or Mix()))

    def plan(self, system: System, *, supervised: bool = False, **options: Any) -> Plan:
        self._runs += 1
        return Plan(
            url=system.url,
            sink=self.world.sink_url,
            run=f"run{self._runs}",
            sources=system.sources(supervised=supervised),
            seed=self.random.randrange(2**32),
            **options,
        )

    async def measure(self, system: System, plan: Plan, **options: Any) -> Result:
        """One run, its faults noted. `options` are those of `World.measure`."""
        result = await self.world.measure(system, plan, **options)
        for fault in result.faults():
            self.faulty_runs.append(f"{system.name} {plan.run}: {fault}")
            self.say(f"  FAULT in {plan.run} of the {system.name}: {fault}")
        self.say(
            f"  {system.name:<9} {plan.run}: {result.completed} events, {result.cpu_ms_per_event:.2f} CPU-ms each, "
            f"{result.completed_per_second:.0f}/s, ack p50 {result.ack_ms(0.5) or 0:.1f} ms"
        )
        return result

    async def product_saturation(self, product: System) -> float:
        """Measured once, by whichever scenario needs it first."""
        if self.saturation is None:
            await self.warm_up(product)
            self.saturation = (await self.saturate(product, seconds=self.seconds(8))).completed_per_second
        return self.saturation

    async def warm_up(self, *systems: System) -> None:
        """The first events load code, open connections and prepare statements: no round counts them."""
        for system in systems:
            await self.saturate(system, seconds=2)
