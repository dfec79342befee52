"""A backup, made while the product runs, restored elsewhere: the same rows and files, and nothing done twice."""

import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from dynaris.app import restore as restoring
from dynaris.app.backup import Made, check_backup, make_backup
from dynaris.app.backup_file import KEY as KEY_PART
from dynaris.app.backup_file import BackupReader
from dynaris.app.restore import Restored, Wishes, activate, fitting_key, restore
from dynaris.app.standby import standby_reason
from dynaris.app.wiring import services_of
from dynaris.channels.contract import Attachment
from dynaris.core.errors import InvalidInput, StartupError
from dynaris.core.files import Files
from dynaris.core.postgres import attached
from dynaris.core.settings import Settings
from dynaris.migrations.run import current_revision, ensure_current, revisions
from dynaris.pipeline.attachments import store_attachments
from dynaris.pipeline.services import Services
from dynaris.privacy import erasure, export
from dynaris.privacy.proof import erasures_in, erasures_since
from dynaris.workspaces.actions import create_workspace
from tests.databases import ask, new_database, rows_of
from tests.flows.conftest import KEY, Sink, World, a_world, sink

__all__ = ["sink"]

LETTER = Attachment(filename="letter.pdf", mime_type="application/pdf", content=b"private" * 1000)


@asynccontextmanager
async def product(url: str, folder: Path) -> AsyncIterator[World]:
    """As a start leaves it: the key checked, one workspace with an account and its secret."""
    await ensure_current(url)
    settings = Settings(
        home=folder, database_url=url, secret_key=SecretStr(KEY), quiet_period=0, private_networks="loopback"
    )
    async with services_of(settings, "dynaris-tests") as services:
        workspace = await create_workspace(
            services.db, slug="clinic", name="Clinic", owner_email="olivia@clinic.example", owner_name="Olivia"
        )
        async with a_world(services.db, workspace, folder) as world:
            yield world


@pytest.fixture
async def source(server_url: str, migrated: str) -> AsyncIterator[str]:
    async with new_database(server_url, like=migrated) as url:
        yield url


@pytest.fixture
async def target(server_url: str) -> AsyncIterator[str]:
    async with new_database(server_url) as url:
        yield url


@pytest.fixture
async def original(source: str, tmp_path: Path, sink: Sink) -> AsyncIterator[World]:
    """One inquiry was answered, and had a letter with it."""
    async with product(source, tmp_path / "original") as world:
        accepted = await world.say("Is there parking?", reply_url=sink.url)
        await world.settle()
        message = (await world.event(accepted.event_id))["message_id"]
        stored = await store_attachments(world.services.files, world.workspace.id, accepted.event_id, [LETTER])
        async with world.services.db.workspace(world.workspace.id) as connection:
            await stored.insert(connection, world.workspace.id, message)
        yield world


async def backed_up(world: World, tmp_path: Path, **options: object) -> Made:
    return await make_backup(world.services.db.url, world.services.files, tmp_path / "backup.tar", **options)  # type: ignore[arg-type]


def elsewhere(tmp_path: Path, url: str | None) -> Settings:
    return Settings(
        home=tmp_path / "elsewhere",
        database_url=url,
        secret_key=SecretStr(KEY),
        quiet_period=0,
        private_networks="loopback",
    )


async def restored(path: Path, settings: Settings, wishes: Wishes = Wishes()) -> Restored:  # noqa: B008 - frozen
    reader = BackupReader(path)
    try:
        return await restore(reader, settings, fitting_key(reader, KEY, None), wishes)
    finally:
        reader.close()


async def run_lanes(services: Services, workspace_id: UUID) -> None:
    from dynaris.pipeline.inbound import run_lane

    async with services.db.workspace(workspace_id) as connection:
        cursor = await connection.execute(
            "SELECT DISTINCT lane FROM event WHERE workspace_id = %s AND status = 'queued'", (workspace_id,)
        )
        lanes = [row["lane"] for row in await cursor.fetchall()]
    for lane in lanes:
        holder = uuid4()
        async with services.db.workspace(workspace_id) as connection:
            await connection.execute(
                """UPDATE lane SET holder = %s, lease_until = clock_timestamp() + interval '1 minute'
                   WHERE workspace_id = %s AND lane = %s""",
                (holder, workspace_id, lane),
            )
        await run_lane(services, workspace_id, lane, holder)


