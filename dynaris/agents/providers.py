"""The models of a workspace: its own provider entries, else the environment's; light until a model is really made.
Beside them what else agents call in its name: servers of tools.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dynaris.agents.breaker import Breaker
from dynaris.agents.mcp.client import McpServers
from dynaris.core.crypto import UnreadableSecret, Vault
from dynaris.core.db import Connection, Database
from dynaris.core.outbound import Outbound

if TYPE_CHECKING:
    import httpx2
    from pydantic_ai.models import Model

_MOST_MODELS = 200  # kept made; their connections are shared

_OWNED = """SELECT w.spending_cap AS cap, to_char(now() AT TIME ZONE w.timezone, 'YYYY-MM') AS month,
        (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'name', p.name, 'kind', p.kind,
            'base_url', p.base_url, 'api_key', p.api_key, 'prices', p.prices, 'version', p.version,
            'error', p.error)), '[]')
         FROM model_provider p WHERE p.workspace_id = %(ws)s) AS providers
    FROM workspace w WHERE w.id = %(ws)s"""


def bound_to(provider_id: UUID) -> str:
    """What a sealed key is bound to, so that it opens in its own row only."""
    return f"model_provider:{provider_id}:api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    id: UUID
    name: str
    kind: str
    base_url: str | None
    api_key: str | None = field(repr=False)  # sealed
    prices: dict[str, dict[str, str]]
    version: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What a workspace has for its models, as one statement read it."""

    workspace_id: UUID
    month: str  # of the workspace's time zone
    cap: Decimal | None
    entries: dict[str, Entry]

    def entry_of(self, name: str) -> tuple[Entry | None, str]:
        """The entry that a model string names, and the model's own name there."""
        first, _, rest = name.partition(":")
        return (self.entries.get(first), rest) if rest else (None, name)

    def key_of(self, name: str) -> tuple[Any, ...]:
        """By what the breaker and the cache know a model: a changed entry is another one."""
        entry, model = self.entry_of(name)
        return (entry.id, entry.version, model) if entry else ("environment", name)


def nothing_owned(workspace_id: UUID) -> Owned:
    """For callers that bring no models of their own: the environment's keys."""
    return Owned(workspace_id=workspace_id, month="", cap=None, entries={})


class Models:
    """Of one process. A model is kept under its entry's version, so none works with a key that was changed or taken."""

    def __init__(self, db: Database, vault: Vault, outbound: Outbound) -> None:
        self._db, self._vault, self._outbound = db, vault, outbound
        self._made: OrderedDict[tuple[Any, ...], Model] = OrderedDict()
        self._making = Lock()
        self._client: httpx2.AsyncClient | None = None
        self.breaker = Breaker()
        self.mcp_servers = McpServers(db, vault, outbound)

    async def of(self, workspace_id: UUID) -> Owned:
        async with self._db.workspace(workspace_id) as connection:
            return await owned(connection, workspace_id)

    def named(self, has: Owned, name: str) -> "Model":
        """Raises `ModelUnavailable`."""
        entry, model = has.entry_of(name)
        if entry is None:
            from dynaris.agents.model_choice import model_named

            return model_named(name)
        key = has.key_of(name)
        with self._making:  # runs ask for it in threads of their own
            if key not in self._made:
                self._made[key] = self._model(entry, model)
                if len(self._made) > _MOST_MODELS:
                    self._made.popitem(last=False)
            self._made.move_to_end(key)
            return self._made[key]

    def _model(self, entry: Entry, model: str) -> "Model":
        from pydantic_ai.exceptions import UserError

        from dynaris.agents.model_choice import ModelUnavailable
        from dynaris.agents.provider_kinds import model_of
        from dynaris.agents.usage import load_prices
        from dynaris.core import tracing

        load_prices()
        try:
            key = self._vault.open(entry.api_key, bound_to(entry.id)) if entry.api_key else None
            made = model_of(entry.kind, entry.name, model, api_key=key, base_url=entry.base_url, client=self._guarded())
        except ImportError as error:
            raise ModelUnavailable(f"{entry.name}: the library of {entry.kind} is not installed") from error
        except (UnreadableSecret, UserError, ValueError) as error:
            raise ModelUnavailable(f"{entry.name}: {error}") from error
        return tracing.instrumented(made)

    def _guarded(self) -> "httpx2.AsyncClient":
        if self._client is None:
            from dynaris.agents.guarded_http import guarded_client

            self._client = guarded_client(self._outbound)
        return self._client

    async def set_error(self, has: Owned, name: str, error: str | None) -> None:
        """What a provider said of the key: shown with its entry until it answers again."""
        entry, _ = has.entry_of(name)
        if entry is None or entry.error == error:
            return
        async with self._db.workspace(has.workspace_id) as connection:
            await connection.execute(
                "UPDATE model_provider SET error = %s WHERE workspace_id = %s AND id = %s AND version = %s",
                (error and error.replace("\x00", "")[:500], has.workspace_id, entry.id, entry.version),
            )

    async def close(self) -> None:
        self._made.clear()
        await self.mcp_servers.close()
        if self._client is not None:
            await self._client.aclose()
            self._client = None


async def owned(connection: Connection, workspace_id: UUID) -> Owned:
    row = await (await connection.execute(_OWNED, {"ws": workspace_id})).fetchone()
    assert row is not None
    found = [Entry(**{**each, "id": UUID(each["id"])}) for each in row["providers"]]
    return Owned(
        workspace_id=workspace_id, month=row["month"], cap=row["cap"], entries={entry.name: entry for entry in found}
    )
