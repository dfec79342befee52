"""Blocks become pieces for search: under their path of headings, 800 to 1200 characters, with a little overlap."""

import re
from collections.abc import Iterable, Iterator

from dynaris.knowledge.documents.blocks import Block, one_line
from dynaris.knowledge.split import LONGEST_HEADING, Piece

WANTED = 1000  # characters that a piece grows to
LONGEST = 1200
OVERLAP = 150  # characters that a piece may repeat of the one before it

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'»“”’)\]]*\s+|\n+")
_NUMBERED = re.compile(r"(.*?)(\d+)")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def pieces_of(blocks: Iterable[Block], title: str) -> Iterator[Piece]:
    """`link` holds what follows `#`; the caller knows what stands before it."""
    growing = _Growing(title)
    for block in blocks:
        yield from growing.add(block)
    yield from growing.flush()


class _Growing:
    """The piece that is being made."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._path: list[tuple[int, str]] = []
        self._anchor: str | None = None
        self._parts: list[str] = []
        self._rows = False
        self._size = 0
        self._heading: str | None = None
        self._pages: list[str] = []
        self._carried = False  # all that is there was repeated from the piece before

    def add(self, block: Block) -> Iterator[Piece]:
        if block.level:
            yield from self.flush()
            text = clean(one_line(block.text))
            self._path = [entry for entry in self._path if entry[0] < block.level]
            if text:
                self._path.append((block.level, text))
            self._anchor = block.anchor
            return
        text = clean(block.text).strip()
        if not text:
            return
        heading = clean(block.heading) if block.heading else None
        anchor = block.anchor if block.anchor is not None else self._anchor
        if heading != self._heading or anchor != self._anchor or block.question or block.row != self._rows:
            yield from self.flush()
        self._heading, self._anchor, self._rows = heading, anchor, block.row
        for part in cut(text):
            yield from self._add(part, block)
        if block.question:
            yield from self.flush()

    def _add(self, text: str, block: Block) -> Iterator[Piece]:
        other_page = bool(self._pages and block.page and not block.row and self._pages[-1] != block.page)
        if other_page:
            yield from self.flush()
        if self._parts and self._size + len(text) > WANTED:
            carried = "" if self._rows else tail_of(self._parts[-1])
            yield from self.flush()
            if carried and len(carried) + len(text) <= LONGEST:
                self._parts, self._size, self._carried = [carried], len(carried), True
        self._parts.append(text)
        self._carried = False
        self._size += len(text) + 2
        if block.page:
            self._pages.append(block.page)

    def flush(self) -> Iterator[Piece]:
        if self._parts and not self._carried:
            heading = self._heading or " › ".join(name for _, name in self._path) or self._title
            text = ("\n" if self._rows else "\n\n").join(self._parts)
            yield Piece(heading[:LONGEST_HEADING], text, page=_span(self._pages), link=self._anchor)
        self._parts, self._pages, self._size, self._carried = [], [], 0, False


def clean(text: str) -> str:
    """Without what PostgreSQL cannot store (NUL, lone surrogates) and nobody can read."""
    return _UNREADABLE.sub("", text)


def cut(text: str) -> Iterator[str]:
    """Between sentences where that is possible, else between words."""
    while len(text) > LONGEST:
        window = text[:LONGEST]
        at = max((match.end() for match in _SENTENCE.finditer(window) if match.end() <= WANTED), default=0)
        if at < WANTED // 2:
            at = window.rfind(" ", 0, WANTED) + 1 or WANTED
        yield text[:at].strip()
        text = text[max(0, at - len(tail_of(text[:at]))) :].strip() if at >= WANTED // 2 else text[at:].strip()
    if text:
        yield text


def tail_of(text: str) -> str:
    """The last sentences, as many as are short enough to be said twice."""
    text = text.rstrip()
    starts = [match.end() for match in _SENTENCE.finditer(text)]
    at = next((start for start in starts if len(text) - start <= OVERLAP), None)
    return text[at:] if at is not None else ""


def _span(pages: list[str]) -> str | None:
    """`12`, `12-13`, or `Prices!2-10` of rows."""
    if not pages or pages[0] == pages[-1]:
        return pages[0] if pages else None
    first, last = _NUMBERED.fullmatch(pages[0]), _NUMBERED.fullmatch(pages[-1])
    if first and last and first[1] == last[1]:
        return f"{pages[0]}-{last[2]}"
    return f"{pages[0]} - {pages[-1]}"
