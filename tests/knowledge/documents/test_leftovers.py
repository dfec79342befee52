"""What a process leaves that is killed while it stores or reads a file goes, and nothing that is still wanted."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dynaris.core.ids import new_id
from dynaris.knowledge.documents import leftovers
from dynaris.knowledge.documents.leftovers import drop_old_folders, drop_unnamed_files, reading_folder
from tests.knowledge.documents.conftest import Library

_DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from dynaris.core.files import Files
from dynaris.knowledge.documents.leftovers import reading_folder
with reading_folder() as folder:
    Path(folder, "document.pdf").write_bytes(b"%PDF-")
    asyncio.run(Files(None, Path(sys.argv[1])).put(sys.argv[2], b"%PDF-"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


async def killed(library: Library, key: str) -> None:
    files = str(library.desk.settings.home / "files")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _DIES, files, key)
    assert await process.wait() == -9


def folders(within: Path) -> list[Path]:
    return sorted(within.iterdir())


def in_a_minute() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


async def test_the_folder_of_a_killed_reader_goes_after_an_hour(library: Library, temporary: Path) -> None:
    await killed(library, f"{library.id}/knowledge/a")
    (left,) = folders(temporary)
    assert drop_old_folders() == 0
    hours_ago = time.time() - leftovers._FOLDER_SECONDS - 1
    os.utime(left, (hours_ago, hours_ago))
    (temporary / "dynaris-read-linked").symlink_to(library.desk.settings.home)
    (temporary / "other").mkdir()
    with reading_folder() as used:
        assert drop_old_folders() == 1
        assert used in map(str, folders(temporary))
    assert [path.name for path in folders(temporary)] == ["dynaris-read-linked", "other"]
    assert library.desk.settings.home.is_dir()


async def test_a_stored_file_that_no_row_names_goes_and_the_others_stay(library: Library, temporary: Path) -> None:
    document = await library.uploaded("a.txt", b"The pool has two lanes.")
    key = f"{library.id}/knowledge/{new_id()}/{new_id()}/{new_id().hex}"
    await killed(library, key)
    unfinished = library.desk.settings.home / "files" / f"{key}#1"  # as it is named until all of it is there
    unfinished.write_bytes(b"%P")
    desk = library.desk
    assert await drop_unnamed_files(desk.db, desk.files, library.id, before=in_a_minute() - timedelta(days=1)) == 0
    assert await drop_unnamed_files(desk.db, desk.files, library.id, before=in_a_minute()) == 2
    assert await drop_unnamed_files(desk.db, desk.files, library.id, before=in_a_minute()) == 0
    answer = await library.api.get(f"/api/knowledge/documents/{document['id']}/file")
    assert answer.content == b"The pool has two lanes."


async def test_where_nothing_was_ever_stored_nothing_goes(library: Library) -> None:
    assert await drop_unnamed_files(library.desk.db, library.desk.files, new_id(), before=in_a_minute()) == 0