async def test_a_backup_restored_onto_an_empty_home_is_the_same_product(
    original: World,
    tmp_path: Path,
    sink: Sink,
) -> None:
    before = await rows_of(original.services.db.url)
    made = await backed_up(original, tmp_path)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert await check_backup(made.path) == made.manifest

    settings = elsewhere(tmp_path, None)
    await restored(made.path, settings)
    assert (settings.home / "secret.key").read_text() == KEY
    async with attached(settings.home) as url:
        after = await rows_of(url)
        assert len(after.pop("standby")) == 1
        before.pop("standby")
        assert after == before
        assert await ask(url, "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'contact'") == [
            ("dynaris_owner",)
        ]

        running = settings.model_copy(update={"database_url": url})
        async with services_of(running, "dynaris-tests") as services:
            assert await standby_reason(services.db) is not None
            async with services.db.system() as connection:
                seen = await (await connection.execute("SELECT id FROM contact LIMIT 1")).fetchall()
                assert seen == [], "row-level security holds"
            assert await activate(services, since=datetime.now(UTC))
            account = await services.accounts.by_id(original.workspace.id, original.source.id)
            assert account.settings.secret.get_secret_value() == "s3cret"
            (key,) = await ask(url, "SELECT storage_key FROM attachment")
            assert await services.files.get(key[0]) == LETTER.content

            copy = World(services, original.workspace, account)
            accepted = await copy.say("What are your opening hours?", reply_url=sink.url)
            await copy.settle()
            assert (await copy.event(accepted.event_id))["outcome"] == "answered"
    assert len(sink.got) == 2


async def test_what_was_under_way_at_the_backup_waits_for_a_person_in_the_copy(
    original: World,
    target: str,
    tmp_path: Path,
    sink: Sink,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued = await original.say("What does a first assessment cost?", reply_url=sink.url, email="bob@example.com")
    await original.rows(
        """INSERT INTO outbox (workspace_id, id, audience, channel, account_id, recipient, dedupe_key, content,
                               conversation_id)
           SELECT workspace_id, gen_random_uuid(), 'contact', 'generic', account_id, reply_to, 'a cause',
                  '{"text": "x"}', id FROM conversation WHERE workspace_id = %s RETURNING id"""
    )
    await original.rows(
        """INSERT INTO follow_up (workspace_id, id, contact_id, conversation_id, kind, reason, due_at)
           SELECT workspace_id, gen_random_uuid(), contact_id, id, 'follow_up', 'ask about the form', clock_timestamp()
           FROM conversation WHERE workspace_id = %s RETURNING id"""
    )
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, target)
    doubtful = (await restored(made.path, settings)).doubtful[original.workspace.id]
    assert (doubtful.sends, doubtful.arrivals, doubtful.follow_ups) == (1, 1, 1)

    async with services_of(settings, "dynaris-tests") as services:
        await activate(services, since=datetime.now(UTC))
        await run_lanes(services, original.workspace.id)
    assert await ask(target, "SELECT status FROM outbox WHERE dedupe_key = 'a cause'") == [("unknown",)]
    event = await ask(target, "SELECT status, waiting_for, reason FROM event WHERE id = %s", queued.event_id)
    assert event[0][:2] == ("waiting", "run")
    assert "restored from a backup" in event[0][2]
    assert await ask(target, "SELECT title FROM task") == [
        ("Look whether this follow-up happened: ask about the form",)
    ]
    assert len(sink.got) == 1, "nothing was sent again"


async def test_with_resend_the_copy_goes_on_where_the_backup_was(
    original: World,
    target: str,
    tmp_path: Path,
    sink: Sink,
) -> None:
    queued = await original.say("What does a first assessment cost?", reply_url=sink.url, email="bob@example.com")
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, target)
    await restored(made.path, settings, Wishes(resend=True, activate=True))
    async with services_of(settings, "dynaris-tests") as services:
        assert await standby_reason(services.db) is None
        await run_lanes(services, original.workspace.id)
    assert await ask(target, "SELECT outcome FROM event WHERE id = %s", queued.event_id) == [("answered",)]


