"""Every regular expression of the product, found by itself, against texts that make a careless one take for ever."""

import importlib
import multiprocessing
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import dynaris

_SIZE = 4_000  # characters; where work grows with their square it shows, where it is linear it takes no time
_PIECES = (
    " ",
    "\t \n",
    "a",
    "aA1",
    "a b ",
    "a.",
    "a@",
    "a@b.c ",
    "1",
    "1 ",
    "+49 30 ",
    "-",
    "--",
    "_",
    ">",
    "> ",
    "<",
    "<a ",
    "<p a=",
    "</",
    "=?",
    "=?a?q?",
    "(",
    "()",
    '"',
    '\\"',
    "\\",
    "[",
    "{",
    "é",
    "ä ö",
    "\u200b",
    "日本",
    "On ",
    "Am ",
    "wrote: ",
    "From: a\n",
    "please ",
    "do not ",
    "I want to ",
    "ich möchte ",
    "je voudrais ",
    "quiero ",
    "no ",
    "and ",
    "my email is ",
    "call me ",
    "http://a",
    "data:a,",
    ";a=",
    "a:",
    "00:00 ",
    "2026-11-21 ",
    "ha",
    "!?",
)
_WORST = 0.25  # seconds for one search of one text


def patterns() -> Iterator[tuple[str, "re.Pattern[str] | re.Pattern[bytes]"]]:
    """Of every module, also inside its tuples, lists and dicts."""
    for module in pkgutil.walk_packages(dynaris.__path__, "dynaris."):
        if "migrations" in module.name or "test_" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for number, each in enumerate(_inside(value)):
                yield f"{module.name}.{name}[{number}]", each


def _inside(value: object, depth: int = 0) -> "Iterator[re.Pattern[str] | re.Pattern[bytes]]":
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, dict):
        for one in value.values():
            yield from _inside(one, depth + 1)
    elif depth < 3 and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _inside(one, depth + 1)


def texts(size: int) -> Iterator[str]:
    for piece in _PIECES:
        yield (piece * (size // len(piece)))[:size]
        yield (piece * (size // len(piece)))[: size - 1] + "\x01"


def slow_ones(size: int) -> list[str]:
    found, seen = [], set()
    for name, pattern in patterns():
        if (pattern.pattern, pattern.flags) in seen:
            continue
        seen.add((pattern.pattern, pattern.flags))
        for text in texts(size):
            given = text.encode() if isinstance(pattern.pattern, bytes) else text
            began = time.process_time()
            pattern.search(given)  # type: ignore[arg-type]
            spent = time.process_time() - began
            if spent > _WORST:
                found.append(f"{name} takes {spent:.2f} s for {text[:12]!r}…: {str(pattern.pattern)[:100]}")
                break
    assert len(seen) > 100
    return found


def _into(queue: "multiprocessing.Queue[list[str]]", size: int) -> None:
    queue.put(slow_ones(size))


@pytest.mark.hostile
@pytest.mark.parametrize("size", [_SIZE])
def test_no_pattern_takes_long_for_any_text(size: int) -> None:
    """In a process of its own: a search that never ends cannot be interrupted."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[list[str]] = context.Queue()
    process = context.Process(target=_into, args=(queue, size))
    process.start()
    try:
        found = queue.get(timeout=300)
    finally:
        process.kill()
    assert not found, "\n".join(found)
