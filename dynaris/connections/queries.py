"""Reads of accounts, with their secrets opened."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from dynaris.channels.contract import Account
from dynaris.channels.registry import channel as channel_named
from dynaris.channels.registry import channels
from dynaris.connections.actions import bound_to, secret_fields
from dynaris.connections.phone_mapping.lookup import Mapping as PhoneMapping
from dynaris.connections.phone_mapping.lookup import mapped, mappings
from dynaris.connections.proof import left_to_removed, proof_shown, proved_in
from dynaris.core.crypto import UnreadableSecret, Vault, is_sealed
from dynaris.core.db import Connection, Database
from dynaris.core.errors import NotFound
from dynaris.core.phone_numbers import spaced

log = structlog.get_logger()

_SHOWN = "id, channel, address, settings, enabled, agent, error, send_error, last_event_at, created_at, proofs"
_HEARD_EVERY = 60.0
_SECONDS = 2.0  # how long an account is believed without asking again
_MOST = 10_000


def opened(row: dict[str, Any], vault: Vault) -> Account[Any]:
    """Raises `UnreadableSecret` when the secret key is not the one that the account was stored with."""
    settings = {
        field: vault.open(value, bound_to(row["id"], field)) if is_sealed(value) else value
        for field, value in row["settings"].items()
    }
    return Account(
        id=row["id"],
        workspace_id=row["workspace_id"],
        channel=row["channel"],
        address=row["address"],
        settings=channel_named(row["channel"]).settings.model_validate(settings),
        agent=row["agent"],
        business=row.get("business", ""),
        rehearses=row.get("rehearses", False),
        proved=proved_in(row["proofs"]),
    )


async def find(db: Database, vault: Vault, channel: str, address: str) -> list[Account[Any]]:
    """Enabled accounts with this address: one per workspace at most."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT * FROM accounts_by_address(%s, %s)", (channel, address))
        return [opened(row, vault) for row in await cursor.fetchall()]


async def by_id(db: Database, vault: Vault, workspace_id: UUID, account_id: UUID) -> Account[Any]:
    """Also a disabled or removed one: what was accepted on it is still answered."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            """SELECT account.*, own.name AS business, own.id IS NULL OR own.rehearsal_of IS NOT NULL AS rehearses
               FROM account LEFT JOIN workspace own ON own.id = account.workspace_id
               WHERE account.workspace_id = %s AND account.id = %s""",
            (workspace_id, account_id),
        )
        row = await cursor.fetchone()
        if row and row["removed_at"]:
            row["proofs"] = await left_to_removed(connection, workspace_id, row["proofs"])
    if row is None:
        raise NotFound(f"there is no account {account_id}")
    return opened(row, vault)


async def of_channel(db: Database, vault: Vault, channel: str) -> list[Account[Any]]:
    """Every workspace's enabled accounts. One that cannot be read is left out and logged: the others go on."""
    async with db.system() as connection:
        cursor = await connection.execute("SELECT * FROM accounts_of_channel(%s)", (channel,))
        rows = await cursor.fetchall()
    return _readable(rows, vault)


async def of_workspace(db: Database, vault: Vault, workspace_id: UUID, channel: str) -> list[Account[Any]]:
    """The workspace's enabled accounts on a channel that can be read."""
    async with db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT * FROM account WHERE workspace_id = %s AND channel = %s AND enabled", (workspace_id, channel)
        )
        rows = await cursor.fetchall()
    return _readable(rows, vault)


def _readable(rows: list[dict[str, Any]], vault: Vault) -> list[Account[Any]]:
    accounts: list[Account[Any]] = []
    for row in rows:
        try:
            accounts.append(opened(row, vault))
        except (UnreadableSecret, ValidationError) as error:
            log.error(
                "account.unreadable", account=str(row["id"]), workspace=str(row["workspace_id"]), error=str(error)
            )
    return accounts


