"""What the benchmark knows of a system under load: the product and the reference look alike from here."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from benchmarks.workload import Source

REPOSITORY = Path(__file__).parents[1]
PYTHON = (sys.executable, "-m")  # of the environment that runs the benchmark


class System(Protocol):
    """A running system with an empty or prepared database."""

    name: str
    url: str  # where events are posted

    def sources(self, *, supervised: bool = False) -> list[Source]:
        """Its four senders; `supervised`: those whose agent a model chooses."""
        ...

    def roots(self) -> list[int]:
        """The processes whose trees are all of it, PostgreSQL included."""
        ...

    async def unsettled(self) -> int:
        """Accepted events on which work is still to be done."""
        ...

    async def outcomes(self, run: str) -> Counter[str]:
        """How often each outcome came out among the events of a run."""
        ...


async def start_process(
    *command: str, environment: Mapping[str, str] | None = None, log: Path | None = None
) -> asyncio.subprocess.Process:
    """A child whose output we read, with its errors in a file (or ours); it never holds our terminal."""
    errors = log.open("ab") if log else sys.stderr
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    finally:
        if log:
            errors.close()


async def stop_process(process: asyncio.subprocess.Process, *, patience: float = 20) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), patience)
    except TimeoutError:
        process.kill()
        await process.wait()


async def run_command(*command: str, environment: Mapping[str, str] | None = None) -> str:
    """Its standard output; an error with what it said when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {errors.decode()}")
    return output.decode()


async def line_of(process: asyncio.subprocess.Process, prefix: str, *, seconds: float = 60) -> str:
    """The rest of the first line that starts so."""
    assert process.stdout is not None
    seen: Sequence[str] = []
    try:
        async with asyncio.timeout(seconds):
            async for raw in process.stdout:
                line = raw.decode().strip()
                seen = [*seen, line]
                if line.startswith(prefix):
                    return line.removeprefix(prefix).strip()
    except TimeoutError:
        pass
    raise RuntimeError(f"no line {prefix!r} within {seconds} s, only {seen}")


async def until_none(left: Callable[[], Awaitable[int]], *, seconds: float, pause: float) -> int:
    """Asks again and again how much is left; how much that was in the end."""
    deadline = time.monotonic() + seconds
    while True:
        remaining = await left()
        if remaining <= 0 or time.monotonic() >= deadline:
            return max(0, remaining)
        await asyncio.sleep(pause)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
