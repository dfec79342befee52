"""For machines that watch: is the process alive, is it ready, what does it count."""

import asyncio
import os
from pathlib import Path
from uuid import UUID

import psycopg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from dynaris.app.figures import Exposition
from dynaris.app.here import is_for_here, is_from_here
from dynaris.core import metrics
from dynaris.core.crypto import same
from dynaris.core.db import Database
from dynaris.core.errors import Forbidden, Unauthenticated, Unavailable
from dynaris.core.http import PROBLEMS, Db, problem
from dynaris.core.settings import Settings
from dynaris.migrations.run import revisions

router = APIRouter(tags=["health"])

_ANSWER_SECONDS = 3.0
_WORKER_SECONDS = 30  # a worker says every other second that it lives
_LEAST_FREE = 64 * 1024 * 1024  # bytes, for attachments and, in a home, for the database


class Alive(BaseModel):
    status: str = "ok"
    installation: UUID | None = None  # whose process this is: all over one database say the same


class Ready(BaseModel):
    status: str = "ready"
    checks: dict[str, str]


@router.get("/healthz")
async def healthz(request: Request) -> Alive:
    """The process answers. It names its installation once a database has told it."""
    return Alive(installation=getattr(request.app.state, "installation", None))


@router.get("/readyz", response_model=Ready, responses={503: PROBLEMS[503]})
async def readyz(request: Request, db: Db) -> Ready | Response:
    """The database answers and can be written, its schema is this release's, a worker has been seen in the last half
    minute, and the disk has room. A restored copy that stands by is ready, and says so.
    """
    checks = await _checks(db) | _disk(request.app.state.settings.home)
    wrong = [f"{name}: {said}" for name, said in checks.items() if said != "ok" and name != "standby"]
    if wrong:
        return problem(503, Unavailable.code, "; ".join(wrong), extra={"checks": checks}, headers={"Retry-After": "2"})
    return Ready(checks=checks)


async def _checks(db: Database) -> dict[str, str]:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS), db.system() as connection:
            cursor = await connection.execute(
                """SELECT schema_revision() AS revision,
                          EXISTS (SELECT FROM procrastinate_workers WHERE abs(extract(epoch FROM
                              clock_timestamp() - last_heartbeat)) < %s) AS worker_seen,
                          (SELECT reason FROM on_standby()) AS standby,
                          pg_is_in_recovery() AS is_copy""",
                (_WORKER_SECONDS,),
            )
            row = await cursor.fetchone()
    except (TimeoutError, Unavailable, psycopg.Error) as error:
        return {"database": f"does not answer ({type(error).__name__})"}
    assert row is not None
    wanted = revisions()[-1]
    standby = {"standby": row["standby"]} if row["standby"] else {}
    return standby | {
        "database": "can only be read: it is a standby" if row["is_copy"] else "ok",
        "schema": "ok" if row["revision"] == wanted else f"is {row['revision']}, this release needs {wanted}",
        "worker": "ok" if row["worker_seen"] or standby else f"none seen in {_WORKER_SECONDS} s",
    }


def _disk(home: Path) -> dict[str, str]:
    try:
        found = os.statvfs(home)
    except OSError:  # a web process needs no home of its own
        return {}
    free = found.f_bavail * found.f_frsize
    if found.f_flag & os.ST_RDONLY:
        return {"disk": "DYNARIS_HOME can only be read"}
    return {"disk": "ok" if free >= _LEAST_FREE else f"DYNARIS_HOME has {free // 1024 // 1024} MB left"}


@router.get("/metrics", response_class=Response, responses={401: PROBLEMS[401], 403: PROBLEMS[403]})
async def get_metrics(request: Request, db: Db) -> Response:
    """Prometheus text of all processes and of the work. Asked for with `Authorization: Bearer` and
    DYNARIS_METRICS_TOKEN; where neither a token nor a public address is set, also from this machine without.
    """
    _may_watch(request)
    state = request.app.state
    if not hasattr(state, "figures"):
        state.figures = Exposition()
    return Response(await state.figures.text(db), media_type=metrics.CONTENT_TYPE)


def _may_watch(request: Request) -> None:
    """Figures are nobody's business but the operator's. Behind a proxy every request comes from this machine, so
    where the product has a public address only the token counts.
    """
    settings: Settings = request.app.state.settings
    if settings.metrics_token is not None:
        given = request.headers.get("authorization", "")
        if not same(given, f"Bearer {settings.metrics_token.get_secret_value()}"):
            raise Unauthenticated("send `Authorization: Bearer` with the token of DYNARIS_METRICS_TOKEN")
    elif not (is_for_here(settings) and is_from_here(request)):
        raise Forbidden("figures are shown to this machine alone; set DYNARIS_METRICS_TOKEN and send it to see them")
