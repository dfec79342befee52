"""Search over 100,000 passages of one workspace: how many of the best it finds, and how soon."""

import tempfile
import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from uuid import UUID

import orjson
from psycopg import AsyncConnection

from benchmarks.bench import Bench
from benchmarks.corpus import Asked, Corpus, Written, batches
from benchmarks.figures import Figure, median, percentile
from dynaris.core.crypto import Vault
from dynaris.core.db import Connection, Database
from dynaris.core.language_words import FUNCTION_WORDS
from dynaris.core.outbound import Outbound
from dynaris.core.postgres import attached
from dynaris.knowledge.actions import add_source
from dynaris.knowledge.embeddings import client
from dynaris.knowledge.embeddings.asking import nearest
from dynaris.knowledge.questions import parts
from dynaris.knowledge.searching import search
from dynaris.knowledge.vocabulary import forget
from dynaris.migrations.run import ensure_current
from dynaris.workspaces.actions import create_workspace

FIGURES = (
    "search_recall_at_5",
    "search_p95_ms",
    "search_cpu_p95_ms",
    "search_found_at_5",
    "search_vector_recall_at_5",
    "search_vector_p95_ms",
    "search_vector_cpu_p95_ms",
)

PASSAGES, QUESTIONS = 100_000, 200
DIMENSIONS = 1536  # of the usual models
_BATCH = 500  # passages of a source
_MODEL = UUID(int=5)
_MEANINGS, _MIXED = 48, 3  # the dimensions that texts really differ in are few, whatever a model has
_SMALL = frozenset().union(*FUNCTION_WORDS.values())


@dataclass(frozen=True, slots=True)
class _Shop:
    db: Database
    url: str
    workspace_id: UUID
    written: list[Written]
    asked: list[Asked]


async def run(bench: Bench) -> list[Figure]:
    async with _shop(bench) as shop:
        return [*await _by_words(bench, shop), *await _by_vectors(bench, shop)]


