"""How soon an agent knows whom it talks to, where ten thousand things have happened with that contact."""

import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection

from benchmarks.bench import Bench
from benchmarks.figures import Figure, median, percentile
from dynaris.agents.budget import fitted
from dynaris.agents.context import load
from dynaris.agents.rendering import render
from dynaris.channels.contract import ChannelTraits, Identity
from dynaris.core import clock
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.postgres import attached
from dynaris.knowledge.actions import add_source
from dynaris.migrations.run import ensure_current
from dynaris.workspaces.actions import create_workspace

FIGURES = ("context_p95_ms", "context_items")

_MESSAGES_EACH = 20
_ITEMS = 400 * _MESSAGES_EACH + 900 + 400 + 500 + 200  # messages, tasks, follow-ups, events, facts
_TURNS = 200  # a round
_SERVICES = 50
# What was asked before is not searched for: nobody here asks what another has asked.
_TEXT = (
    "Hello, what does a first assessment cost, treatment {} with treatment {}, and do you have parking near the clinic "
    "for my wheelchair van?"
)

_STATEMENTS: tuple[LiteralString, ...] = (
    "INSERT INTO contact (workspace_id, id, name, fields) VALUES (%(ws)s, %(contact)s, 'Ada Quist', %(fields)s)",
    """INSERT INTO address (workspace_id, id, contact_id, kind, value, holds, verified_at)
       VALUES (%(ws)s, uuidv7(), %(contact)s, 'email', 'ada@example.org', true, now())""",
    # every second one is proved: half of what there is may be told, the other half has to be passed over
    """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, identity, proved, story,
                                  last_message_at)
        SELECT %(ws)s, uuidv7(n * interval '1 hour' - interval '400 hours'), %(contact)s,
               (ARRAY['email', 'webchat', 'generic'])[n %% 3 + 1], %(account)s, 'ada@example.org',
               CASE n %% 2 WHEN 0 THEN 'verified' ELSE 'claimed' END,
               CASE n %% 2 WHEN 0 THEN ARRAY['email:ada@example.org'] ELSE '{}' END,
               repeat('We said: a colleague will call on Monday. ', 10), now() - (400 - n) * interval '1 hour'
        FROM generate_series(1, 400) AS n""",
    """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, created_at)
        SELECT %(ws)s, uuidv7(c.last_message_at - now() + m * interval '1 minute'), c.id, %(contact)s,
               CASE m %% 2 WHEN 0 THEN 'inbound' ELSE 'outbound' END,
               CASE m %% 2 WHEN 0 THEN 'contact' ELSE 'agent' END,
               repeat('A sentence of the usual length, as people write it. ', 4), c.last_message_at
        FROM conversation c, generate_series(1, 20) AS m
        WHERE c.workspace_id = %(ws)s AND c.contact_id = %(contact)s""",
    """INSERT INTO task (workspace_id, id, contact_id, conversation_id, title, status, created_by)
        SELECT %(ws)s, uuidv7(), %(contact)s,
               (SELECT id FROM conversation WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
                ORDER BY id OFFSET n %% 400 LIMIT 1),
               'Call Ada', CASE n %% 10 WHEN 0 THEN 'open' ELSE 'done' END, 'agent:chat'
        FROM generate_series(1, 900) AS n""",
    """INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, kind, reason, due_at, status)
        SELECT %(ws)s, uuidv7(), %(contact)s, %(newest)s, 'follow_up', 'Ask again', now(), 'ended'
        FROM generate_series(1, 400)""",
    """INSERT INTO event (workspace_id, id, channel, account_id, external_id, lane, raw, status, outcome, reason,
                           contact_id, settled_at)
        SELECT %(ws)s, uuidv7(), 'email', %(account)s, 'past-' || n, 'email:ada', '', 'done', 'ignored', 'auto-reply',
               %(contact)s, now() FROM generate_series(1, 500) AS n""",
    """INSERT INTO contact_fact (workspace_id, id, contact_id, conversation_id, text, said_by)
        SELECT %(ws)s, uuidv7(), %(contact)s,
               (SELECT id FROM conversation WHERE workspace_id = %(ws)s AND contact_id = %(contact)s
                ORDER BY id OFFSET n LIMIT 1), 'Needs the step-free entrance', 'agent:chat'
        FROM generate_series(1, 200) AS n""",
    """UPDATE conversation SET identity = 'verified', proved = ARRAY['email:ada@example.org']
       WHERE workspace_id = %(ws)s AND id = %(newest)s""",
)


