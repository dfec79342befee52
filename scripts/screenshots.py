"""Pictures of every screen, light and dark, wide and on a phone, of a demo day: `make screenshots`."""

import asyncio
import base64
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from playwright.async_api import BrowserContext, Page  # noqa: E402

from benchmarks.stage import DESKTOP, PHONE, Stage, opened, play_a_day, stage  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
_QUALITY = 80


async def screens(stage: Stage) -> dict[str, str]:
    """Name and address of each picture; those of one thing show the one that has most to show."""
    conversations = (await stage.api.get("/api/conversations")).json()["items"]
    conversation = next(one for one in conversations if one["tags"])
    event = (await stage.api.get("/api/events")).json()["items"][0]
    return {
        "overview": "/",
        "inbox": f"/inbox/all/{conversation['id']}",
        "events": "/events",
        "event": f"/events/{event['id']}",
        "contacts": "/contacts",
        "contact": f"/contacts/{conversation['contact_id']}",
        "tasks": "/tasks",
        "agents": "/agents",
        "agent": "/agents/chat",
        "knowledge": "/knowledge",
        "knowledge-search": "/knowledge/search?q=Is+there+parking%3F",
        "scheduling": f"/scheduling?day={datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}",
        "bookings": "/scheduling/bookings",
        "services": "/scheduling/services",
        "free-times": "/scheduling/availability",
        "connectors": "/connectors",
        "connect": "/connectors/new",
        "settings": "/settings",
        "members": "/settings/members",
        "auto-mode": "/settings/auto-mode",
        "widget-settings": "/settings/widget",
        "api-keys": "/settings/api-keys",
        "audit-log": "/settings/audit-log",
        "onboarding": "/onboarding",
        "widget": "/demo",
        "sign-in": "/sign-in",
        "book": "/book/demo",
    }


async def tidied(stage: Stage) -> None:
    """Without the sources that benchmarks send through."""
    for account in (await stage.api.get("/api/accounts")).json()["items"]:
        if account["channel"] == "generic":
            (await stage.api.delete(f"/api/accounts/{account['id']}")).raise_for_status()


async def take(context: BrowserContext, page: Page, name: str) -> None:
    devtools = await context.new_cdp_session(page)
    shot = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


async def main() -> None:
    wanted = sys.argv[1:]
    FOLDER.mkdir(parents=True, exist_ok=True)
    async with stage() as scene:
        await play_a_day(scene)
        await tidied(scene)
        context = await scene.context(reduced_motion="reduce")
        for name, path in (await screens(scene)).items():
            if wanted and name not in wanted:
                continue
            page, _ = await opened(context, f"{scene.product.address}{path}")
            if name == "widget":
                await page.get_by_role("button", name="chat").first.click()
            for size, suffix in ((DESKTOP, ""), (PHONE, "-phone")):
                await page.set_viewport_size(size)  # type: ignore[arg-type]
                for scheme in ("light", "dark"):
                    await page.emulate_media(color_scheme=scheme)
                    await page.wait_for_timeout(1_000)
                    await take(context, page, f"{name}{suffix}-{scheme}")
            await page.close()
            print(name, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
