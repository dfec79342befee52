"""Checks of what lies on disks: room, files, keys, backups; and of the clocks."""

import asyncio
import errno
import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

from dynaris.app.doctor.finding import Examined, Finding, failed, ok, warning
from dynaris.app.key import fits
from dynaris.core import clock
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import SAFE_KEY

_LEAST, _LITTLE = 512 * 1024 * 1024, 4 * 1024 * 1024 * 1024  # bytes
_SKEW, _BAD_SKEW = 2.0, 60.0  # seconds
_REMOUNT = "it is mounted read-only: mount it writable again; if that was the system's doing, the disk is failing"


async def disk(examined: Examined) -> list[Finding]:
    home = examined.settings.home
    if not home.exists():
        if examined.settings.database_url and examined.settings.files_url:
            return []
        return [failed("disk", f"the home {home} does not exist", "name the right one with --home or DYNARIS_HOME")]
    return await asyncio.to_thread(_disk, home)


def _disk(home: Path) -> list[Finding]:
    usage = shutil.disk_usage(home)
    free = f"{usage.free / 1024**3:.1f} GB free at {home}"
    remedy = "free space: backups and the server's log are the first to look at, or move the home to a larger disk"
    if usage.free < _LEAST:
        findings = [failed("disk", f"only {free}", remedy)]
    elif usage.free < _LITTLE or usage.free < 0.05 * usage.total:
        findings = [warning("disk", f"only {free}", remedy)]
    else:
        findings = [ok("disk", free)]
    if error := _unwritable(home):
        said = {errno.ENOSPC: remedy, errno.EDQUOT: remedy, errno.EROFS: _REMOUNT}
        otherwise = f"give the user that runs dynaris write access (chown, chmod u+w {home})"
        why = f"{home} cannot be written: {error.strerror}"
        findings = [failed("disk", f"{why}; {free}", said.get(error.errno or 0, otherwise))]
    return findings


def _unwritable(folder: Path) -> OSError | None:
    probe = folder / f".doctor-{os.getpid()}-{time.monotonic_ns()}"
    try:
        probe.write_bytes(b"probe")
    except OSError as error:
        return error
    finally:
        with suppress(OSError):  # a full disk leaves an empty one
            probe.unlink()
    return None


async def files(examined: Examined) -> list[Finding]:
    """Written, read and deleted, as an attachment is."""
    settings = examined.settings
    if not settings.files_url and not settings.home.exists():
        return []
    where = settings.files_url.partition("?")[0] if settings.files_url else str(settings.home / "files")
    where = f"{where.partition('://')[0]}://…" if "@" in where else where
    key = f"doctor/{new_id().hex}"
    try:
        if not settings.files_url and not (settings.home / "files").is_dir():
            return [_no_folder(settings.home, where)]
        store = Files(settings.files_url, settings.home / "files")
        await store.put(key, b"probe")
        same = await store.get(key) == b"probe"
        await store.delete(key)
    except Exception as error:  # whatever a store's library raises: the place cannot be used
        why = type(error).__name__
        remedy = "attachments cannot be stored: repair access and room of that place (DYNARIS_FILES_URL, else the home)"
        return [failed("files", f"{where} cannot be used ({why})", remedy)]
    if not same:
        return [failed("files", f"{where} gave back something else than was written", "repair that store")]
    return [ok("files", f"written, read and deleted at {where}")]


def _no_folder(home: Path, where: str) -> Finding:
    remedy = "`dynaris up` makes it; restore it from a backup if it was there"
    if _unwritable(home):
        remedy = "nobody can make it before the home can be written (see `disk`)"
    return failed("files", f"{where} does not exist", remedy)


async def keys(examined: Examined) -> list[Finding]:
    path = examined.settings.home / "secret.key"
    named = examined.settings.database_url is not None
    findings = [] if named and not path.exists() else _key_file(path)
    if examined.vault is None:
        remedy = "set DYNARIS_SECRET_KEY to the key that the database was first used with; a backup of the home has it"
        return [*findings, failed("keys", "there is no secret key", remedy)]
    given = examined.settings.secret_key
    if given and len(given.get_secret_value()) < SAFE_KEY:
        remedy = "accounts' secrets can be guessed by who has the database: make a new installation with a long key"
        findings.append(warning("keys", f"the secret key is shorter than {SAFE_KEY} characters", remedy))
    if examined.db is None:
        return findings
    verdict = await fits(examined.db, examined.vault)
    if verdict is None:
        return [*findings, ok("keys", "no process has used this database yet: the next start's key becomes its key")]
    if not verdict:
        remedy = (
            "start with the key that the database was first used with (DYNARIS_SECRET_KEY, or secret.key of its home; "
            "a backup of the home has it); without it connect every account again"
        )
        return [*findings, failed("keys", "the secret key is not the one of this database", remedy)]
    return [*findings, ok("keys", "the secret key is the one of this database")]


def _key_file(path: Path) -> list[Finding]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return [warning("keys", f"{path} is missing", "restore it from a backup before the next start makes a new one")]
    except OSError as error:
        return [failed("keys", f"{path} cannot be read: {error.strerror}", "run as the user that runs dynaris")]
    if mode & 0o077:
        return [warning("keys", f"others on this machine may read {path}", f"chmod 600 {path}")]
    return []


async def clocks(examined: Examined) -> list[Finding]:
    """This process against the database, and what each process's clock said when it last counted."""
    if examined.db is None:
        return []
    async with examined.db.system() as connection:
        before = clock.now()
        row = await (await connection.execute("SELECT clock_timestamp() AS now")).fetchone()
        after = clock.now()
    assert row is not None
    skews = {"this process": (before + (after - before) / 2 - row["now"]).total_seconds()}
    skews |= {each["process"]: (each["clock"] - each["at"]).total_seconds() for each in examined.figures}
    remedy = "synchronise the machines' clocks (NTP, chrony); a clock that was set back is waited out by itself"
    findings = [
        (failed if abs(skew) > _BAD_SKEW else warning)(
            "clock",
            f"the clock of {name} is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the database's",
            remedy,
        )
        for name, skew in skews.items()
        if abs(skew) > _SKEW
    ]
    ahead = max(((each["at"] - row["now"]).total_seconds() for each in examined.figures), default=0.0)
    if ahead > _SKEW:
        findings.append(warning("clock", f"the database's clock was set back by {ahead:.0f} s or more", remedy))
    return findings or [ok("clock", f"{len(skews)} clocks agree with the database's")]
