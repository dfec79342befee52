"""The stand-in's state: one SQLite file, `<home>/sandbox/whatsapp/state.sqlite`, which any process may open.

Nothing is flushed to disk one by one: what was written survives a killed process, and may not survive a power cut.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dynaris.core.private import private_folder

Row = dict[str, Any]

_BUSY_SECONDS = 10.0  # how long another process may be writing
_TABLES = """
CREATE TABLE IF NOT EXISTS app (
  one INTEGER PRIMARY KEY CHECK (one = 1), app_id TEXT NOT NULL, app_secret TEXT NOT NULL, verify_token TEXT NOT NULL,
  access_token TEXT NOT NULL, expires_at REAL NOT NULL DEFAULT 0, scopes TEXT NOT NULL, waba_id TEXT NOT NULL,
  subscribed INTEGER NOT NULL DEFAULT 1, webhook_url TEXT, webhook_fields TEXT NOT NULL,
  statuses TEXT NOT NULL DEFAULT 'sent', graph_url TEXT
);
CREATE TABLE IF NOT EXISTS number (
  id TEXT PRIMARY KEY, display TEXT NOT NULL, name TEXT NOT NULL, registered INTEGER NOT NULL DEFAULT 1,
  profile TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS customer (
  user_id TEXT PRIMARY KEY, parent_user_id TEXT NOT NULL, wa_id TEXT UNIQUE, name TEXT NOT NULL, username TEXT,
  receipts INTEGER NOT NULL DEFAULT 1, reachable INTEGER NOT NULL DEFAULT 1, window TEXT NOT NULL DEFAULT 'real',
  wrote_at REAL NOT NULL DEFAULT 0, typing_until REAL NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS message (
  n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, number_id TEXT NOT NULL,
  sender TEXT NOT NULL, type TEXT NOT NULL, content TEXT NOT NULL, quoted TEXT, opaque TEXT, text TEXT NOT NULL,
  at REAL NOT NULL, status TEXT NOT NULL, code INTEGER, category TEXT, reaction TEXT, edited INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_of_customer ON message (user_id, n);
CREATE INDEX IF NOT EXISTS message_by_opaque ON message (opaque) WHERE opaque IS NOT NULL;
CREATE TABLE IF NOT EXISTS media (
  id TEXT PRIMARY KEY, mime_type TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, name TEXT,
  at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS template (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, language TEXT NOT NULL, category TEXT NOT NULL, status TEXT NOT NULL,
  components TEXT NOT NULL, format TEXT NOT NULL, reason TEXT NOT NULL DEFAULT 'NONE', UNIQUE (name, language)
);
CREATE TABLE IF NOT EXISTS fault (
  n INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL, kind TEXT NOT NULL, code INTEGER, seconds REAL NOT NULL,
  copies INTEGER NOT NULL, recipient TEXT, times INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS delivery (
  n INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, field TEXT NOT NULL, body TEXT NOT NULL, due REAL NOT NULL,
  ids TEXT NOT NULL DEFAULT '[]', tries INTEGER NOT NULL DEFAULT 0, held INTEGER NOT NULL DEFAULT 0, said TEXT
);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (held, due, n);
"""


class Store:
    """`folder` is made when it is missing. Every call is one transaction, unless made within `together`."""

    def __init__(self, folder: Path) -> None:
        self.folder = private_folder(folder)
        self._connection = sqlite3.connect(folder / "state.sqlite", timeout=_BUSY_SECONDS, isolation_level=None)
        self._connection.row_factory = _as_dict
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)

    def rows(self, query: str, **named: Any) -> list[Row]:
        return self._connection.execute(query, named).fetchall()

    def row(self, query: str, **named: Any) -> Row | None:
        return self._connection.execute(query, named).fetchone()

    def value(self, query: str, **named: Any) -> Any:
        """The only column of the only row."""
        [value] = self._connection.execute(query, named).fetchone().values()
        return value

    def run(self, query: str, **named: Any) -> int:
        """How many rows were changed."""
        return self._connection.execute(query, named).rowcount

    @contextmanager
    def together(self) -> Iterator[None]:
        """All or nothing. Nothing may be awaited within: everybody in this process shares the connection."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
