"""A site is read politely and again; what it does to whoever reads it harms nothing."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from dynaris.core import clock
from dynaris.core.errors import NoStorage
from dynaris.knowledge.documents.actions import lock_documents
from dynaris.knowledge.jobs import knowledge_jobs
from dynaris.knowledge.web import fetch, pages
from dynaris.knowledge.web import visit as visits
from dynaris.knowledge.web.actions import visit_due
from tests.knowledge.web.conftest import Site, Surfer, html


async def test_a_site_is_read_from_its_start_page_and_its_sitemaps_within_its_limits(
    site: Site, surfer: Surfer
) -> None:
    site.pages |= {
        "/robots.txt": f"User-agent: *\nDisallow: /secret\nSitemap: {site.url}/index.xml\n",
        "/index.xml": f"<sitemapindex><sitemap><loc>{site.url}/more.xml</loc></sitemap>"
        f"<sitemap><loc>{site.url}/index.xml</loc></sitemap></sitemapindex>",
        "/more.xml": f"<urlset><url><loc>{site.url}/parking</loc></url>"
        "<url><loc>https://else.example/x</loc></url></urlset>",
        "/": html("Start", '<p>Welcome to us.</p><a href="/prices?utm_source=x#list">P</a> <a href="/secret/x">no</a>'
                  '<a href="https://else.example/">other</a><a href="/logo.png">logo</a><a href="/prices">again</a>'),
        "/prices": html("Prices", '<h2 id="yoga">Yoga</h2><p>A yoga class costs 12 Euro.</p><a href="/deep">more</a>'),
        "/deep": html("Deep", "<p>Deep down.</p>"),
        "/parking": html("Parking", "<p>Park behind the house.</p>"),
    }  # fmt: skip
    source = await surfer.add(site.url, max_depth=1)
    assert (source["visit_error"], source["documents"], source["failed"]) == (None, 3, 0)
    assert set(await surfer.documents(source["id"])) == {"", "prices", "parking"}
    assert not any(path.startswith("/secret") for path in site.asked)
    assert site.asked["/index.xml"] == 1
    hit, *_ = await surfer.library.found("What does a yoga class cost?")
    assert hit["heading"] == "Prices › Yoga"
    document = (await surfer.documents(source["id"]))["prices"]
    assert [one["link"] for one in await surfer.library.passages(document["id"])][-1] == f"{site.url}/prices#yoga"


async def test_an_unchanged_page_costs_nothing_and_a_changed_one_replaces_its_passages(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages |= {
        "/": html("Start", '<p>Same.</p><a href="/a">a</a>'),
        "/a": html("A", "<p>The pool opens at nine.</p>"),
    }
    source = await surfer.add(site.url)
    before = await surfer.documents(source["id"])
    site.pages["/a"] = html("A", "<p>The pool opens at ten.</p>")
    await surfer.again(source["id"])
    after = await surfer.documents(source["id"])
    assert site.not_modified == 1
    assert (before[""]["version"], after[""]["version"], after["a"]["version"]) == (1, 1, 2)
    texts = [one["text"] for one in await surfer.library.passages(after["a"]["id"])]
    assert texts == ["The pool opens at ten."]


async def test_a_page_that_is_gone_is_found_no_more_but_an_outage_changes_nothing(site: Site, surfer: Surfer) -> None:
    site.pages |= {
        "/": html("Start", '<p>We are open.</p><a href="/a">a</a><a href="/b">b</a>'),
        "/a": html("A", "<p>The pool is open.</p>"),
        "/b": html("B", "<p>The bar is open.</p>"),
    }
    source = await surfer.add(site.url)
    site.pages["/a"], site.pages["/b"] = 503, 410
    await surfer.again(source["id"])
    known = await surfer.documents(source["id"])
    assert (known["a"]["status"], known["a"]["passages"]) == ("ready", 1)
    assert "503" in known["a"]["error"]
    assert (known["b"]["status"], known["b"]["passages"]) == ("gone", 0)
    assert [hit["text"] for hit in await surfer.library.found("Is the bar open?")] != ["The bar is open."]
    site.pages["/b"] = html("B", "<p>The bar is open again.</p>")
    await surfer.again(source["id"])
    assert (await surfer.documents(source["id"]))["b"]["status"] == "ready"


async def test_a_whole_site_that_is_down_loses_nothing_and_says_so(site: Site, surfer: Surfer) -> None:
    site.pages["/"] = html("Start", "<p>We are open on Sundays.</p>")
    source = await surfer.add(site.url)
    site.pages["/robots.txt"] = 500
    source = await surfer.again(source["id"])
    assert "does not answer" in source["visit_error"]
    assert source["next_visit_at"] is not None
    assert source["passages"] == 1


@pytest.mark.parametrize(
    "target", ["http://10.0.0.7/", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"]
)
async def test_a_redirect_to_a_private_place_is_not_followed(site: Site, surfer: Surfer, target: str) -> None:
    site.redirect("/", target)
    source = await surfer.add(site.url, kind="page")
    [document] = (await surfer.documents(source["id"])).values()
    assert (document["status"], source["passages"]) == ("failed", 0)
    assert document["error"]


async def test_a_private_address_is_refused_at_the_door(surfer: Surfer) -> None:
    for url in (
        "http://192.168.0.1/",
        "ftp://example.com/x",
        "http://user:pass@example.com/",
        "http://localhost.localdomain:x",
    ):
        answer = await surfer.library.api.post("/api/knowledge/web", json={"kind": "page", "url": url})
        assert answer.status_code == 422, url
        assert answer.headers["content-type"] == "application/problem+json"


async def test_redirects_in_a_loop_end_in_words(site: Site, surfer: Surfer) -> None:
    site.redirect("/", "/again")
    site.redirect("/again", "/")
    source = await surfer.add(site.url)
    assert "redirects more than" in (await surfer.documents(source["id"]))[""]["error"]


async def test_two_addresses_of_one_page_are_one_document_even_where_they_point_at_each_other(
    site: Site, surfer: Surfer
) -> None:
    site.redirect("/old", "/new")
    site.pages |= {
        "/": html("Start", '<p>Start.</p><a href="/old">o</a><a href="/new">n</a><a href="/print">p</a>'),
        "/new": html("New", "<p>The lift is new.</p>", '<link rel="canonical" href="/print">'),
        "/print": html("Print", "<p>The lift is new.</p>", '<link rel="canonical" href="/new">'),
    }
    source = await surfer.add(site.url)
    known = await surfer.documents(source["id"])
    assert known["old"]["status"] == "gone"
    assert sorted(known[name]["status"] for name in ("new", "print")) == ["gone", "ready"]
    found = [hit["text"] for hit in await surfer.library.found("Is the lift new?")]
    assert found == ["The lift is new."]


async def test_bombs_endless_pages_and_foreign_types_are_left_alone(site: Site, surfer: Surfer) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/html"})
        await answer.prepare(request)
        while True:
            await answer.write(b"<p>more</p>" * 10_000)

    async def video(_: web.Request) -> web.Response:
        return web.Response(body=b"x", content_type="video/mp4")

    site.packed("/bomb", b"<p>0</p>" * 10_000_000)
    site.pages |= {"/": html("Start", '<a href="/bomb">b</a><a href="/film">v</a><a href="/endless">e</a><p>Here.</p>')}
    site.pages |= {"/film": video, "/endless": endless}
    source = await surfer.add(site.url)
    known = await surfer.documents(source["id"])
    assert "larger than" in known["bomb"]["error"]
    assert "larger than" in known["endless"]["error"]
    assert "video/mp4" in known["film"]["error"]
    assert known[""]["status"] == "ready"


async def test_a_site_asks_for_pauses_and_gets_them(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(visits, "sleep", sleep)
    site.pages |= {
        "/robots.txt": "User-agent: *\nCrawl-delay: 7\n",
        "/": html("Start", '<p>Start.</p><a href="/a">a</a>'),
        "/a": html("A", "<p>A page.</p>"),
    }
    await surfer.add(site.url)
    assert waited
    assert set(waited) == {7.0}


async def test_pages_that_ask_not_to_be_indexed_and_those_beyond_the_limit_are_left_out(
    site: Site, surfer: Surfer
) -> None:
    links = "".join(f'<a href="/p{number}">{number}</a>' for number in range(30))
    site.pages |= {f"/p{number}": html(f"P{number}", f"<p>Page {number}.</p>") for number in range(30)}
    site.pages["/"] = html("Start", f"<p>Start.</p>{links}")
    site.pages["/p0"] = html("P0", "<p>Secret.</p>", '<meta name="robots" content="noindex">')
    source = await surfer.add(site.url, max_pages=6)
    known = await surfer.documents(source["id"])
    assert len(known) == 6
    assert (known["p0"]["status"], known["p0"]["passages"]) == ("failed", 0)


async def test_a_site_that_answers_too_slowly_is_left_alone(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response(text="late")

    site.pages |= {"/": html("Start", '<p>Start.</p><a href="/slow">s</a>'), "/slow": slow}
    monkeypatch.setattr(fetch, "_SECONDS", 0.3)
    source = await surfer.add(site.url)
    known = await surfer.documents(source["id"])
    assert (known["slow"]["status"], "did not answer within" in known["slow"]["error"]) == ("failed", True)
    assert known[""]["status"] == "ready"


async def test_a_site_takes_no_more_documents_than_the_workspace_has_room_for(site: Site, surfer: Surfer) -> None:
    site.pages |= {f"/p{number}": html(f"P{number}", f"<p>Page {number}.</p>") for number in range(9)}
    site.pages["/"] = html("Start", "".join(f'<a href="/p{number}">{number}</a>' for number in range(9)))
    surfer.library.desk.settings.knowledge_documents = 4
    assert (await surfer.add(site.url))["documents"] == 4


async def test_a_visit_that_was_cut_off_goes_on_where_it_was(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = html("Start", '<p>Start.</p><a href="/a">a</a><a href="/b">b</a>')
    site.pages |= {"/a": html("A", "<p>A page.</p>"), "/b": html("B", "<p>B page.</p>")}
    real, calls = visits.finish, 0

    async def dies(*given):
        nonlocal calls
        calls += 1
        if calls == 2:
            raise asyncio.CancelledError
        return await real(*given)

    monkeypatch.setattr(visits, "finish", dies)
    answer = await surfer.library.api.post("/api/knowledge/web", json={"kind": "site", "url": site.url})
    with pytest.raises(asyncio.CancelledError):
        await surfer.visited(answer.json()["id"])
    source = await surfer.visited(answer.json()["id"])
    assert (source["documents"], source["waiting"], source["passages"]) == (3, 0, 3)
    assert site.asked["/"] == 1


async def test_a_site_is_visited_again_when_its_time_has_come(site: Site, surfer: Surfer) -> None:
    site.pages["/"] = html("Start", "<p>Start.</p>")
    source = await surfer.add(site.url, kind="page", every_hours=24)
    db, workspace_id = surfer.library.desk.db, surfer.library.id
    assert await visit_due(db, workspace_id, clock.now() + timedelta(hours=23)) == 0
    assert await visit_due(db, workspace_id, clock.now() + timedelta(hours=25)) == 1
    assert await visit_due(db, workspace_id, clock.now() + timedelta(hours=25)) == 0
    assert (await surfer.visited(source["id"]))["visit_ended_at"] is not None
    assert UUID(source["id"])


async def test_a_switched_off_page_is_found_no_more_and_comes_back_without_the_site(site: Site, surfer: Surfer) -> None:
    site.pages["/"] = html("Start", "<p>The cafe serves cake.</p>")
    source = await surfer.add(site.url, kind="page")
    path = f"/api/knowledge/{source['id']}"
    assert (await surfer.library.api.patch(path, json={"enabled": False})).json()["passages"] == 0
    site.pages["/"] = 500
    await surfer.library.api.patch(path, json={"enabled": True})
    await surfer.library.read()
    assert [hit["text"] for hit in await surfer.library.found("Does the cafe serve cake?")] == ["The cafe serves cake."]


async def test_a_sitemap_made_to_be_read_for_ever_is_read_at_once(site: Site, surfer: Surfer) -> None:
    """Each blank more would double the work of a careless reader, and the worker would answer nobody meanwhile."""
    good = f"<url><loc>\n <![CDATA[ {site.url}/a ]]>\n</loc></url>"
    site.pages |= {
        "/": html("Start", "<p>Start.</p>"),
        "/a": html("A", "<p>A page.</p>"),
        "/sitemap.xml": f"<urlset>{good}<url><loc>{' ' * 500_000}x</url>{'<loc>' * 100_000}</urlset>",
    }
    began = time.process_time()
    assert (await surfer.add(site.url))["passages"] == 2
    assert time.process_time() - began < 5


async def test_a_robots_txt_of_thousands_of_patterns_holds_the_worker_up_for_a_moment_only(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "_LINK_SECONDS", 0.2)
    links = "".join(f'<a href="/{"q" * 30}{number}"></a>' for number in range(4000))
    site.pages |= {
        "/": html("Start", f"<p>Start.</p>{links}"),
        "/robots.txt": "User-agent: *\n" + "".join(f"Disallow: /*q{number}*z\n" for number in range(20_000)),
    }
    began = time.monotonic()
    assert (await surfer.add(site.url, max_pages=1))["passages"] == 1
    assert time.monotonic() - began < 5


async def test_pages_that_lead_elsewhere_are_no_outage(site: Site, surfer: Surfer) -> None:
    names = "abcdefg"
    site.pages["/"] = html("Start", "<p>Start.</p>" + "".join(f'<a href="/{name}">x</a>' for name in names + "z"))
    for name in names:
        site.redirect(f"/{name}", "https://shop.example/")
    site.pages["/z"] = html("Z", "<p>The last page.</p>")
    source = await surfer.add(site.url)
    assert source["visit_error"] is None
    assert (await surfer.documents(source["id"]))["z"]["status"] == "ready"


async def test_a_site_that_hangs_is_left_alone_however_long_each_page_takes(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "abcdefgh"
    site.pages["/"] = html("Start", "<p>Start.</p>" + "".join(f'<a href="/{name}">x</a>' for name in names))
    site.pages |= dict.fromkeys((f"/{name}" for name in names), 503)
    monkeypatch.setattr(visits, "_PORTION_SECONDS", -1.0)  # each page ends its portion
    source = await surfer.add(site.url)
    look, portions = knowledge_jobs(surfer.library.desk)["knowledge.visit.v1"], 1
    while (arguments := await _next_portion(surfer, source["id"])) is not None:
        await look(**arguments)
        portions += 1
    source = (await surfer.library.api.get(f"/api/knowledge/{source['id']}")).json()
    assert "does not answer" in source["visit_error"]
    assert portions == 6


async def _next_portion(surfer: Surfer, source_id: str) -> dict[str, Any] | None:
    """What waits for a worker, which takes it; the latest is the one that is left to do."""
    async with surfer.library.desk.db.workspace(surfer.library.id) as connection:
        cursor = await connection.execute(
            "DELETE FROM procrastinate_jobs WHERE lock = %s RETURNING id, args", (f"visit:{source_id}",)
        )
        rows = await cursor.fetchall()
    return max(rows, key=lambda row: row["id"])["args"] if rows else None


async def test_a_site_that_is_switched_off_in_the_middle_of_a_visit_is_taken_up_when_it_is_on_again(
    site: Site, surfer: Surfer
) -> None:
    api, found = surfer.library.api, ""

    async def switches_off(_: web.Request) -> web.Response:
        await api.patch(f"/api/knowledge/{found}", json={"enabled": False})
        return web.Response(text=html("A", "<p>A page.</p>"), content_type="text/html")

    site.pages |= {"/": html("Start", '<p>Start.</p><a href="/a">a</a><a href="/b">b</a>'), "/a": switches_off}
    site.pages["/b"] = html("B", "<p>The bar is open.</p>")
    found = (await api.post("/api/knowledge/web", json={"kind": "site", "url": site.url})).json()["id"]
    await surfer.visited(found)
    assert site.asked["/b"] == 0
    await api.patch(f"/api/knowledge/{found}", json={"enabled": True})
    source = await surfer.visited(found)
    assert (site.asked["/b"], source["visit_ended_at"] is not None) == (1, True)
    async with surfer.library.desk.db.workspace(surfer.library.id) as connection:
        cursor = await connection.execute(
            "SELECT count(*) AS n FROM procrastinate_jobs WHERE lock = %s", (f"visit:{found}",)
        )
        row = await cursor.fetchone()
    assert row is not None
    assert row["n"] == 2  # when it was added, and when it was switched on


async def test_a_site_is_not_asked_over_and_over_while_pages_cannot_be_kept(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = html("Start", "<p>The bar is open.</p>")

    async def away(*_: Any) -> None:
        raise NoStorage("no room is left")

    with monkeypatch.context() as patched:
        patched.setattr(surfer.library.desk.files, "put", away)
        source = await surfer.add(site.url)
    async with surfer.library.desk.db.workspace(surfer.library.id) as connection:
        cursor = await connection.execute(
            """SELECT count(*) AS n FROM procrastinate_jobs
               WHERE lock = %s AND scheduled_at > now() + make_interval(secs => 50)""",
            (f"visit:{source['id']}",),
        )
        row = await cursor.fetchone()
    assert row is not None
    assert (row["n"], source["visit_ended_at"]) == (1, None)
    assert (await surfer.visited(source["id"]))["passages"] == 1


async def test_a_page_that_was_never_read_is_not_unchanged(site: Site, surfer: Surfer) -> None:
    site.pages["/"] = 304
    source = await surfer.add(site.url, kind="page")
    [document] = (await surfer.documents(source["id"])).values()
    assert (document["status"], "status 304" in document["error"]) == ("failed", True)


async def test_a_worker_that_dies_while_it_forgets_a_page_has_forgotten_nothing_of_it(
    site: Site, surfer: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/"] = html("Start", "<p>The bar is open.</p>")
    source = await surfer.add(site.url, kind="page")

    async def dies(*_: Any) -> None:
        raise asyncio.CancelledError

    opened, site.pages["/"] = site.pages["/"], 410
    with monkeypatch.context() as patched:
        patched.setattr(pages, "publish", dies)
        with pytest.raises(asyncio.CancelledError):
            await surfer.again(source["id"])
    site.pages["/"] = opened  # it was gone for a moment only
    source = await surfer.visited(source["id"])
    [document] = (await surfer.documents(source["id"])).values()
    assert (document["status"], document["passages"], source["passages"]) == ("ready", 1, 1)


async def test_a_visit_that_ends_in_vain_does_not_wait_in_a_circle_with_a_change_of_its_source(
    site: Site, surfer: Surfer
) -> None:
    library = surfer.library
    new = {"kind": "page", "url": site.url, "language": "en"}
    source_id = UUID((await library.api.post("/api/knowledge/web", json=new)).json()["id"])
    async with library.desk.db.transaction(library.id) as connection:
        await lock_documents(connection, library.id, source_id)
        ending = asyncio.create_task(pages.ended(library.desk.db, library.id, source_id, 1, error="no answer"))
        await library.somebody_waits()
        await connection.execute(
            "SELECT FROM knowledge_source WHERE workspace_id = %s AND id = %s FOR UPDATE", (library.id, source_id)
        )
    await ending
    assert (await library.api.get(f"/api/knowledge/{source_id}")).json()["visit_error"] == "no answer"


async def test_pages_are_read_again_in_the_language_that_their_site_is_given(site: Site, surfer: Surfer) -> None:
    site.pages["/"] = html("Start", "<p>Die Bar ist offen.</p>").replace('lang="en"', 'lang="de"')
    source = await surfer.add(site.url)
    assert source["language"] == "en"
    await surfer.library.api.patch(f"/api/knowledge/{source['id']}", json={"language": "en"})
    await surfer.library.read()
    async with surfer.library.desk.db.workspace(surfer.library.id) as connection:
        cursor = await connection.execute("SELECT language FROM passage WHERE source_id = %s", (UUID(source["id"]),))
        assert [row["language"] for row in await cursor.fetchall()] == ["en"]