@asynccontextmanager
async def _shop(bench: Bench) -> AsyncIterator[_Shop]:
    """A database of its own, as the product starts it, filled through the product."""
    scale = 20 if bench.quick else 1
    corpus = Corpus()
    written = corpus.write(PASSAGES // scale)
    with tempfile.TemporaryDirectory() as folder:
        async with attached(Path(folder)) as url:
            await ensure_current(url)
            db = Database(url, application="dynaris-benchmark")
            await db.open()
            made = await create_workspace(db, slug="shop", name="Shop", owner_email="o@shop.example", owner_name="O")
            bench.say(f"  {len(written)} passages")
            async with db.workspace(made.id) as connection:
                for number, (language, some) in enumerate(batches(written, _BATCH)):
                    pairs = [{"question": passage.heading, "answer": passage.text} for passage in some]
                    content = orjson.dumps(pairs).decode()
                    title = f"Catalogue {number}"
                    await add_source(connection, made.id, kind="faq", title=title, content=content, language=language)
            await _vacuumed(url)
            yield _Shop(db, url, made.id, written, corpus.ask(QUESTIONS // scale * 2 if bench.quick else QUESTIONS))
            await db.close()


async def _vacuumed(url: str) -> None:
    async with await AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("VACUUM ANALYZE")


async def _by_words(bench: Bench, shop: _Shop) -> list[Figure]:
    async with shop.db.workspace(shop.workspace_id) as connection:
        slow, busy = await _p95s(bench, shop, connection, lambda it: search(connection, shop.workspace_id, it.text))
        shares: list[float] = []
        found = 0
        for asked in shop.asked:
            quick = await search(connection, shop.workspace_id, asked.text)
            best = await search(connection, shop.workspace_id, asked.text, exhaustive=True)
            shares.append(_share([passage.id for passage in quick], [passage.id for passage in best]))
            found += any(passage.text == shop.written[asked.about].text for passage in quick)
    note = f"{len(shop.asked)} questions, {len(shop.written)} passages"
    return [
        Figure("search_recall_at_5", sum(shares) / len(shares), target=0.95, at_least=True, note=note),
        Figure("search_p95_ms", median(slow), target=50, unit="ms", note=_rounds(slow)),
        Figure("search_cpu_p95_ms", median(busy), unit="ms", note="of both processes"),
        Figure("search_found_at_5", found / len(shop.asked), note="the passage that a question was made of", unit=""),
    ]


async def _by_vectors(bench: Bench, shop: _Shop) -> list[Figure]:
    """As a hybrid: full text and the nearest vectors, put together; the question's vector is given."""
    bench.say(f"  {len(shop.written)} vectors of {DIMENSIONS} dimensions")
    await _embedded(shop)
    await _indexed(shop)
    client.configure(_Given(Vault("benchmark"), Outbound()))
    try:
        async with shop.db.workspace(shop.workspace_id) as connection:
            slow, busy = await _p95s(bench, shop, connection, lambda it: search(connection, shop.workspace_id, it.text))
            near = [await _near(connection, asked) for asked in shop.asked]
    finally:
        client.configure(None)
    best = await _exact(shop)
    recall = sum(_share(some, all_) for some, all_ in zip(near, best, strict=True)) / len(near)
    return [
        Figure("search_vector_recall_at_5", recall, target=0.95, at_least=True, note=f"{DIMENSIONS} dimensions, HNSW"),
        Figure("search_vector_p95_ms", median(slow), target=60, unit="ms", note=f"full text too; {_rounds(slow)}"),
        Figure("search_vector_cpu_p95_ms", median(busy), unit="ms", note="of both processes"),
    ]


async def _p95s(
    bench: Bench, shop: _Shop, connection: Connection, ask: Callable[[Asked], Awaitable[object]]
) -> tuple[list[float], list[float]]:
    """Of time and of CPU time, one for each round; in none is a question's word remembered from the round before."""
    slow: list[float] = []
    busy: list[float] = []
    for _ in range(bench.rounds):
        forget(shop.workspace_id)
        times: list[float] = []
        used: list[float] = []
        for asked in shop.asked:
            began, cpu = time.perf_counter(), _cpu_ms(connection)
            await ask(asked)
            times.append((time.perf_counter() - began) * 1000)
            used.append(_cpu_ms(connection) - cpu)
        slow.append(percentile(times, 0.95) or 0)
        busy.append(percentile(used, 0.95) or 0)
    bench.say(f"  p95 {_rounds(slow)} ms; CPU {_rounds(busy)} ms")
    return slow, busy


def _cpu_ms(connection: Connection) -> float:
    """Of this process and of the server's one for the connection, until now."""
    nanoseconds = Path(f"/proc/{connection.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() * 1000 + int(nanoseconds) / 1e6


def _rounds(values: Sequence[float]) -> str:
    return "rounds " + ", ".join(f"{value:.0f}" for value in values)


def _share(found: Sequence[UUID], best: Sequence[UUID]) -> float:
    """Of the best five, how many were found."""
    return len(set(found[:5]) & set(best[:5])) / len(best[:5]) if best else 1.0


# Vectors ------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _axes() -> list[int]:
    """The directions in which meanings differ, and their opposites: a text's numbers side by side in one long one, so
    that whole vectors are added at once."""
    random, axes = Random(11), list[int]()
    for _ in range(_MEANINGS):
        numbers = random.randbytes(DIMENSIONS)
        for side in (numbers, bytes(255 - number for number in numbers)):
            apart = bytearray(2 * DIMENSIONS)
            apart[::2] = side
            axes.append(int.from_bytes(apart, "little"))
    return axes


@lru_cache(maxsize=300_000)
def _direction(word: str) -> int:
    """A word's own mixture of meanings."""
    return sum(Random(word).sample(_axes(), _MIXED))


def _vector(text: str) -> list[int]:
    """The sum of its words' directions: texts on one topic are near each other, as real embeddings are."""
    words = [word for word in text.lower().replace(".", " ").replace("?", " ").split() if word not in _SMALL][
        : 65_535 // 255 // _MIXED
    ]
    added = sum(map(_direction, words)).to_bytes(2 * DIMENSIONS + 8, "little")[: 2 * DIMENSIONS]
    middle = len(words) * _MIXED * 255 // 2
    return [number - middle for number in array("H", added)]


class _Given(client.Embeddings):
    """The questions' vectors without a provider."""

    async def of_questions(
        self, connection: Connection, workspace_id: UUID, model_id: UUID, name: str, texts: Sequence[str]
    ) -> list[list[float]]:
        del connection, workspace_id, model_id, name
        return [[float(number) for number in _vector(text)] for text in texts]


async def _near(connection: Connection, asked: Asked) -> list[UUID]:
    text = parts(asked.text)[0].text
    return [passage_id for passage_id, _ in await nearest(connection, _MODEL, [float(n) for n in _vector(text)])]


async def _embedded(shop: _Shop) -> None:
    """By the tables' owner: COPY does not go through row-level security."""
    async with await AsyncConnection.connect(shop.url, autocommit=True) as connection:
        await connection.execute(
            """INSERT INTO embedding_model (workspace_id, id, name, dimensions, status)
               VALUES (%s, %s, 'given:bag-of-words', %s, 'serving')""",
            (shop.workspace_id, _MODEL, DIMENSIONS),
        )
        await connection.execute("UPDATE knowledge_state SET version = version + 1")
        rows = await (await connection.execute("SELECT id, heading, text FROM passage")).fetchall()
        async with connection.cursor().copy(
            "COPY passage_embedding (workspace_id, model_id, passage_id, embedding) FROM STDIN"
        ) as copy:
            for passage_id, heading, text in rows:
                vector = ",".join(map(str, _vector(f"{heading} {text}")))
                await copy.write_row((shop.workspace_id, _MODEL, passage_id, f"{{{vector}}}"))


async def _indexed(shop: _Shop) -> None:
    """At once, and with memory for it, as no product would need it: there the index grows with its passages."""
    async with await AsyncConnection.connect(shop.url, autocommit=True) as connection:
        await connection.execute("SET maintenance_work_mem = '1500MB'")
        await connection.execute("SELECT set_config('dynaris.workspace', %s, false)", (str(shop.workspace_id),))
        await connection.execute("SELECT index_embeddings(%s)", (_MODEL,))
        await connection.execute("ANALYZE passage_embedding")


async def _exact(shop: _Shop) -> list[list[UUID]]:
    """The nearest five of all, one by one."""
    async with await AsyncConnection.connect(shop.url, autocommit=True) as connection:
        await connection.execute(
            f"""CREATE TEMP TABLE every AS SELECT passage_id, embedding::halfvec({DIMENSIONS}) AS at
                FROM passage_embedding""".encode()
        )
        found: list[list[UUID]] = []
        for asked in shop.asked:
            vector = orjson.dumps(_vector(parts(asked.text)[0].text)).decode()
            cursor = await connection.execute(
                "SELECT passage_id FROM every ORDER BY at <=> %s::halfvec, passage_id LIMIT 5", (vector,)
            )
            found.append([row[0] for row in await cursor.fetchall()])
        return found
