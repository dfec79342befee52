"""What an exception or a foreign sentence may say in a log: its kind and place, without the values it quotes."""

import re
import traceback
from collections.abc import Iterator

import psycopg

from dynaris.core.errors import DynarisError

LONGEST = 300
_QUOTED = re.compile(r"'[^'\n]{1,2000}'|\"[^\"\n]{1,2000}\"|`[^`\n]{1,2000}`")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s<>()\[\]\"'`,;:=]+@[^\s<>()\[\]\"'`,;]+")
_NUMBER = re.compile(r"\+?\d[\d ()/-]{6,}\d")
_MOST_FRAMES = 25


def masked(text: str) -> str:
    """The first line; quoted values, addresses and long numbers are left out."""
    line = text.strip().partition("\n")[0][: 4 * LONGEST]
    line = _EMAIL.sub("…@…", _URL.sub("…://…", _QUOTED.sub("'…'", line)))
    line = _NUMBER.sub("…", line)
    return line[:LONGEST]


def described(error: BaseException) -> str:
    """Its kind, and as much of its words as cannot be about a person."""
    kind = type(error).__name__
    said = _words(error)
    return f"{kind}: {said}" if said else kind


def _words(error: BaseException) -> str:
    if isinstance(error, DynarisError):
        return masked(error.detail)
    if isinstance(error, psycopg.Error):
        return _of_database(error)
    if isinstance(error, OSError):
        return error.strerror or (masked(str(error)) if not error.args or len(error.args) == 1 else "")
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(dict.fromkeys(type(inner).__name__ for inner in error.exceptions))
    reason = getattr(error, "reason", None)  # of a channel: TryLater, Refused, Rejected
    return masked(reason) if isinstance(reason, str) else ""


def _of_database(error: psycopg.Error) -> str:
    """Without DETAIL and CONTEXT, which quote rows; with the names of what was violated."""
    diagnosis = error.diag
    names = [name for name in (diagnosis.table_name, diagnosis.column_name, diagnosis.constraint_name) if name]
    said = masked(diagnosis.message_primary or str(error))
    return " ".join(
        [*([error.sqlstate] if error.sqlstate else []), said, *([f"({', '.join(names)})"] if names else [])]
    )


def frames(error: BaseException) -> Iterator[str]:
    """Where: file, line and function of each call, the outermost first."""
    for frame in traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]:
        yield f"{_short(frame.filename)}:{frame.lineno} {frame.name}"


def _short(path: str) -> str:
    for root in ("/site-packages/", "/lib/python"):
        if root in path:
            return path.rpartition(root)[2]
    return "dynaris/" + path.rpartition("/dynaris/")[2] if "/dynaris/" in path else path
