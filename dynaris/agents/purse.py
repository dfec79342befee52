"""What embeddings cost, out of the same purse as the models: held before a request, counted after it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import ROUND_UP, Decimal
from uuid import UUID

from dynaris.agents.providers import owned
from dynaris.agents.spending import LimitReached, count, hold_on, let_go_on
from dynaris.agents.usage import CHARACTERS_PER_TOKEN
from dynaris.knowledge.embeddings.client import Bill, Connect, EmbeddingFailed

_MILLION = 1_000_000
_SIXTH = Decimal("0.000001")  # what the month's sum keeps


class Purse:
    """Of `knowledge/embeddings`, which knows no caps."""

    @asynccontextmanager
    async def paying(
        self, connect: Connect, workspace_id: UUID, *, price: Decimal | None, characters: int
    ) -> AsyncIterator[Bill]:
        bill = Bill()
        if price == 0:  # by the workspace's own word
            yield bill
            return
        async with connect() as connection:
            has = await owned(connection, workspace_id)
            try:
                key = await hold_on(connection, has, _cost(price, characters // CHARACTERS_PER_TOKEN) or Decimal(0))
            except LimitReached as error:
                raise EmbeddingFailed(str(error), again=None) from error
        try:
            yield bill
        except EmbeddingFailed:
            async with connect() as connection:
                await let_go_on(connection, has, key)
            raise
        async with connect() as connection:
            await count(connection, has, _cost(price, bill.tokens), key)


def _cost(price: Decimal | None, tokens: int) -> Decimal | None:
    """Up to the next sixth: a question alone costs less than that, and many of them are to count."""
    return None if price is None else (price * tokens / _MILLION).quantize(_SIXTH, ROUND_UP)
