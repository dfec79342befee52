"""The outside world of a benchmark: the sink, the load generator, and one measured run of a system."""

import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from benchmarks import measure
from benchmarks.figures import percentile
from benchmarks.load import Plan, Sent
from benchmarks.reading import Reading, ReadingPlan
from benchmarks.system import PYTHON, System, line_of, run_command, start_process, stop_process, until_none

SETTLE_SECONDS = 90.0  # how long accepted work may take until a run is given up
_SILENT_SECONDS = 1.5  # without a reply: longer than a quiet period, after which the database is asked
_WARM_UP = 1.0  # seconds at a run's begin that do not count towards its throughput


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a plan cost and brought. Everything is counted by outcomes and by the sink."""

    sent: list[Sent]
    replies: dict[str, list[tuple[float, str | None]]]  # external id -> (arrival, idempotency key) of each post
    outcomes: Counter[str]
    unsettled: int
    cpu_seconds: float
    sending_ended: float
    gave_up: str = ""  # why not all was sent

    @property
    def accepted(self) -> set[str]:
        return {sent.external_id for sent in self.sent if sent.status == 202 and not sent.forged}

    @property
    def completed(self) -> int:
        return self.outcomes.total()

    @property
    def cpu_ms_per_event(self) -> float:
        return self.cpu_seconds * 1000 / max(1, self.completed)

    @property
    def completed_per_second(self) -> float:
        """Replies that arrived while the load lasted, without its first second."""
        begin = min(sent.started for sent in self.sent) + _WARM_UP
        arrivals = [posts[0][0] for posts in self.replies.values()]
        counted = sum(begin <= arrival <= self.sending_ended for arrival in arrivals)
        return counted / max(0.001, self.sending_ended - begin)

    def ack_ms(self, share: float) -> float | None:
        return _in_ms(percentile([s.ack_seconds for s in self.sent if s.status == 202], share))

    def handed_over_ms(self, share: float) -> float | None:
        """From when the event was due to arrive until its reply reached the sink."""
        first = {s.external_id: s.started for s in self.sent if s.status == 202 and not s.redelivered}
        waits = [posts[0][0] - first[key] for key, posts in self.replies.items() if key in first]
        return _in_ms(percentile(waits, share))

    def faults(self) -> list[str]:
        """What makes this run's figures worthless."""
        refused = Counter(s.status for s in self.sent if s.status != 202 and not s.forged)
        let_in = sum(s.status == 202 for s in self.sent if s.forged)
        twice = sum(len(posts) > 1 for posts in self.replies.values())
        checks = {
            f"answers {dict(refused)} to honest deliveries": bool(refused),
            f"{let_in} forged deliveries were accepted": let_in > 0,
            f"{twice} events were replied to twice": twice > 0,
            f"{self.unsettled} events never settled": self.unsettled > 0,
            f"outcomes {dict(self.outcomes)}": self.outcomes["answered"] < 0.95 * self.completed,
            f"{len(self.accepted)} accepted, {self.completed} settled": len(self.accepted) != self.completed,
            self.gave_up: bool(self.gave_up),
        }
        return [fault for fault, is_so in checks.items() if is_so]


class World:
    """Its processes are not part of any system: their CPU time is never counted."""

    def __init__(self, sink_url: str, session: aiohttp.ClientSession, folder: Path) -> None:
        self.sink_url = sink_url
        self._session = session
        self._folder = folder

    async def send(self, plan: Plan) -> tuple[list[Sent], str]:
        """Runs the plan in a process of its own; with why it gave up, if it did."""
        plan_file, result_file = self._folder / f"{plan.run}.plan", self._folder / f"{plan.run}.sent"
        plan_file.write_bytes(orjson.dumps(plan))
        said = await run_command(*PYTHON, "benchmarks.load", str(plan_file), str(result_file))
        return [Sent(**row) for row in orjson.loads(result_file.read_bytes())], said.strip()

    async def read(self, plan: ReadingPlan) -> Reading:
        """The same for people who look."""
        plan_file, result_file = self._folder / f"{plan.seed}.plan", self._folder / f"{plan.seed}.reading"
        plan_file.write_bytes(orjson.dumps(plan))
        await run_command(*PYTHON, "benchmarks.reading", str(plan_file), str(result_file))
        return Reading(**orjson.loads(result_file.read_bytes()))

    async def measure(
        self,
        system: System,
        plan: Plan,
        *,
        sink_ms: float = 0,
        patience: float = SETTLE_SECONDS,
    ) -> Result:
        """One run: CPU time counts from before the first delivery until all accepted work has settled."""
        await self.reset_sink(sink_ms)
        before = measure.cpu_seconds(system.roots())
        sent, gave_up = await self.send(plan)
        ended = max(one.started + one.ack_seconds for one in sent)
        accepted = {one.external_id for one in sent if one.status == 202}
        await self.replied(len(accepted), patience, silent=_SILENT_SECONDS)
        unsettled = await until_none(system.unsettled, seconds=patience, pause=0.1)
        cpu = measure.cpu_seconds(system.roots()) - before
        return Result(sent, await self.replies(), await system.outcomes(plan.run), unsettled, cpu, ended, gave_up)

    async def replied(self, expected: int, patience: float, *, silent: float | None = None) -> None:
        """Waits at the sink's door, so that the system is not disturbed while it works: for so many replies,
        or until none has come for a while, since one reply may answer several events."""
        seen, changed = -1, time.monotonic()

        async def missing() -> int:
            nonlocal seen, changed
            count = (await self._get("count"))["replied"]
            if count != seen:
                seen, changed = count, time.monotonic()
            is_silent = silent is not None and time.monotonic() - changed > silent
            return 0 if is_silent else expected - count

        await until_none(missing, seconds=patience, pause=0.05)

    async def reset_sink(self, delay_ms: float = 0) -> None:
        await self._get(f"reset/{delay_ms / 1000}")

    async def replies(self) -> dict[str, list[tuple[float, str | None]]]:
        seen = await self._get("replies")
        return {key: [(arrival, name) for arrival, name in posts] for key, posts in seen["replies"].items()}

    async def _get(self, path: str) -> dict[str, Any]:
        async with self._session.get(f"{self.sink_url}/{path}") as response:
            return orjson.loads(await response.read())


def _in_ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    sink = await start_process(*PYTHON, "benchmarks.sink")
    try:
        port = await line_of(sink, "")
        with tempfile.TemporaryDirectory(prefix="dynaris-bench-") as folder:
            async with aiohttp.ClientSession() as session:
                yield World(f"http://127.0.0.1:{port}", session, Path(folder))
    finally:
        await stop_process(sink)
