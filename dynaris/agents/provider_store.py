"""A workspace's providers of models in the database; their keys are sealed and never shown again."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from dynaris.agents.agent_settings import BUILTIN
from dynaris.agents.provider_kinds import OWN_SERVERS, may_be_called, parts_of
from dynaris.agents.providers import bound_to
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.core.outbound import Outbound
from dynaris.workspaces.actions import record

MOST_PROVIDERS = 50  # of a workspace
_SHOWN = "name, kind, base_url, api_key IS NOT NULL AS has_key, prices, version, error, created_at"
_RESERVED = frozenset({BUILTIN, "gateway", "test"})


async def listed(connection: Connection, workspace_id: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        f"SELECT {_SHOWN} FROM model_provider WHERE workspace_id = %s ORDER BY name", (workspace_id,)
    )
    return await cursor.fetchall()


async def shown(connection: Connection, workspace_id: UUID, name: str) -> dict[str, Any]:
    cursor = await connection.execute(
        f"SELECT {_SHOWN} FROM model_provider WHERE workspace_id = %s AND name = %s", (workspace_id, name)
    )
    if row := await cursor.fetchone():
        return row
    raise _no()


async def add(connection: Connection, workspace_id: UUID, vault: Vault, given: dict[str, Any], *, by: str) -> None:
    """`given` passed `check`. Raises Conflict."""
    name = given["name"]
    if name in _RESERVED:
        raise _wrong("name", f"{name!r} means something else in model strings; choose another name")
    if len(await listed(connection, workspace_id)) >= MOST_PROVIDERS:
        raise Conflict(f"a workspace has {MOST_PROVIDERS} providers at most: remove one first")
    provider_id = new_id()
    try:
        await connection.execute(
            """INSERT INTO model_provider (workspace_id, id, name, kind, base_url, api_key, prices)
               VALUES (%s, %s, %s, %s, %s, %s, %s)""",
            (
                *(workspace_id, provider_id, name, given["kind"], given.get("base_url")),
                *(_sealed(vault, provider_id, given.get("api_key")), Jsonb(given.get("prices") or {})),
            ),
        )
    except psycopg.errors.UniqueViolation as error:
        raise Conflict(f"this workspace already has a provider called {name}") from error
    await _record(connection, workspace_id, name, "added", given, by=by)


async def change(
    connection: Connection, workspace_id: UUID, vault: Vault, name: str, changes: dict[str, Any], *, by: str
) -> None:
    """What is left out stays; a null `api_key` takes the key out. Each change is a new version of the entry.

    Raises InvalidInput for another address without a key: the stored one is not sent where it was not meant for.
    """
    known = await _locked(connection, workspace_id, name)
    provider_id, values = known["id"], {**changes}
    if known["has_key"] and "api_key" not in values and values.get("base_url", known["base_url"]) != known["base_url"]:
        raise _wrong("api_key", "with another `base_url` the key has to be given again, or null where it needs none")
    if "api_key" in values:
        values["api_key"] = _sealed(vault, provider_id, values["api_key"])
    if "prices" in values:
        values["prices"] = Jsonb(values["prices"] or {})
    await connection.execute(
        """UPDATE model_provider SET version = version + 1, error = NULL,
                  base_url = CASE WHEN %(has_base_url)s THEN %(base_url)s ELSE base_url END,
                  api_key = CASE WHEN %(has_api_key)s THEN %(api_key)s ELSE api_key END,
                  prices = CASE WHEN %(has_prices)s THEN %(prices)s::jsonb ELSE prices END
           WHERE workspace_id = %(ws)s AND id = %(id)s""",
        {
            "ws": workspace_id,
            "id": provider_id,
            **{f"has_{part}": part in values for part in ("base_url", "api_key", "prices")},
            **{part: values.get(part) for part in ("base_url", "api_key", "prices")},
        },
    )
    await _record(connection, workspace_id, name, "changed", changes, by=by)


async def remove(connection: Connection, workspace_id: UUID, name: str, *, by: str) -> None:
    """Raises Conflict while something is set to it: its models would end in the built-in one without a word."""
    known = await _locked(connection, workspace_id, name)
    if users := await _users(connection, workspace_id, name):
        raise Conflict(f"the models of {', '.join(users)} are set to {name}: set them to others first", used_by=users)
    await connection.execute(
        "DELETE FROM model_provider WHERE workspace_id = %s AND id = %s", (workspace_id, known["id"])
    )
    await _record(connection, workspace_id, name, "removed", {}, by=by)


def check(outbound: Outbound, given: dict[str, Any], *, kind: str) -> None:
    """Raises InvalidInput. Loads the agent library for kinds that it must know."""
    try:
        parts = parts_of(kind)
    except ValueError as error:
        raise _wrong("kind", str(error)) from error
    url = given.get("base_url")
    if url and "base_url" not in parts:
        raise _wrong("base_url", f"{kind} has an address of its own; use openai-compatible for another one")
    if kind in OWN_SERVERS and "base_url" in given and not url:
        raise _wrong("base_url", f"{kind} needs the server's address, such as http://127.0.0.1:11434/v1")
    if url and (fault := fault_of_address(outbound, url)):
        raise _wrong("base_url", fault)


def fault_of_address(outbound: Outbound, url: str) -> str | None:
    """Of a server that a workspace names; what can be said without a look-up."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    fits = (
        parts.scheme in ("http", "https")
        and parts.hostname
        and not (parts.query or parts.fragment or "@" in parts.netloc)
    )
    if not fits:
        return "an address such as https://models.example/v1 is expected"
    if port is not None and not may_be_called(port):
        return "its port is another service's: 80, 443 or one from 1024 on is expected"
    return outbound.fault_of_host(parts.hostname or "")


async def _locked(connection: Connection, workspace_id: UUID, name: str) -> dict[str, Any]:
    cursor = await connection.execute(
        """SELECT id, base_url, api_key IS NOT NULL AS has_key FROM model_provider
           WHERE workspace_id = %s AND name = %s FOR UPDATE""",
        (workspace_id, name),
    )
    if row := await cursor.fetchone():
        return row
    raise _no()


async def _users(connection: Connection, workspace_id: UUID, name: str) -> list[str]:
    cursor = await connection.execute(
        "SELECT model, supervisor_model, transcription_model, agents FROM workspace WHERE id = %s", (workspace_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    named = {
        "the workspace": [row["model"]],
        "the supervisor": [row["supervisor_model"]],
        "voice notes": [row["transcription_model"]],
    }
    for agent, settings in row["agents"].items():
        named[agent] = [settings.get("model") or "", *(settings.get("fallbacks") or ())]
    return [user for user, models in named.items() if any(model.startswith(f"{name}:") for model in models)]


def _sealed(vault: Vault, provider_id: UUID, key: str | None) -> str | None:
    return vault.seal(key, bound_to(provider_id)) if key else None


def _no() -> NotFound:
    return NotFound("this workspace has no provider of this name")


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", errors=[{"field": field, "message": message}])


async def _record(
    connection: Connection, workspace_id: UUID, name: str, what: str, given: dict[str, Any], *, by: str
) -> None:
    """The key itself stands nowhere but sealed in its row."""
    detail = {key: value for key, value in given.items() if key != "api_key"}
    if "api_key" in given:
        detail["api_key"] = "set" if given["api_key"] else "taken out"
    await record(
        connection,
        workspace_id,
        actor=by,
        action=f"model_provider.{what}",
        subject=f"model_provider:{name}",
        detail=detail,
    )
