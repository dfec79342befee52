"""Text, Markdown and JSON."""

import json
import re
from collections.abc import Iterator
from typing import Any

from dynaris.knowledge.documents.blocks import Block, Reading, Unreadable, one_line
from dynaris.knowledge.documents.readers.characters import decoded
from dynaris.knowledge.documents.readers.rows import pair_columns, row_text

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_UNDERLINE = re.compile(r"(=+|-{2,})\s*")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_TABLE_LINE = re.compile(r"[\s:|]*-[\s:|-]*")
_LINK = re.compile(r"!?\[([^\]\[]{0,250})\]\([^)\s]{0,250}(?:\s{1,9}\"[^\"]{0,300}\")?\)")
_DEEPEST = 20


def read_text(reading: Reading) -> Iterator[Block]:
    for paragraph in re.split(r"\n\s*\n", decoded(reading.path)):
        if paragraph.strip():
            yield Block(paragraph.strip())


def read_markdown(reading: Reading) -> Iterator[Block]:
    return markdown_blocks(decoded(reading.path))


def markdown_blocks(text: str) -> Iterator[Block]:
    waiting: list[str] = []
    fenced = False
    for line in _without_front_matter(text):
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line)
        underline = not fenced and len(waiting) == 1 and _UNDERLINE.fullmatch(line)
        if underline and waiting[0].strip() and "|" not in waiting[0]:
            yield Block(_plain(waiting.pop()), level=1 if line.startswith("=") else 2)
        elif heading:
            yield from _paragraph(waiting)
            yield Block(_plain(heading[2].rstrip("# \t")), level=len(heading[1]))
        elif line.strip() or fenced:
            waiting.append(line)
        else:
            yield from _paragraph(waiting)
    yield from _paragraph(waiting)


def _without_front_matter(text: str) -> list[str]:
    lines = text.split("\n")
    if lines and lines[0].strip() == "---":
        end = next((at for at, line in enumerate(lines[1:60], 1) if line.strip() == "---"), 0)
        return lines[end + 1 :] if end else lines
    return lines


def _paragraph(waiting: list[str]) -> Iterator[Block]:
    lines = waiting.copy()
    waiting.clear()
    at = next((at for at in range(1, len(lines)) if _is_table(lines[at - 1], lines[at])), None)
    if at is None:
        if text := _plain("\n".join(lines)).strip():
            yield Block(text)
        return
    if before := _plain("\n".join(lines[: at - 1])).strip():
        yield Block(before)
    columns = _cells(lines[at - 1])
    for line in lines[at + 1 :]:
        if text := row_text(columns, _cells(line)):
            yield Block(text, row=True)


def _is_table(header: str, line: str) -> bool:
    return "|" in header and "|" in line and bool(_TABLE_LINE.fullmatch(line))


def _cells(line: str) -> list[str]:
    return [_plain(cell).strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", _LINK.sub(r"\1", text))  # a picture may stand in a link


def read_json(reading: Reading) -> Iterator[Block]:
    text = decoded(reading.path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the file is no JSON: {error}; correct it and upload it again") from error
    yield from _json_blocks(value, ())


def _json_blocks(value: Any, path: tuple[str, ...]) -> Iterator[Block]:
    if len(path) > _DEEPEST:
        raise Unreadable(f"the JSON is nested more than {_DEEPEST} levels deep; make it flatter")
    if isinstance(value, dict):
        yield from _json_object(value, path)
    elif isinstance(value, list):
        for item in value:
            yield from _json_blocks(item, path)
    elif (text := _said(value)) is not None:
        yield Block(text, row=True, heading=" › ".join(path) or None)


def _json_object(value: dict[str, Any], path: tuple[str, ...]) -> Iterator[Block]:
    columns = list(value)
    if (pair := pair_columns(columns)) and all(isinstance(value[columns[at]], str) for at in pair):
        yield Block(value[columns[pair[1]]].strip(), question=True, heading=one_line(value[columns[pair[0]]]))
        return
    plain = {name: said for name, item in value.items() if (said := _said(item)) is not None}
    if plain:
        yield Block(row_text(list(plain), list(plain.values())), row=True, heading=" › ".join(path) or None)
    for name, item in value.items():
        if isinstance(item, dict | list) and item and name not in plain:
            yield from _json_blocks(item, (*path, one_line(name)[:80]))


def _said(value: Any) -> str | None:
    """Of a plain value, or a list of plain ones."""
    if isinstance(value, list):
        parts = [_said(item) for item in value]
        return (
            ", ".join(part for part in parts if part)
            if parts and all(isinstance(part, str) for part in parts)
            else None
        )
    if value is None or isinstance(value, dict):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
