"""`make bench`: runs the scenarios, shows a table, and ends with one line of JSON."""

import argparse
import asyncio
import random
import signal
import sys

from benchmarks.bench import Bench
from benchmarks.figures import Figure, as_json, as_table
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.world import world

_LAST_START_SECONDS = 35 * 60  # a scenario that would begin later is left out, and its figures fail


def main() -> None:
    arguments = _arguments()
    figures = asyncio.run(_figures(arguments))
    print(as_table(figures))
    print(as_json(figures))
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="a scenario or a figure; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison (5)")
    parser.add_argument("--quick", action="store_true", help="short runs, to see that everything works")
    parser.add_argument("--seed", type=int, help="of the traffic and of the order of runs")
    arguments = parser.parse_args()
    names = [*SCENARIOS, *(figure for scenario in SCENARIOS.values() for figure in scenario.figures)]
    if unknown := set(arguments.only or ()) - set(names):
        parser.error(f"unknown {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    return arguments


async def _figures(arguments: argparse.Namespace) -> list[Figure]:
    task = asyncio.current_task()
    assert task is not None
    # Like Ctrl-C: what was started is stopped.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    seed = random.randrange(2**32) if arguments.seed is None else arguments.seed
    figures: list[Figure] = []
    async with world() as outside:
        bench = Bench(outside, arguments.rounds, arguments.quick, random.Random(seed))
        bench.say(f"seed {seed}")
        for name, scenario in SCENARIOS.items():
            if _is_wanted(name, scenario, arguments.only):
                figures += await _produced(bench, name)
    return [*figures, Figure("faulty_runs", len(bench.faulty_runs), target=0, note="; ".join(bench.faulty_runs[:3]))]


async def _produced(bench: Bench, name: str) -> list[Figure]:
    """A scenario that breaks fails its own figures and leaves the others to be measured."""
    scenario = SCENARIOS[name]
    if bench.elapsed() > _LAST_START_SECONDS:
        return [Figure(figure, None, note="no time was left") for figure in scenario.figures]
    bench.say(name)
    try:
        return await scenario.run(bench)
    except Exception as error:
        bench.say(f"  {name} broke: {error!r}")
        return [Figure(figure, None, note=repr(error)[:200]) for figure in scenario.figures]


def _is_wanted(name: str, scenario: Scenario, only: list[str] | None) -> bool:
    if not only:
        return not scenario.on_request
    return name in only or not set(scenario.figures).isdisjoint(only)


if __name__ == "__main__":
    main()
