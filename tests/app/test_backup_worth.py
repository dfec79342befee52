"""A backup is worth something when it can be restored: whatever was under way, whoever has the key, beside others'."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dynaris.app import restore as restoring
from dynaris.app.backup import check_backup, make_backup
from dynaris.core.errors import InvalidInput, StartupError
from tests.app.test_backup import backed_up, elsewhere, original, restored, source, target
from tests.databases import ask
from tests.flows.conftest import KEY, World, sink

__all__ = ["original", "sink", "source", "target"]


async def test_a_job_that_was_being_done_at_the_backup_is_anybodys_in_the_copy(
    original: World, target: str, tmp_path: Path
) -> None:
    url = original.services.db.url
    [(worker,)] = await ask(url, "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
    await ask(
        url,
        """INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)
           VALUES ('default', 'a.job', '{}', 'doing', %s)""",
        worker,
    )
    made = await backed_up(original, tmp_path)
    await restored(made.path, elsewhere(tmp_path, target))
    assert await ask(target, "SELECT status::text, worker_id FROM procrastinate_jobs WHERE task_name = 'a.job'") == [
        ("doing", None)
    ]
    assert await ask(target, "SELECT count(*) FROM procrastinate_workers") == [(0,)], "they work at the original"


async def test_a_key_that_is_not_the_databases_is_not_kept_in_its_backup(original: World, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="--with-key: the secret key here is not the one of this database"):
        await backed_up(original, tmp_path, key="quite another key", passphrase="correct horse battery")
    assert not [name for name in os.listdir(tmp_path) if name.endswith((".tar", ".part"))]


async def test_a_key_out_of_a_backup_is_handed_over_with_the_copy(original: World, target: str, tmp_path: Path) -> None:
    """Whoever restores has the passphrase alone; the environment has a key of another installation."""
    made = await backed_up(original, tmp_path, key=KEY, passphrase="correct horse battery")
    (tmp_path / "passphrase").write_text("correct horse battery\n")
    home = tmp_path / "elsewhere"
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dynaris", "restore", made.path, "--passphrase-file", tmp_path / "passphrase"),
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": target,
            "DYNARIS_HOME": str(home),
            "DYNARIS_SECRET_KEY": "quite another secret key",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0, out.decode()
    assert f"the secret key is in {home / 'secret.key'}: give it to every process as DYNARIS_SECRET_KEY" in out.decode()
    assert (home / "secret.key").read_text() == KEY
    assert (home / "secret.key").stat().st_mode & 0o077 == 0


def test_a_home_in_which_a_restore_was_killed_while_it_wrote_the_key_is_taken_again(tmp_path: Path) -> None:
    (tmp_path / "secret.key").touch(0o600)
    restoring._check_home(tmp_path, KEY)
    (tmp_path / "secret.key").write_text("another installation's key")
    with pytest.raises(InvalidInput, match=r"secret\.key is another key"):
        restoring._check_home(tmp_path, KEY)


async def test_two_restores_into_one_database_do_not_meet(original: World, target: str, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    async with await psycopg.AsyncConnection.connect(target, autocommit=True) as first:
        await first.execute("SELECT pg_advisory_lock(%s)", (restoring._LOCK,))
        with pytest.raises(StartupError, match="another restore into this database is under way"):
            await restored(made.path, elsewhere(tmp_path, target))
    assert await ask(target, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


async def test_another_installations_backups_in_the_same_folder_stay(original: World, tmp_path: Path) -> None:
    url, folder = original.services.db.url, tmp_path / "backups"
    folder.mkdir()
    ours = await make_backup(url, None, tmp_path / "ours.tar")
    ours.path.rename(folder / "dynaris-20260102T000000Z.tar")
    await ask(url, "UPDATE key_check SET sealed = sealed || 'of another'")
    theirs = await make_backup(url, None, tmp_path / "theirs.tar")
    theirs.path.rename(folder / "dynaris-20260101T000000Z.tar")
    await ask(url, "UPDATE key_check SET sealed = replace(sealed, 'of another', '')")
    made = await make_backup(url, None, folder, keep=1)
    assert [path.name for path in made.removed] == ["dynaris-20260102T000000Z.tar"]
    assert sorted(path.name for path in folder.iterdir()) == ["dynaris-20260101T000000Z.tar", made.path.name]


async def test_a_folder_that_is_not_there_is_not_taken_for_a_file_when_some_are_to_be_kept(
    database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match="--keep removes older backups from a folder"):
        await make_backup(database_url, None, tmp_path / "not-mounted", keep=14)
    assert not (tmp_path / "not-mounted").exists()


async def test_a_database_that_takes_no_writes_can_be_backed_up(original: World, tmp_path: Path) -> None:
    url = original.services.db.url
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        made = await backed_up(original, tmp_path)
        await connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
    assert await check_backup(made.path) == made.manifest


async def test_a_backup_that_is_told_to_end_leaves_nothing(original: World, tmp_path: Path) -> None:
    url, folder = original.services.db.url, tmp_path / "backups"
    folder.mkdir()
    async with await psycopg.AsyncConnection.connect(url) as holder:
        await holder.execute("LOCK TABLE contact")  # the dump waits
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dynaris", "backup", "--out", folder, "--home", tmp_path / "original"),
            env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "DYNARIS_SECRET_KEY": KEY},
        )
        async with asyncio.timeout(30):
            while not list(folder.iterdir()):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.2)
            child.terminate()
            assert await child.wait()
    assert list(folder.iterdir()) == []
