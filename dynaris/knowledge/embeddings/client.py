"""A provider's embeddings over HTTP, as OpenAI and all that are compatible with it speak them.

The address is a tenant's, so it is called through the guard of core/outbound.py. A provider that fails is left alone
for a while by those who answer somebody now; the background goes on when it says so.
"""

import os
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import aiohttp
import orjson

from dynaris.core.crypto import UnreadableSecret, Vault
from dynaris.core.db import Connection
from dynaris.core.outbound import Outbound

QUERY_SECONDS = 1.5  # that a question may wait for its vector
BATCH_SECONDS = 60.0
MOST_DIMENSIONS = 4000  # of pgvector's indexes over half-precision vectors
LONGEST_TEXT = 8_000  # characters: models take about 8,000 tokens

_REST_SECONDS = 30.0  # after a failure, in which no question waits for this provider
_MOST_BYTES = 64_000_000
_LONGEST_PAUSE = 3_600.0
_KEPT_QUESTIONS = 1_000
_OPENAI = "https://api.openai.com/v1"
_HAVE_ADDRESS = {
    **dict.fromkeys(("openai", "openai-chat", "openai-responses"), _OPENAI),
    "mistral": "https://api.mistral.ai/v1",
}

_ENTRY = """SELECT m.price, p.id, p.kind, p.base_url, p.api_key
    FROM embedding_model m LEFT JOIN model_provider p ON p.workspace_id = m.workspace_id AND p.name = %s
    WHERE m.workspace_id = %s AND m.name = %s ORDER BY m.status = 'leaving' LIMIT 1"""

Connect = Callable[[], AbstractAsyncContextManager[Connection]]


