"""One folder of mail on disk: `<uid>.eml` files, their flags, and the numbers IMAP wants kept for ever.

A mail is complete or absent: it is written under another name and renamed. `flags.json` is written
before files are removed, so that a uid is never given twice, whatever is killed in between. One process
writes; any number may read, because nothing is cached.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dynaris.core import clock

MAILS_KEPT = 500
BYTES_KEPT = 256 * 1024 * 1024

_ABOUT = "folder.json"
_FLAGS = "flags.json"


@dataclass(frozen=True)
class StoredMail:
    uid: int
    size: int
    received: datetime
    flags: frozenset[str]


class MailFolder:
    """`name` is the address for an inbox, else the IMAP folder's name. One never created reads as empty."""

    def __init__(self, path: Path, name: str, changed: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self.name = name
        self._changed = changed

    def exists(self) -> bool:
        return (self.path / _ABOUT).exists()

    def create(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        if not self.exists():
            self._write_about(int(clock.now().timestamp()))

    def delete(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def uid_validity(self) -> int:
        return int(_read_json(self.path / _ABOUT).get("uid_validity", 0))

    def next_uid(self) -> int:
        return max([int(_read_json(self.path / _FLAGS).get("next_uid", 1)), *(uid + 1 for uid in self.uids())])

    def uids(self) -> list[int]:
        try:
            return sorted(uid for name in os.listdir(self.path) if (uid := _uid_of(name)))
        except FileNotFoundError:
            return []

    def mails(self) -> list[StoredMail]:
        """Oldest first."""
        flags = self._flags()
        return [mail for uid in self.uids() if (mail := self._describe(uid, flags))]

    def mail(self, uid: int) -> StoredMail | None:
        return self._describe(uid, self._flags())

    def read(self, uid: int, *, most: int = -1) -> bytes | None:
        """The mail as it came, or its first `most` bytes; None when it is gone."""
        try:
            with self._file(uid).open("rb") as file:
                return file.read(most)
        except FileNotFoundError:
            return None

    def add(self, content: bytes, *, flags: Collection[str] = (), received: datetime | None = None) -> StoredMail:
        self.create()
        uid = self.next_uid()
        moment = (received or clock.now()).timestamp()
        if flags:
            self._write_flags({**self._flags(), uid: frozenset(flags)}, next_uid=uid + 1)
        _write_whole(self._file(uid), content, moment)
        self._drop_oldest()
        self._changed()
        return StoredMail(uid, len(content), datetime.fromtimestamp(moment, UTC), frozenset(flags))

    def set_flags(self, uid: int, flags: Collection[str]) -> None:
        self._write_flags({**self._flags(), uid: frozenset(flags)}, next_uid=self.next_uid())
        self._changed()

    def remove(self, uids: Iterable[int]) -> None:
        gone = set(uids)
        if not gone:
            return
        kept = {uid: flags for uid, flags in self._flags().items() if uid not in gone}
        self._write_flags(kept, next_uid=self.next_uid())
        for uid in gone:
            self._file(uid).unlink(missing_ok=True)
        self._changed()

    def renew_uid_validity(self) -> int:
        """What a restored server does to its clients: a new UIDVALIDITY, and every mail has another uid."""
        self.create()
        self._write_about(max(int(clock.now().timestamp()), self.uid_validity() + 1))
        old_flags, uids = self._flags(), self.uids()
        self._write_flags({new: old_flags[old] for new, old in enumerate(uids, 1) if old in old_flags}, next_uid=1)
        for new, old in enumerate(uids, 1):  # ascending, and never upwards: no file is overwritten
            self._file(old).rename(self._file(new))
        self._changed()
        return self.uid_validity()

    def _drop_oldest(self) -> None:
        mails = self.mails()
        total, drop = sum(mail.size for mail in mails), []
        for mail in mails[:-1]:
            if len(mails) - len(drop) <= MAILS_KEPT and total <= BYTES_KEPT:
                break
            drop.append(mail.uid)
            total -= mail.size
        self.remove(drop)

    def _file(self, uid: int) -> Path:
        return self.path / f"{uid}.eml"

    def _describe(self, uid: int, flags: dict[int, frozenset[str]]) -> StoredMail | None:
        try:
            found = self._file(uid).stat()
        except FileNotFoundError:
            return None
        received = datetime.fromtimestamp(int(found.st_mtime), UTC)
        return StoredMail(uid, found.st_size, received, flags.get(uid, frozenset()))

    def _flags(self) -> dict[int, frozenset[str]]:
        stored = _read_json(self.path / _FLAGS).get("flags", {})
        return {int(uid): frozenset(flags) for uid, flags in stored.items()}

    def _write_flags(self, flags: dict[int, frozenset[str]], *, next_uid: int) -> None:
        stored = {str(uid): sorted(kept) for uid, kept in flags.items() if kept}
        text = json.dumps({"next_uid": next_uid, "flags": stored})
        _write_whole(self.path / _FLAGS, text.encode())

    def _write_about(self, uid_validity: int) -> None:
        about = json.dumps({"name": self.name, "uid_validity": uid_validity})
        _write_whole(self.path / _ABOUT, about.encode())


def stored_name(path: Path) -> str | None:
    """The name of the folder kept at `path`, or None when there is none."""
    return _read_json(path / _ABOUT).get("name")


def _uid_of(file_name: str) -> int | None:
    stem, _, suffix = file_name.rpartition(".")
    return int(stem) if suffix == "eml" and stem.isdecimal() else None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}


def _write_whole(path: Path, content: bytes, moment: float | None = None) -> None:
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    temporary.write_bytes(content)
    if moment is not None:
        os.utime(temporary, (moment, moment))
    temporary.replace(path)
