"""Runs the checks, all at once, each for five seconds at most: what hangs is a finding too."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import psycopg

import dynaris
from dynaris.app.doctor import accounts, agents, copies, database, reachable, speech, storage, work
from dynaris.app.doctor.finding import Check, Examined, Finding, Report, Status, failed, warning
from dynaris.app.figures import published
from dynaris.app.standby import standby_reason
from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.core.db import APP_ROLE, Database, shown
from dynaris.core.errors import DynarisError, NotFound
from dynaris.core.masking import described
from dynaris.core.postgres_home import PostgresHome
from dynaris.core.settings import Settings
from dynaris.workspaces.queries import workspace_by_slug, workspace_ids

CHECK_SECONDS = 5.0
_CONNECT_SECONDS = 3.0
MOST_WORKSPACES = 50  # that are looked at one by one

# Of the whole installation, and of each workspace.
OF_INSTALLATION: Mapping[str, Check] = {
    "database": database.database,
    "migrations": database.migrations,
    "keys": storage.keys,
    "standby": copies.standby,
    "backup": copies.backup,
    "processes": work.processes,
    "jobs": work.jobs,
    "events": work.events,
    "system_mail": accounts.system_mail,
    "disk": storage.disk,
    "files": storage.files,
    "clock": storage.clocks,
    "public": reachable.public,
    "sandbox": reachable.sandbox,
}
OF_WORKSPACE: Mapping[str, Check] = {
    "accounts": accounts.accounts,
    "listeners": accounts.listeners,
    "outbox": work.outbox,
    "agents": agents.agents,
    "speech": speech.speech,
}
_OF_WORKERS = frozenset({"jobs", "events", "listeners", "outbox"})  # nobody works on a copy that stands by
_REFUSED = "FATAL:"  # what a server says that answers, in whatever language the rest is
_NAMES = (
    "put the right user, password and database name into DATABASE_URL, or create what is missing there "
    "(docs/operations.md); a server that says it is starting or full is tried again in a moment"
)
_WORST: list[Status] = ["ok", "warning", "failed"]


async def examine(examined: Examined, checks: Mapping[str, Check]) -> Report:
    began = time.perf_counter()
    chosen = [name for name in checks if not (examined.stands_by and name in _OF_WORKERS)]
    parts = await asyncio.gather(*(_run(name, checks[name], examined) for name in chosen))
    findings = [finding for part in parts for finding in part]
    return Report(
        status=worst(findings),
        version=dynaris.__version__,
        at=clock.now(),
        seconds=round(time.perf_counter() - began, 2),
        findings=findings,
    )


def worst(findings: list[Finding]) -> Status:
    return _WORST[max((_WORST.index(finding.status) for finding in findings), default=0)]


async def _run(name: str, check: Check, examined: Examined) -> list[Finding]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check(examined)
    except TimeoutError:
        remedy = "what it asks hangs: look at that system's load, its network and its log"
        return [failed(name, f"no answer within {CHECK_SECONDS:g} s", remedy)]
    except (psycopg.errors.UndefinedFunction, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return [warning(name, "it cannot be looked at before the schema is this release's", "migrate first")]
    except (psycopg.Error, DynarisError, OSError) as error:
        return [failed(name, described(error), "repair that, then look again")]
    except Exception as error:  # one check that is wrong keeps no other from being heard
        return [failed(name, f"the check itself failed: {described(error)}", "report this defect")]


@asynccontextmanager
async def looked_at(settings: Settings, *, workspace: str | None = None) -> AsyncIterator[Examined]:
    """From outside, as the command does it: starts and changes nothing; a database that is away is a finding."""
    key = settings.secret_key
    examined = Examined(settings=settings, db=None, vault=Vault(key.get_secret_value()) if key is not None else None)
    if why := await _unreachable(settings):
        yield replace(examined, no_database=why)
        return
    db = Database(settings.database_url or "", size=8, application="dynaris-doctor")
    try:
        await db.open()
        found = await known_to(replace(examined, db=db), workspaces=partial(_workspaces, slug=workspace))
        more = len(found.workspaces[MOST_WORKSPACES:])
        yield replace(found, workspaces=found.workspaces[:MOST_WORKSPACES], more_workspaces=more)
    finally:
        await db.close()


async def _unreachable(settings: Settings) -> tuple[str, str] | None:
    """Why, and what to do."""
    url = settings.database_url or ""
    is_ours = url == PostgresHome(settings.home).url
    start = f"start it: `dynaris up --home {settings.home}`" if is_ours else database.START
    if not url:
        remedy = "name the home that `dynaris up` made with --home or DYNARIS_HOME, or set DATABASE_URL"
        return f"no database is named, and {settings.home} has none", remedy
    try:
        async with asyncio.timeout(_CONNECT_SECONDS + 1):
            connection = await psycopg.AsyncConnection.connect(url, connect_timeout=int(_CONNECT_SECONDS))
            async with connection:
                await connection.execute(f"SET ROLE {APP_ROLE}")  # type: ignore[arg-type]
    except TimeoutError:
        return f"the database at {shown(url)} does not answer within {_CONNECT_SECONDS:g} s", start
    except psycopg.errors.InvalidParameterValue:
        return f"the database at {shown(url)} has no role {APP_ROLE}", "run `dynaris migrate`"
    except psycopg.errors.InsufficientPrivilege:
        return f"the user of DATABASE_URL may not work as {APP_ROLE}", f"GRANT {APP_ROLE} TO that user"
    except (psycopg.Error, OSError) as error:
        words = _first_line(str(error))
        if _REFUSED in words:
            return f"the database at {shown(url)} runs, and refuses: {words.partition(_REFUSED)[2].strip()}", _NAMES
        return f"the database at {shown(url)} cannot be reached: {words}", start
    return None


def _first_line(words: str) -> str:
    lines = [line.strip() for line in words.strip().splitlines() if line.strip()]
    return lines[0][:300] if lines else "no reason given"


Ask = Callable[[Database], Awaitable[Any]]


async def known_to(examined: Examined, **more: Ask) -> Examined:
    """With what several checks need, and with `more`, all asked at once. What cannot be had is left out, with the
    reason: a check that needs it tells that.
    """
    assert examined.db is not None
    asked: dict[str, Ask] = {"figures": published, "work": _work, "stands_by": standby_reason, **more}
    answers = await asyncio.gather(*(_answer(ask(examined.db)) for ask in asked.values()))
    had = {name: answer for name, answer in zip(asked, answers, strict=True) if not isinstance(answer, Exception)}
    unasked = {name: answer for name, answer in zip(asked, answers, strict=True) if isinstance(answer, Exception)}
    return replace(examined, **had, unasked=unasked)


async def _answer(asked: Awaitable[Any]) -> Any:
    """Or why there is none."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await asked
    except (psycopg.Error, DynarisError, TimeoutError) as error:
        return error


async def _work(db: Database) -> dict[tuple[str, str, str], float]:
    async with db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM watch_figures()")).fetchall()
    return {(row["measure"], row["label"], row["label2"]): row["n"] for row in rows}


async def _workspaces(db: Database, *, slug: str | None) -> tuple[tuple[UUID, str], ...]:
    if slug is not None:
        with suppress(NotFound):
            return ((await workspace_by_slug(db, slug), slug),)
        return ()
    ids = await workspace_ids(db)
    named: list[tuple[UUID, str]] = []
    for each in ids[:MOST_WORKSPACES]:
        async with db.workspace(each) as connection:
            row = await (await connection.execute("SELECT slug FROM workspace WHERE id = %s", (each,))).fetchone()
        if row:
            named.append((each, row["slug"]))
    return (*named, *((each, "") for each in ids[MOST_WORKSPACES:]))
