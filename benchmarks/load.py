"""The load generator, a process of its own: makes the requests of a plan and writes down every answer.

`python -m benchmarks.load PLAN RESULT`: both files hold JSON (`Plan`, and a list of `Sent` as rows). What kept it from
sending all is said on standard output.
"""

import asyncio
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import orjson
import uvloop

from benchmarks.workload import Delivery, Mix, Source, Workload

_LOOK_AT_SINK = 0.02  # seconds between two looks at how many replies have come
_MOST_SILENT = 60.0  # seconds without a reply, with a full window, until no more is waited for
_TRY_AGAIN = 0.2  # seconds until a sender that was not acknowledged tries again


@dataclass(frozen=True, slots=True)
class Plan:
    """Either `rate` (events per second whatever happens: an open loop) or `window` (as fast as replies
    come, with at most so many unanswered: a closed loop), for `seconds` or until `count` fresh events."""

    url: str
    sink: str
    run: str
    sources: list[Source]
    seed: int
    mix: Mix = field(default_factory=Mix)
    rate: float | None = None
    window: int | None = None
    seconds: float = 0
    count: int = 0
    connections: int = 32
    redeliver: bool = False  # until acknowledged, as a real sender does

    @classmethod
    def parse(cls, raw: bytes) -> "Plan":
        values = orjson.loads(raw)
        values["sources"] = [Source(**source) for source in values["sources"]]
        values["mix"] = Mix(**values["mix"])
        return cls(**values)


@dataclass(slots=True)
class Sent:
    """What became of one delivery. Times are of the machine's monotonic clock, which processes share."""

    external_id: str
    started: float
    ack_seconds: float
    status: int  # 0: no answer
    redelivered: bool
    forged: bool
    tries: int


class Generator:
    """The state of one plan's execution."""

    def __init__(self, plan: Plan, session: aiohttp.ClientSession) -> None:
        self._plan = plan
        self._session = session
        self._workload = Workload(plan.run, plan.sources, f"{plan.sink}/reply", plan.seed, plan.mix)
        self._fresh = 0
        self._accepted = 0
        self._room = asyncio.Event()  # in the window
        self._room.set()
        self._ended = False
        self.gave_up = ""  # why, where events that are never replied to kept the window full
        self.sent: list[Sent] = []

    async def run(self) -> None:
        if self._plan.rate is not None:
            await self._open_loop(self._plan.rate)
        else:
            await self._closed_loop()

    async def _open_loop(self, rate: float) -> None:
        """One delivery in each slot of 1/rate seconds, at a random moment of it."""
        offsets = random.Random(self._plan.seed)
        begin = time.monotonic()
        async with asyncio.TaskGroup() as requests:
            for slot, delivery in enumerate(self._deliveries(begin)):
                due = begin + (slot + offsets.random()) / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                requests.create_task(self._deliver(delivery, due))

    async def _closed_loop(self) -> None:
        begin = time.monotonic()
        deliveries = self._deliveries(begin)
        watching = asyncio.create_task(self._watch_sink(self._plan.window, begin)) if self._plan.window else None
        async with asyncio.TaskGroup() as senders:
            for _ in range(self._plan.connections):
                senders.create_task(self._send_all(deliveries))
        if watching:
            watching.cancel()

    async def _send_all(self, deliveries: Iterator[Delivery]) -> None:
        for delivery in deliveries:
            await self._room.wait()
            if self._ended:
                return
            await self._deliver(delivery, time.monotonic())

    async def _watch_sink(self, window: int, begin: float) -> None:
        """Opens and closes the window; between two looks at most a connection's worth each slips through."""
        seen, changed = -1, begin
        while not self._ended:
            async with self._session.get(f"{self._plan.sink}/count") as response:
                replied = orjson.loads(await response.read())["replied"]
            if replied != seen:
                seen, changed = replied, time.monotonic()
            unanswered = self._accepted - replied
            silent = time.monotonic() - changed
            if unanswered < window:
                self._room.set()
            elif silent > _MOST_SILENT:
                self.gave_up = f"{unanswered} events were unanswered, with no reply for {silent:.0f} s"
                self._end()
            elif not self._plan.count and self._over(begin):
                self._end()
            else:
                self._room.clear()
            await asyncio.sleep(_LOOK_AT_SINK)

    def _end(self) -> None:
        """Whoever waits for room stops waiting."""
        self._ended = True
        self._room.set()

    def _deliveries(self, begin: float) -> Iterator[Delivery]:
        """Until the plan's time or count is over. Shared by all senders of a closed loop."""
        while not self._over(begin):
            delivery = self._workload.next()
            self._fresh += not (delivery.redelivered or delivery.forged)
            yield delivery

    def _over(self, begin: float) -> bool:
        if self._plan.count:
            return self._fresh >= self._plan.count
        return time.monotonic() - begin >= self._plan.seconds

    async def _deliver(self, delivery: Delivery, due: float) -> None:
        """Latency counts from when the event was due, so that a late generator hides nothing."""
        tries, status = 0, 0
        while not tries or (self._plan.redeliver and (status == 0 or status >= 500)):
            if tries:
                await asyncio.sleep(_TRY_AGAIN)
            tries += 1
            status = await self._post(delivery)
        row = (delivery.external_id, due, time.monotonic() - due, status, delivery.redelivered, delivery.forged, tries)
        self.sent.append(Sent(*row))
        self._accepted += status == 202 and not delivery.redelivered

    async def _post(self, delivery: Delivery) -> int:
        try:
            async with self._session.post(self._plan.url, data=delivery.body, headers=delivery.headers()) as response:
                await response.read()
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0


async def _generate(plan: Plan) -> Generator:
    timeout = aiohttp.ClientTimeout(total=30)
    connector = aiohttp.TCPConnector(limit=max(128, plan.connections * 2))
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        generator = Generator(plan, session)
        await generator.run()
        return generator


def main(arguments: list[str]) -> None:
    plan, result = (Path(argument) for argument in arguments)
    generator = uvloop.run(_generate(Plan.parse(plan.read_bytes())))
    result.write_bytes(orjson.dumps(generator.sent))
    if generator.gave_up:
        print(generator.gave_up)


if __name__ == "__main__":
    main(sys.argv[1:])
