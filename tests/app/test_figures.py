"""The page of figures: of every process, for nobody but the operator, and as the alerts and the dashboard name them."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb
from pydantic import SecretStr, ValidationError

from dynaris.app.figures import publish, published
from dynaris.core import clock, metrics
from dynaris.core.db import Database
from dynaris.core.settings import Settings
from dynaris.migrations.run import upgrade
from tests.databases import ask, new_database
from tests.web import WATCHER, client_of, web_app

ROOT = Path(__file__).parents[2]


async def test_one_page_shows_what_every_process_counts(db: Database, tmp_path: Path) -> None:
    told = [{"name": "dynaris_sends", "help": "h", "type": "counter",
             "samples": [["dynaris_sends_total", {"channel": "email", "result": "sent"}, 7.0]]}]  # fmt: skip
    async with db.system() as connection:
        await connection.execute(
            "SELECT publish_figures('worker:there:1', 'worker', %s, %s)", (clock.now(), Jsonb(told))
        )
    metrics.sends.labels("chat", "sent").inc(0)
    async with client_of(web_app(db, tmp_path), **WATCHER) as client:
        text = (await client.get("/metrics")).text
    assert 'dynaris_sends_total{channel="email",process="worker:there:1",result="sent"} 7.0' in text
    assert f'dynaris_sends_total{{channel="chat",process="{metrics.process_name("web")}",result="sent"}}' in text
    assert text.count("# TYPE dynaris_sends_total counter") == 1


async def test_two_first_processes_agree_on_one_installation(server_url: str) -> None:
    async with new_database(server_url) as url:
        await asyncio.to_thread(upgrade, url)
        async with (
            await psycopg.AsyncConnection.connect(url) as one,
            await psycopg.AsyncConnection.connect(url) as other,
        ):
            first = await (await one.execute("SELECT installation_id()")).fetchone()
            waiting = asyncio.create_task(other.execute("SELECT installation_id()"))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            await one.commit()
            assert await (await waiting).fetchone() == first
        assert await ask(url, "SELECT count(*) FROM installation") == [(1,)]


async def test_a_process_publishes_while_it_runs_and_takes_its_figures_back(db: Database) -> None:
    task = asyncio.create_task(publish(db, "worker"))
    own = metrics.process_name("worker")
    async with asyncio.timeout(5):
        while own not in {row["process"] for row in await published(db)}:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
    assert own not in {row["process"] for row in await published(db)}


async def test_a_process_that_ended_before_the_clock_stepped_back_is_not_shown_until_it_comes_again(
    db: Database, database_url: str
) -> None:
    async with db.system() as connection:
        for process in ("worker:gone:1", "worker:here:1"):
            await connection.execute("SELECT publish_figures(%s, 'worker', %s, '[]')", (process, clock.now()))
            await ask(database_url, "UPDATE process_figures SET at = at + interval '1 hour'")
    assert "worker:gone:1" not in {row["process"] for row in await published(db)}


async def test_the_first_failure_is_an_increase(db: Database) -> None:
    task = asyncio.create_task(publish(db, "worker"))
    own = metrics.process_name("worker")
    async with asyncio.timeout(5):
        while not (rows := [row for row in await published(db) if row["process"] == own]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
    shown = [(name, labels) for each in rows[0]["figures"] for name, labels, _ in each["samples"]]
    assert ("dynaris_events_ended_total", {"outcome": "failed"}) in shown
    for result in ("failed", "unknown"):
        assert ("dynaris_sends_total", {"channel": "email", "result": result}) in shown


async def test_a_stranger_does_not_see_figures(db: Database, tmp_path: Path) -> None:
    app = web_app(db, tmp_path)
    async with client_of(app) as client:
        assert (await client.get("/metrics")).status_code == 401
        wrong = await client.get("/metrics", headers={"authorization": "Bearer the metrics token of test"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthenticated")
        assert (await client.get("/metrics", headers=WATCHER)).status_code == 200


@pytest.mark.parametrize(
    ("public_url", "peer", "status"),
    [
        (None, "127.0.0.1", 200),
        (None, "::1", 200),
        (None, "203.0.113.7", 403),
        ("https://dynaris.example", "127.0.0.1", 403),  # a proxy's request, whoever sent it
    ],
)
async def test_without_a_token_this_machine_alone_sees_them(
    db: Database, tmp_path: Path, public_url: str | None, peer: str, status: int
) -> None:
    app = web_app(db, tmp_path)
    app.state.settings = Settings(home=tmp_path, public_url=public_url)
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/metrics")).status_code == status


@pytest.mark.parametrize(
    "headers",
    [{"host": "rebound.example:8000"}, {"host": "127.0.0.1.rebound.example"}, {"x-forwarded-for": "127.0.0.1"}],
    ids=str,
)
async def test_without_a_token_neither_anothers_name_nor_a_proxy_opens_them(
    db: Database, tmp_path: Path, headers: dict[str, str]
) -> None:
    app = web_app(db, tmp_path)
    app.state.settings = Settings(home=tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/metrics", headers=headers)).status_code == 403


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="16 characters"):
        Settings(metrics_token=SecretStr("short"))


def named_in(text: str) -> set[str]:
    return set(re.findall(r"\b(?:dynaris|process)_[a-z_]+", text))


@pytest.mark.parametrize("page", ["alerts.yml", "dashboard.json"])
async def test_every_figure_that_operators_are_told_of_exists(db: Database, page: str) -> None:
    work, pool = metrics.WorkFigures(), metrics.PoolFigures(db.stats)
    families = [*metrics.registry.collect(), *work.collect(), *work.describe(), *pool.collect()]
    known = {family.name for family in families}
    suffixes = ("", "_total", "_bucket", "_count", "_sum")
    exist = {f"{name}{suffix}" for name in known for suffix in suffixes}
    text = (ROOT / "docs" / "operations" / page).read_text()
    assert named_in(text) <= exist
    if page.endswith(".json"):
        assert json.loads(text)["panels"]


async def test_the_database_gives_no_figure_that_has_no_name(db: Database) -> None:
    async with db.system() as connection:
        rows = await (await connection.execute("SELECT * FROM watch_figures()")).fetchall()
    assert {row["measure"] for row in rows} <= set(metrics.WORK)