async def listed(connection: Connection, workspace_id: UUID, *, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit + 1` accounts as people may see them: without secrets."""
    cursor = await connection.execute(
        f"""SELECT {_SHOWN} FROM account WHERE workspace_id = %(workspace_id)s AND removed_at IS NULL
              AND channel <> ALL(%(unseen)s) AND (%(after)s::uuid IS NULL OR id > %(after)s)
              ORDER BY id LIMIT %(most)s""",
        {"workspace_id": workspace_id, "after": after, "most": limit + 1, "unseen": _made_by_themselves()},
    )
    return [_as_shown(row) for row in await cursor.fetchall()]


def _made_by_themselves() -> list[str]:
    """Channels whose accounts nobody connects: their people subscribe, each by themselves, or try an agent out."""
    return [name for name, channel in channels().items() if channel.traits.tells == "member" or channel.traits.trial]


async def shown(connection: Connection, workspace_id: UUID, account_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_SHOWN} FROM account WHERE workspace_id = %s AND id = %s AND removed_at IS NULL",
        (workspace_id, account_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no account {account_id}")
    return _as_shown(row)


def _as_shown(row: dict[str, Any]) -> dict[str, Any]:
    public = _public(row)
    name = known_as(row["channel"], row["address"], public)
    return {**row, "name": name, "settings": public, "proof": proof_shown(row, public)}


def known_as(channel: str, address: str, settings: Mapping[str, Any]) -> str:
    """As people know the account: by its address, or, where that is an id of the provider's, by the setting that says
    `names_account`."""
    for name, field in channel_named(channel).settings.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra.get("names_account") and settings.get(name):
            return spaced(str(settings[name]))
    return address


def _public(row: dict[str, Any]) -> dict[str, Any]:
    secret = secret_fields(channel_named(row["channel"]).settings)
    return {field: value for field, value in row["settings"].items() if field not in secret and not is_sealed(value)}


async def by_address(connection: Connection, workspace_id: UUID, address: str) -> list[UUID]:
    """Those with this address, or this id: on several channels one address may stand."""
    cursor = await connection.execute(
        """SELECT id FROM account WHERE workspace_id = %s AND (address = %s OR id::text = %s) AND removed_at IS NULL
           ORDER BY id""",
        (workspace_id, address, address),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def checkpoints(connection: Connection, workspace_id: UUID, channels: list[str]) -> list[dict[str, Any]]:
    """`id`, `name` and `checkpoint` of the accounts on these channels, the oldest first."""
    cursor = await connection.execute(
        """SELECT id, channel, address, settings, checkpoint FROM account
           WHERE workspace_id = %s AND channel = ANY(%s) AND removed_at IS NULL ORDER BY id""",
        (workspace_id, channels),
    )
    return [
        {
            "id": row["id"],
            "name": known_as(row["channel"], row["address"], _public(row)),
            "checkpoint": row["checkpoint"],
        }
        for row in await cursor.fetchall()
    ]


async def count_by_channel(connection: Connection, workspace_id: UUID) -> dict[str, int]:
    cursor = await connection.execute(
        "SELECT channel, count(*) AS n FROM account WHERE workspace_id = %s AND enabled GROUP BY channel",
        (workspace_id,),
    )
    return {row["channel"]: row["n"] for row in await cursor.fetchall()}


async def errors_by_channel(connection: Connection, workspace_id: UUID) -> dict[str, list[str]]:
    """What enabled accounts say that does not work, each with its address."""
    cursor = await connection.execute(
        """SELECT channel, address, error, send_error FROM account WHERE workspace_id = %s AND enabled
           AND (error IS NOT NULL OR send_error IS NOT NULL) ORDER BY id LIMIT 100""",
        (workspace_id,),
    )
    errors: dict[str, list[str]] = {}
    for row in await cursor.fetchall():
        said = [f"{row['address']}: {why}" for why in (row["error"], row["send_error"]) if why]
        errors.setdefault(row["channel"], []).extend(said)
    return errors


class Accounts:
    """Accounts as the flow asks for them, event by event: opened once, believed for two seconds."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self.vault = db, vault
        self._by_id: dict[tuple[UUID, UUID], tuple[float, Account[Any]]] = {}
        self._by_address: dict[tuple[str, str], tuple[float, list[Account[Any]]]] = {}
        self._of_workspace: dict[tuple[UUID, str], tuple[float, list[Account[Any]]]] = {}
        self._mappings: dict[UUID, tuple[float, list[dict[str, Any]]]] = {}
        self._heard: dict[UUID, float] = {}

    async def by_id(self, workspace_id: UUID, account_id: UUID) -> Account[Any]:
        known = self._by_id.get((workspace_id, account_id))
        if known and known[0] > time.monotonic():
            return known[1]
        account = await by_id(self._db, self.vault, workspace_id, account_id)
        _remember(self._by_id, (workspace_id, account_id), account)
        return account

    async def find(self, channel: str, address: str) -> list[Account[Any]]:
        """An address that nobody has is asked for again each time: it may be added any moment."""
        known = self._by_address.get((channel, address))
        if known and known[0] > time.monotonic():
            return known[1]
        accounts = await find(self._db, self.vault, channel, address)
        if accounts:
            _remember(self._by_address, (channel, address), accounts)
        return accounts

    async def of_workspace(self, workspace_id: UUID, channel: str) -> list[Account[Any]]:
        known = self._of_workspace.get((workspace_id, channel))
        if known and known[0] > time.monotonic():
            return known[1]
        accounts = await of_workspace(self._db, self.vault, workspace_id, channel)
        _remember(self._of_workspace, (workspace_id, channel), accounts)
        return accounts

    async def mapped(self, account: Account[Any], now: datetime) -> PhoneMapping | None:
        """Who answers there now, where somebody said so."""
        known = self._mappings.get(account.id)
        if known is None or known[0] <= time.monotonic():
            async with self._db.workspace(account.workspace_id) as connection:
                rows = await mappings(connection, account.workspace_id, account.id)
            _remember(self._mappings, account.id, rows)
            return mapped(rows, now)
        return mapped(known[1], now)

    async def heard(self, account: Account[Any]) -> None:
        """Something came on this account: kept to the minute, so that a busy one is not written for each event."""
        now = time.monotonic()
        if now - self._heard.get(account.id, -_HEARD_EVERY) < _HEARD_EVERY:
            return
        self._heard[account.id] = now
        async with self._db.workspace(account.workspace_id) as connection:
            await connection.execute(
                "UPDATE account SET last_event_at = clock_timestamp() WHERE workspace_id = %s AND id = %s",
                (account.workspace_id, account.id),
            )

    async def of_channel(self, channel: str) -> list[Account[Any]]:
        return await of_channel(self._db, self.vault, channel)

    def forget(self) -> None:
        self._by_id.clear()
        self._by_address.clear()
        self._of_workspace.clear()
        self._mappings.clear()


def _remember(cache: dict[Any, tuple[float, Any]], key: Any, value: Any) -> None:
    if len(cache) >= _MOST:
        cache.clear()
    cache[key] = (time.monotonic() + _SECONDS, value)
