"""Rows of tables, wherever they stand: each with the names of its columns; pairs of question and answer told apart."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from dynaris.knowledge.documents.blocks import Block, Reading, Unreadable, one_line
from dynaris.knowledge.documents.readers.characters import decoded

MOST_COLUMNS = 200
MOST_ROWS = 200_000
_LONGEST_CELL = 20_000

_SAID = re.compile(r"sep=([;,\t|])\n")  # how Excel is told
_QUOTED = re.compile(r'"[^"]*"')
_QUESTIONS = frozenset({"question", "questions", "q", "frage", "fragen", "pregunta", "f"})
_ANSWERS = frozenset({"answer", "answers", "a", "antwort", "antworten", "respuesta", "réponse", "reponse", "r"})


def row_text(columns: Sequence[str], cells: Sequence[str]) -> str:
    """`Name: value; Name: value`; a cell without a named column stands alone."""
    named = list(columns) + [""] * (len(cells) - len(columns))
    said = [(one_line(name), one_line(cell)) for name, cell in zip(named, cells, strict=False)]
    return "; ".join(f"{name}: {cell}" if name and name != cell else cell for name, cell in said if cell)


def pair_columns(columns: Sequence[str]) -> tuple[int, int] | None:
    """Where question and answer stand, if these are columns of an FAQ."""
    names = [one_line(name).lower().rstrip(":") for name in columns]
    question = next((at for at, name in enumerate(names) if name in _QUESTIONS), None)
    answer = next((at for at, name in enumerate(names) if name in _ANSWERS), None)
    return None if question is None or answer is None else (question, answer)


def table_blocks(rows: Iterable[Sequence[str]]) -> Iterator[Block]:
    """Of a table in a document: its first row names the columns."""
    given = [list(row) for row in rows]
    given = [row for row in given if any(cell.strip() for cell in row)]
    if not given:
        return
    if len(given) == 1 or len(given[0]) == 1:
        for row in given:
            yield Block(" | ".join(one_line(cell) for cell in row if cell.strip()), row=True)
        return
    for row in given[1:]:
        if text := row_text(given[0], row):
            yield Block(text, row=True)


def sheet_blocks(rows: Iterable[tuple[int, Sequence[str]]], place: str) -> Iterator[Block]:
    """Of a sheet or a CSV file: rows with their numbers. `place` leads each row's page."""
    columns: list[str] | None = None
    pair: tuple[int, int] | None = None
    told = False
    count = 0
    for number, given in rows:
        cells = [cell[:_LONGEST_CELL] for cell in given[:MOST_COLUMNS]]
        filled = [cell for cell in cells if cell.strip()]
        if not filled:
            continue
        count += 1
        if count > MOST_ROWS:
            raise Unreadable(f"a table has more than {MOST_ROWS:,} rows; split it into several files")
        page = f"{place}{number}"
        if columns is None:
            if len(filled) < 2:
                yield Block(one_line(filled[0]), row=True, page=page)
                continue
            columns, pair = cells, pair_columns(cells)
            continue
        told = True
        if pair and len(cells) > max(pair) and cells[pair[0]].strip() and cells[pair[1]].strip():
            yield Block(cells[pair[1]].strip(), question=True, heading=one_line(cells[pair[0]]), page=page)
        elif text := row_text(columns, cells):
            yield Block(text, row=True, page=page)
    if columns is not None and not told:
        yield Block(" | ".join(one_line(cell) for cell in columns if cell.strip()), row=True)


def read_csv(reading: Reading) -> Iterator[Block]:
    text = decoded(reading.path)
    csv.field_size_limit(1_000_000)
    said = _SAID.match(text)
    lines = text[said.end() :].split("\n") if said else text.split("\n")
    delimiter = said[1] if said else _delimiter(text[:20_000])
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    skipped = 1 if said else 0
    try:
        yield from sheet_blocks(((rows.line_num + skipped, row) for row in rows), "row ")
    except csv.Error as error:
        raise Unreadable(f"line {rows.line_num} of the table cannot be read: {error}") from error


def _delimiter(start: str) -> str:
    """The one that cuts most lines into most columns. What stands in quotation marks is no cut."""
    lines = [line for line in _QUOTED.sub("", start).split("\n")[:40] if line.strip()]
    counts = {each: sorted(line.count(each) for line in lines) for each in (";", ",", "\t", "|")}
    return max(counts, key=lambda each: (_usual(counts[each]), sum(counts[each])))


def _usual(counts: list[int]) -> int:
    return counts[len(counts) // 2] if counts else 0
