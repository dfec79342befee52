"""No room left, for files or for the database: what arrives is refused for now or waits, and nothing is lost."""

import asyncio
import resource
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dynaris.channels.contract import Accepted, Account, Arrival, Attachment
from dynaris.channels.generic.adapter import GenericChannel
from dynaris.core.errors import NoStorage
from dynaris.core.files import Files
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.pipeline import deliver as delivering
from dynaris.pipeline import intake
from dynaris.pipeline.deliver import settle_lost
from dynaris.pipeline.inbound import MAX_ATTEMPTS, NO_ROOM_PAUSE
from dynaris.pipeline.intake import accept
from dynaris.pipeline.lanes import LaneRunner
from dynaris.pipeline.unwritten import Unwritten
from dynaris.pipeline.watchdog import send_due
from tests.databases import ask
from tests.flows.conftest import Sink, World

LETTER = Attachment(filename="letter.pdf", mime_type="application/pdf", content=b"private" * 1000)


@contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """A full disk, as the store sees one: what is to be a folder is a file."""
    folder.rmdir()
    folder.write_text("in the way")
    try:
        yield
    finally:
        folder.unlink()
        folder.mkdir()


@pytest.fixture
def with_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    read = GenericChannel.read

    def with_letter(self: GenericChannel, arrival: Arrival, account: Account[Any]) -> Any:
        return read(self, arrival, account).model_copy(update={"attachments": (LETTER,)})

    monkeypatch.setattr(GenericChannel, "read", with_letter)


async def test_what_the_system_says_is_told_as_no_room(tmp_path: Path) -> None:
    files = Files(None, tmp_path / "files")
    with no_room(tmp_path / "files"), pytest.raises(NoStorage, match="cannot be stored") as caught:
        await files.put("a/b", b"content")
    assert "Debug source" not in str(caught.value)


