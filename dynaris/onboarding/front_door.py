"""A request to the product's own HTTP, as it comes from outside: through the same edge, key check and route."""

import asyncio
from typing import Any

from fastapi import FastAPI

from dynaris.channels.contract import PostHere


def own_http(app: FastAPI, client: tuple[str, int]) -> PostHere:
    """`client`: whom the limits by network address are counted for."""

    async def post(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        # A task of its own: what the request notes about itself for the log stays with it.
        return await asyncio.create_task(_posted(app, client, path, headers, body))

    return post


async def _posted(
    app: FastAPI, client: tuple[str, int], path: str, headers: dict[str, str], body: bytes
) -> tuple[int, bytes]:
    given = {"host": "localhost", "content-length": str(len(body)), **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given.items()],
        "client": client,
        "server": ("localhost", 80),
    }
    pieces: list[bytes] = []
    status = 500
    given_away = False

    async def receive() -> dict[str, Any]:
        nonlocal given_away
        if given_away:
            await asyncio.Event().wait()  # who asked stays and waits for the answer
        given_away = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(pieces)
