"""What reading a book of 300 pages takes: memory of the worker and of the process that reads, time, and progress."""

import asyncio
import time
from typing import Any

import aiohttp

from benchmarks import measure
from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.papers import handbook
from benchmarks.product import Product, running_product

FIGURES = ("ingest_memory_mb", "ingest_seconds", "ingest_progress_steps", "ingest_pages_found")

_PAGES = 300
_MOST_SECONDS = 120
_LOOK_SECONDS = 0.02


async def run(bench: Bench) -> list[Figure]:
    book = handbook(_PAGES, bench.random)
    async with running_product() as product:
        headers = {"Authorization": f"Bearer {product.api_key}"}
        async with aiohttp.ClientSession(product.address, headers=headers) as session:
            began = time.monotonic()
            document = await _uploaded(session, book)
            memory, steps = await _watched(product, session, document["id"])
            took = time.monotonic() - began
        pages = await product.row(
            "SELECT count(DISTINCT page) AS n FROM passage WHERE document_id = %(id)s", {"id": document["id"]}
        )
    bench.say(f"  ingest: {memory / 1_000_000:.0f} MB, {took:.1f} s, {steps} steps of progress")
    return [
        Figure("ingest_memory_mb", memory / 1_000_000, target=500, unit="MB", note="worker and reader together"),
        Figure("ingest_seconds", took, unit="s", note=f"{_PAGES} pages, {len(book) / 1_000_000:.1f} MB"),
        Figure(
            "ingest_progress_steps", steps, target=1, at_least=True, note="seen between the first page and the last"
        ),
        Figure("ingest_pages_found", pages["n"], target=_PAGES, at_least=True),
    ]


async def _uploaded(session: aiohttp.ClientSession, book: bytes) -> dict[str, Any]:
    form = aiohttp.FormData()
    form.add_field("file", book, filename="handbook.pdf", content_type="application/pdf")
    async with session.post("/api/knowledge/files", data=form) as answer:
        answer.raise_for_status()
        return (await answer.json())["items"][0]


async def _watched(product: Product, session: aiohttp.ClientSession, document_id: str) -> tuple[int, int]:
    """The most memory that was seen, and how many pages were said to be done on the way."""
    most, said = 0, set[int]()
    async with asyncio.timeout(_MOST_SECONDS):
        while True:
            most = max(most, measure.resident_set_size(product.processes("worker")))
            async with session.get(f"/api/knowledge/documents/{document_id}") as answer:
                document = await answer.json()
            if document["status"] not in ("queued", "reading"):
                break
            if 0 < document["pages_done"] < _PAGES:
                said.add(document["pages_done"])
            await asyncio.sleep(_LOOK_SECONDS)
    if document["status"] != "ready":
        raise RuntimeError(document["error"])
    return most, len(said)
