"""The benchmark's own parts: what it sends, what it counts, and how it judges."""

import hashlib
import hmac
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import aiohttp
import orjson
import pytest
from aiohttp import web

from benchmarks import measure
from benchmarks.figures import Figure, as_json, as_table, median, paired_ratio, percentile
from benchmarks.load import Plan
from benchmarks.scenarios import SCENARIOS
from benchmarks.workload import ONE_CONTACT, Delivery, Mix, Source, Workload, signature
from benchmarks.world import Result, world

SOURCES = [Source(f"shop-{number}", f"secret-{number}") for number in range(4)]


def deliveries(count: int, mix: Mix | None = None, seed: int = 1) -> list[Delivery]:
    workload = Workload("run", SOURCES, "http://127.0.0.1:1024/reply", seed, mix or Mix())
    return [workload.next() for _ in range(count)]


def sender(delivery: Delivery) -> str:
    return orjson.loads(delivery.body)["from"]["email"]


def test_a_signature_is_the_hmac_of_time_and_body() -> None:
    expected = hmac.new(b"secret", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("secret", b'{"a":1}', now=1_700_000_000) == f"t=1700000000,v1={expected}"


def test_forged_deliveries_carry_a_signature_by_another_secret() -> None:
    honest, forged = Delivery(SOURCES[0], "1", b"{}"), Delivery(SOURCES[0], "1", b"{}", forged=True)
    assert honest.headers()["X-Dynaris-Signature"] != forged.headers()["X-Dynaris-Signature"]


def test_the_traffic_has_the_promised_shares() -> None:
    sent = deliveries(20_000)
    fresh = [one for one in sent if not one.redelivered]
    hot = sum(sender(one).startswith("hot") for one in fresh)
    assert sum(one.redelivered for one in sent) / len(sent) == pytest.approx(0.05, abs=0.01)
    assert sum(one.forged for one in sent) / len(sent) == pytest.approx(0.01, abs=0.005)
    assert hot / len(fresh) == pytest.approx(0.2, abs=0.02)
    assert len({sender(one) for one in fresh if sender(one).startswith("hot")}) == 10
    assert set(Counter(one.source.name for one in sent)) == {source.name for source in SOURCES}


def test_a_redelivery_repeats_an_honest_delivery_of_the_same_source() -> None:
    sent = deliveries(2_000)
    first = {one.external_id: one for one in sent if not one.redelivered}
    for one in sent:
        if one.redelivered:
            assert (one.body, one.source) == (first[one.external_id].body, first[one.external_id].source)
            assert not first[one.external_id].forged


def test_fresh_deliveries_never_share_an_id() -> None:
    fresh = [one.external_id for one in deliveries(2_000) if not one.redelivered]
    assert len(set(fresh)) == len(fresh)


def test_one_contact_means_one_sender() -> None:
    assert len({sender(one) for one in deliveries(50, ONE_CONTACT)}) == 1


def test_ratios_are_paired_by_round() -> None:
    assert paired_ratio([2, 40, 9], [1, 10, 3]) == 3
    assert paired_ratio([2, None], [1, 10]) == 2
    assert paired_ratio([], []) is None
    assert median([3, 1, 2]) == 2
    assert percentile([10, 20, 30, 40], 0.5) == 20
    assert percentile(list(range(1, 101)), 0.99) == 99


def test_a_figure_that_was_not_measured_fails() -> None:
    figures = [
        Figure("a", 1.0, target=2),
        Figure("b", 1.0, target=2, at_least=True),
        Figure("c", None, target=1),
        Figure("d", 1.5),
    ]
    shown = orjson.loads(as_json(figures))
    assert [shown[name]["holds"] for name in "abcd"] == [True, False, False, True]
    assert shown["a"] == {"value": 1.0, "target": 2, "holds": True}
    assert "FAILS" in as_table(figures)


def test_cpu_time_of_children_that_ended_is_counted() -> None:
    before = measure.cpu_seconds([os.getpid()])
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert measure.cpu_seconds([os.getpid()]) - before >= 0.25


def test_a_living_child_belongs_to_the_tree() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in measure.process_tree([os.getpid()])
        assert measure.parent_of(child.pid) == os.getpid()
        assert measure.command_line(child.pid)[-1] == "input()"
        assert measure.proportional_set_size([child.pid]) > 100_000
        child.communicate(b"\n")


class Echo:
    """A system that accepts and replies at once, and forgets nothing: what the harness must report of it is known."""

    name = "echo"

    def __init__(self) -> None:
        self.url = ""
        self.accepted: set[str] = set()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        body = await request.read()
        source = next(source for source in SOURCES if source.name == request.headers["X-Dynaris-Source"])
        given = request.headers["X-Dynaris-Signature"]
        moment = int(given.partition(",")[0].removeprefix("t="))
        if signature(source.secret, body, now=moment) != given:
            return web.Response(status=401)
        event = orjson.loads(body)
        if event["id"] not in self.accepted:
            self.accepted.add(event["id"])
            await self._reply(event["reply_url"], event["id"])
        return web.Response(status=202)

    async def _reply(self, url: str, key: str) -> None:
        headers = {"Idempotency-Key": key, "X-Dynaris-Signature": "t=0,v1="}
        async with aiohttp.ClientSession() as session, session.post(url, data=b"{}", headers=headers) as response:
            assert response.status == 200

    def sources(self, *, supervised: bool = False) -> list[Source]:
        return SOURCES

    def roots(self) -> list[int]:
        return []

    async def unsettled(self) -> int:
        return 0

    async def outcomes(self, run: str) -> Counter[str]:
        return Counter(answered=len(self.accepted))


async def _run_against_echo(**options: object) -> Result:
    echo = Echo()
    runner = web.ServerRunner(web.Server(echo.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    echo.url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    try:
        async with world() as outside:
            plan = Plan(url=echo.url, sink=outside.sink_url, run="run", sources=SOURCES, seed=1, **options)  # type: ignore[arg-type]
            return await outside.measure(echo, plan)
    finally:
        await runner.cleanup()


async def test_a_run_counts_each_event_once_by_its_outcome_and_its_reply() -> None:
    result = await _run_against_echo(window=8, count=200)
    assert result.faults() == []
    assert result.completed == len(result.accepted) == len(result.replies) == 200
    assert any(one.redelivered for one in result.sent)
    assert {one.status for one in result.sent if one.forged} <= {401}
    assert (result.handed_over_ms(0.5) or 0) > 0


async def test_an_open_loop_keeps_its_rate() -> None:
    result = await _run_against_echo(rate=100, seconds=1.0)
    moments = sorted(one.started for one in result.sent)
    assert len(moments) == pytest.approx(100, abs=3)
    assert max(later - earlier for earlier, later in pairwise(moments)) < 0.03
    assert result.faults() == []


def test_every_figure_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text()
    figures = [name for scenario in SCENARIOS.values() for name in scenario.figures]
    assert [name for name in [*figures, "faulty_runs", *SCENARIOS] if f"`{name}`" not in page] == []
