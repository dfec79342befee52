"""Cells of a file of contacts: several values in one, and custom fields with what kind of value they are."""

import re
from typing import Any

import orjson

from dynaris.core.http import checked_json


def joined(values: list[str]) -> str:
    """Several values in one cell, parted by semicolons; as JSON where one of them would be misread."""
    if any(";" in value or "," in value or value != value.strip() or value.startswith("[") for value in values):
        return orjson.dumps(values).decode()
    return "; ".join(values)


def parted(cell: str, *, by: str = ";\n") -> list[str]:
    if cell.startswith("["):
        values = _json(cell)
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            return values
    return [part for each in re.split(f"[{by}]", cell) if (part := each.strip())]


def typed(value: Any) -> str:
    """A custom field's JSON value; a text stands as it is unless it looks like JSON."""
    if isinstance(value, str) and value and _json(value) is _NONE:
        return value
    return orjson.dumps(value).decode()


def untyped(cell: str) -> Any:
    """Raises `MalformedRequest` for JSON that could not be stored, such as a NUL character."""
    return cell if _json(cell) is _NONE else checked_json(cell.encode())


_NONE = object()


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _NONE
