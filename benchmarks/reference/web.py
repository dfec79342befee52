"""The reference's web process: check the signature, store the event and its job, say so.

`python -m benchmarks.reference.web DSN PORT SOURCES`, the last as JSON {name: secret}.
"""

import hashlib
import hmac
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import psycopg
import uvicorn
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# One statement is one transaction. The job is skipped while another for this contact has not begun.
STORE = """
WITH stored AS (
    INSERT INTO event (external_id, contact, source, body) VALUES (%(id)s, %(contact)s, %(source)s, %(body)s)
    ON CONFLICT (external_id) DO NOTHING RETURNING id, contact)
SELECT id, CASE WHEN NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE queueing_lock = stored.contact AND status = 'todo')
    THEN procrastinate_defer_jobs_v1(ARRAY[ROW(
        'default', 'drain', 0, contact, contact, jsonb_build_object('contact', contact), NULL
    )::procrastinate_job_to_defer_v1]) END
FROM stored"""
KNOWN = "SELECT id FROM event WHERE external_id = %(id)s"


class Web:
    """What requests share."""

    def __init__(self, dsn: str, secrets: dict[str, str]) -> None:
        self.pool = AsyncConnectionPool(
            dsn, min_size=10, max_size=10, open=False, kwargs={"autocommit": True, "prepare_threshold": 0}
        )
        self._secrets = {name: secret.encode() for name, secret in secrets.items()}

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        await self.pool.open(wait=True)
        yield
        await self.pool.close()

    async def receive(self, request: Request) -> Response:
        body = await request.body()
        source = request.headers.get("x-dynaris-source", "")
        if not self._is_signed(source, request.headers.get("x-dynaris-signature", ""), body):
            return Response(b'{"error":"wrong signature"}', 401, media_type="application/json")
        event_id, duplicate = await self._store(source, body)
        answer = orjson.dumps({"event_id": event_id, "duplicate": duplicate})
        return Response(answer, 202, media_type="application/json")

    def _is_signed(self, source: str, header: str, body: bytes) -> bool:
        secret = self._secrets.get(source)
        moment, _, given = header.partition(",v1=")
        moment = moment.removeprefix("t=")
        if secret is None or not moment.isdigit() or abs(time.time() - int(moment)) > 300:
            return False
        expected = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, given)

    async def _store(self, source: str, body: bytes) -> tuple[int, bool]:
        event = orjson.loads(body)
        row = {"id": event["id"], "contact": event["from"]["email"], "source": source, "body": body.decode()}
        async with self.pool.connection() as connection:
            while True:
                try:
                    stored = await (await connection.execute(STORE, row)).fetchone()
                except psycopg.errors.UniqueViolation:
                    continue  # two arrivals of one contact at once: the other's job is visible now
                if stored:
                    return stored[0], False
                known = await (await connection.execute(KNOWN, row)).fetchone()
                assert known is not None
                return known[0], True


def main(dsn: str, port: str, sources: str) -> None:
    web = Web(dsn, orjson.loads(sources))
    app = Starlette(routes=[Route("/events", web.receive, methods=["POST"])], lifespan=web.lifespan)
    uvicorn.run(
        app, host="127.0.0.1", port=int(port), http="httptools", loop="uvloop", access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
