"""Child processes that end with us, and whom they run as when we are root."""

import asyncio
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_OUTSIDER = 65534  # our id's name inside the namespace: `nobody` on every Linux
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # nothing of the caller's reaches a child
_libc = ctypes.CDLL(None, use_errno=True)  # loaded before any fork


@dataclass(frozen=True)
class RunAs:
    """A user as others see it: its files belong to `uid`. With `namespace` the child believes to be an outsider."""

    uid: int
    gid: int
    name: str
    namespace: bool = False

    def become(self) -> None:
        """In a forked child, for good."""
        if self.namespace:
            _enter_namespace()
        elif self.uid != os.geteuid():
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def own(self, top: Path) -> None:
        """Everything below becomes this user's; `top` last, so that an interrupted change is seen and finished."""
        if top.lstat().st_uid == self.uid:
            return
        for folder, folders, files in os.walk(top):
            for name in (*folders, *files):
                os.lchown(Path(folder, name), self.uid, self.gid)
        os.lchown(top, self.uid, self.gid)


def _enter_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_OUTSIDER} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_OUTSIDER} {gid} 1")


def run_as_ourselves() -> RunAs:
    uid = os.geteuid()
    return RunAs(uid, os.getegid(), _name(uid))


def candidates(*owned: Path) -> Iterator[RunAs]:
    """Who may run a server that refuses root, best first: an ordinary user runs everything itself.

    For root: the owners of the given folders, then the system's unprivileged user, then root itself
    inside a user namespace, where it is no longer root but still owns (and may enter) its folders.
    """
    if os.geteuid() != 0:
        yield run_as_ourselves()
        return
    for path in owned:
        if path.exists() and (found := path.stat()).st_uid != 0:
            yield RunAs(found.st_uid, found.st_gid, _name(found.st_uid))
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            yield RunAs(user.pw_uid, user.pw_gid, name)
            break
    if sys.platform == "linux":
        yield RunAs(0, os.getegid(), "root in a user namespace", namespace=True)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


async def spawn(
    run_as: RunAs,
    *command: str | Path,
    stdin: int = DEVNULL,
    stdout: int | IO[bytes] = DEVNULL,
    dies_with_us: bool = True,
) -> Process:
    """A child in a session of its own: a terminal's Ctrl-C is ours to pass on.

    With `dies_with_us`, Linux sends it SIGINT when the thread that started it ends, however it ends.
    """
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=stdin,
        stdout=stdout,
        stderr=STDOUT,
        cwd="/",
        env=_ENVIRONMENT,
        start_new_session=True,
        preexec_fn=_entrance(run_as, dies_with_us),
    )


def _entrance(run_as: RunAs, dies_with_us: bool) -> Callable[[], None]:
    parent = os.getpid()

    def enter() -> None:
        run_as.become()
        if dies_with_us and sys.platform == "linux":  # after the change of user, which would clear it
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != parent:
                os._exit(1)

    return enter


async def run(run_as: RunAs, *command: str | Path) -> tuple[int, str]:
    """Exit code and output; a command that cannot even be started has the code 126 and the reason."""
    try:
        process = await spawn(run_as, *command, stdout=PIPE)
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        return 126, str(error)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:  # let it tidy up: initdb's own child would leave shared memory behind
        await end(process.pid, lambda: process.returncode is None, (signal.SIGINT, 5.0), (signal.SIGKILL, 1.0))
        raise
    return process.returncode or 0, output.decode(errors="replace").strip()


async def end(pid: int, is_alive: Callable[[], bool], *signals: tuple[signal.Signals, float]) -> None:
    """Send one signal after the other, each with seconds of patience, until the process is gone."""
    for number, patience in signals:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = asyncio.get_running_loop().time() + patience
        while is_alive():
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.01)
        else:
            return
