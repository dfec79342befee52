"""The worker's side of reading: a child process for files that may be hostile, and what it tells, piece by piece."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import structlog

import dynaris
from dynaris.knowledge.documents.blocks import Unreadable
from dynaris.knowledge.split import Piece

log = structlog.get_logger()

Progress = Callable[[int, int], Awaitable[None]]

MOST_SECONDS = 300.0  # for one file, waiting included
_LONGEST_LINE = 8_000_000
_PER_CHILD = 50  # files: what a library leaks goes with the process
_ENDED = "the file could not be read: it takes too long, or too much memory; split it, or save it again as PDF"


@dataclass(slots=True)
class Read:
    """What a file holds."""

    pieces: list[Piece]
    title: str | None = None
    language: str | None = None
    links: list[str] = field(default_factory=list)
    canonical: str | None = None
    unwanted: bool = False


class FileReader:
    """Reads one file after the other; a child that broke, or has read many, is replaced."""

    def __init__(self, *, most_pieces: int, seconds: float = MOST_SECONDS) -> None:
        self._most_pieces = most_pieces
        self._seconds = seconds
        self._child: Process | None = None
        self._files = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    async def read(
        self,
        path: Path,
        name: str,
        *,
        title: str,
        base: str | None = None,
        progress: Progress | None = None,
    ) -> Read:
        """Raises `Unreadable`, whatever the file does."""
        child = await self._ready()
        request = {"path": str(path), "name": name, "title": title, "base": base}
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(child, request, progress)
        except Unreadable:
            raise
        except (TimeoutError, OSError, EOFError, ValueError) as error:
            await self._end()
            raise Unreadable(_ENDED) from error
        except BaseException:
            await self._end()  # cancelled in the middle: what it still says belongs to nobody
            raise

    async def _exchange(self, child: Process, request: dict[str, Any], progress: Progress | None) -> Read:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(orjson.dumps(request) + b"\n")
        await child.stdin.drain()
        pieces: list[Piece] = []
        while line := await child.stdout.readline():
            answer = orjson.loads(line)
            if "piece" in answer:
                pieces.append(Piece(*answer["piece"]))
                if len(pieces) > self._most_pieces:
                    await self._end()
                    raise Unreadable(f"it gives more than {self._most_pieces:,} passages; split it into several files")
            elif "progress" in answer:
                if progress:
                    await progress(*answer["progress"])
            elif "done" in answer:
                return Read(pieces, **answer["done"])
            else:
                if why := answer.get("why"):
                    log.warning("knowledge.unreadable", **{"pii.why": why})
                raise Unreadable(answer["error"])
        raise EOFError

    async def _ready(self) -> Process:
        if self._child and (self._child.returncode is not None or self._files >= _PER_CHILD):
            await self._end()
        if self._child is None:
            self._files = 0
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "dynaris.knowledge.documents.child",
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_LONGEST_LINE,
                env=_environment(),
                start_new_session=True,
            )
        self._files += 1
        return self._child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
        await child.wait()


def _environment() -> dict[str, str]:
    """Where our code is, and nothing else: no addresses, no keys."""
    here = str(Path(dynaris.__file__).parents[1])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
