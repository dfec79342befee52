"""The way in: an arrival is committed and its lane woken in one statement, before anyone gets a 2xx."""

from datetime import UTC, datetime
from uuid import UUID

from psycopg.errors import DiskFull
from psycopg.types.json import Jsonb

from dynaris.channels.contract import Accepted, Account, Arrival
from dynaris.channels.registry import channel as channel_named
from dynaris.contacts.addresses import normalise
from dynaris.core import metrics, tracing
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.errors import InvalidInput, NoStorage
from dynaris.core.ids import new_id
from dynaris.pipeline.lanes import wake_from
from dynaris.pipeline.services import Services

_ACCEPT = f"""
WITH new AS (
    INSERT INTO event (workspace_id, id, channel, account_id, external_id, kind, lane, raw, meta, occurred_at)
    SELECT %(ws)s, %(id)s, %(channel)s, %(account_id)s, %(external_id)s, %(kind)s, %(lane)s, %(raw)s, %(meta)s,
           %(occurred_at)s::timestamptz
    WHERE NOT EXISTS (SELECT FROM event WHERE workspace_id = %(ws)s AND channel = %(channel)s
                      AND account_id = %(account_id)s AND external_id = %(erased_name)s)
    ON CONFLICT (workspace_id, channel, account_id, external_id) DO NOTHING RETURNING id, lane),
{wake_from("new")}
SELECT (SELECT id FROM new) AS id, (SELECT count(*) FROM told) AS told"""


async def accept(services: Services, account: Account, arrival: Arrival) -> Accepted:
    """Commits an arrival. A redelivery changes nothing and names the event of the first delivery."""
    try:
        async with services.db.workspace(account.workspace_id) as connection:
            return await store(services, connection, account, arrival)
    except DiskFull as error:
        raise NoStorage("there is no room left to store this; try again later") from error


async def store(
    services: Services, connection: Connection, account: Account, arrival: Arrival, *, kind: str = "message"
) -> Accepted:
    """As `accept`, in the caller's transaction."""
    with tracing.span("receive", workspace=account.workspace_id, channel=account.channel, kind=kind):
        accepted = await _stored(services, connection, account, arrival, kind)
        tracing.note(event_id=accepted.event_id, duplicate=accepted.duplicate)
        return accepted


async def _stored(
    services: Services, connection: Connection, account: Account, arrival: Arrival, kind: str
) -> Accepted:
    workspace_id = account.workspace_id
    event_id = new_id()
    trace = tracing.current()
    erased = erased_name(services.accounts.vault, workspace_id, account.id, arrival.external_id)
    traits = channel_named(account.channel).traits
    waits = kind == "message" and traits.bursty and not traits.live  # a burst may still grow; a live one is filed first
    cursor = await connection.execute(
        _ACCEPT,
        {
            "ws": workspace_id,
            "id": event_id,
            "channel": account.channel,
            "account_id": account.id,
            "external_id": arrival.external_id,
            "erased_name": erased,
            "kind": kind,
            "lane": arrival.lane,
            "raw": arrival.raw,
            "meta": Jsonb({**arrival.meta, tracing.PARENT: trace} if trace else arrival.meta),
            "occurred_at": plausible(arrival.occurred_at),
            "quiet": services.settings.quiet_period * traits.quiet_periods if waits else 0.0,
        },
    )
    row = await cursor.fetchone()
    if row and row["id"]:
        metrics.events_accepted.labels(account.channel).inc()
        return Accepted(event_id, duplicate=False)
    return Accepted(await _first_delivery(connection, account, arrival, erased), duplicate=True)


def erased_name(vault: Vault, workspace_id: UUID, account_id: UUID, external_id: str) -> str:
    """What an erasure leaves of an arrival's id: enough to know it again, for whoever delivers it again."""
    return "erased:" + vault.fingerprint(f"event:{workspace_id}:{account_id}:{external_id}")


def check_sender(account: Account, arrival: Arrival) -> None:
    """For a door at which the sender can be told: raises `InvalidInput` where no contact could have this address."""
    sender = channel_named(account.channel).read(arrival, account).sender
    try:
        normalise(sender.kind, sender.value)
    except InvalidInput as error:
        field = f"from.{sender.kind.value}"
        raise InvalidInput(f"{field}: {error.detail}", errors=[{"field": field, "message": error.detail}]) from error


def plausible(occurred_at: datetime | None) -> datetime | None:
    """A sender's clock may say anything; PostgreSQL and Python do not agree on the ends of time."""
    if occurred_at is None or occurred_at.tzinfo is None or not 1970 < occurred_at.year < 2200:
        return None
    return occurred_at.astimezone(UTC)


async def _first_delivery(connection: Connection, account: Account, arrival: Arrival, erased: str) -> UUID:
    cursor = await connection.execute(
        """SELECT id FROM event WHERE workspace_id = %s AND channel = %s AND account_id = %s
           AND external_id = ANY(%s)""",
        (account.workspace_id, account.channel, account.id, [arrival.external_id, erased]),
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]
