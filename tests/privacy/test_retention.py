"""Retention: by default nothing goes but leftovers; what is to go goes in batches, and the rest stays."""

from datetime import timedelta

import pytest

from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.core.ids import new_id
from dynaris.pipeline.batches.choosing import BatchRequest
from dynaris.pipeline.batches.starting import start
from dynaris.pipeline.batches.working import work_off
from dynaris.privacy import retention
from tests.flows.conftest import Sink, World
from tests.privacy.traces import plant


@pytest.fixture
def in_a_year():
    now = clock.now()
    clock.set_source(lambda: now + timedelta(days=365))
    yield
    clock.set_source(None)


async def test_without_a_word_everything_is_kept_but_used_codes(world: World, sink: Sink, in_a_year: None) -> None:
    await plant(world, "kept", email="kept@example.com", reply_url=sink.url)
    counts = await retention.keep_to_it(world.services, world.workspace.id)
    assert counts == {"verification_code": 1}
    assert all(event["raw"] for event in await world.rows("SELECT raw FROM event WHERE workspace_id = %s"))


async def test_a_batch_and_what_became_of_its_events_is_forgotten_after_a_month(world: World, in_a_year: None) -> None:
    ws = world.workspace.id
    async with world.services.db.transaction(ws) as connection:
        batch_id, _ = await start(connection, ws, BatchRequest(event_ids=[new_id(), new_id()]), by="system")
    assert "batch" not in await retention.keep_to_it(world.services, ws)
    await work_off(world.services.db, ws, batch_id)
    assert (await retention.keep_to_it(world.services, ws))["batch"] == 1
    assert await world.rows("SELECT event_id FROM batch_event WHERE workspace_id = %s") == []


async def test_a_round_takes_what_the_preview_said_and_a_second_one_nothing(
    world: World, sink: Sink, in_a_year: None, monkeypatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 1)
    contact = await plant(world, "gone", email="gone@example.com", reply_url=sink.url)
    await world.rows("UPDATE conversation SET status = 'closed' WHERE workspace_id = %s RETURNING id")
    await world.rows(
        """UPDATE event SET status = 'done', outcome = 'ignored', settled_at = now(), waiting_for = NULL
           WHERE workspace_id = %s AND status <> 'done' RETURNING id"""
    )
    wanted: dict[retention.Kind, int | None] = {
        "raw_events": 30,
        "messages": 30,
        "journals": 30,
        "attachments": 30,
        "audit": 90,
    }
    ws = world.workspace.id
    async with world.services.db.transaction(ws) as connection:
        await retention.change_settings(connection, ws, wanted, by="system")
        expected = await retention.preview(connection, ws, wanted)
    assert set(expected) == set(wanted)
    counts = await retention.keep_to_it(world.services, ws)
    for tables in expected.values():
        assert {table: counts[table] for table in tables} == tables
    (entry,) = await world.rows(
        "SELECT detail FROM audit_entry WHERE workspace_id = %s AND action = 'retention.applied'"
    )
    assert entry["detail"]["counts"] == counts
    # The database's own clock is not a year ahead: the entry about the first round is as old as the others were.
    assert await retention.keep_to_it(world.services, ws) == {"audit_entry": 1}
    texts = await world.rows("SELECT text FROM message WHERE workspace_id = %s")
    assert {row["text"] for row in texts} == {""}
    assert not [path for path in (world.services.settings.home / "files").rglob("*") if path.is_file()]
    assert await world.rows("SELECT id FROM contact WHERE workspace_id = %s AND id = %s", contact)


async def test_open_conversations_and_waiting_events_keep_their_content(
    world: World, sink: Sink, in_a_year: None
) -> None:
    await plant(world, "open", email="open@example.com", reply_url=sink.url)
    await world.rows("UPDATE conversation SET status = 'open' WHERE workspace_id = %s RETURNING id")
    ws = world.workspace.id
    async with world.services.db.transaction(ws) as connection:
        await retention.change_settings(connection, ws, {"messages": 30, "raw_events": 30}, by="system")
    waiting = await world.rows("SELECT id FROM event WHERE workspace_id = %s AND status = 'waiting'")
    await retention.keep_to_it(world.services, ws)
    assert all(row["text"] for row in await world.rows("SELECT text FROM message WHERE workspace_id = %s"))
    for row in waiting:
        assert (await world.event(row["id"]))["raw"]


async def test_too_few_days_are_refused(world: World) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        with pytest.raises(InvalidInput, match="audit: expected 90 to"):
            await retention.change_settings(connection, world.workspace.id, {"audit": 1}, by="system")


async def test_one_worker_makes_the_days_round(world: World) -> None:
    claim = retention._claim
    assert await claim(world.services, world.workspace.id)
    assert not await claim(world.services, world.workspace.id)
