"""Pictures of every screen, light and dark, wide and on a phone, of a demo day: `make screenshots`."""

import asyncio
import base64
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

import aiohttp  # noqa: E402
from playwright.async_api import BrowserContext, Page  # noqa: E402

from benchmarks.stage import DESKTOP, PHONE, Stage, opened, play_a_day, stage  # noqa: E402
from benchmarks.voice.__main__ import INTERRUPTION, QUESTION, recorded  # noqa: E402
from benchmarks.voice.caller import ACCOUNT, NUMBER, TOKEN, calling, told  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
_QUALITY = 80


async def screens(stage: Stage) -> dict[str, str]:
    """Name and address of each picture; those of one thing show the one that has most to show."""
    conversations = (await stage.api.get("/api/conversations")).json()["items"]
    conversation = next(one for one in conversations if one["tags"])
    event = (await stage.api.get("/api/events")).json()["items"][0]
    accounts = (await stage.api.get("/api/accounts")).json()["items"]
    number = next(one for one in accounts if one["channel"] == "whatsapp")
    calls = (await stage.api.get("/api/calls", params={"outcome": "answered"})).json()["items"]
    return {
        "overview": "/",
        "inbox": f"/inbox/all/{conversation['id']}",
        "events": "/events",
        "event": f"/events/{event['id']}",
        "calls": "/calls",
        "call": f"/calls/{calls[0]['id']}",
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
        "account": f"/connectors/{number['id']}",
        "settings": "/settings",
        "members": "/settings/members",
        "teams": "/settings/teams",
        "auto-mode": "/settings/auto-mode",
        "who-answers": "/settings/answering",
        "hand-off": "/settings/hand-off",
        "templates": "/settings/templates",
        "sla": "/settings/sla",
        "widget-settings": "/settings/widget",
        "api-keys": "/settings/api-keys",
        "audit-log": "/settings/audit-log",
        "onboarding": "/onboarding",
        "widget": "/demo",
        "sign-in": "/sign-in",
        "book": "/book/demo",
    }


async def mapped(stage: Stage) -> None:
    """The number has a team in the mornings and an agent beside it."""
    accounts = (await stage.api.get("/api/accounts")).json()["items"]
    number = next(one for one in accounts if one["channel"] == "whatsapp")
    team = (await stage.api.post("/api/teams", json={"name": "Front desk"})).raise_for_status().json()["id"]
    rings = {"strategy": "longest_waiting", "ring_seconds": 45}
    (await stage.api.patch(f"/api/teams/{team}", json=rings)).raise_for_status()
    mornings = {day: ["08:00-12:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    items = [{"team_id": team, "hours": mornings}, {"ai_agent_id": "chat", "hours": {"saturday": ["09:00-12:00"]}}]
    path = f"/api/accounts/{number['id']}/mappings"
    (await stage.api.put(path, json={"items": items})).raise_for_status()


async def promised(stage: Stage) -> None:
    """By when a contact has an answer."""
    policy = {"name": "Standard", "first_response_minutes": 15, "next_response_minutes": 60, "resolution_minutes": 1440}
    body = {"policies": [{**policy, "warn_percent": 80, "business_hours": False}]}
    (await stage.api.put("/api/sla/policies", json=body)).raise_for_status()


async def called(stage: Stage) -> None:
    """Somebody asks on the telephone and interrupts the answer, and somebody hangs up before there is one."""
    settings = ("--set", f"account_sid={ACCOUNT}", "--set", f"auth_token={TOKEN}")
    await stage.product.command("account", "add", "--workspace", "demo", "voice_twilio", "--address", NUMBER, *settings)
    speech = await recorded()
    async with aiohttp.ClientSession() as http:
        missed = "CA0123456789"
        await told(stage.product, http, "/twilio/voice", missed, "+491715550102", "ringing")
        await told(stage.product, http, "/twilio/status", missed, "+491715550102", "completed", CallDuration="4")
        async with calling(stage.product, http, "+491715550101") as caller:
            await caller.quiet_for(1.0)
            await caller.sound_after(await caller.say(speech[QUESTION]))
            await asyncio.sleep(1.5)  # in the middle of a sentence
            await caller.say(speech[INTERRUPTION])
            await caller.quiet_for(1.5)
            await caller.sound_after(await caller.say(speech[QUESTION]))
            await caller.quiet_for(1.0)
    async with asyncio.timeout(60):
        while not (await stage.api.get("/api/calls", params={"outcome": "answered"})).json()["items"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    for call, name in zip(
        (await stage.api.get("/api/calls")).json()["items"], ("Helen Brandt", "Igor Novak"), strict=True
    ):
        (await stage.api.patch(f"/api/contacts/{call['contact_id']}", json={"name": name})).raise_for_status()


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
        await promised(scene)
        await play_a_day(scene)
        await called(scene)
        await tidied(scene)
        await mapped(scene)
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
