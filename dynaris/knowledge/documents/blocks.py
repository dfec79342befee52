"""What readers make of a file: blocks in reading order. And the words for what cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MOST_CHARACTERS = 30_000_000  # of text in one document


class Unreadable(Exception):
    """Why nothing can be made of a file, in plain words, with what to do."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 to 6), a paragraph, or a row of a table, which stands by itself."""

    text: str
    level: int = 0
    row: bool = False
    question: bool = False  # `text` is an answer, and its heading is the question alone
    page: str | None = None
    anchor: str | None = None  # what follows `#` in a link to it
    heading: str | None = None  # in place of the path of headings


@dataclass(slots=True)
class Reading:
    """One file to be read. `progress` is called with the pages done and their number."""

    path: Path
    name: str
    progress: Callable[[int, int], None] = lambda _done, _total: None
    base: str | None = None  # the page's own address, for its links
    title: str | None = None  # as the file gives it
    language: str | None = None
    links: list[str] = field(default_factory=list)
    canonical: str | None = None
    unwanted: bool = False  # the page asks not to be indexed


def one_line(text: str) -> str:
    return " ".join(text.split())