class EmbeddingFailed(Exception):
    """The text says why; `again`: seconds until another try may help, `None` where only a person helps.

    `too_much`: what was sent may be more than the model takes at once.
    """

    def __init__(self, reason: str, *, again: float | None = 60.0, too_much: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.again, self.too_much = reason, again, too_much


@dataclass(frozen=True, slots=True)
class Endpoint:
    url: str
    model: str
    key: str | None = field(repr=False)
    price: Decimal | None = None  # of a million tokens


@dataclass(frozen=True, slots=True)
class Embedded:
    vectors: list[list[float]]  # in the order of the texts
    tokens: int


@dataclass(slots=True)
class Bill:
    tokens: int = 0  # that the provider counted


class Purse(Protocol):
    """What a workspace's models may cost in a month (agents/purse.py)."""

    def paying(
        self, connect: Connect, workspace_id: UUID, *, price: Decimal | None, characters: int
    ) -> AbstractAsyncContextManager[Bill]:
        """Around a request: held before it, counted after it. Raises `EmbeddingFailed` at the month's cap.

        `connect` is asked before and after, so that nobody need keep a connection while the provider works.
        """
        ...


class Embeddings:
    """Of one process."""

    def __init__(self, vault: Vault, outbound: Outbound, purse: Purse | None = None) -> None:
        self._vault, self._outbound, self._purse = vault, outbound, purse
        self._session: aiohttp.ClientSession | None = None
        self._resting: dict[UUID, tuple[float, str]] = {}  # by model: until when, and why
        self._asked: OrderedDict[tuple[UUID, str], array[float]] = OrderedDict()

    async def endpoint(self, connection: Connection, workspace_id: UUID, name: str) -> Endpoint:
        """Where a model is: of the workspace's own provider entry, else OpenAI with the environment's key."""
        provider, _, model = name.partition(":")
        row = await (await connection.execute(_ENTRY, (provider, workspace_id, name))).fetchone()
        if row is None:
            raise EmbeddingFailed(f"the workspace names {name!r} no more")
        if row["id"] is not None:
            url = row["base_url"] or _HAVE_ADDRESS.get(row["kind"])
            if not url:
                raise EmbeddingFailed(f"the provider entry {provider!r} has no base_url for embeddings", again=None)
            try:
                bound_to = f"model_provider:{row['id']}:api_key"
                key = self._vault.open(row["api_key"], bound_to) if row["api_key"] else None
            except UnreadableSecret as error:
                raise EmbeddingFailed(str(error)) from error
            return Endpoint(url.rstrip("/"), model, key, row["price"])
        if provider == "openai" and (key := os.environ.get("OPENAI_API_KEY")):
            return Endpoint(_OPENAI, model, key, row["price"])
        raise EmbeddingFailed(f"there is no provider entry {provider!r}, and no key in the environment", again=None)

    async def of_questions(
        self, connection: Connection, workspace_id: UUID, model_id: UUID, name: str, texts: Sequence[str]
    ) -> Sequence[Sequence[float]]:
        """Within 1.5 s, or `EmbeddingFailed`: whoever asks is answered by full text then."""
        known = {text: self._asked[model_id, text] for text in texts if (model_id, text) in self._asked}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            until, why = self._resting.get(model_id, (0.0, ""))
            if time.monotonic() < until:
                raise EmbeddingFailed(why)
            try:
                endpoint = await self.endpoint(connection, workspace_id, name)
                async with self.paying(lambda: nullcontext(connection), workspace_id, endpoint.price, missing) as bill:
                    found = await self.embed(endpoint, missing, seconds=QUERY_SECONDS)
                    bill.tokens = found.tokens
            except EmbeddingFailed as error:
                self._resting[model_id] = (time.monotonic() + _REST_SECONDS, error.reason)
                raise
            new = {text: array("f", vector) for text, vector in zip(missing, found.vectors, strict=True)}
            known |= new
            self._asked.update({(model_id, text): vector for text, vector in new.items()})
            while len(self._asked) > _KEPT_QUESTIONS:
                self._asked.popitem(last=False)
        return [known[text] for text in texts]

    def paying(
        self, connect: Connect, workspace_id: UUID, price: Decimal | None, texts: Sequence[str]
    ) -> AbstractAsyncContextManager[Bill]:
        """As `Purse`, for these texts."""
        if self._purse is None:
            return nullcontext(Bill())
        return self._purse.paying(connect, workspace_id, price=price, characters=sum(map(len, texts)))

    async def embed(self, endpoint: Endpoint, texts: Sequence[str], *, seconds: float = BATCH_SECONDS) -> Embedded:
        """Raises `EmbeddingFailed`."""
        body = {"model": endpoint.model, "input": [text[:LONGEST_TEXT] for text in texts], "encoding_format": "float"}
        headers = {"Content-Type": "application/json"}
        if endpoint.key:
            headers["Authorization"] = f"Bearer {endpoint.key}"
        try:
            async with self._client().post(
                f"{endpoint.url}/embeddings",
                data=orjson.dumps(body),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
            ) as response:
                content = await _content(response)
        except TimeoutError as error:
            raise EmbeddingFailed(f"the provider did not answer within {seconds:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise EmbeddingFailed(f"the provider cannot be reached: {type(error).__name__}") from error
        if response.status != 200:
            raise _refused(response.status, response.headers.get("Retry-After"), content)
        return _read(content, len(texts))

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=self._outbound.http_connector(limit=8))
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _content(response: aiohttp.ClientResponse) -> bytes:
    """All of it, which comes in many pieces; of what is too long only so much that it is no answer any more."""
    found = bytearray()
    async for piece in response.content.iter_any():
        found += piece
        if len(found) > _MOST_BYTES:
            break
    return bytes(found)


def _refused(status: int, retry_after: str | None, content: bytes) -> EmbeddingFailed:
    said = content[:300].decode(errors="replace").replace("\x00", "")
    reason = f"the provider answered {status}: {said}"
    if status in (400, 401, 403, 404, 413, 422):
        return EmbeddingFailed(reason, again=None, too_much=status in (400, 413, 422))
    try:
        pause = float(retry_after or 60)
    except ValueError:  # a date: soon enough
        pause = 60.0
    return EmbeddingFailed(reason, again=min(max(pause, 1.0), _LONGEST_PAUSE))


def _read(content: bytes, count: int) -> Embedded:
    try:
        data: Any = orjson.loads(content)
        rows = sorted(data["data"], key=lambda row: row["index"])
        vectors = [[float(number) for number in row["embedding"]] for row in rows]
        tokens = int((data.get("usage") or {}).get("total_tokens") or 0)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise EmbeddingFailed("the provider's answer is no list of embeddings") from error
    sizes = {len(vector) for vector in vectors}
    if len(vectors) != count or len(sizes) != 1:
        raise EmbeddingFailed(f"expected {count} embeddings of one size, got {len(vectors)} of sizes {sorted(sizes)}")
    if not 0 < (size := sizes.pop()) <= MOST_DIMENSIONS:
        raise EmbeddingFailed(f"expected at most {MOST_DIMENSIONS} dimensions, got {size}", again=None)
    if not all(abs(number) < 65_504 for vector in vectors for number in vector):
        raise EmbeddingFailed("the provider's embeddings have numbers that are none")
    return Embedded(vectors, tokens)


class _Process:
    embeddings: Embeddings | None = None


def configure(embeddings: Embeddings | None) -> None:
    """Once per process, by `app`. Without it search works by full text alone."""
    _Process.embeddings = embeddings


def configured() -> Embeddings | None:
    return _Process.embeddings
