"""From the visitor's sending to the teammate's screen, while twenty streams are open."""

import asyncio
import secrets
import time
from contextlib import AsyncExitStack

import httpx
from playwright.async_api import Page

from benchmarks.figures import Figure, percentile
from benchmarks.stage import Stage, opened

_STREAMS, _MESSAGES = 20, 60
_SHOWN = """async wanted => {
    const shown = () => document.body.textContent.includes(wanted);
    if (!shown()) await new Promise(done => {
        const watcher = new MutationObserver(() => shown() && (watcher.disconnect(), done()));
        watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    return Date.now();
}"""


async def figures(stage: Stage) -> list[Figure]:
    async with AsyncExitStack() as stack:
        await _let_in(stage)
        await _listen(stage, stack, _STREAMS - 1)
        context = await stage.context()
        page, _ = await opened(context, f"{stage.product.address}/inbox/all")
        await page.wait_for_timeout(3_000)  # the stream is open, and its first words are over
        milliseconds = [await _message(stage, page) for _ in range(_MESSAGES)]
        await context.close()
    note = f"{_MESSAGES} messages, {_STREAMS} live streams, one browser"
    return [
        Figure("widget_to_inbox_p95_ms", percentile(milliseconds, 0.95), 200, unit="ms", note=note),
        Figure("widget_to_inbox_p50_ms", percentile(milliseconds, 0.5), unit="ms"),
    ]


async def _let_in(stage: Stage) -> None:
    """More new chats from one address than the demo's widget allows."""
    accounts = (await stage.api.get("/api/accounts")).json()["items"]
    widget = next(each for each in accounts if each["channel"] == "webchat")
    changes = {"settings": {**widget["settings"], "new_chats_per_address": 10_000}}
    (await stage.api.patch(f"/api/accounts/{widget['id']}", json=changes)).raise_for_status()


async def _message(stage: Stage, page: Page) -> float:
    """A new visitor each time: one's second message within a burst would not be the first to be filed."""
    word = secrets.token_hex(8)
    shown = asyncio.create_task(page.evaluate(_SHOWN, word))
    await asyncio.sleep(0.3)
    sent = time.time() * 1_000
    await stage.chat(f"{word}, is there parking?")
    return await asyncio.wait_for(shown, 20) - sent


async def _listen(stage: Stage, stack: AsyncExitStack, count: int) -> None:
    keys = [
        (await stage.product.command("api-key", "create", "--workspace", "demo", "--name", f"listener-{n}")).strip()
        for n in range(1 + count // 10)
    ]
    for number in range(count):
        key = keys[number // 10]
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=stage.product.address, timeout=None))
        answer = await stack.enter_async_context(
            client.stream("GET", "/api/live", headers={"authorization": f"Bearer {key}"})
        )
        answer.raise_for_status()
        reading = asyncio.create_task(_read(answer))
        stack.callback(reading.cancel)


async def _read(answer: httpx.Response) -> None:
    async for _ in answer.aiter_bytes():
        pass
