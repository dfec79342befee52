"""What is heard while a tool takes long, and what a thousand calls leave behind in their process."""

import asyncio
import sys
import time
from itertools import pairwise

import aiohttp

from benchmarks import measure
from benchmarks.figures import Figure
from benchmarks.product import Product
from benchmarks.voice.caller import Caller, calling

_SLOW_SECONDS = 8.0
_AT_ONCE = 10
_WARM = 100  # calls until a process has all that it keeps


async def patience(product: Product, http: aiohttp.ClientSession, number: str, wish: bytes) -> list[Figure]:
    """The calendar cannot be read for so long: the tool that finds free times waits for it."""
    async with calling(product, http, number) as caller:
        await caller.quiet_for(1.0)
        await product.execute("BEGIN")
        await product.execute("LOCK TABLE service, booking IN ACCESS EXCLUSIVE MODE")
        done = await caller.say(wish)
        await asyncio.sleep(_SLOW_SECONDS)
        await product.execute("COMMIT")
        await asyncio.sleep(2.0)
        longest = _longest_silence(caller, done, done + _SLOW_SECONDS + 1.5)
    note = f"while a tool takes {_SLOW_SECONDS:g} s"
    return [Figure("voice_longest_silence_s", longest, target=2, unit="s", note=note)]


def _longest_silence(caller: Caller, begin: float, end: float) -> float:
    sounds = [begin, *(at for at, sound in caller.heard if sound and begin < at < end), end]
    return max(after - before for before, after in pairwise(sounds))


async def leaks(product: Product, http: aiohttp.ClientSession, calls: int) -> list[Figure]:
    """Callers who hear a second of the greeting and hang up."""
    gate, known = asyncio.Semaphore(_AT_ONCE), list[float]()

    async def one(number: int) -> None:
        async with gate, calling(product, http, f"+49173{number:07}") as caller:
            begun = await caller.sound_after(time.monotonic())
            assert begun is not None, "nobody answered"
            await asyncio.sleep(1)
        if number in (_WARM, calls - 1):
            roots = product.processes("calls")
            known.append(measure.proportional_set_size(roots) / 1_000_000)

    await asyncio.gather(*(one(number) for number in range(calls)))
    print(f"  {calls} calls: {known[0]:.0f} MB, then {known[-1]:.0f} MB", file=sys.stderr, flush=True)
    note = f"from the {_WARM}th call to the {calls}th"
    return [Figure("voice_memory_growth_mb", known[-1] - known[0], target=25, unit="MB", note=note)]
