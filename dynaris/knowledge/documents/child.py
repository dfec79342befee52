"""The process that reads files: limited in memory and time, without secrets or the right to write.

It takes one request a line (JSON), and answers with lines: `progress`, `piece`, and `done` or `error` at last.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any

import orjson

from dynaris.knowledge.documents.blocks import Reading, Unreadable
from dynaris.knowledge.documents.formats import format_of
from dynaris.knowledge.documents.pieces import pieces_of

MOST_MEMORY = 1_500_000_000  # bytes of address space: far more than what is in memory at a time
MOST_SECONDS = 120  # of computing for one file

_READERS = {
    "pdf": ("pdf", "read_pdf"),
    "docx": ("office", "read_word"),
    "pptx": ("office", "read_slides"),
    "xlsx": ("office", "read_sheets"),
    "csv": ("rows", "read_csv"),
    "html": ("web_page", "read_html"),
    "markdown": ("plain", "read_markdown"),
    "json": ("plain", "read_json"),
    "text": ("plain", "read_text"),
}
_PARENT_DIED = 1  # PR_SET_PDEATHSIG
_PROGRESS_SECONDS = 0.1


def main() -> None:
    _limit()
    for line in sys.stdin.buffer:
        request = orjson.loads(line)
        _more_time()
        try:
            for answer in answers(request):
                _say(answer)
        except Unreadable as error:
            _say({"error": str(error)})
        except MemoryError:
            _say({"error": "the file takes too much memory to read; split it, or save it without pictures"})
        except Exception as error:
            _say(
                {"error": "the file cannot be read; save it again or as PDF, and upload that", "why": repr(error)[:500]}
            )


def _limit() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with suppress(OSError):
        os.nice(10)  # answers come first


def _more_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + MOST_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))


def answers(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of one file; raises `Unreadable`."""
    path = Path(request["path"])
    reading = Reading(path, request["name"], _progress_sayer(), request.get("base"))
    module, function = _READERS[format_of(path, reading.name)]
    read = getattr(import_module(f"dynaris.knowledge.documents.readers.{module}"), function)
    blocks = read(reading)
    first = list(islice(blocks, 1))  # by then a page's own title is known
    title = reading.title if reading.base and reading.title else request["title"]
    for piece in pieces_of(chain(first, blocks), title):
        yield {"piece": [piece.heading, piece.text, piece.page, piece.link]}
    yield {
        "done": {
            "title": reading.title,
            "language": reading.language,
            "links": reading.links,
            "canonical": reading.canonical,
            "unwanted": reading.unwanted,
        }
    }


def _progress_sayer() -> Any:
    said = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _PROGRESS_SECONDS or done == total:
            said = now
            _say({"progress": [done, total]})

    return progress


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
