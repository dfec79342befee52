"""Kilobytes of script that a browser loads, gzipped as they are sent."""

import gzip
import re

import httpx
from playwright.async_api import Response

from benchmarks.figures import Figure
from benchmarks.stage import Stage
from dynaris.app.dashboard import FILES


async def figures(stage: Stage) -> list[Figure]:
    launcher, panel = await _widget(stage)
    return [
        Figure("entry_js_kb", _entry(), 150, unit="kB", note="all scripts that the page itself names"),
        Figure("widget_launcher_kb", launcher, 8, unit="kB", note="closed"),
        Figure("widget_panel_kb", panel, 30, unit="kB", note="what opening it loads besides"),
    ]


def _entry() -> float:
    page = (FILES / "index.html").read_text()
    names = set(re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page))
    return sum(_packed((FILES / name).read_bytes()) for name in names)


def _packed(content: bytes) -> float:
    return len(gzip.compress(content, 9, mtime=0)) / 1_000


async def _widget(stage: Stage) -> tuple[float, float]:
    """Of the demo page: the script before it is opened, and all scripts and styles that opening it asks for."""
    async with httpx.AsyncClient(base_url=stage.product.address) as client:
        launcher = _packed((await client.get("/widget.js")).content)
    context = await stage.browser.new_context()
    page = await context.new_page()
    loaded: list[Response] = []

    def heard(response: Response) -> None:  # Playwright writes on its handlers, and a list's method takes nothing
        loaded.append(response)

    page.on("response", heard)
    await page.goto(f"{stage.product.address}/demo", wait_until="load")
    await page.locator("dynaris-chat .launcher").click()
    await page.get_by_role("dialog").locator("textarea").wait_for()
    panel = sum([_packed(await each.body()) for each in loaded if re.search(r"/widget/.*\.(js|css)$", each.url)])
    await context.close()
    return launcher, panel
