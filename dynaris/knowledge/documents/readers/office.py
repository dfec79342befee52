"""Word, PowerPoint and Excel: text and tables in reading order; macros and embedded things are never looked at."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from dynaris.knowledge.documents.blocks import Block, Reading, Unreadable, one_line
from dynaris.knowledge.documents.readers.rows import MOST_COLUMNS, sheet_blocks, table_blocks

_HEADING_STYLE = re.compile(r"(?:heading|überschrift|titre|título|titulo)\s*([1-9])", re.IGNORECASE)
_AROUND = frozenset({"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"})
_LEFT_OUT = frozenset({"pPr", "rPr", "del", "moveFrom", "Fallback", "instrText", "delText", "sdtPr"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_MOST_SHEETS = 200
_MOST_SLIDES = 2000
_DEEPEST = 10
_DAMAGED = "the file is damaged; save it again in the program it comes from and upload that"


def read_word(reading: Reading) -> Iterator[Block]:
    from docx import Document

    try:
        document = Document(str(reading.path))
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable(_DAMAGED) from error
    reading.title = one_line(document.core_properties.title or "")[:200] or None
    yield from _word_blocks(document)


def _word_blocks(container: Any) -> Iterator[Block]:
    from docx.table import Table

    for item in _word_items(container):
        if isinstance(item, Table):
            yield from table_blocks([_cell_text(cell, 0) for cell in _cells_of(row)] for row in item.rows)
            continue
        if not (text := _paragraph_text(item).strip()):
            continue
        style = item.style.name if item.style is not None else ""
        if style in ("Title", "Titel"):
            yield Block(one_line(text), level=1)
        elif found := _HEADING_STYLE.match(style or ""):
            yield Block(one_line(text), level=min(int(found[1]), 6))
        else:
            yield Block(f"- {text}" if "List" in (style or "") else text)


def _word_items(container: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those in fields of a form; a document's are in its body."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    owner = getattr(container, "_body", container)
    waiting = list(reversed(owner._element))
    while waiting:
        element = waiting.pop()
        kind = _local(element)
        if kind == "p":
            yield Paragraph(element, owner)
        elif kind == "tbl":
            yield Table(element, owner)
        elif kind in _AROUND:
            waiting += reversed(element)


def _paragraph_text(paragraph: Any) -> str:
    """As if all proposed changes were accepted: what was inserted counts, what was deleted or moved away does not."""
    parts: list[str] = []
    waiting = [paragraph._p]
    while waiting:
        element = waiting.pop()
        kind = _local(element)
        if kind == "t":
            parts.append(element.text or "")
        elif kind in _SIGNS:
            parts.append(_SIGNS[kind])
        elif kind not in _LEFT_OUT:
            waiting += reversed(element)
    return "".join(parts)


def _local(element: Any) -> str:
    """The name without its namespace; a comment has none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _cells_of(row: Any) -> list[Any]:
    """A cell that spans columns stands once."""
    cells: list[Any] = []
    for cell in row.cells:
        if not cells or cell._tc is not cells[-1]._tc:
            cells.append(cell)
    return cells


def _cell_text(cell: Any, depth: int) -> str:
    """With the tables in it, row by row."""
    from docx.table import Table

    parts: list[str] = []
    for item in _word_items(cell):
        if not isinstance(item, Table):
            parts.append(_paragraph_text(item))
        elif depth < _DEEPEST:
            rows = ([_cell_text(inner, depth + 1) for inner in _cells_of(row)] for row in item.rows)
            parts += [block.text for block in table_blocks(rows)]
    return ", ".join(part.strip() for part in parts if part.strip())


def read_slides(reading: Reading) -> Iterator[Block]:
    from pptx import Presentation

    try:
        presentation = Presentation(str(reading.path))
        slides = list(presentation.slides)
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable(_DAMAGED) from error
    if len(slides) > _MOST_SLIDES:
        raise Unreadable(f"the presentation has more than {_MOST_SLIDES} slides; split it")
    reading.title = one_line(presentation.core_properties.title or "")[:200] or None
    if reading.title == "PowerPoint Presentation":
        reading.title = None
    for number, slide in enumerate(slides, 1):
        if slide._element.get("show") not in ("0", "false"):  # a hidden one is not shown to anybody
            yield from _slide_blocks(slide, f"slide {number}")
        reading.progress(number, len(slides))


def _slide_blocks(slide: Any, page: str) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        yield Block(one_line(title.text_frame.text), level=1, page=page)
    else:
        yield Block("", level=1, page=page)
    known = title.shape_id if title is not None else None
    shapes = sorted(slide.shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    yield from _shape_blocks([shape for shape in shapes if shape.shape_id != known], page, 0)
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if frame is not None and frame.text.strip():
        yield Block(frame.text.strip(), page=page)


def _shape_blocks(shapes: list[Any], page: str, depth: int) -> Iterator[Block]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST:
            yield from _shape_blocks(list(shape.shapes), page, depth + 1)
        elif getattr(shape, "has_table", False) and shape.has_table:
            for block in table_blocks([cell.text for cell in row.cells] for row in shape.table.rows):
                yield Block(block.text, row=True, page=page)
        elif shape.has_text_frame and (text := shape.text_frame.text.replace("\x0b", "\n").strip()):
            yield Block(text, page=page)


def read_sheets(reading: Reading) -> Iterator[Block]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(str(reading.path), read_only=True, data_only=True, keep_links=False)
    except MemoryError:
        raise
    except Exception as error:
        raise Unreadable(_DAMAGED) from error
    sheets = book.worksheets
    if len(sheets) > _MOST_SHEETS:
        raise Unreadable(f"the workbook has more than {_MOST_SHEETS} sheets; split it")
    try:
        for number, sheet in enumerate(sheets, 1):
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()
                yield Block(one_line(sheet.title), level=1)
                yield from sheet_blocks(_sheet_rows(sheet), f"{one_line(sheet.title)}!")
            reading.progress(number, len(sheets))
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(_DAMAGED) from error
    finally:
        book.close()


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_cell(cell) for cell in islice(row, MOST_COLUMNS)]


def _cell(cell: Any) -> str:
    """As the sheet shows it, near enough: 15 digits, and 0.15 as 15% where it is a share."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        share = str(cell.number_format).endswith("%")
        return f"{value * 100:.15g}%" if share else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)
