"""For machines that watch: is the process alive, is it ready, what does it count."""

import asyncio
import time
from uuid import UUID

import psycopg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from dynaris.core import clock, metrics
from dynaris.core.db import Database
from dynaris.core.errors import Unavailable
from dynaris.core.http import PROBLEMS, Db, problem
from dynaris.migrations.run import revisions

router = APIRouter(tags=["health"])

_ANSWER_SECONDS = 3.0
_WORKER_SECONDS = 30  # a worker says every second that it lives
_COUNT_SECONDS = 5.0
_RECENT_SECONDS = 60


class Alive(BaseModel):
    status: str = "ok"


class Ready(BaseModel):
    status: str = "ready"
    checks: dict[str, str]


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses={503: PROBLEMS[503]})
async def readyz(db: Db) -> Ready | Response:
    """The database answers, its schema is this release's, and a worker has been seen in the last half minute."""
    checks = await _checks(db)
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != "ok"]
    if wrong:
        return problem(503, Unavailable.code, "; ".join(wrong), extra={"checks": checks}, headers={"Retry-After": "2"})
    return Ready(checks=checks)


async def _checks(db: Database) -> dict[str, str]:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS), db.system() as connection:
            cursor = await connection.execute(
                """SELECT schema_revision() AS revision,
                          (SELECT max(last_heartbeat) FROM procrastinate_workers)
                          > clock_timestamp() - make_interval(secs => %s) AS worker_seen""",
                (_WORKER_SECONDS,),
            )
            row = await cursor.fetchone()
    except (TimeoutError, Unavailable, psycopg.Error) as error:
        return {"database": f"does not answer ({type(error).__name__})"}
    assert row is not None
    wanted = revisions()[-1]
    return {
        "database": "ok",
        "schema": "ok" if row["revision"] == wanted else f"is {row['revision']}, this release needs {wanted}",
        "worker": "ok" if row["worker_seen"] else f"none seen in {_WORKER_SECONDS} s",
    }


class WorkCounts:
    """Asks the database at most every five seconds, however often it is scraped."""

    def __init__(self) -> None:
        self._until = 0.0

    async def refresh(self, db: Database) -> None:
        if time.monotonic() < self._until:
            return
        self._until = time.monotonic() + _COUNT_SECONDS
        milliseconds = int((clock.now().timestamp() - _RECENT_SECONDS) * 1000)
        since = UUID(int=milliseconds << 80)  # ids begin with their time
        async with asyncio.timeout(_ANSWER_SECONDS), db.system() as connection:
            cursor = await connection.execute("SELECT * FROM work_counts(%s)", (since,))
            rows = await cursor.fetchall()
        metrics.work.clear()
        for row in rows:
            metrics.work.labels(row["measure"], row["label"]).set(row["n"])


@router.get("/metrics", response_class=Response)
async def get_metrics(request: Request, db: Db) -> Response:
    """Prometheus text. Without the database, the process's own figures alone."""
    state = request.app.state
    if not hasattr(state, "work_counts"):
        state.work_counts = WorkCounts()
    try:
        await state.work_counts.refresh(db)
        metrics.database_up.set(1)
    except (TimeoutError, Unavailable, psycopg.Error):
        metrics.work.clear()
        metrics.database_up.set(0)
    return Response(metrics.rendered(), media_type=metrics.CONTENT_TYPE)
