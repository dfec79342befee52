"""Turns answered by a Herald that runs elsewhere (docs/herald.md): asked over HTTP, its callbacks read as they come.

The callbacks are rows: whoever asked may die and ask again with the same turn, and reads what was said meanwhile.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, get_args
from uuid import UUID

import aiohttp
import orjson
import structlog
from psycopg.types.json import Jsonb

from dynaris.agents.turn import Done, HandOffReason, Message, TurnEvent, TurnRequest, Typing
from dynaris.core.callbacks import SIGNATURE, sign
from dynaris.core.db import Connection, Database
from dynaris.core.settings import Settings

log = structlog.get_logger()

_LOOK_SECONDS, _LOOK_LATER_SECONDS = 0.05, 0.3
_SOON_SECONDS = 3.0
_ASK_SECONDS = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0
_MOST_MESSAGES = 20

_BEFORE = """SELECT k.name, (
        SELECT coalesce(jsonb_agg(jsonb_build_object('author', m.author, 'text', m.text) ORDER BY m.id), '[]') FROM (
            SELECT id, CASE author WHEN 'system' THEN 'agent' ELSE author END AS author, text FROM message
            WHERE workspace_id = %(ws)s AND conversation_id = %(conversation)s AND direction <> 'note' AND text <> ''
              AND run_id IS DISTINCT FROM %(run)s AND (event_id IS NULL OR event_id < %(event)s)
            ORDER BY id DESC LIMIT %(most)s) AS m) AS messages
    FROM contact k WHERE k.workspace_id = %(ws)s AND k.id = %(contact)s"""
_SAID = """SELECT number, said FROM turn_callback
    WHERE workspace_id = %s AND turn_id = %s AND number > %s ORDER BY number"""
_RUN = """INSERT INTO run (workspace_id, id, event_id, contact_id, conversation_id, agent, model, prompt)
    VALUES (%(ws)s, %(run)s, %(event)s, %(contact)s, %(conversation)s, %(agent)s, 'herald', %(prompt)s)
    ON CONFLICT DO NOTHING"""


class RemoteHerald:
    """One for all workspaces: the operator names its address, our name there, and the secret that both sign with."""

    def __init__(self, db: Database, settings: Settings) -> None:
        assert settings.herald_url
        assert settings.herald_secret
        self._db = db
        self._url = f"{settings.herald_url.rstrip('/')}/turn"
        self._source = settings.herald_source
        self._secret = settings.herald_secret.get_secret_value()
        self._reply_url = f"{settings.base_url}/reply"

    async def turn(
        self, request: TurnRequest, *, additions: Sequence[str], feedback: Sequence[str], seconds: float
    ) -> AsyncIterator[TurnEvent]:
        """As `herald.turn`. One that does not answer in time is a person's."""
        turn_id = f"{request.run_id}.{len(additions)}.{len(feedback)}"
        body = await self._body(request, turn_id, additions, feedback)
        until, text, number = time.monotonic() + seconds, None, -1
        asking = asyncio.create_task(self._ask(body, until))
        try:
            while time.monotonic() < until:
                for row in await self._heard(request.workspace_id, turn_id, number):
                    number, said = row["number"], row["said"]
                    if said["event"] == "typing":
                        yield Typing()
                    elif said["event"] == "message":
                        text = str(said.get("text") or "")
                        yield Message(text=text)
                    elif said["event"] == "done":
                        yield _done(said, text)
                        return
                if asking.done() and (fault := asking.result()):
                    yield Done(decision="escalate", escalate=True, reason=fault, because="failure")
                    return
                is_soon = time.monotonic() - until + seconds < _SOON_SECONDS
                await asyncio.sleep(_LOOK_SECONDS if is_soon else _LOOK_LATER_SECONDS)
        finally:
            asking.cancel()
        said = f"Herald said nothing for {seconds:.0f} s"
        yield Done(decision="escalate", escalate=True, reason=said, because="failure")

    async def _body(
        self, request: TurnRequest, turn_id: str, additions: Sequence[str], feedback: Sequence[str]
    ) -> bytes:
        names = {
            "ws": request.workspace_id,
            "run": request.run_id,
            "event": request.event_id,
            "contact": request.contact_id,
            "conversation": request.conversation_id,
            "agent": request.agent,
            "most": _MOST_MESSAGES,
            "prompt": Jsonb({"turn_id": turn_id, "input": request.text}),
        }
        async with self._db.workspace(request.workspace_id) as connection:
            await connection.execute(_RUN, names)
            row = await (await connection.execute(_BEFORE, names)).fetchone()
        assert row is not None, f"contact {request.contact_id} is gone"
        turn = {
            "turn_id": turn_id,
            "conversation_id": str(request.conversation_id),
            "agent_id": request.agent,
            "message": "\n\n".join([request.text, *additions]),
            "context": {
                "contact": {"name": row["name"]},
                "messages": row["messages"],
                "data": {"channel": request.channel, **({"feedback": list(feedback)} if feedback else {})},
            },
            "reply_url": f"{self._reply_url}?workspace={request.workspace_id}",
        }
        return orjson.dumps(turn)

    async def _ask(self, body: bytes, until: float) -> str | None:
        """Until it is taken. Why it never will be; the same turn again is the same turn."""
        pause = _FIRST_PAUSE
        while True:
            try:
                status, said = await self._posted(body)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                status, said = 503, str(error) or type(error).__name__
            if status == 202:
                return None
            if status < 500 and status != 429:
                return f"Herald refused the turn ({status}): {said}"
            log.warning("herald.not_taken", status=status, error=said)
            if time.monotonic() + pause > until:
                return f"Herald cannot be reached: {said}"
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _posted(self, body: bytes) -> tuple[int, str]:
        headers = {
            "content-type": "application/json",
            "x-dynaris-source": self._source,
            SIGNATURE: sign(body, self._secret, now=time.time()),
        }
        timeout = aiohttp.ClientTimeout(total=_ASK_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return response.status, (await response.text(errors="replace"))[:300]

    async def _heard(self, workspace_id: UUID, turn_id: str, after: int) -> list[dict[str, Any]]:
        async with self._db.workspace(workspace_id) as connection:
            return await (await connection.execute(_SAID, (workspace_id, turn_id, after))).fetchall()


_REASONS: tuple[HandOffReason, ...] = get_args(HandOffReason)


def _done(said: dict[str, Any], text: str | None) -> Done:
    reason, summary = str(said.get("reason") or ""), str(said.get("summary") or "")
    if said.get("escalate") or said.get("outcome") == "failed":
        because = _because(said)
        return Done(decision="escalate", escalate=True, because=because, reason=reason, summary=summary, text=text)
    if text:
        return Done(decision="reply", reason=reason, summary=summary, text=text)
    return Done(decision="ignore", reason=reason or "Herald had nothing to say", summary=summary)


def _because(said: dict[str, Any]) -> HandOffReason:
    """One that only another release knows is read as the usual one."""
    if said.get("outcome") == "failed":
        return "failure"
    for known in _REASONS:
        if known == said.get("because"):
            return known
    return "low_confidence"


async def keep_callback(connection: Connection, workspace_id: UUID, said: dict[str, Any]) -> None:
    """Of a turn of ours. Heard before, it changes nothing."""
    await connection.execute(
        """INSERT INTO turn_callback (workspace_id, turn_id, number, said) VALUES (%s, %s, %s, %s)
           ON CONFLICT DO NOTHING""",
        (workspace_id, said["turn_id"], said["number"], Jsonb(said)),
    )
