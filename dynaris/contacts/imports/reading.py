"""A CSV file's bytes as rows of text: encoding and delimiter are found out, everything is bounded."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dynaris.core.csv_file import restored
from dynaris.core.errors import InvalidInput, TooLarge

MOST_BYTES = 10_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CELL = 10_000  # characters

_DELIMITERS = (",", ";", "\t")
_SAMPLE_ROWS = 20
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Row:
    line: int  # of the file, where the row begins
    cells: list[str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    encoding: str
    delimiter: str
    header: list[str]
    text: str
    first_line: int  # of the header

    def batches(self, size: int) -> Iterator[list[Row]]:
        """The rows below the header. Raises `InvalidInput` with the line at which the file cannot be read on."""
        rows = _rows(self.text, self.delimiter)
        for _ in range(self.first_line):
            next(rows)
        below = (_checked(row, len(self.header)) for row in rows if any(map(str.strip, row.cells)))
        count = 0
        while batch := list(islice(below, size)):
            count += len(batch)
            if count > MOST_ROWS:
                raise TooLarge(f"expected at most {MOST_ROWS} rows, got more; split the file")
            yield batch


def opened(content: bytes) -> Sheet:
    """Raises `InvalidInput` or `TooLarge`, saying what was expected and what came."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"expected at most {MOST_BYTES} bytes, got {len(content)}")
    text, encoding = _decoded(content)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidInput(f"line {line}: expected text, got a NUL character")
    if not text.strip():
        raise InvalidInput("expected a header row and rows below it, got an empty file")
    delimiter, first = _delimiter(text)
    header = _header(text, delimiter, first)
    return Sheet(encoding, delimiter, header, text, first)


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _strictly(content, encoding), encoding.removesuffix("-sig")
    head = content[:1000]
    if head.count(0) > len(head) // 4:
        encoding = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        return _strictly(content, encoding), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strictly(content, "cp1252"), "windows-1252"


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"expected text in UTF-8, UTF-16 or Windows-1252, got bytes that are no {encoding} at byte {error.start}"
        ) from error


def _delimiter(text: str) -> tuple[str, int]:
    """And how many lines come before and with the header. `sep=;` is how Excel names it."""
    head = text[:6].casefold()
    if head.startswith("sep=") and head[4:5] in _DELIMITERS:
        return head[4], 2
    return max(_DELIMITERS, key=lambda delimiter: _fit(text, delimiter)), 1


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """How many of the first rows have as many cells as the first one has, if it has several; and how many these are."""
    try:
        rows = [row.cells for row in islice(_rows(text, delimiter), _SAMPLE_ROWS)]
    except InvalidInput:
        return 0, 0
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0, 0
    return sum(len(row) == width for row in rows), width


def _header(text: str, delimiter: str, first: int) -> list[str]:
    header: list[str] = []
    for row in islice(_rows(text, delimiter), first):
        header = row.cells
    while header and not header[-1].strip():
        header.pop()
    if not header:
        raise InvalidInput("line 1: expected the names of the columns, got an empty row")
    if len(header) > MOST_COLUMNS:
        raise InvalidInput(f"line {first}: expected at most {MOST_COLUMNS} columns, got {len(header)}")
    return [_named(name, number) for number, name in enumerate(header, start=1)]


def _named(cell: str, number: int) -> str:
    """A custom field of an export keeps its name to the letter; of any other header what can be seen."""
    name = restored(cell)
    if name.startswith("field:"):
        return "field:" + name.removeprefix("field:").strip()[:100].strip()
    seen = "".join(c for c in " ".join(name.split()) if c.isprintable())
    return seen[:100].strip() or f"column {number}"


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader((found[0] for found in _LINE.finditer(text)), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInput(f"line {line}: {_said(str(error))}") from error
        yield Row(line, cells)
        line = reader.line_num + 1


def _said(problem: str) -> str:
    if "field larger" in problem:
        return f"expected a cell of at most {MOST_CELL} characters, got more: is a quote opened and never closed?"
    if "unexpected end" in problem:
        return "a quote opens here and is never closed"
    if "expected after" in problem:
        return "after a closing quote a delimiter must follow; a quote inside a cell is written twice"
    return problem


def _checked(row: Row, width: int) -> Row:
    cells = list(row.cells)
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > width:
        problem = f"expected {width} cells as in the header, got {len(cells)}"
        return Row(row.line, [cell[:MOST_CELL] for cell in cells[:width]], problem)
    for number, cell in enumerate(cells, start=1):
        if len(cell) > MOST_CELL:
            problem = f"column {number}: expected at most {MOST_CELL} characters, got {len(cell)}"
            return Row(row.line, [cell[:100] for cell in cells], problem)
    return Row(row.line, cells)
