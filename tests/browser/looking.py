"""What is looked for on every screen: scripts that should not have run, and what shuts people out."""

from functools import cache
from pathlib import Path
from typing import Literal

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
# In every field that shows outside text. Each would set `window.__xss`.
XSS = (
    "<script>window.__xss=1</script>",
    "<img src=x onerror=window.__xss=1>",
    '"><svg onload=window.__xss=1>',
    "javascript:window.__xss=1",
    "{{constructor.constructor('window.__xss=1')()}}",
)

# The rules in light, and in dark those that look at colours.
_LOOKS: tuple[tuple[Literal["light", "dark"], dict[str, list[str]]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast", "link-in-text-block"]}),
)
_AT_REST = """async () => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ends = document.getAnimations().filter(each => each.effect.getComputedTiming().endTime < 5000);
    await Promise.allSettled(ends.map(each => each.finished));
}"""
_TURNED = "scheme => [undefined, scheme].includes(document.documentElement.dataset.mantineColorScheme)"


@cache
def _axe() -> str:
    assert _AXE.exists(), "web/node_modules is missing: `python scripts/web.py check` installs it"
    return _AXE.read_text()


async def is_unharmed(page: Page) -> None:
    assert await page.evaluate("window.__xss") is None


async def is_accessible(page: Page) -> None:
    """No serious or critical violation of axe's rules in light; in dark, none of those that look at colours."""
    for scheme, which in _LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.wait_for_function(_TURNED, arg=scheme)
        await page.evaluate(_AT_REST)
        if not await page.evaluate("typeof axe !== 'undefined'"):
            await page.evaluate(_axe())
        found = await page.evaluate("asked => axe.run(document, {resultTypes: ['violations'], ...asked})", which)
        grave = [
            f"{scheme}: {one['id']}: {[(node['html'][:200], node['failureSummary']) for node in one['nodes'][:3]]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert not grave, grave
