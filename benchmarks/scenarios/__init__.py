"""The scenarios: each file produces the figures that it lists, in the order in which they run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.scenarios import (
    backlog,
    busy,
    coalescing,
    context,
    cost,
    crashes,
    flat,
    idle,
    ingest,
    latency,
    search,
    soak,
    whatsapp,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    run: Callable[[Bench], Awaitable[list[Figure]]]
    figures: tuple[str, ...]
    on_request: bool = False  # too long to be part of the whole


SCENARIOS = {
    module.__name__.rpartition(".")[2]: Scenario(module.run, module.FIGURES)
    for module in (idle, cost, latency, coalescing, flat, backlog, busy, context, ingest, crashes, whatsapp, search)
} | {"soak": Scenario(soak.run, soak.FIGURES, on_request=True)}