async def test_an_arrival_whose_attachments_cannot_be_stored_waits_for_room_however_long(
    world: World, sink: Sink, with_letters: None, tmp_path: Path
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    with no_room(tmp_path / "files"):
        for _ in range(MAX_ATTEMPTS + 2):
            await world.settle()
        event = await world.event(accepted.event_id)
        assert (event["status"], event["attempts"]) == ("queued", 0)
        assert "cannot be stored" in event["reason"]
        (lane,) = await world.rows(
            """SELECT extract(epoch FROM due_at - clock_timestamp()) AS pause, holder FROM lane
               WHERE workspace_id = %s"""
        )
        assert 0 < lane["pause"] <= NO_ROOM_PAUSE
        assert lane["holder"] is None
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    (attachment,) = await world.rows("SELECT storage_key FROM attachment WHERE workspace_id = %s")
    assert await world.services.files.get(attachment["storage_key"]) == LETTER.content
    assert len(sink.got) == 1


@asynccontextmanager
async def full(world: World, table: str, when: str) -> AsyncIterator[None]:
    """The server's own error for this workspace's writes: where there is room in a page, some still succeed."""
    await ask(
        world.services.db.url,
        f"""CREATE OR REPLACE FUNCTION no_room_here() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER no_room BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (NEW.workspace_id = '{world.workspace.id}' AND ({when})) EXECUTE FUNCTION no_room_here()""",
    )
    try:
        yield
    finally:
        await ask(world.services.db.url, f"DROP TRIGGER no_room ON {table}; DROP FUNCTION no_room_here()")


async def test_a_full_disk_costs_an_arrival_no_try_though_only_its_taking_can_be_written(
    world: World, sink: Sink
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    async with full(world, "event", "NEW.attempts = OLD.attempts OR NEW.status <> OLD.status"):
        for _ in range(MAX_ATTEMPTS + 2):
            with pytest.raises(psycopg.errors.DiskFull):
                await world.settle()
        assert (await world.event(accepted.event_id))["attempts"] == 1
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"
    assert world.services.unwritten.vain(world.workspace.id, "generic:ada@example.com") == []


async def test_a_burst_loses_no_try_to_a_full_disk_either(world: World, sink: Sink) -> None:
    services = replace(world.services, settings=world.services.settings.model_copy(update={"quiet_period": 0.001}))
    burst = World(services, world.workspace, world.source)
    accepted = [await world.say(text, reply_url=sink.url) for text in ("Hello", "Is there parking?")]
    async with full(world, "event", "NEW.attempts = OLD.attempts OR NEW.status <> OLD.status"):
        for _ in range(MAX_ATTEMPTS + 2):
            with pytest.raises(psycopg.errors.DiskFull):
                await burst.settle()
    await burst.settle()
    assert {(await world.event(each.event_id))["outcome"] for each in accepted} == {"answered"}


async def test_a_worker_leaves_a_lane_alone_for_a_while_when_the_database_is_full(
    world: World, database_url: str
) -> None:
    await ask(database_url, "UPDATE lane SET due_at = NULL WHERE due_at IS NOT NULL RETURNING lane")  # left by others
    accepted = await world.say("Is there parking?", reply_url=None)
    worked = asyncio.Event()

    async def work(*_: Any) -> None:
        worked.set()
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    runner = LaneRunner(world.services.db, work, concurrency=4)
    async with _running(runner.run()):
        await worked.wait()
        async with asyncio.timeout(20):
            while True:
                (lane,) = await world.rows(
                    """SELECT extract(epoch FROM due_at - clock_timestamp()) AS pause, holder FROM lane
                       WHERE workspace_id = %s"""
                )
                if lane["holder"] is None and lane["pause"] > 0:
                    break
                await asyncio.sleep(0.05)
    assert 4 < lane["pause"] <= 5
    assert (await world.event(accepted.event_id))["status"] == "queued"


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "_RECEIPT_PAUSE", 0.01)
    monkeypatch.setattr(delivering, "_OUTAGE_PAUSE", 0.01)


async def test_a_receipt_is_kept_until_there_is_room_for_it(world: World, sink: Sink, at_once: None) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    async with AsyncExitStack() as running:
        async with full(world, "outbox", "NEW.status = 'sent'"):
            settling = await running.enter_async_context(_running(world.settle()))
            await sink.reached.wait()
            await asyncio.sleep(0.01 * 3 * delivering._RECEIPT_TRIES)
            # Another process's watchdog cannot know, and says so for now.
            (row,) = await world.rows("UPDATE outbox SET due_at = now() WHERE workspace_id = %s RETURNING id")
            other = replace(world.services, unwritten=Unwritten())
            await send_due(other, world.workspace.id, str(row["id"]))
            assert "could not write down" in (await world.event(accepted.event_id))["reason"]
            # Its own knows that the receipt is still here.
            assert not settling.done()
        await asyncio.wait_for(settling, 10)
    event = await world.event(accepted.event_id)
    assert (event["status"], event["outcome"], event["reason"]) == ("done", "answered", None)
    assert len(sink.got) == 1


async def test_a_process_that_holds_a_receipt_does_not_call_its_own_send_lost(
    world: World, sink: Sink, at_once: None
) -> None:
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    async with AsyncExitStack() as running:
        async with full(world, "outbox", "NEW.status = 'sent'"):
            settling = await running.enter_async_context(_running(world.settle()))
            await sink.reached.wait()
            await asyncio.sleep(0.05)
            (row,) = await world.rows("SELECT id FROM outbox WHERE workspace_id = %s")
            again = asyncio.create_task(settle_lost(world.services, world.workspace.id, row["id"]))
            await asyncio.sleep(0.05)
            assert (await world.event(accepted.event_id))["status"] == "queued"
        await asyncio.wait_for(settling, 10)
        assert await again is None
    assert (await world.event(accepted.event_id))["outcome"] == "answered"


async def test_a_receipt_is_tried_once_more_when_the_process_is_told_to_stop(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_RECEIPT_PAUSE", 60)
    accepted = await world.say("Is there parking?", reply_url=sink.url)
    async with AsyncExitStack() as running:
        async with full(world, "outbox", "NEW.status = 'sent'"):
            settling = await running.enter_async_context(_running(world.settle()))
            await sink.reached.wait()
            async with asyncio.timeout(20):
                while not world.services.unwritten._receipts:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
        settling.cancel()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"


async def test_what_is_known_late_of_an_earlier_try_says_nothing_of_a_later_one(world: World, sink: Sink) -> None:
    sink.statuses = [503]
    await world.say("Is there parking?", reply_url=sink.url)
    await world.settle()
    (early,) = await world.rows("SELECT * FROM outbox WHERE workspace_id = %s")
    await world.rows("UPDATE outbox SET status = 'sending', attempts = 2 WHERE workspace_id = %s RETURNING id")
    await delivering._settle(world.services, early, "failed", error="refused")
    (row,) = await world.rows("SELECT status FROM outbox WHERE workspace_id = %s")
    assert row["status"] == "sending"


async def test_whoever_brings_something_is_told_to_try_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: Any, **__: Any) -> Accepted:
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    monkeypatch.setattr(intake, "store", full)
    arrival = Arrival(external_id="1", lane="generic:a@example.com", raw=b"{}")
    with pytest.raises(NoStorage) as caught:
        await accept(world.services, world.source, arrival)
    assert (caught.value.status, caught.value.retry) == (503, True)


@pytest.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("full"))
    await server.start()
    watching = asyncio.create_task(server.watch())
    yield server
    watching.cancel()
    await server.stop()


def _starts(server: EmbeddedPostgres) -> int:
    return server.home.log.read_text().count("ready to accept connections")


async def test_a_server_that_panics_for_want_of_room_is_brought_back_with_all_that_was_committed(
    server: EmbeddedPostgres,
) -> None:
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        await connection.execute("CREATE TABLE kept (n integer)")
        await connection.execute("INSERT INTO kept VALUES (1)")
        backend = connection.info.backend_pid
        # Not one more byte for this backend: what it does next cannot be recorded, nor can its last words.
        resource.prlimit(backend, resource.RLIMIT_FSIZE, (1, 1))
        with pytest.raises(psycopg.Error):
            await connection.execute("UPDATE kept SET n = 2")
    async with asyncio.timeout(20):
        # Until it sees that the backend died, it still serves as if nothing were.
        while _starts(server) < 2 or not await server.is_ready():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        assert await (await connection.execute("SELECT n FROM kept")).fetchall() == [(1,)]
