"""No room left, for files or for the database: what arrives is refused for now or waits, and nothing is lost."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dynaris.channels.contract import Accepted, Account, Arrival, Attachment
from dynaris.channels.generic.adapter import GenericChannel
from dynaris.core.errors import NoStorage
from dynaris.core.files import Files
from dynaris.core.postgres import EmbeddedPostgres
from dynaris.pipeline import intake
from dynaris.pipeline.inbound import MAX_ATTEMPTS, NO_ROOM_PAUSE
from dynaris.pipeline.intake import accept
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


async def test_a_database_without_room_costs_an_arrival_no_try(
    world: World, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dynaris.pipeline import inbound

    accepted = await world.say("Is there parking?", reply_url=sink.url)

    async def full(*_: Any) -> Any:
        raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(inbound, "identify", full)
        for _ in range(MAX_ATTEMPTS + 2):
            await world.settle()
    await world.settle()
    assert (await world.event(accepted.event_id))["outcome"] == "answered"


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
        while not await server.is_ready():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as connection:
        assert await (await connection.execute("SELECT n FROM kept")).fetchall() == [(1,)]
    assert server.home.log.read_text().count("ready to accept connections") == 2
