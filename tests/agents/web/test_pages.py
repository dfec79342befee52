"""Reading a page for an agent, from a real server on loopback that is friendly, slow, endless or hostile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from psycopg.types.json import Jsonb

from dynaris.agents import herald
from dynaris.agents.web import pages
from dynaris.agents.web.pages import PageRefused, read_page
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings
from tests.agents.conftest import Script, Story, UseModel, call

ARTICLE = """<html><head><title>Prices 2026</title></head><body><nav>Home Shop Contact</nav><main><article>
<h1>Prices</h1><p>A first assessment costs 75 euros and takes fifty minutes, with a written plan.</p>
<p>Sports massage is 69 euros. Vouchers are valid for three years from the day of purchase.</p></article></main>
<script>alert(1)</script><footer>Imprint</footer></body></html>"""
HERE = ("127.0.0.1",)
_MOVED = {"/away": "http://elsewhere.example/secret", "/round": "/round", "/moved": "/prices"}
_PAGES: dict[str, dict[str, Any]] = {
    "/file": {"body": b"%PDF", "content_type": "application/pdf"},
    "/packed": {"body": b"x", "headers": {"content-encoding": "gzip", "content-type": "text/html"}},
    "/nested": {"text": "<div>" * 300_000 + "deep", "content_type": "text/html"},
    "/plain": {"text": "Just words."},
    "/odd": {"status": 302, "headers": {"location": "http://[x"}},
}


@dataclass
class Site:
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    site, over = Site(), asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/html"})
        await response.prepare(request)
        while not over.is_set():
            await response.write(b"<p>" + b"x" * 65_536)
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        site.asked.append(request.path_qs)
        if there := _MOVED.get(request.path):
            raise web.HTTPFound(there)
        if request.path == "/slow":
            await over.wait()
        if request.path == "/endless":
            return await endless(request)
        return web.Response(**_PAGES.get(request.path, {"text": ARTICLE, "content_type": "text/html"}))

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setattr(pages._Reach, "outbound", Outbound.of(Settings(private_networks="loopback")))
    yield site
    over.set()
    await runner.cleanup()


async def refused(url: str, hosts: tuple[str, ...] = HERE) -> str:
    with pytest.raises(PageRefused) as why:
        await read_page(url, hosts)
    return str(why.value)


async def test_a_page_is_read_as_a_person_would_also_after_a_redirect(site: Site) -> None:
    page = await read_page(f"{site.url}/moved#top", HERE)
    assert page["url"].endswith("/prices")
    assert page["title"] == "Prices"
    assert "75 euros" in page["text"]
    assert "alert(1)" not in page["text"]
    assert (await read_page(f"{site.url}/plain", HERE))["text"] == "Just words."


async def test_only_hosts_that_the_workspace_named_are_called(site: Site) -> None:
    assert "not among the hosts" in await refused(f"{site.url}/prices", ())
    assert "not among the hosts" in await refused(f"{site.url}/prices", ("clinic.example",))
    assert "elsewhere.example is not among" in await refused(f"{site.url}/away")
    assert site.asked == ["/away"]


async def test_what_is_not_public_is_not_called_even_when_it_was_named(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages._Reach, "outbound", Outbound())
    assert "could not be read" in await refused(f"{site.url}/prices")
    assert site.asked == []


async def test_an_address_carries_nothing_away(site: Site) -> None:
    port = site.url.rpartition(":")[2]
    for url in (
        f"{site.url}/prices?d=ada",
        f"{site.url}/ada%40example.com",
        f"{site.url}/{'x' * 400}",
        f"http://ada:pw@127.0.0.1:{port}/",
        f"file://127.0.0.1:{port}/etc/passwd",
        "http://127.0.0.1:25/",
        f"http:\\\\127.0.0.1:{port}/",
    ):
        assert await refused(url)
    assert site.asked == []


async def test_a_page_without_end_without_haste_or_of_another_kind_ends_in_words(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "SECONDS", 0.5)
    assert "seconds" in await refused(f"{site.url}/slow")
    monkeypatch.undo()
    monkeypatch.setattr(pages._Reach, "outbound", Outbound.of(Settings(private_networks="loopback")))
    assert "more than 2000000 bytes" in await refused(f"{site.url}/endless")
    assert "leads on" in await refused(f"{site.url}/round")
    assert "no address" in await refused(f"{site.url}/odd")
    assert "application/pdf" in await refused(f"{site.url}/file")
    assert "no page" in await refused(f"{site.url}/packed")


async def test_html_made_to_hold_a_parser_up_holds_up_nobody_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "EXTRACT_SECONDS", 2.0)
    reading = asyncio.create_task(_ended(f"{site.url}/nested"))
    longest, last = 0.0, time.perf_counter()
    while not reading.done():
        await asyncio.sleep(0.01)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert longest < 0.5, "the loop stood still"
    assert await reading < 4


async def _ended(url: str) -> float:
    began = time.perf_counter()
    with suppress(PageRefused):
        await read_page(url, HERE)
    return time.perf_counter() - began


async def test_what_a_page_says_reaches_the_model_as_data(story: Story, use_model: UseModel, site: Site) -> None:
    await story.execute(
        "UPDATE workspace SET profile = %s WHERE id = %s", Jsonb({"read_hosts": list(HERE)}), story.workspace.id
    )
    model = Script(call("fetch_page", url=f"{site.url}/prices"), "75 euros, says the site.")
    use_model(model)
    await herald.run_turn(story.db, story.request(agent="research"))
    [step] = [step for step in await story.steps() if step["kind"] == "tool"]
    assert (step["effect"], step["error"]) == ("read", None)
    assert "75 euros" in step["response"]["text"]
