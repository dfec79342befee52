"""A provider of embeddings on loopback that speaks OpenAI's wire format, and fails as it is told to."""

import hashlib
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

# Words that mean the same have the same direction, as a real model would have it.
_MEANING = {"pooch": "dog", "canine": "dog", "dogs": "dog", "puppy": "dog", "companions": "dog", "furry": "dog"}


@dataclass
class Provider:
    url: str = ""
    dimensions: int = 64
    faults: list[Any] = field(default_factory=list)  # for the next requests: a response, or what makes one
    longest: int | None = None  # characters of a text; with a longer one among them a request is refused
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def embedding(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(str(_MEANING.get(word, word)).encode()).digest()
            vector[int.from_bytes(digest[:4], "big") % self.dimensions] += 1 if digest[4] % 2 else -1
        size = math.sqrt(sum(number * number for number in vector)) or 1.0
        return [number / size for number in vector]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization"))
        if self.faults:
            fault = self.faults.pop(0)
            return fault if isinstance(fault, web.StreamResponse) else await fault()
        if self.longest and any(len(text) > self.longest for text in body["input"]):
            return web.Response(status=413, text="maximum context length exceeded")
        rows = [{"index": n, "embedding": self.embedding(text)} for n, text in enumerate(body["input"])]
        tokens = sum(len(text.split()) for text in body["input"])
        return web.json_response({"object": "list", "data": rows[::-1], "usage": {"total_tokens": tokens}})


@asynccontextmanager
async def embedding_provider() -> AsyncIterator[Provider]:
    provider = Provider()
    app = web.Application(client_max_size=50_000_000)
    app.router.add_post("/v1/embeddings", provider.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield provider
    await runner.cleanup()
