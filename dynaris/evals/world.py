"""The stage of a rehearsal: a hidden copy of a workspace, from which nothing leaves and of which nothing stays.

Copied is what agents answer from: knowledge, services, people, hours, profile, settings of agents. The copy has ways in
of its own, whose addresses nobody could write to or be written from. Its lanes are held by the rehearsal from before
their first event, so that no worker takes them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psycopg
import structlog
from psycopg.types.json import Jsonb

from dynaris.agents.known_models import check_models
from dynaris.agents.spending import this_month
from dynaris.channels.contract import Account
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, Unavailable
from dynaris.core.ids import new_id
from dynaris.core.jobs import lost_database
from dynaris.evals.facts import sources
from dynaris.evals.playing import Known
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import add_member
from dynaris.workspaces.queries import workspace_ids

log = structlog.get_logger()

# In this order, for the sake of their references.
COPIED = (
    *("agent", "agent_version", "model_provider", "model_spending"),
    *("knowledge_source", "knowledge_document", "knowledge_version", "passage", "embedding_model", "passage_embedding"),
    *("service", "calendar_person", "service_person", "busy_time"),
)
WAYS_IN = ("email", "webchat", "generic")  # those that cases are played on
_NOBODY = "rehearsal@dynaris.invalid"
_AT_TEN = time(10, 0)
_BEAT_SECONDS = 10.0
_STALE = timedelta(minutes=10)  # without a beat: whoever played there is gone
_ROUND_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Options:
    """What is different from the workspace's own settings."""

    model: str | None = None  # for every agent and the supervisor
    agent_versions: tuple[tuple[str, int], ...] = ()  # ("*", 3): every agent as it was in its version 3
    stages: int = 1  # at once: each may spend its share of what the month's cap leaves


@dataclass(frozen=True, slots=True)
class Stage:
    services: Services
    workspace_id: UUID
    accounts: dict[str, Account[Any]]  # by channel
    known: Known
    model: str
    holder: UUID


def next_monday(zone: ZoneInfo) -> datetime:
    """The moment of the conversations: the coming Monday at ten, later than anything the database stamps."""
    today = clock.now().astimezone(zone).date()
    return datetime.combine(today + timedelta(days=7 - today.weekday()), _AT_TEN, zone)


@asynccontextmanager
async def stage(
    services: Services, workspace_id: UUID, copy_id: UUID, *, options: Options | None = None
) -> AsyncIterator[Stage]:
    """Open, it is the rehearsal's Monday in this task; closed, nothing of it is left."""
    try:
        async with services.db.transaction(workspace_id) as connection:
            # All as it is at one moment: what comes meanwhile would point to what was not copied.
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await _take_as_long_as_it_takes(connection)
            await connection.execute("SELECT begin_rehearsal(%s, %s)", (copy_id, list(COPIED)))
            mapped = await _mapped_agents(connection, workspace_id)
        async with _kept_alive(services, copy_id):
            made = await _furnished(services, copy_id, options or Options(), mapped)
            try:
                with clock.stopped_at(made.known.moment):
                    yield made
            finally:
                await made.services.models.close()
    finally:
        await strike(services, workspace_id, copy_id)


async def _take_as_long_as_it_takes(connection: Connection) -> None:
    """In this transaction: large knowledge is copied and deleted in more time than a statement has elsewhere."""
    await connection.execute("SET LOCAL statement_timeout = 0")


async def strike(services: Services, workspace_id: UUID, copy_id: UUID) -> None:
    """The copy goes, with its files; gone already, nothing happens. What it spent is the workspace's spending."""
    async with services.db.transaction(copy_id) as connection:
        cursor = await connection.execute("SELECT * FROM model_spending WHERE workspace_id = %s", (copy_id,))
        spent = await cursor.fetchall()
        cursor = await connection.execute("SELECT storage_key FROM attachment WHERE workspace_id = %s", (copy_id,))
        files = await cursor.fetchall()
    for row in files:
        await services.files.delete(row["storage_key"])
    async with services.db.transaction(workspace_id) as connection:
        await _take_as_long_as_it_takes(connection)
        cursor = await connection.execute("SELECT end_rehearsal(%s) AS ended", (copy_id,))
        row = await cursor.fetchone()
        if row and row["ended"]:
            await _charge(connection, workspace_id, spent)


