"""People's mail, files and keys lie in the home: nobody else on this machine may read them."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077


def keep_private() -> None:
    """For this process and its children: what they create is their owner's alone, whatever the umask was."""
    os.umask(_OTHERS)


def make_home(path: Path) -> None:
    """With its parents. As root the database runs as another user, who must pass through, and needs no more."""
    if path.is_dir():
        return
    make_home(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def private_folder(path: Path) -> Path:
    """Made. One that others may enter, as older releases left it, is closed to them with all that is in it."""
    path.mkdir(0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        _close(path)
    return path


def _close(top: Path) -> None:
    """`top` last, so that an interrupted change is seen and finished."""
    for folder, folders, files in os.walk(top):
        for names, mode in ((folders, 0o700), (files, 0o600)):
            for name in names:
                with suppress(FileNotFoundError):
                    Path(folder, name).chmod(mode)
    top.chmod(0o700)
