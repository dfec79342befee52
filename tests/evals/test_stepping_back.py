"""A rehearsal is played where customers are served: it gives way to them."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from dynaris.app.worker import lane_runner
from dynaris.core.ids import new_id
from dynaris.evals.cases import case_of
from dynaris.evals.play import play
from dynaris.evals.world import stage
from dynaris.pipeline.rush import Rush
from tests.evals.examples import a_case
from tests.flows.conftest import World


async def test_a_rehearsal_steps_back_for_customers_but_not_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def begins(*_: Any) -> None:
        begun.set()

    monkeypatch.setattr("dynaris.evals.play.run_lane", begins)
    async with stage(world.services, world.workspace.id, new_id()) as own:
        with world.services.rush.served():
            playing = asyncio.create_task(play(own, case_of(a_case())))
            with suppress(TimeoutError):
                await asyncio.wait_for(begun.wait(), 0.5)
            assert not begun.is_set()
        await playing
        assert begun.is_set()
        monkeypatch.setattr("dynaris.evals.play._STEPS_BACK_SECONDS", 0.01)
        with world.services.rush.served():
            assert (await play(own, case_of(a_case()))).ended_as == "waiting for None"


async def test_a_worker_that_has_a_lane_serves_a_customer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: asyncio.Queue[bool] = asyncio.Queue()

    async def looks(*_: Any) -> None:
        seen.put_nowait(await is_busy(world.services.rush))

    monkeypatch.setattr("dynaris.app.worker.run_lane", looks)
    await world.say("Hello", reply_url=None)
    assert not await is_busy(world.services.rush)
    working = asyncio.create_task(lane_runner(world.services).run())
    assert await asyncio.wait_for(seen.get(), 10)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def test_the_rush_is_over_when_the_last_customer_is_served() -> None:
    rush = Rush()
    with rush.served():
        with rush.served():
            assert await is_busy(rush)
        assert await is_busy(rush)
    assert not await is_busy(rush)


async def is_busy(rush: Rush) -> bool:
    waiting = asyncio.create_task(rush.step_back(5))
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()
    return not done
