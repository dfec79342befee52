"""`make bench-web`: weights, first use, Lighthouse, axe, how soon a message is on a screen, scrolling."""

import argparse
import asyncio
import sys

from benchmarks.figures import Figure, as_json, as_table
from benchmarks.stage import Stage, play_a_day, stage
from benchmarks.web import arrival, audits, scrolling, weights

_PARTS = {
    "weights": weights.figures,
    "cold": audits.first_use,
    "lighthouse": audits.lighthouse,
    "axe": audits.axe,
    "arrival": arrival.figures,
    "scrolling": scrolling.figures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    parser.add_argument("--only", action="append", choices=_PARTS, help="may be repeated")
    wanted = parser.parse_args().only or list(_PARTS)
    figures = asyncio.run(_figures(wanted))
    print(as_table(figures))
    print(as_json(figures))
    sys.exit(0 if all(figure.holds for figure in figures) else 1)


async def _figures(wanted: list[str]) -> list[Figure]:
    async with stage(f"--remote-debugging-port={audits.DEBUGGING_PORT}") as scene:
        await play_a_day(scene)
        return [figure for name in wanted for figure in await _part(scene, name)]


async def _part(scene: Stage, name: str) -> list[Figure]:
    print(f"{name} …", file=sys.stderr, flush=True)
    return await _PARTS[name](scene)


if __name__ == "__main__":
    main()
