"""A page of another site that has the chat widget, under a strict content security policy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Room

_HTML = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="{scheme}"></head>
<body><main><h1>A shop</h1><p>Its own words.</p></main>
<script async src="{product}/widget.js" data-key="{key}" {more}></script></body></html>"""
# No inline script or style, nothing evaluated, no HTML from strings: what the widget needs is named, and no more.
_POLICY = (
    "default-src 'none'; script-src {product}; connect-src {product}; img-src {product}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass
class Site:
    """A page of somebody else's, with the room's widget."""

    url: str
    room: Room
    lang: str = "en"
    scheme: str = "light"
    more: str = ""

    async def visit(self, page: Page) -> "Chat":
        page.on("pageerror", lambda error: self.room.errors.append(str(error)))
        page.on("console", lambda said: self._heard(said.text))
        await page.goto(self.url, wait_until="domcontentloaded")
        return Chat(page, self.room)

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text or "Trusted" in text:
            self.room.errors.append(text)

    async def set_up(self, **settings: Any) -> None:
        answer = await self.room.api.patch(f"/api/accounts/{await self.account()}", json={"settings": settings})
        assert answer.status_code == 200, answer.text

    async def account(self) -> str:
        accounts = (await self.room.api.get("/api/accounts")).json()["items"]
        return next(each["id"] for each in accounts if each["address"] == self.room.chat_key)


@dataclass
class Chat:
    page: Page
    room: Room

    @property
    def launcher(self) -> Locator:
        return self.page.locator("dynaris-chat .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def input(self) -> Locator:
        return self.panel.locator(".write textarea")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")
        await expect(self.log.locator(".out").last).to_contain_text(text[:40])

    async def conversation(self) -> str:
        async with asyncio.timeout(10):
            while True:
                if rows := await self.room.rows("SELECT id FROM conversation WHERE workspace_id = %(ws)s"):
                    return str(rows[0]["id"])
                await asyncio.sleep(0.05)

    async def answered(self, text: str) -> None:
        """By a teammate."""
        path = f"/api/conversations/{await self.conversation()}/messages"
        answer = await self.room.api.post(path, json={"text": text})
        assert answer.is_success, answer.text


@pytest.fixture
async def site(room: Room) -> AsyncIterator[Site]:
    here = Site("", room)

    async def show(_: web.Request) -> web.Response:
        html = _HTML.format(product=room.url, key=room.chat_key, lang=here.lang, scheme=here.scheme, more=here.more)
        headers = {"Content-Security-Policy": _POLICY.format(product=room.url)}
        return web.Response(text=html, content_type="text/html", headers=headers)

    application = web.Application()
    application.router.add_get("/", show)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://localhost:{runner.addresses[0][1]}/"
    yield here
    await runner.cleanup()
