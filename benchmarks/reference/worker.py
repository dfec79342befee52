"""The reference's worker process: drains one contact's events per job.

`python -m benchmarks.reference.worker DSN SOURCES`, the last as JSON {name: secret}.
"""

import asyncio
import hashlib
import hmac
import sys
import time
from typing import Any

import aiohttp
import orjson
import procrastinate
import uvloop
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

CONCURRENCY = 16
SWEEP_SECONDS = 1.0

OPEN = "SELECT id, source, body FROM event WHERE contact = %s AND settled_at IS NULL ORDER BY id LIMIT 50"
CONTACT = """
INSERT INTO contact (email, name) VALUES (%s, %s)
ON CONFLICT (email) DO UPDATE SET updated_at = clock_timestamp() RETURNING id"""
PREPARED = "SELECT id, body FROM message WHERE event_id = %s AND direction = 'out'"
INBOUND = "INSERT INTO message (contact_id, event_id, direction, body) VALUES (%s, %s, 'in', %s)"
HISTORY = "SELECT direction, body FROM message WHERE contact_id = %s ORDER BY id DESC LIMIT 20"
OUTBOUND = """
INSERT INTO message (contact_id, event_id, direction, body, delivery) VALUES (%s, %s, 'out', %s, 'sending')
RETURNING id, body"""
SETTLE = """
WITH receipt AS (UPDATE message SET delivery = 'sent', receipt = %(receipt)s WHERE id = %(message)s),
settled AS (UPDATE event SET settled_at = clock_timestamp() WHERE id = %(event)s)
INSERT INTO outcome (event_id, outcome) VALUES (%(event)s, 'answered')"""
# An arrival may see a pending job that ends before the arrival is committed: nobody would come for it.
FORGOTTEN = """
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
    'default', 'drain', 0, contact, contact, jsonb_build_object('contact', contact), NULL
)::procrastinate_job_to_defer_v1])
FROM (SELECT DISTINCT contact FROM event
      WHERE settled_at IS NULL AND received_at < now() - interval '2 seconds') AS late
WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE lock = contact AND status IN ('todo', 'doing'))"""


class Worker:
    """What jobs share."""

    def __init__(self, dsn: str, secrets: dict[str, str], http: aiohttp.ClientSession) -> None:
        self.pool = AsyncConnectionPool(
            dsn, min_size=CONCURRENCY, max_size=CONCURRENCY, open=False,
            kwargs={"autocommit": True, "prepare_threshold": 0},
        )  # fmt: skip
        self._secrets = {name: secret.encode() for name, secret in secrets.items()}
        self._http = http

    async def drain(self, contact: str) -> None:
        while True:
            async with self.pool.connection() as connection:
                events = await (await connection.execute(OPEN, (contact,))).fetchall()
            for event_id, source, body in events:
                await self._answer(event_id, source, orjson.loads(body))
            if len(events) < 50:
                return

    async def _answer(self, event_id: int, source: str, event: dict[str, Any]) -> None:
        async with self.pool.connection() as connection, connection.transaction():
            message_id, text = await self._prepare(connection, event_id, event)
        receipt = await self._send(event["reply_url"], source, message_id, event_id, text)
        async with self.pool.connection() as connection:
            await connection.execute(SETTLE, {"receipt": receipt, "message": message_id, "event": event_id})

    async def _prepare(self, connection: AsyncConnection, event_id: int, event: dict[str, Any]) -> tuple[int, str]:
        """Contact, inbound and outbound message; the same outbound message when a crash came between."""
        who = event["from"]
        contact = await (await connection.execute(CONTACT, (who["email"], who["name"]))).fetchone()
        assert contact is not None
        if prepared := await (await connection.execute(PREPARED, (event_id,))).fetchone():
            return prepared
        await connection.execute(INBOUND, (contact[0], event_id, event["text"]))
        history = await (await connection.execute(HISTORY, (contact[0],))).fetchall()
        text = f"Hello {who['name']}, thank you for your question ({len(history)} so far). We open at nine."
        stored = await (await connection.execute(OUTBOUND, (contact[0], event_id, text))).fetchone()
        assert stored is not None
        return stored

    async def _send(self, url: str, source: str, message_id: int, event_id: int, text: str) -> str:
        body = orjson.dumps({"message_id": message_id, "event_id": event_id, "text": text})
        moment = str(int(time.time()))
        digest = hmac.new(self._secrets[source], moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(message_id),
            "X-Dynaris-Signature": f"t={moment},v1={digest}",
        }
        async with self._http.post(url, data=body, headers=headers) as response:
            return orjson.loads(await response.read())["id"]

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            async with self.pool.connection() as connection:
                await connection.execute(FORGOTTEN)


async def _run(dsn: str, secrets: dict[str, str]) -> None:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn, min_size=1, max_size=4))
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector) as http, app.open_async():
        worker = Worker(dsn, secrets, http)
        app.task(name="drain")(worker.drain)
        await worker.pool.open(wait=True)
        sweeping = asyncio.create_task(worker.sweep())
        print("ready", flush=True)
        try:
            await app.run_worker_async(
                concurrency=CONCURRENCY, delete_jobs="successful", fetch_job_polling_interval=0.25
            )
        finally:
            sweeping.cancel()
            await worker.pool.close()


if __name__ == "__main__":
    uvloop.run(_run(sys.argv[1], orjson.loads(sys.argv[2])))