@asynccontextmanager
async def _kept_alive(services: Services, copy_id: UUID) -> AsyncIterator[None]:
    """However long a case takes. A copy without a beat is what a process that died has left."""
    beating = asyncio.create_task(_beats(services, copy_id))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beats(services: Services, copy_id: UUID) -> None:
    while True:
        try:
            await beat(services, copy_id)
        except (psycopg.Error, Unavailable, OSError) as error:
            log.warning("evals.no_beat", copy=str(copy_id), error=error)
        await asyncio.sleep(_BEAT_SECONDS)


async def beat(services: Services, copy_id: UUID) -> None:
    async with services.db.workspace(copy_id) as connection:
        await connection.execute("UPDATE workspace SET created_at = clock_timestamp() WHERE id = %s", (copy_id,))


async def sweep_everywhere(services: Services) -> None:
    """Goes round all workspaces for ever; one that cannot be swept holds up no other."""
    while True:
        for workspace_id in await workspace_ids(services.db):
            try:
                await sweep(services, workspace_id)
            except Exception as error:
                if lost_database(error):
                    raise
                log.exception("evals.sweep_failed", workspace=str(workspace_id))
        await asyncio.sleep(_ROUND_SECONDS)


async def sweep(services: Services, workspace_id: UUID) -> None:
    """What processes that died left of rehearsals."""
    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute("SELECT stale_rehearsals(%s) AS id", (_STALE,))
        stale = [row["id"] for row in await cursor.fetchall()]
    for copy_id in stale:
        await strike(services, workspace_id, copy_id)


async def _charge(connection: Connection, workspace_id: UUID, spent: list[dict[str, Any]]) -> None:
    """A copy begins with nothing spent, so all that stands there was spent in the rehearsal."""
    for row in spent:
        if row["requests"] or row["spent"]:
            await connection.execute(
                """INSERT INTO model_spending AS s (workspace_id, month, spent, requests, unpriced)
                   VALUES (%(ws)s, %(month)s, %(spent)s, %(requests)s, %(unpriced)s)
                   ON CONFLICT (workspace_id, month) DO UPDATE SET spent = s.spent + excluded.spent,
                       requests = s.requests + excluded.requests, unpriced = s.unpriced + excluded.unpriced""",
                {**row, "ws": workspace_id},
            )


async def _furnished(
    services: Services, copy_id: UUID, options: Options, mapped: dict[str, tuple[str | None, str]]
) -> Stage:
    accounts: dict[str, UUID] = {}
    async with services.db.system() as connection:
        cursor = await connection.execute("SELECT upsert_person(%s, %s, %s) AS id", (new_id(), _NOBODY, "Rehearsal"))
        person = await cursor.fetchone()
    assert person is not None
    async with services.db.transaction(copy_id) as connection:
        await add_member(connection, copy_id, person_id=person["id"], email=_NOBODY, name="Rehearsal", role="owner")
        await _set(connection, copy_id, options)
        for name in WAYS_IN:
            accounts[name] = await add_account(
                connection,
                copy_id,
                services.accounts.vault,
                channel=name,
                address=_address_on(name, copy_id),
                settings={"secret": uuid4().hex} if name == "generic" else {},
                agent=mapped[name][0] if name in mapped else None,
                by="system:rehearsal",
            )
        own = [_address_on(name, copy_id) for name in WAYS_IN] + [address for _, address in mapped.values()]
        known, model = await _known(connection, copy_id, own)
    quiet = services.settings.model_copy(update={"quiet_period": 0.0})
    inside = replace(services, settings=quiet)
    opened = {name: await services.accounts.by_id(copy_id, account_id) for name, account_id in accounts.items()}
    return Stage(inside, copy_id, opened, known, model, uuid4())


def _address_on(channel: str, copy_id: UUID) -> str:
    mail = channels()[channel].traits.replies_to_address
    return f"office@{copy_id}.invalid" if mail else f"rehearsal-{copy_id}"


async def _mapped_agents(connection: Connection, workspace_id: UUID) -> dict[str, tuple[str | None, str]]:
    """The specialist that the workspace's first account on each channel is mapped to, and that account's address."""
    cursor = await connection.execute(
        """SELECT DISTINCT ON (channel) channel, agent, address FROM account
           WHERE workspace_id = %s AND enabled AND removed_at IS NULL ORDER BY channel, id""",
        (workspace_id,),
    )
    return {row["channel"]: (row["agent"], row["address"]) for row in await cursor.fetchall()}


