"""What a process that was killed left behind: folders of files being read, and stored files that no row names."""

import os
import shutil
import stat
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from uuid import UUID

from dynaris.core.db import Database
from dynaris.core.files import Files

_PREFIX = "dynaris-read-"
_FOLDER_SECONDS = 3_600.0  # far longer than a file is read
_UNNAMED = """SELECT key FROM unnest(%s::text[]) AS key WHERE NOT EXISTS (
    SELECT FROM knowledge_version v WHERE v.workspace_id = %s AND v.storage_key = key)"""


def reading_folder() -> "TemporaryDirectory[str]":
    """Where a file lies while it is read."""
    return TemporaryDirectory(prefix=_PREFIX)


def drop_old_folders() -> int:
    """Of this machine and user, whichever process made them."""
    dropped, before = 0, time.time() - _FOLDER_SECONDS
    for path in Path(gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mtime < before:
                shutil.rmtree(path)
                dropped += 1
    return dropped


async def drop_unnamed_files(db: Database, files: Files, workspace_id: UUID, *, before: datetime) -> int:
    """The bytes are stored before the rows that name them: of what was stored long ago, no row comes any more."""
    folder, dropped = f"{workspace_id}/knowledge/", 0
    async for keys in files.stored(folder, before=before):
        async with db.workspace(workspace_id) as connection:
            unnamed = await (await connection.execute(_UNNAMED, (keys, workspace_id))).fetchall()
        for row in unnamed:
            dropped += await files.delete(row["key"])
    return dropped + await files.drop_unfinished(folder, before=before)
