"""Where replies go: a local HTTP server in a process of its own that remembers every reply it saw.

`python -m benchmarks.sink` prints its port. Replies are posted to `/reply/<external id>`, or to
`/reply/<contact>~` where a contact's events share their address.
"""

import asyncio
import sys
import time

import orjson
import uvloop
from aiohttp import web


class Sink:
    """Everything seen since the last `forget`: arrival time and idempotency key of every post."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.replies: dict[str, list[tuple[float, str | None]]] = {}
        self.unsigned = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        arrived = time.monotonic()
        _, action, *rest = request.path.split("/", 2)
        if action == "reply":
            return await self._reply(request, rest[0], arrived)
        if action == "count":
            return _json({"replied": len(self.replies)})
        if action == "replies":
            return _json({"replies": self.replies, "unsigned": self.unsigned})
        if action == "reset":
            self.replies, self.unsigned, self.delay = {}, 0, float(rest[0])
            return _json({})
        return web.Response(status=404)

    async def _reply(self, request: web.BaseRequest, external_id: str, arrived: float) -> web.Response:
        await request.read()
        self.unsigned += "X-Dynaris-Signature" not in request.headers
        if external_id.endswith("~"):  # several replies may come here: each has its own key
            external_id += request.headers["Idempotency-Key"]
        self.replies.setdefault(external_id, []).append((arrived, request.headers.get("Idempotency-Key")))
        if self.delay:
            await asyncio.sleep(self.delay)
        return _json({"id": f"reply-{external_id}"})


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")


async def _serve() -> None:
    runner = web.ServerRunner(web.Server(Sink().answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    # The parent's end of this pipe closing is the signal to stop, however the parent ended.
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(_serve())
