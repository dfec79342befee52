"""Browsers that want a push: their subscriptions, and the installation's key that they subscribe with.

A browser knows one key for all workspaces of an installation, so the key is made once, in the installation's own
workspace, and each workspace whose people subscribe gets an account that holds it, sealed as all secrets are.
"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from psycopg.types.json import Jsonb

from dynaris.channels.contract import Account
from dynaris.channels.registry import channel as channel_named
from dynaris.connections.actions import add_account, issued_secrets
from dynaris.connections.queries import opened
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.notifications.actions import push_channels
from dynaris.people.mail import SYSTEM, in_system

MOST_BROWSERS = 20  # of one member
_ADDRESS = "browsers"


@runtime_checkable
class Subscribed(Protocol):
    """What such a channel has besides the contract."""

    def public_key(self, account: Account[Any]) -> str: ...

    def fault_of_subscription(self, endpoint: str, keys: Mapping[str, str]) -> str | None:
        """Why nothing is ever sent to it."""
        ...


async def push_key(connection: Connection, vault: Vault) -> str:
    """What a browser subscribes with: the public half. To be called in a transaction."""
    account = await _of_installation(connection, vault)
    return _channel(account.channel).public_key(account)


async def subscribe(
    connection: Connection,
    workspace_id: UUID,
    vault: Vault,
    *,
    member_id: UUID,
    endpoint: str,
    keys: Mapping[str, str],
    device: str,
) -> UUID:
    """A browser that subscribes again is the same one, and whoever is signed in there now gets what comes. To be called
    in a transaction. Raises `InvalidInput`, `Conflict`."""
    account = await _of_installation(connection, vault)
    if fault := _channel(account.channel).fault_of_subscription(endpoint, keys):
        raise InvalidInput(f"endpoint: {fault}", errors=[{"field": "endpoint", "message": fault}])
    await _ensure_account(connection, workspace_id, vault, account)
    await connection.execute(
        "SELECT FROM member WHERE workspace_id = %s AND id = %s FOR UPDATE", (workspace_id, member_id)
    )
    cursor = await connection.execute(
        """SELECT count(*) AS n FROM push_subscription WHERE workspace_id = %s AND member_id = %s AND endpoint <> %s""",
        (workspace_id, member_id, endpoint),
    )
    if ((await cursor.fetchone()) or {}).get("n", 0) >= MOST_BROWSERS:
        raise Conflict(f"{MOST_BROWSERS} browsers are told already: switch it off in one of them first")
    cursor = await connection.execute(
        """INSERT INTO push_subscription (workspace_id, id, member_id, endpoint, keys, device)
           VALUES (%(ws)s, %(id)s, %(member)s, %(endpoint)s, %(keys)s, %(device)s)
           ON CONFLICT (workspace_id, endpoint) DO UPDATE
           SET member_id = excluded.member_id, keys = excluded.keys, device = excluded.device
           RETURNING id""",
        {
            "ws": workspace_id,
            "id": new_id(),
            "member": member_id,
            "endpoint": endpoint,
            "keys": Jsonb(dict(keys)),
            "device": device[:200],
        },
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["id"]


async def unsubscribe(connection: Connection, workspace_id: UUID, *, member_id: UUID, endpoint: str) -> None:
    """Once is as good as twice."""
    await connection.execute(
        "DELETE FROM push_subscription WHERE workspace_id = %s AND member_id = %s AND endpoint = %s",
        (workspace_id, member_id, endpoint),
    )


async def forget_browser(connection: Connection, workspace_id: UUID, endpoint: str) -> None:
    """Its maker says that it is gone."""
    await connection.execute(
        "DELETE FROM push_subscription WHERE workspace_id = %s AND endpoint = %s", (workspace_id, endpoint)
    )


async def browsers_of(connection: Connection, workspace_id: UUID, member_id: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        """SELECT id, device, created_at, encode(sha256(convert_to(endpoint, 'UTF8')), 'hex') AS fingerprint
           FROM push_subscription WHERE workspace_id = %s AND member_id = %s
           ORDER BY id""",
        (workspace_id, member_id),
    )
    return await cursor.fetchall()


def _channel(name: str) -> Subscribed:
    found = channel_named(name)
    assert isinstance(found, Subscribed)
    return found


async def _of_installation(connection: Connection, vault: Vault) -> Account[Any]:
    """Made at first use; of two at once, the second one waits and finds it."""
    channel = _only_channel()
    async with in_system(connection):
        await connection.execute("SELECT FROM workspace WHERE id = %s FOR UPDATE", (SYSTEM,))
        account = await _stored(connection, SYSTEM, vault, channel)
        if account is None:
            secrets = issued_secrets(channel, {})
            await add_account(connection, SYSTEM, vault, channel=channel, address=_ADDRESS, settings=secrets)
            account = await _stored(connection, SYSTEM, vault, channel)
    assert account is not None
    return account


async def _ensure_account(connection: Connection, workspace_id: UUID, vault: Vault, ours: Account[Any]) -> None:
    await connection.execute("SELECT FROM workspace WHERE id = %s FOR UPDATE", (workspace_id,))
    if await _stored(connection, workspace_id, vault, ours.channel) is None:
        secrets = {name: getattr(ours.settings, name).get_secret_value() for name in issued_secrets(ours.channel, {})}
        await add_account(connection, workspace_id, vault, channel=ours.channel, address=_ADDRESS, settings=secrets)


async def _stored(connection: Connection, workspace_id: UUID, vault: Vault, channel: str) -> Account[Any] | None:
    cursor = await connection.execute(
        "SELECT * FROM account WHERE workspace_id = %s AND channel = %s AND removed_at IS NULL ORDER BY id LIMIT 1",
        (workspace_id, channel),
    )
    row = await cursor.fetchone()
    return opened(row, vault) if row else None


def _only_channel() -> str:
    for name in push_channels():
        return name
    raise NotFound("there is no channel to browsers")
