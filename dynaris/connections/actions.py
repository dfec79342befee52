"""Writes to accounts."""

import re
from typing import Any, get_args
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb
from pydantic import BaseModel, SecretStr, ValidationError

from dynaris.channels.registry import channel as channel_named
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id

_LONGEST_ERROR = 1_000


def bound_to(account_id: UUID, field: str) -> str:
    """What a sealed setting is bound to, so that it opens in its own row and field only."""
    return f"account:{account_id}:{field}"


def secret_fields(settings: type[BaseModel]) -> set[str]:
    """Names of the fields that are `SecretStr` or `SecretStr | None`."""
    return {
        name
        for name, field in settings.model_fields.items()
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    }


_PRINTABLE = re.compile(r"[!-~]{1,200}")
_MAILBOX = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,253}")


async def add_account(
    connection: Connection,
    workspace_id: UUID,
    vault: Vault,
    *,
    channel: str,
    address: str,
    settings: dict[str, Any],
    agent: str | None = None,
) -> UUID:
    """Its id. Raises `NotFound` for an unknown channel, `InvalidInput` with `errors`, `Conflict` when it exists."""
    account_id = new_id()
    checked = _checked(channel, settings)
    address = _address(channel, address)
    sealed = Jsonb(_sealed(checked, vault, account_id))
    shared = channel_named(channel).traits.shared_addresses
    try:
        cursor = await connection.execute(
            """INSERT INTO account (workspace_id, id, channel, address, settings, agent)
               SELECT %(ws)s, %(id)s, %(channel)s, %(address)s, %(settings)s, %(agent)s
               WHERE %(shared)s OR NOT EXISTS (SELECT FROM accounts_by_address(%(channel)s, %(address)s) AS other
                                               WHERE other.workspace_id <> %(ws)s)""",
            {
                "ws": workspace_id,
                "id": account_id,
                "channel": channel,
                "address": address,
                "settings": sealed,
                "agent": agent,
                "shared": shared,
            },
        )
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"this workspace already has the {channel} account {address}") from error
    if not cursor.rowcount:
        raise Conflict(f"the {channel} address {address} is taken; choose another")
    return account_id


def _address(channel: str, address: str) -> str:
    """As arrivals name it: a mailbox in lower case, anything else as a header can carry it."""
    if channel_named(channel).traits.subject:
        if not _MAILBOX.fullmatch(address):
            raise InvalidInput(f"an e-mail account's address is like hello@example.com, not {address[:100]!r}")
        return address.lower()
    if not _PRINTABLE.fullmatch(address):
        raise InvalidInput(f"a name here is 1 to 200 ASCII letters, digits and signs, no blanks: not {address[:50]!r}")
    return address


def _checked(channel: str, settings: dict[str, Any]) -> BaseModel:
    try:
        return channel_named(channel).settings.model_validate(settings)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        where = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'settings'}: {one['msg']}" for one in errors)
        raise InvalidInput(f"the settings of a {channel} account are wrong: {where}", errors=errors) from error


def _sealed(settings: BaseModel, vault: Vault, account_id: UUID) -> dict[str, Any]:
    secret = secret_fields(type(settings))
    stored = settings.model_dump(mode="json", exclude=secret)
    for field in secret:
        value = getattr(settings, field)
        stored[field] = None if value is None else vault.seal(value.get_secret_value(), bound_to(account_id, field))
    return stored


async def set_health(connection: Connection, workspace_id: UUID, account_id: UUID, error: str | None) -> None:
    """`None` is well. The row is written only when something changed."""
    said = error and error.replace("\x00", "")[:_LONGEST_ERROR]
    await connection.execute(
        """UPDATE account SET error = %(error)s
           WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND error IS DISTINCT FROM %(error)s""",
        {"workspace_id": workspace_id, "id": account_id, "error": said},
    )


async def set_send_health(connection: Connection, workspace_id: UUID, account_id: UUID, error: str) -> None:
    """Cleared by the next send that succeeds (pipeline/deliver.py)."""
    await connection.execute(
        """UPDATE account SET send_error = %(error)s
           WHERE workspace_id = %(workspace_id)s AND id = %(id)s AND send_error IS DISTINCT FROM %(error)s""",
        {"workspace_id": workspace_id, "id": account_id, "error": error.replace("\x00", "")[:_LONGEST_ERROR]},
    )


async def checkpoint(
    connection: Connection, workspace_id: UUID, account_id: UUID, value: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Where a listener stands: read without `value`, written with it."""
    if value is None:
        cursor = await connection.execute(
            "SELECT checkpoint FROM account WHERE workspace_id = %s AND id = %s", (workspace_id, account_id)
        )
    else:
        cursor = await connection.execute(
            "UPDATE account SET checkpoint = %s WHERE workspace_id = %s AND id = %s RETURNING checkpoint",
            (Jsonb(value), workspace_id, account_id),
        )
    row = await cursor.fetchone()
    if row is None:
        raise NotFound(f"there is no account {account_id}")
    return row["checkpoint"]
