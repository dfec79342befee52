"""How soon a screen can be used, and what Lighthouse and axe say of it."""

import asyncio
import json
import socket
import sys
from pathlib import Path

from benchmarks.figures import Figure, median
from benchmarks.stage import Stage, opened
from benchmarks.system import REPOSITORY

LIGHTHOUSE = "lighthouse@13.5.0"
_ROUNDS = 5


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


DEBUGGING_PORT = _free_port()


async def screens(stage: Stage) -> dict[str, str]:
    contact = (await stage.api.get("/api/contacts")).json()["items"][0]["id"]
    conversation = (await stage.api.get("/api/conversations")).json()["items"][0]["id"]
    return {"overview": "/", "inbox": f"/inbox/all/{conversation}", "contact": f"/contacts/{contact}"}


async def first_use(stage: Stage) -> list[Figure]:
    """From the navigation's start, nothing cached, until the screen's content stands where its skeleton was."""
    found = []
    for name, path in (await screens(stage)).items():
        seconds = []
        for _ in range(_ROUNDS):
            context = await stage.context()
            _, took = await opened(context, f"{stage.product.address}{path}")
            seconds.append(took)
            await context.close()
        found.append(Figure(f"usable_{name}_s", median(seconds), 1.5, unit="s", note=f"cold, median of {_ROUNDS}"))
    return found


async def lighthouse(stage: Stage) -> list[Figure]:
    """Scores of 100, each the median of three runs."""
    tool = await _installed()
    context = await stage.context()
    session = "; ".join(f"{each['name']}={each['value']}" for each in await context.cookies())  # type: ignore[typeddict-item]
    found = []
    for name, path in (await screens(stage)).items():
        runs = [await _audited(tool, f"{stage.product.address}{path}", session) for _ in range(3)]
        for category in ("performance", "accessibility"):
            score = median([run[category] for run in runs])
            found.append(Figure(f"lighthouse_{category}_{name}", score, 95, at_least=True, note="desktop, median of 3"))
    await context.close()
    return found


async def _installed() -> Path:
    """Below `build/`; half a minute the first time."""
    folder = REPOSITORY / "build" / "lighthouse"
    tool = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not tool.exists():
        folder.mkdir(parents=True, exist_ok=True)
        await _node("npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE)
    return tool


async def _node(*command: str) -> bytes:
    sys.path[:0] = [str(REPOSITORY / "web")]
    import building

    return await asyncio.to_thread(building.node_output, *command)


async def _audited(tool: Path, url: str, session: str) -> dict[str, float]:
    options = (
        f"--port={DEBUGGING_PORT}",
        "--preset=desktop",
        "--only-categories=performance,accessibility",
        f"--extra-headers={json.dumps({'Cookie': session})}",
        "--output=json",
        "--quiet",
    )
    report = json.loads(await _node("node", str(tool), url, *options))
    return {name: 100 * (category["score"] or 0) for name, category in report["categories"].items()}


async def axe(stage: Stage) -> list[Figure]:
    """Serious and critical violations on all screens, light and dark."""
    source = (REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text()
    from dynaris.app.dashboard import SCREENS

    context, count = await stage.context(), 0
    for path in [*(await screens(stage)).values(), *(f"/{name}" for name in SCREENS if name)]:
        page, _ = await opened(context, f"{stage.product.address}{path}")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.wait_for_timeout(100)
            await page.evaluate(source)
            result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            grave = [one["id"] for one in result["violations"] if one["impact"] in ("serious", "critical")]
            count += len(grave)
            if grave:
                print(f"  {path} ({scheme}): {', '.join(grave)}")
        await page.close()
    await context.close()
    return [Figure("axe_serious_violations", count, 0, note="all screens, light and dark")]