async def _set(connection: Connection, copy_id: UUID, options: Options) -> None:
    """Auto mode, as if it had been turned on; what the month's cap leaves is all that may be spent here."""
    month = await this_month(connection, copy_id)
    cap = month["monthly_cap"]
    left = None if cap is None else max(Decimal(0), cap - month["spent"]) / options.stages
    await connection.execute(
        """UPDATE workspace SET spending_cap = %(left)s,
                  auto_mode = '{"enabled": true, "channels": {}, "effects": {}}'::jsonb WHERE id = %(ws)s""",
        {"ws": copy_id, "left": left},
    )
    await connection.execute("DELETE FROM model_spending WHERE workspace_id = %s", (copy_id,))
    for name, number in options.agent_versions:
        await _set_version(connection, copy_id, name, number)
    await _without_servers(connection, copy_id)
    if options.model:
        await refuse_unknown(connection, copy_id, options.model)
        await connection.execute(
            """UPDATE workspace SET model = %(model)s, supervisor_model = %(model)s,
                      agents = (SELECT coalesce(jsonb_object_agg(key, value - 'model' - 'fallbacks'), '{}')
                                FROM jsonb_each(agents))
               WHERE id = %(ws)s""",
            {"ws": copy_id, "model": options.model},
        )


async def _without_servers(connection: Connection, copy_id: UUID) -> None:
    """What a rehearsal's agents did at servers of tools would have happened."""
    await connection.execute(
        """UPDATE workspace SET agents = (SELECT coalesce(jsonb_object_agg(key, value - 'mcp_server'), '{}')
                                          FROM jsonb_each(agents)) WHERE id = %s""",
        (copy_id,),
    )


async def refuse_unknown(connection: Connection, workspace_id: UUID, model: str) -> None:
    """Raises `InvalidInput` for a model that could never answer."""
    try:
        await check_models(connection, workspace_id, [model])
    except ValueError as error:
        raise InvalidInput(f"model: {error}", errors=[{"field": "model", "message": str(error)}]) from error


async def _set_version(connection: Connection, copy_id: UUID, name: str, number: int) -> None:
    cursor = await connection.execute(
        """SELECT a.name, v.settings FROM agent a JOIN agent_version v
               ON v.workspace_id = a.workspace_id AND v.agent_id = a.id AND v.number = %(number)s
           WHERE a.workspace_id = %(ws)s AND %(name)s IN ('*', a.name)""",
        {"ws": copy_id, "name": name, "number": number},
    )
    found = {row["name"]: row["settings"] for row in await cursor.fetchall()}
    if not found:
        said = f"no agent has a version {number}" if name == "*" else f"the agent {name} has no version {number}"
        raise InvalidInput(said)
    await connection.execute("UPDATE workspace SET agents = agents || %s WHERE id = %s", (Jsonb(found), copy_id))


_SERVICES: LiteralString = """SELECT name || ': ' || description || ', ' || duration_minutes || ' minutes' ||
    coalesce(', ' || trim_scale(price) || ' ' || currency, '') AS text
    FROM service WHERE workspace_id = %s AND enabled"""


async def _known(connection: Connection, copy_id: UUID, addresses: list[str]) -> tuple[Known, str]:
    """What the workspace says of itself beside its knowledge (see `record`), and the model that speaks for it."""
    cursor = await connection.execute("SELECT * FROM workspace WHERE id = %s", (copy_id,))
    workspace = await cursor.fetchone()
    assert workspace is not None
    zone = ZoneInfo(workspace["timezone"])
    moment = next_monday(zone)
    services = await (await connection.execute(_SERVICES, (copy_id,))).fetchall()
    people = await (
        await connection.execute("SELECT name FROM calendar_person WHERE workspace_id = %s AND enabled", (copy_id,))
    ).fetchall()
    texts = [
        *(row["text"] for row in services),
        *(row["name"] for row in people),
        *addresses,
        *(str(workspace[field]) for field in ("name", "business_hours", "hours_exceptions", "profile")),
    ]
    facts = await asyncio.to_thread(sources, texts, zone=zone, today=moment.date())
    return Known(moment, zone, {}, facts), workspace["model"]
