"""The load generator ends, whatever becomes of what it sends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from benchmarks import load
from benchmarks.load import Generator, Plan
from benchmarks.workload import Mix, Source
from benchmarks.world import Result

_WINDOW = 4


class Silent:
    """A system that accepts everything and replies to the first few, with its sink."""

    def __init__(self) -> None:
        self.accepted, self.replies = 0, 3

    async def take(self, request: web.Request) -> web.Response:
        await request.read()
        self.accepted += 1
        return web.Response(status=202)

    async def count(self, _: web.Request) -> web.Response:
        return web.json_response({"replied": min(self.accepted, self.replies)})


@pytest.fixture
async def system() -> AsyncIterator[tuple[Silent, str]]:
    silent, application = Silent(), web.Application()
    application.add_routes([web.post("/events", silent.take), web.get("/count", silent.count)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield silent, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def played(url: str, **options: Any) -> Generator:
    sources, mix = [Source("shop", "secret")], Mix(redelivered=0, forged=0)
    plan = Plan(url=f"{url}/events", sink=url, run="run", sources=sources, seed=1, mix=mix, window=_WINDOW, **options)
    async with aiohttp.ClientSession() as session:
        generator = Generator(plan, session)
        await asyncio.wait_for(generator.run(), 10)
    return generator


async def test_a_run_ends_at_its_time_although_nobody_replies(system: tuple[Silent, str]) -> None:
    silent, url = system
    generator = await played(url, seconds=2, connections=2)
    assert generator.gave_up == ""
    assert len(generator.sent) == silent.accepted >= silent.replies + _WINDOW


async def test_a_run_without_a_time_gives_up_after_a_silence_and_says_so(
    system: tuple[Silent, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "_MOST_SILENT", 0.3)
    _, url = system
    generator = await played(url, count=1_000, connections=2)
    assert "events were unanswered, with no reply for" in generator.gave_up
    assert len(generator.sent) < 1_000


def test_a_run_that_gave_up_is_a_fault() -> None:
    result = Result([], {}, Counter(answered=1), 0, 0.0, 0.0, gave_up="4 events were unanswered")
    assert "4 events were unanswered" in result.faults()
