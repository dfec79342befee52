"""Retention: by default nothing goes but leftovers; what is to go goes in batches, and the rest stays."""

from datetime import timedelta

import pytest

from dynaris.core import clock
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.batches.choosing import BatchRequest
from dynaris.pipeline.batches.starting import start
from dynaris.pipeline.batches.working import work_off
from dynaris.pipeline.requeue import replay
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


async def test_a_stored_file_that_no_row_names_goes_with_the_round(world: World, in_a_year: None) -> None:
    key = f"{world.workspace.id}/knowledge/{new_id()}/{new_id().hex}"
    await world.services.files.put(key, b"of an upload that was cut off")
    assert await retention.keep_to_it(world.services, world.workspace.id) == {"stored_file": 1}
    with pytest.raises(NotFound):
        await world.services.files.get(key)


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


async def test_conversations_in_which_something_waits_keep_their_content(
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


async def test_what_was_answered_goes_without_anybody_closing_it(world: World, sink: Sink, in_a_year: None) -> None:
    answered = await world.say("Is there parking?", reply_url=sink.url)
    owed = await world.say("I want to speak to a human", reply_url=sink.url, email="bob@example.com")
    await world.settle()
    ws = world.workspace.id
    assert {(await world.event(each.event_id))["outcome"] for each in (answered, owed)} == {"answered", "handed_off"}
    async with world.services.db.transaction(ws) as connection:
        await retention.change_settings(connection, ws, {"messages": 30}, by="system")
    await retention.keep_to_it(world.services, ws)
    rows = await world.rows(
        """SELECT DISTINCT c.respond_by IS NULL AS is_over, m.text = '' AS is_gone FROM message m
           JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
           WHERE m.workspace_id = %s"""
    )
    assert {(row["is_over"], row["is_gone"]) for row in rows} == {(True, True), (False, False)}


async def test_what_our_people_were_told_of_it_goes_with_what_was_said(
    world: World, sink: Sink, in_a_year: None
) -> None:
    ws, word = world.workspace.id, "zqpillow"
    account = world.source.id
    await world.say(f"I want to speak to a human about my {word}", reply_url=sink.url)
    await world.settle()
    await world.rows(
        """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, dedupe_key, content, status)
           VALUES (%(ws)s, %(id)s, 'member', 'email', %(account)s, 'team@example.com', 'notification:1:2',
                   jsonb_build_object('text', %(word)s::text), 'sent') RETURNING id""",
        id=new_id(),
        account=account,
        word=word,
    )
    told = """SELECT (SELECT count(*) FROM notification WHERE workspace_id = %(ws)s AND body LIKE %(word)s)
        + (SELECT count(*) FROM outbox WHERE workspace_id = %(ws)s AND audience = 'member'
           AND content::text LIKE %(word)s) AS n"""
    assert (await world.rows(told, word=f"%{word}%"))[0]["n"] == 2
    async with world.services.db.transaction(ws) as connection:
        await retention.change_settings(connection, ws, {"messages": 30}, by="system")
    await retention.keep_to_it(world.services, ws)
    assert (await world.rows(told, word=f"%{word}%"))[0]["n"] == 0


async def test_a_reply_that_stands_is_remembered_longer_than_the_arrival(
    world: World, sink: Sink, in_a_year: None
) -> None:
    ws = world.workspace.id
    event_id = (await world.say("Is there parking?", reply_url=sink.url)).event_id
    await world.settle()
    async with world.services.db.transaction(ws) as connection:
        await replay(connection, ws, event_id=event_id)
    await world.settle()
    async with world.services.db.transaction(ws) as connection:
        await retention.change_settings(connection, ws, {"raw_events": 30}, by="system")
    await retention.keep_to_it(world.services, ws)
    event = await world.event(event_id)
    assert (event["raw"], event["meta"]) == (b"", {"already_sent": True})


async def test_too_few_days_are_refused(world: World) -> None:
    async with world.services.db.transaction(world.workspace.id) as connection:
        with pytest.raises(InvalidInput, match="audit: expected 90 to"):
            await retention.change_settings(connection, world.workspace.id, {"audit": 1}, by="system")


async def test_one_worker_makes_the_days_round(world: World) -> None:
    claim = retention._claim
    assert await claim(world.services, world.workspace.id)
    assert not await claim(world.services, world.workspace.id)