@dataclass(frozen=True, slots=True)
class _Clinic:
    db: Database
    workspace_id: UUID
    contact_id: UUID
    conversation_id: UUID


async def run(bench: Bench) -> list[Figure]:
    async with _clinic() as clinic:
        await _turns(clinic, Identity.VERIFIED)
        slowest: list[float] = []
        for _ in range(bench.rounds):
            kinds = {identity: await _turns(clinic, identity) for identity in (Identity.VERIFIED, Identity.CLAIMED)}
            slowest.append(max(percentile(times, 0.95) or 0 for times in kinds.values()))
            said = ", ".join(f"{identity.value} {percentile(times, 0.95):.1f} ms" for identity, times in kinds.items())
            bench.say(f"  p95: {said}")
    return [
        Figure("context_p95_ms", median(slowest), target=10, unit="ms"),
        Figure("context_items", _ITEMS, note="on the contact's timeline"),
    ]


async def _turns(clinic: _Clinic, identity: Identity) -> Sequence[float]:
    """Milliseconds of each: read, fitted and rendered, with the search for passages."""
    times: list[float] = []
    traits = ChannelTraits(subject=True, replies_to_address=True)
    for _ in range(_TURNS):
        began = time.perf_counter()
        async with clinic.db.workspace(clinic.workspace_id) as connection:
            context = await load(
                connection,
                clinic.workspace_id,
                run_id=new_id(),
                event_id=new_id(),
                conversation_id=clinic.conversation_id,
                contact_id=clinic.contact_id,
                channel="email",
                traits=traits,
                identity=identity,
                text=_TEXT.format(*random.sample(range(_SERVICES), 2)),
                now=clock.now(),
            )
        told = render(fitted(context), "specialist: chat")
        times.append((time.perf_counter() - began) * 1_000)
        assert len(context.messages) == _MESSAGES_EACH
        assert context.elsewhere
        assert "€75" in told
    return times


@asynccontextmanager
async def _clinic() -> AsyncIterator[_Clinic]:
    """A database of its own, as the product starts it."""
    with tempfile.TemporaryDirectory() as folder:
        async with attached(Path(folder)) as url:
            await ensure_current(url)
            db = Database(url, application="dynaris-benchmark")
            await db.open()
            made = await create_workspace(db, slug="clinic", name="Clinic", owner_email="o@c.example", owner_name="O")
            async with db.workspace(made.id) as connection:
                for number in range(_SERVICES):
                    text = f"Q: What does treatment {number} cost?\nA: Treatment {number} costs €{number + 26}."
                    await add_source(connection, made.id, kind="faq", title=f"Treatment {number}", content=text)
                text = "Q: What does a first assessment cost?\nA: A first assessment costs €75."
                await add_source(connection, made.id, kind="faq", title="First assessment", content=text)
            contact_id = new_id()
            newest = await _fill(url, made.id, contact_id)
            yield _Clinic(db, made.id, contact_id, newest)
            await db.close()


async def _fill(url: str, workspace_id: UUID, contact_id: UUID) -> UUID:
    """The contact's latest conversation."""
    given: dict[str, Any] = {"ws": workspace_id, "contact": contact_id, "account": new_id(), "newest": None}
    given["fields"] = '{"insurance": "AOK", "customer_since": "2019"}'
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in _STATEMENTS:
            await connection.execute(statement, given)
            if "INSERT INTO conversation" in statement:
                cursor = await connection.execute(
                    "SELECT id FROM conversation WHERE contact_id = %(contact)s ORDER BY last_message_at DESC LIMIT 1",
                    given,
                )
                row = await cursor.fetchone()
                assert row is not None
                given["newest"] = row[0]
        await connection.execute("VACUUM ANALYZE")
    return given["newest"]
