"""The product with a day of work in it, and a signed-in browser: for pictures of the screens and their figures."""

import asyncio
import os
import secrets
import shutil
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from benchmarks.product import Product, running_product
from dynaris.core.db import Database
from dynaris.workspaces.actions import create_sign_in_link

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_SETTLE_SECONDS = 60.0

# What people of one clinic write on a day: some is answered from its knowledge, some needs a person.
MAILS = (
    ("Ann Lee", "ann.lee@example.com", "Parking", "Hello, can I park at the clinic when I come by car?"),
    ("Bruno Keller", "bruno@example.net", "Opening hours", "Good morning, until when are you open on Fridays?"),
    (
        "Clara Schmidt",
        "clara.schmidt@example.org",
        "Complaint",
        "I waited fifty minutes yesterday and nobody told me why. I would like to speak to somebody about this.",
    ),
    (
        "David Moreau",
        "david.moreau@example.fr",
        "Rendez-vous",
        "Bonjour, est-ce que je peux prendre un rendez-vous pour un massage sportif la semaine prochaine ?",
    ),
    ("Emma Fischer", "emma@example.de", "Preise", "Guten Tag, was kostet eine Sportmassage bei Ihnen?"),
    (
        "Fatima Aziz",
        "fatima.aziz@example.com",
        "Invoice 2026-114",
        "Please send me a copy of my last invoice, I need it for my insurance.",
    ),
    (
        "George Hall",
        "george.hall@example.co.uk",
        "Knee after surgery",
        "I had knee surgery three weeks ago. May I start with exercises already?",
    ),
)
CHATS = (
    "Hi! What does a first assessment cost?",
    "Do you treat children?",
    "I need to talk to a real person please",
    "Is there a changing room?",
)


@dataclass
class Stage:
    product: Product
    api: httpx.AsyncClient
    browser: Browser
    smtp_port: int

    async def context(self, **options: Any) -> BrowserContext:
        """A browser of its own, signed in as the owner."""
        context = await self.browser.new_context(viewport=DESKTOP, locale="en-GB", **options)  # type: ignore[arg-type]
        page = await context.new_page()
        await page.goto(await self._link(), wait_until="domcontentloaded")
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{self.product.address}/")
        await page.close()
        return context

    async def _link(self) -> str:
        db = Database(self.product.dsn, size=1, application="dynaris-stage")
        await db.open()
        try:
            owner = await self.product.row(
                "SELECT person_id FROM member WHERE workspace_id = %(ws)s AND role = 'owner'",
                {"ws": self.product.workspace_id},
            )
            token = await create_sign_in_link(db, self.product.workspace_id, person_id=owner["person_id"])
        finally:
            await db.close()
        return f"{self.product.address}/auth/link/{token}"

    async def chat(self, text: str, session: str | None = None) -> str:
        """A visitor of the demo's site writes; the session, to go on with."""
        session = session or f"visitor-{secrets.token_urlsafe(24)}"
        body = {"session_id": session, "message": text, "message_id": secrets.token_hex(8)}
        answer = await self.api.post("/api/chat-widget/message", json=body, headers={"x-api-key": "demo"})
        answer.raise_for_status()
        return session

    async def settled(self) -> None:
        """Until nothing is worked on any more."""
        async with asyncio.timeout(_SETTLE_SECONDS):
            while await self.product.unsettled():  # noqa: ASYNC110 - the database does not tell
                await asyncio.sleep(0.25)


def browser_path() -> str:
    found = os.environ.get("DYNARIS_TEST_BROWSER") or next((p for name in _BROWSERS if (p := shutil.which(name))), None)
    if found is None:
        raise SystemExit("no Chromium here: apt install chromium-headless-shell, or name one in DYNARIS_TEST_BROWSER")
    return found


@asynccontextmanager
async def stage(*arguments: str) -> AsyncIterator[Stage]:
    """`arguments` are the browser's."""
    path = browser_path()
    async with running_product(quiet_period=0.5) as product, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *arguments])
        headers = {"authorization": f"Bearer {product.api_key}"}
        async with httpx.AsyncClient(base_url=product.address, headers=headers, timeout=30) as api:
            yield Stage(product, api, browser, product.smtp_port)
        await browser.close()


async def play_a_day(stage: Stage) -> None:
    """Mails and chats that become answers, waiting work and bookings, and what a team made of some of them."""
    await asyncio.to_thread(_post, stage.smtp_port, MAILS)
    for text in CHATS:
        await stage.chat(text)
    await stage.settled()
    await _work(stage.api)


def _post(port: int, mails: tuple[tuple[str, str, str, str], ...]) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
        for name, address, subject, text in mails:
            mail = EmailMessage()
            mail["From"], mail["To"] = f"{name} <{address}>", "hello@demo.localhost"
            mail["Subject"], mail["Message-ID"] = subject, make_msgid(domain="example.com")
            mail.set_content(text)
            server.send_message(mail)


async def _work(api: httpx.AsyncClient) -> None:
    tags = [
        await _made(api, "/api/tags", name=name, colour=colour)
        for name, colour in (("billing", "teal"), ("urgent", "red"))
    ]
    conversations = (await api.get("/api/conversations")).json()["items"]
    for conversation in conversations[:2]:
        await api.put(f"/api/conversations/{conversation['id']}/tags/{tags[0]['id']}")
    for number, title in enumerate(("Call Clara back about the waiting time", "Send Fatima her invoice")):
        contact = conversations[number]["contact_id"]
        due = datetime.now(UTC) + timedelta(days=number)
        await _made(api, "/api/tasks", title=title, contact_id=contact, due_at=due.isoformat())
    for number, service in enumerate((await api.get("/api/services")).json()["items"]):
        asked = {"service_id": service["id"], "limit": 100}
        times = (await api.get("/api/availability", params=asked)).json()["items"]
        chosen = times[number * 20 :: 37][:3]
        for place, time in enumerate(chosen):
            contact = conversations[(number + place) % len(conversations)]["contact_id"]
            wanted = {"service_id": service["id"], "staff_id": time["staff_id"], "starts_at": time["starts_at"]}
            await api.post("/api/bookings", json={**wanted, "contact_id": contact})  # where two fall together: one


async def _made(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    answer.raise_for_status()
    return answer.json()


# Milliseconds from the navigation until the heading stands and no skeleton is left.
_USABLE = """async () => {
    const usable = () => document.querySelector('h1') && !document.querySelector('[aria-busy="true"]');
    if (!usable()) await new Promise(done => {
        const watcher = new MutationObserver(() => usable() && (watcher.disconnect(), done()));
        watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
    });
    return performance.now();
}"""


async def opened(context: BrowserContext, url: str) -> tuple[Page, float]:
    """A screen with its first content, and the seconds that it took."""
    page = await context.new_page()
    await page.goto(url, wait_until="commit")
    return page, await asyncio.wait_for(page.evaluate(_USABLE), 30) / 1_000
