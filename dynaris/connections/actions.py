"""Writes to accounts."""

import contextlib
import re
import secrets
from typing import Any, get_args
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb
from pydantic import BaseModel, SecretStr, ValidationError

from dynaris.channels.contract import Account, Dialling, Provable, Templated
from dynaris.channels.registry import channel as channel_named
from dynaris.connections.own_words import completed, refuse_what_is_not_there
from dynaris.connections.proof import OPERATOR, one_at_a_time, settle
from dynaris.core.crypto import UnreadableSecret, Vault, is_sealed
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id, new_token
from dynaris.core.invalid import faults_in, told
from dynaris.core.jobs import defer
from dynaris.outbox.actions import send_soon
from dynaris.workspaces.actions import record

TEMPLATES_JOB = "templates.sync.v1"  # handled in templates/syncing.py
MOST_ACCOUNTS = 200  # of a workspace; the operator may connect more
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
    by: str = OPERATOR,
) -> UUID:
    """Its id. Raises `NotFound` for an unknown channel, `InvalidInput` with `errors`, `Conflict` when it exists.

    `by` the operator, its addresses count as proved.
    """
    account_id = new_id()
    known = channel_named(channel).settings
    if by != OPERATOR:
        refuse_private_servers(channel, settings)
        await _refuse_too_many(connection, workspace_id)
    await refuse_what_is_not_there(connection, workspace_id, known, settings)
    checked = checked_settings(channel, await completed(connection, workspace_id, known, settings))
    address = _address(channel, address)
    sealed = Jsonb(_sealed(checked, vault, account_id))
    shared = channel_named(channel).traits.shared_addresses
    is_proved_here = isinstance(channel_named(channel), Provable)  # it holds the address once it has proved it
    await one_at_a_time(connection, channel, address)
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
                "shared": shared or is_proved_here,
            },
        )
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"this workspace already has the {channel} account {address}") from error
    if not cursor.rowcount:
        raise Conflict(f"the {channel} address {address} is taken; choose another")
    detail = {"channel": channel, "address": address, "agent": agent, "settings": sorted(settings)}
    await _record(connection, workspace_id, account_id, what="connected", by=by, detail=detail)
    await settle(connection, Account(account_id, workspace_id, channel, address, checked), by=by)
    if isinstance(channel_named(channel), Templated):
        await fetch_templates(connection, workspace_id, account_id)
    return account_id


async def fetch_templates(connection: Connection, workspace_id: UUID, account_id: UUID) -> None:
    """Soon, in the order in which it was asked for."""
    args = {"workspace_id": str(workspace_id), "account_id": str(account_id)}
    await defer(connection, TEMPLATES_JOB, args, lock=f"{TEMPLATES_JOB}:{account_id}")


async def _refuse_too_many(connection: Connection, workspace_id: UUID) -> None:
    """Each may have a listener of its own."""
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM account WHERE workspace_id = %s AND removed_at IS NULL", (workspace_id,)
    )
    row = await cursor.fetchone()
    if row and row["n"] >= MOST_ACCOUNTS:
        raise Conflict(f"a workspace has {MOST_ACCOUNTS} accounts at most: remove one first")


async def change_account(
    connection: Connection,
    workspace_id: UUID,
    vault: Vault,
    *,
    account_id: UUID,
    changes: dict[str, Any],
    by: str,
) -> None:
    """`changes`: settings (merged: what is left out stays, null is the default again), agent, enabled."""
    row = await _existing(connection, workspace_id, account_id)
    values: dict[str, Any] = {name: changes[name] for name in ("agent", "enabled") if name in changes}
    given, checked = changes.get("settings") or {}, None
    if given:
        if by != OPERATOR:
            refuse_private_servers(row["channel"], given)
        await refuse_what_is_not_there(connection, workspace_id, channel_named(row["channel"]).settings, given)
        checked = checked_settings(row["channel"], _merged(row, vault, given))
        values["settings"] = Jsonb(_sealed(checked, vault, account_id))
        values |= {"error": None, "send_error": None}  # what was wrong with the old ones
    if not values:
        return
    if changes.get("enabled") and not isinstance(channel_named(row["channel"]), Provable):
        await _require_free(connection, workspace_id, row)
    assignments = SQL(", ").join(SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in values)
    await connection.execute(
        SQL("UPDATE account SET {} WHERE workspace_id = %(ws)s AND id = %(account)s").format(assignments),
        {**values, "ws": workspace_id, "account": account_id},
    )
    plain = {name: changes[name] for name in ("agent", "enabled") if name in changes}
    detail = {"channel": row["channel"], "address": row["address"], **plain, "settings": sorted(given)}
    await _record(connection, workspace_id, account_id, what="changed", by=by, detail=detail)
    if given or changes.get("enabled"):
        await send_soon(connection, workspace_id, account_id=account_id)
    if given:
        await settle(connection, Account(account_id, workspace_id, row["channel"], row["address"], checked), by=by)


def _merged(row: dict[str, Any], vault: Vault, given: dict[str, Any]) -> dict[str, Any]:
    """A secret that cannot be opened any more is as if it had never been given: it has to be given anew."""
    kept: dict[str, Any] = {}
    for field, value in row["settings"].items():
        if field in given:
            continue
        with contextlib.suppress(UnreadableSecret):
            kept[field] = vault.open(value, bound_to(row["id"], field)) if is_sealed(value) else value
    known = channel_named(row["channel"]).settings.model_fields
    may_be_none = {name for name, field in known.items() if type(None) in get_args(field.annotation)}
    return {**kept, **{field: value for field, value in given.items() if value is not None or field in may_be_none}}


