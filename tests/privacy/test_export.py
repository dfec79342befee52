"""Exports: complete, readable, of one contact alone, and gone when they expire or the contact is erased."""

import io
import zipfile
from datetime import timedelta

import orjson
import pytest

from dynaris.core import clock
from dynaris.core.errors import NoStorage, NotFound
from dynaris.core.ids import new_id
from dynaris.pipeline.visitors import send_code
from dynaris.privacy import erasure, export, removal, retention, subject
from dynaris.privacy.places import PLACES
from tests.flows.conftest import Sink, World
from tests.privacy.traces import plant

XSS = "<script>alert(1)</script>"


async def made(world: World, contact_id) -> zipfile.ZipFile:
    target = io.BytesIO()
    await export.write_export(world.services, world.workspace.id, contact_id, target)
    return zipfile.ZipFile(target)


async def test_an_export_holds_everything_of_one_contact_and_nothing_of_another(world: World, sink: Sink) -> None:
    word, other = f"zq{new_id().hex}", f"yq{new_id().hex}"
    contact = await plant(world, word, email=f"{word}@example.com", reply_url=sink.url)
    await plant(world, other, email=f"{other}@example.com", reply_url=sink.url)
    archive = await made(world, contact)
    assert archive.testzip() is None
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert other.encode() not in everything
    tables = orjson.loads(archive.read("contact.json"))["tables"]
    assert set(tables) == {place.table for place in PLACES if place.exported}
    assert {name for name, rows in tables.items() if not rows} <= {"chat_session", "merge", "merge_move"}
    assert "code_hash" not in tables["verification_code"][0]
    raw = [archive.read(event["raw_file"]) for event in tables["event"]]
    assert any(word.encode() in each for each in raw)
    (attachment,) = tables["attachment"]
    assert archive.read(attachment["file"]) == f"bytes of {word}".encode()


async def test_the_page_shows_hostile_texts_as_text_and_links_the_files(world: World) -> None:
    accepted = await world.say(f"Hello {XSS}", reply_url=None, name=XSS, subject=XSS)
    await world.settle()
    event = await world.event(accepted.event_id)
    await world.services.files.put(f"{world.workspace.id}/a/0", b"<svg onload=alert(1)>")
    await world.rows(
        """INSERT INTO attachment (workspace_id, id, message_id, filename, mime_type, size, storage_key)
           VALUES (%(ws)s, %(id)s, %(message)s, '../../"x".svg', 'image/svg+xml', 21, %(key)s) RETURNING id""",
        id=new_id(),
        message=event["message_id"],
        key=f"{world.workspace.id}/a/0",
    )
    archive = await made(world, event["contact_id"])
    page = archive.read("index.html").decode()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3
    assert "default-src 'none'" in page
    (path,) = [name for name in archive.namelist() if name.startswith("attachments/")]
    assert path.endswith(".svg.txt")
    assert ".." not in path.removeprefix("attachments/").split("-", 5)[0]
    assert "/" not in path.removeprefix("attachments/")
    assert path.replace('"', "") in page.replace("%22", "")


async def test_an_export_holds_no_one_time_code(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    event = await world.event(accepted.event_id)
    assert await world.rows(
        """INSERT INTO account (workspace_id, id, channel, address, settings)
           VALUES (%(ws)s, %(id)s, 'email', %(address)s, '{}') RETURNING id""",
        id=new_id(),
        address=f"hello@{new_id().hex}.example",
    )
    async with world.services.db.transaction(world.workspace.id) as connection:
        assert await send_code(
            connection,
            world.workspace.id,
            contact_id=event["contact_id"],
            conversation_id=event["conversation_id"],
            email="ada@elsewhere.example",
        )
    (mail,) = await world.rows(
        """SELECT content->>'subject' AS subject FROM outbox
           WHERE workspace_id = %s AND recipient = 'ada@elsewhere.example'"""
    )
    code = mail["subject"].split()[0]
    archive = await made(world, event["contact_id"])
    sent = orjson.loads(archive.read("contact.json"))["tables"]["outbox"]
    assert [each["content"] for each in sent if each["recipient"] == "ada@elsewhere.example"] == [None]
    assert all(code.encode() not in archive.read(name) for name in archive.namelist())


def test_an_arrival_has_an_ending_that_people_can_open() -> None:
    form = (
        b'--boundary1234\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n--boundary1234\r\n'
        b'Content-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n\x89PNG\xff\x00\r\n--boundary1234--\r\n'
    )
    kept = dict(export._openable("events/1", form))
    assert list(kept) == ["events/1-2.bin", "events/1.txt"]
    assert kept["events/1-2.bin"] == b"\x89PNG\xff\x00"
    assert b"Ada" in kept["events/1.txt"]
    assert b"(see events/1-2.bin)" in kept["events/1.txt"]
    for raw, ending in ((b"name=Ada&text=Hi", "txt"), (b'{"id": 1}', "json"), (b"From: a@b.c\r\n", "eml")):
        assert list(export._openable("e", raw)) == [(f"e.{ending}", raw)]
    assert list(export._openable("e", b"--\r\n\x00--\r\n\xff")) == [("e.bin", b"--\r\n\x00--\r\n\xff")]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("scan.PDF", "scan.PDF"),
        ("photo.jpeg", "photo.jpeg"),
        ("page.xht", "page.xht.txt"),
        ("page.shtml", "page.shtml.txt"),
        ("page.mhtml", "page.mhtml.txt"),
        ("run.wsf", "run.wsf.txt"),
        ("run.desktop", "run.desktop.txt"),
        ("letter.docm", "letter.docm.txt"),
        ("page.ht\u200bml", "page.html.txt"),
        ("page.html\u2060", "page.html.txt"),
        ("fdp.\u202egpj.exe", "fdp.gpj.exe.txt"),
        ("page.html.", "page.html.txt"),
        ("x" * 200 + ".exe", "x" * 96 + ".exe.txt"),
        ("\u200b", "file.txt"),
        ("no ending", "no ending.txt"),
    ],
)
def test_a_double_click_on_an_exported_file_runs_nothing(given: str, named: str) -> None:
    assert export._file_name(given) == named


