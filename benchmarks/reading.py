"""People who look, a process of its own: API reads at a steady rate, and live streams that stay open meanwhile.

`python -m benchmarks.reading PLAN RESULT`: both files hold JSON (`ReadingPlan`, `Reading`).
"""

import asyncio
import random
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import orjson
import uvloop

# What a team's screens ask for, and how often. `{id}` is one of the newest that the list shows.
_MIX = {
    "/api/events?limit=50": 20,
    "/api/events/{id}": 10,
    "/api/conversations?limit=50": 20,
    "/api/conversations/{id}": 10,
    "/api/conversations/{id}/messages": 10,
    "/api/contacts?limit=50": 10,
    "/api/contacts/{id}/timeline": 10,
    "/api/tasks": 5,
    "/api/me": 5,
}


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    address: str
    key: str  # of the REST API
    widget: str  # the chat widget's
    rate: float  # reads per second, whatever happens
    streams: int
    seconds: float
    seed: int


@dataclass(slots=True)
class Reading:
    """What came of it."""

    milliseconds: list[float] = field(default_factory=list)  # of reads that were answered with 200
    errors: dict[str, int] = field(default_factory=dict)  # what came instead, with the path's template
    streams_open: int = 0  # at the end, of those that were opened at the beginning


class Visitors:
    """The state of one plan's execution."""

    def __init__(self, plan: ReadingPlan, session: aiohttp.ClientSession) -> None:
        self._plan, self._session = plan, session
        self._random = random.Random(plan.seed)
        self._ids: dict[str, list[str]] = {}
        self.reading = Reading()

    async def run(self) -> None:
        for name in ("events", "conversations", "contacts"):
            async with self._session.get(f"{self._plan.address}/api/{name}?limit=100") as response:
                self._ids[name] = [item["id"] for item in (await response.json())["items"]]
        watching = [asyncio.create_task(self._watch()) for _ in range(self._plan.streams)]
        begin = time.monotonic()
        async with asyncio.TaskGroup() as reads:
            for slot in range(int(self._plan.rate * self._plan.seconds)):
                due = begin + (slot + self._random.random()) / self._plan.rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                reads.create_task(self._read(due))
        self.reading.streams_open = sum(not task.done() for task in watching)
        for task in watching:
            task.cancel()

    async def _read(self, due: float) -> None:
        template = self._random.choices(list(_MIX), weights=list(_MIX.values()))[0]
        path = template
        if "{id}" in template:
            path = template.replace("{id}", self._random.choice(self._ids[template.split("/")[2]]))
        try:
            async with self._session.get(self._plan.address + path) as response:
                await response.read()
                if response.status == 200:
                    self.reading.milliseconds.append((time.monotonic() - due) * 1000)
                    return
                said = str(response.status)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            said = type(error).__name__
        name = f"{said} {template}"
        self.reading.errors[name] = self.reading.errors.get(name, 0) + 1

    async def _watch(self) -> None:
        """A widget that is open: a live stream which nothing may end."""
        query = {"session_id": secrets.token_urlsafe(24), "api_key": self._plan.widget}
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._session.get(
            f"{self._plan.address}/api/chat-widget/sse", params=query, timeout=timeout
        ) as response:
            response.raise_for_status()
            while await response.content.read(1_000):
                pass


async def _visit(plan: ReadingPlan) -> Reading:
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Authorization": f"Bearer {plan.key}"}
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as session:
        visitors = Visitors(plan, session)
        await visitors.run()
        return visitors.reading


def main(arguments: list[str]) -> None:
    plan, result = (Path(argument) for argument in arguments)
    reading = uvloop.run(_visit(ReadingPlan(**orjson.loads(plan.read_bytes()))))
    result.write_bytes(orjson.dumps(reading))


if __name__ == "__main__":
    main(sys.argv[1:])