async def test_another_key_is_refused_before_anything_is_changed(original: World, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    reader = BackupReader(made.path)
    for key in ("another key that nobody knows", None):
        with pytest.raises(InvalidInput, match="key"):
            fitting_key(reader, key, None)
    assert not reader.has(KEY_PART)


async def test_the_key_is_in_the_backup_only_under_a_passphrase(original: World, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path, key=KEY, passphrase="correct horse battery")
    assert KEY.encode() not in made.path.read_bytes()
    reader = BackupReader(made.path)
    assert fitting_key(reader, None, "correct horse battery") == KEY
    with pytest.raises(InvalidInput, match="passphrase"):
        fitting_key(reader, None, "a wrong passphrase")


async def test_only_an_empty_database_is_restored_into(original: World, source: str, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    before = await rows_of(source)
    with pytest.raises(InvalidInput, match=r"not empty: it has 1 workspace \("):
        await restored(made.path, elsewhere(tmp_path, source))
    assert await rows_of(source) == before


async def test_a_home_with_something_of_somebody_elses_is_refused(original: World, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, None)
    settings.home.mkdir(parents=True)
    (settings.home / "thesis.odt").write_text("mine")
    with pytest.raises(InvalidInput, match=r"thesis\.odt is not ours: restore into an empty home"):
        await restored(made.path, settings)
    assert [path.name for path in settings.home.iterdir()] == ["thesis.odt"]


async def test_a_restore_that_was_killed_after_its_end_is_known_as_finished(
    original: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, None)
    end = restoring._end

    def killed(url: str) -> None:
        end(url)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_end", killed)
        with pytest.raises(KeyboardInterrupt):
            await restored(made.path, settings)
    assert (settings.home / "secret.key").read_text() == KEY
    with pytest.raises(InvalidInput, match=r"finished restore .* stands by \(.*`dynaris activate` starts it"):
        await restored(made.path, settings)


async def test_an_interrupted_restore_starts_nothing_and_is_run_again(
    original: World, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, target)

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("_put_files", "_put_rows", "_made_safe"):
        with monkeypatch.context() as patch:
            patch.setattr(restoring, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                await restored(made.path, settings)
        with pytest.raises(StartupError, match="restore"):
            await ensure_current(target)
    await restored(made.path, settings)
    await ensure_current(target)
    assert await ask(target, "SELECT count(*) FROM message") == [(2,)]


async def test_an_older_schema_is_backed_up_as_it_is_and_migrated_when_restored(
    server_url: str, target: str, tmp_path: Path
) -> None:
    from dynaris.migrations.run import upgrade

    async with new_database(server_url) as older:
        upgrade(older, "0005")
        made = await make_backup(older, None, tmp_path / "backup.tar")
        assert await current_revision(older) == "0005"
    assert made.manifest.schema_revision == "0005"
    await restored(made.path, elsewhere(tmp_path, target))
    assert await current_revision(target) == revisions()[-1]


async def test_a_newer_schema_is_refused_with_the_reason(
    original: World, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await backed_up(original, tmp_path)
    monkeypatch.setattr(restoring, "revisions", lambda: ["0001", "0002"])
    with pytest.raises(InvalidInput, match=r"newer than this release \(0002\)"):
        await restored(made.path, elsewhere(tmp_path, target))
    assert await ask(target, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


async def test_a_damaged_backup_is_recognised_wherever_the_damage_is(original: World, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    whole = made.path.read_bytes()
    for place in (whole.index(b"PGDMP") + 1000, whole.index(b"privateprivate") + 9):
        made.path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(InvalidInput, match="is damaged"):
            await check_backup(made.path)
    for length in (0, 100, len(whole) // 2, whole.index(b"manifest.json") + 600):
        made.path.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match="no whole backup"):
            await check_backup(made.path)


async def test_a_file_that_is_gone_is_reported_and_the_rest_is_saved(original: World, tmp_path: Path) -> None:
    for path in (tmp_path / "original" / "files").rglob("*.pdf"):
        path.unlink()
    made = await backed_up(original, tmp_path)
    assert [key.endswith("letter.pdf") for key in made.manifest.missing_files] == [True]
    assert made.manifest.files == 0
    await check_backup(made.path)


async def test_large_and_empty_files_pass_through_in_pieces(
    original: World, target: str, tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [os.urandom(3 * 1024 * 1024 + 7), b""]
    files = [Attachment(filename=f"{len(each)}.bin", mime_type="x/y", content=each) for each in contents]
    accepted = await original.say("And these?", reply_url=sink.url)
    await original.settle()
    message = (await original.event(accepted.event_id))["message_id"]
    stored = await store_attachments(original.services.files, original.workspace.id, accepted.event_id, files)
    async with original.services.db.workspace(original.workspace.id) as connection:
        await stored.insert(connection, original.workspace.id, message)

    async def at_once(*_: object) -> None:
        raise AssertionError("a whole file is held")

    monkeypatch.setattr(Files, "get", at_once)
    monkeypatch.setattr(Files, "put", at_once)
    made = await backed_up(original, tmp_path)
    assert await check_backup(made.path) == made.manifest
    await restored(made.path, elsewhere(tmp_path, target))
    kept = {path.read_bytes() for path in (tmp_path / "elsewhere" / "files").rglob("*.bin")}
    assert kept == set(contents)


async def test_copies_of_a_persons_data_are_in_no_backup(original: World, target: str, tmp_path: Path) -> None:
    services, workspace_id = original.services, original.workspace.id
    [contact] = await original.rows("SELECT id FROM contact WHERE workspace_id = %s")
    async with services.db.transaction(workspace_id) as connection:
        row = await export.request_export(connection, workspace_id, contact["id"], by="system")
    await export.export_job(services, workspace_id, row["id"])
    assert (tmp_path / "original" / "files" / row["storage_key"]).exists()
    made = await backed_up(original, tmp_path)
    assert "contact_export" not in made.manifest.tables
    assert made.manifest.files == 1, "the letter alone"
    await restored(made.path, elsewhere(tmp_path, target))
    assert await ask(target, "SELECT count(*) FROM contact_export") == [(0,)]


async def test_only_so_many_backups_of_ours_are_kept(original: World, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "dynaris-20200101T000000Z.tar").write_text("somebody else's")
    for day in (1, 2, 3):
        made = await make_backup(original.services.db.url, None, tmp_path / f"{day}.tar")
        made.path.rename(folder / f"dynaris-2026010{day}T000000Z.tar")
    made = await make_backup(original.services.db.url, None, folder, keep=2)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["dynaris-20200101T000000Z.tar", "dynaris-20260103T000000Z.tar", made.path.name]


_SMALL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from dynaris.app.cli import main
main()
"""


def test_a_full_disk_leaves_no_backup_at_all(original: World, source: str, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", _SMALL, "backup", "--out", folder, "--home", tmp_path / "original"],
        env=os.environ | {"DATABASE_URL": source, "DYNARIS_SECRET_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "there is no room left" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert list(folder.iterdir()) == []


async def test_who_was_erased_after_the_backup_is_erased_again(original: World, target: str, tmp_path: Path) -> None:
    services, workspace_id = original.services, original.workspace.id
    made = await backed_up(original, tmp_path)
    (contact,) = await original.rows("SELECT id FROM contact WHERE workspace_id = %s")
    begun, _ = await erasure.request(services, workspace_id, contact["id"], reason="requested", by="system")
    await erasure.erase(services, workspace_id, begun["id"], alone=True)
    lines = tmp_path / "erasures.jsonl"
    lines.write_text("".join(f"{record.model_dump_json()}\n" for record in await erasures_since(services)))

    done = await restored(made.path, elsewhere(tmp_path, target), Wishes(erasures=erasures_in(lines)))
    assert done.erased == 1
    assert await ask(target, "SELECT count(*) FROM contact WHERE id = %s", contact["id"]) == [(0,)]
    assert await ask(target, "SELECT text FROM message WHERE text LIKE '%%parking%%'") == []
    with pytest.raises(InvalidInput, match="no list of erasures"):
        erasures_in(made.path)


async def test_mail_from_before_the_copy_was_started_is_doubted(original: World, target: str, tmp_path: Path) -> None:
    made = await backed_up(original, tmp_path)
    settings = elsewhere(tmp_path, target)
    await restored(made.path, settings)
    moment = datetime.now(UTC) - timedelta(hours=1)
    async with services_of(settings, "dynaris-tests") as services:
        assert await activate(services, since=moment)
        assert not await activate(services, since=moment), "it works already"
    assert await ask(target, "SELECT DISTINCT checkpoint->>'doubt_before' FROM account WHERE channel = 'generic'") == [
        (moment.isoformat(),)
    ]