async def test_an_export_is_made_once_kept_for_a_week_and_then_gone(world: World) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact = (await world.event(accepted.event_id))["contact_id"]
    ws, services = world.workspace.id, world.services
    async with services.db.transaction(ws) as connection:
        first = await export.request_export(connection, ws, contact, by="system")
        again = await export.request_export(connection, ws, contact, by="system")
    assert first["id"] == again["id"]
    await export.export_job(services, ws, first["id"])
    await export.export_job(services, ws, first["id"])  # the job came twice
    async with services.db.workspace(ws) as connection:
        row = await export.get(connection, ws, first["id"])
    assert (row["status"], row["expires_at"] - row["finished_at"] > timedelta(days=6)) == ("ready", True)
    assert len(await services.files.get(row["storage_key"])) == row["size"]
    now = clock.now()
    clock.set_source(lambda: now + timedelta(days=8))
    try:
        await retention.keep_to_it(services, ws)
    finally:
        clock.set_source(None)
    with pytest.raises(NotFound):
        await services.files.get(row["storage_key"])


async def test_an_erasure_takes_exports_along_also_one_that_is_being_made(world: World, monkeypatch) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact = (await world.event(accepted.event_id))["contact_id"]
    ws, services = world.workspace.id, world.services
    async with services.db.transaction(ws) as connection:
        row = await export.request_export(connection, ws, contact, by="system")
    put = services.files.put_stream

    async def erased_meanwhile(key: str, content) -> None:
        begun, _ = await erasure.request(services, ws, contact, reason="requested", by="system")
        assert await erasure.erase(services, ws, begun["id"])
        await put(key, content)

    monkeypatch.setattr(services.files, "put_stream", erased_meanwhile)
    await export.export_job(services, ws, row["id"])
    with pytest.raises(NotFound):
        await services.files.get(row["storage_key"])
    assert not await world.rows("SELECT id FROM contact_export WHERE workspace_id = %s")


async def test_without_room_an_export_waits_a_while_and_is_made_then(world: World, monkeypatch) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    services, ws = world.services, world.workspace.id
    contact = (await world.event(accepted.event_id))["contact_id"]
    async with services.db.transaction(ws) as connection:
        row = await export.request_export(connection, ws, contact, by="system")

    async def full(*_: object) -> None:
        raise NoStorage("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(services.files, "put_stream", full)
        await export.export_job(services, ws, row["id"])
    jobs = await world.rows(
        """SELECT scheduled_at FROM procrastinate_jobs
           WHERE %(ws)s::uuid IS NOT NULL AND args->>'export_id' = %(id)s AND scheduled_at IS NOT NULL""",
        id=str(row["id"]),
    )
    assert [job["scheduled_at"] > clock.now() + timedelta(seconds=30) for job in jobs] == [True]
    await export.export_job(services, ws, row["id"])
    async with services.db.workspace(ws) as connection:
        assert (await export.get(connection, ws, row["id"]))["status"] == "ready"


async def test_an_export_that_takes_long_to_ask_for_is_not_cut_short(world: World, monkeypatch) -> None:
    accepted = await world.say("Is there parking?", reply_url=None)
    await world.settle()
    contact = (await world.event(accepted.event_id))["contact_id"]
    services, ws = world.services, world.workspace.id
    seen: list[str] = []
    real = subject.parameters

    async def noted(connection, *names):
        cursor = await connection.execute("SELECT current_setting('statement_timeout') AS most")
        seen.append((await cursor.fetchone())["most"])
        return await real(connection, *names)

    for module in (export, erasure, removal):
        monkeypatch.setattr(module, "parameters", noted)
    await made(world, contact)
    await erasure.preview(services, ws, contact)
    begun, _ = await erasure.request(services, ws, contact, reason="requested", by="system")
    assert await erasure.erase(services, ws, begun["id"])
    assert seen == ["30min"] * 3