async def _require_free(connection: Connection, workspace_id: UUID, row: dict[str, Any]) -> None:
    """While it was switched off, somebody else may have taken its address."""
    if channel_named(row["channel"]).traits.shared_addresses:
        return
    await one_at_a_time(connection, row["channel"], row["address"])
    cursor = await connection.execute(
        "SELECT FROM accounts_by_address(%s, %s) AS other WHERE other.workspace_id <> %s",
        (row["channel"], row["address"], workspace_id),
    )
    if await cursor.fetchone() is not None:
        raise Conflict(f"the {row['channel']} address {row['address']} was taken meanwhile")


async def remove_account(connection: Connection, workspace_id: UUID, *, account_id: UUID, by: str) -> None:
    """Nothing comes in any more and its address is free. What it took in before is still answered from it."""
    row = await _existing(connection, workspace_id, account_id)
    await connection.execute(
        """UPDATE account SET enabled = false, removed_at = clock_timestamp(), error = NULL, send_error = NULL
           WHERE workspace_id = %s AND id = %s""",
        (workspace_id, account_id),
    )
    detail = {"channel": row["channel"], "address": row["address"]}
    await _record(connection, workspace_id, account_id, what="removed", by=by, detail=detail)


async def record_check(connection: Connection, workspace_id: UUID, account_id: UUID, *, by: str) -> None:
    """Our servers sign in somewhere because a person said so."""
    await _record(connection, workspace_id, account_id, what="checked", by=by, detail={})


async def _existing(connection: Connection, workspace_id: UUID, account_id: UUID) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT id, channel, address, settings FROM account
           WHERE workspace_id = %s AND id = %s AND removed_at IS NULL FOR UPDATE""",
        (workspace_id, account_id),
    )
    if row := await cursor.fetchone():
        return row
    raise NotFound(f"there is no account {account_id}")


async def _record(
    connection: Connection, workspace_id: UUID, account_id: UUID, *, what: str, by: str, detail: dict[str, Any]
) -> None:
    await record(
        connection, workspace_id, actor=by, action=f"account.{what}", subject=f"account:{account_id}", detail=detail
    )


def issued_secrets(channel: str, settings: dict[str, Any]) -> dict[str, str]:
    """Secrets that we make where none was given: fields that say `issued`, with the prefix of ours."""
    made: dict[str, str] = {}
    for name, field in channel_named(channel).settings.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "issued" in extra and settings.get(name) is None:
            made[name] = new_token(str(extra["issued"]))
    return made


async def renew_secret(
    connection: Connection, workspace_id: UUID, vault: Vault, *, account_id: UUID, field: str, by: str
) -> str:
    """A new secret of ours for a field that says `issued`; `kept_as` names where the one before goes, which counts on.

    Raises `InvalidInput` for another field.
    """
    row = await _existing(connection, workspace_id, account_id)
    known = channel_named(row["channel"]).settings.model_fields.get(field)
    extra = known.json_schema_extra if known else None
    if not isinstance(extra, dict) or "issued" not in extra:
        raise InvalidInput(f"{row['channel']} has no secret {field[:50]!r} of ours")
    settings: dict[str, Any] = {field: new_token(str(extra["issued"]))}
    before = row["settings"].get(field)
    if before and "kept_as" in extra:
        with contextlib.suppress(UnreadableSecret):
            settings[str(extra["kept_as"])] = vault.open(before, bound_to(account_id, field))
    changes = {"settings": settings}
    await change_account(connection, workspace_id, vault, account_id=account_id, changes=changes, by=by)
    return settings[field]


def made_address(channel: str) -> str:
    """A public key for what needs none of its own, like a widget or a form. Raises `InvalidInput` for mail."""
    if channel_named(channel).traits.subject:
        raise InvalidInput("an e-mail account needs its `address`, like hello@example.com")
    return secrets.token_hex(8)


def _address(channel: str, address: str) -> str:
    """As arrivals name it: a mailbox in lower case, anything else as a header can carry it."""
    if channel_named(channel).traits.subject:
        if not _MAILBOX.fullmatch(address):
            raise InvalidInput(f"an e-mail account's address is like hello@example.com, not {address[:100]!r}")
        return address.lower()
    if not _PRINTABLE.fullmatch(address):
        raise InvalidInput(f"a name here is 1 to 200 ASCII letters, digits and signs, no blanks: not {address[:50]!r}")
    return address


def refuse_private_servers(channel: str, given: dict[str, Any]) -> None:
    """Settings as somebody gave them: a server that is never called from here is refused when it is set."""
    known = channel_named(channel)
    if isinstance(known, Dialling) and (found := known.faults_of(given)):
        errors = [{"field": f"settings.{name}", "message": why} for name, why in found.items()]
        raise InvalidInput("; ".join(f"{one['field']}: {one['message']}" for one in errors), errors=errors)


def checked_settings(channel: str, settings: dict[str, Any]) -> BaseModel:
    try:
        return channel_named(channel).settings.model_validate(settings)
    except ValidationError as error:
        faults = faults_in(error, below="settings")
        raise InvalidInput(told(faults), errors=faults) from error


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


async def works_again(connection: Connection, workspace_id: UUID, account_id: UUID) -> None:
    """Its provider says that all is well: what waited for that is sent now."""
    cursor = await connection.execute(
        "UPDATE account SET send_error = NULL WHERE workspace_id = %s AND id = %s AND send_error IS NOT NULL",
        (workspace_id, account_id),
    )
    if cursor.rowcount:
        await send_soon(connection, workspace_id, account_id=account_id)


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
