"""Checks of copies: is this one that waits to be started, and how old is the last one that was made of it."""

from datetime import timedelta

from dynaris.app.doctor.finding import Examined, Finding, ago, ok, warning
from dynaris.core import clock

_OLD, _YOUNG = timedelta(days=7), timedelta(days=1)


async def standby(examined: Examined) -> list[Finding]:
    if examined.db is None:
        return []
    examined.require("stands_by")
    if examined.stands_by is None:
        return []
    remedy = "when the original has ended for good, run `dynaris activate`"
    return [warning("standby", f"nothing is answered or sent here: {examined.stands_by}", remedy)]


async def backup(examined: Examined) -> list[Finding]:
    """Of an installation that is old enough to have something to lose."""
    if examined.db is None:
        return []
    async with examined.db.system() as connection:
        row = await (await connection.execute("SELECT * FROM last_backup()")).fetchone()
    if row is None or (row["backed_up_at"] is None and clock.now() - row["made_at"] < _YOUNG):
        return []
    remedy = "run `dynaris backup` every night, and keep the files on another machine"
    if row["backed_up_at"] is None:
        return [warning("backup", "`dynaris backup` was never run here", remedy)]
    age = clock.now() - row["backed_up_at"]
    found = f"the last backup was made {ago(age.total_seconds())} ago"
    return [ok("backup", found) if age <= _OLD else warning("backup", found, remedy)]
