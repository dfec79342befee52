"""`dynaris doctor` finds what is planted, says what to do, and looks at the rest all the same."""

import asyncio
import errno
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from aiohttp import web
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import BaseModel, SecretStr

from dynaris.app.backup import make_backup
from dynaris.app.doctor.examine import OF_INSTALLATION, OF_WORKSPACE, examine, known_to, looked_at
from dynaris.app.doctor.finding import Examined, Finding
from dynaris.app.figures import installation_id
from dynaris.app.ports import free_port
from dynaris.app.system_mail import ensure_system_mail
from dynaris.app.wiring import configure_channels
from dynaris.channels.contract import Account
from dynaris.connections.actions import add_account
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.migrations.run import revisions, upgrade
from dynaris.people import mail, mail_texts
from dynaris.people.mail import SYSTEM
from dynaris.pipeline.services import Services
from dynaris.sandbox.faults import FaultPlan
from dynaris.sandbox.imap.server import ImapServer
from dynaris.sandbox.mailbox import Mailbox
from dynaris.workspaces.actions import NewWorkspace
from tests.databases import ask
from tests.web import client_of, new_key, web_app

KEY = "the right secret key of this database"
HOST = "127.0.0.1"


async def doctor(*options: str, **environment: str) -> tuple[int, str]:
    """The real command, in a process of its own."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dynaris.app.cli", "doctor", *options),
        env={"PATH": os.environ["PATH"], "DYNARIS_SECRET_KEY": KEY, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(40):
        out, _ = await child.communicate()
    return child.returncode or 0, out.decode()


def found(report: str, check: str) -> list[dict[str, Any]]:
    return [each for each in json.loads(report)["findings"] if each["check"] == check and each["status"] != "ok"]


def said(report: str, check: str) -> str:
    return " ".join(f"{each['found']} -> {each['remedy']}" for each in found(report, check))


@asynccontextmanager
async def a_database(server_url: str, revision: str = "head") -> AsyncIterator[str]:
    name = f"doctor_{new_id().hex}"
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = make_conninfo(server_url, dbname=name)
        await asyncio.to_thread(upgrade, url, revision)
        yield url
        await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def test_a_stopped_database_is_said_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    url = f"postgresql://dynaris:secret-password@{HOST}:{free_port(HOST)}/dynaris"
    given = {"DATABASE_URL": url, "DYNARIS_HOME": str(tmp_path)}
    (code, report), (same, page) = await asyncio.gather(doctor("--json", **given), doctor(**given))
    assert code == same == 1
    assert "cannot be reached" in said(report, "database")
    assert "start it" in said(report, "database")
    assert {each["check"] for each in json.loads(report)["findings"]} >= {"database", "disk", "public"}
    assert "secret-password" not in report + page
    assert json.loads(report)["seconds"] < 15
    lines = page.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("✗") and "database" in line)
    assert any(line.lstrip().startswith("→ start it") for line in lines[row + 1 : row + 4]), "the remedy stands below"
    assert "failed" in lines[-1]


async def test_a_server_that_refuses_is_not_to_be_started(server_url: str, tmp_path: Path) -> None:
    for wrong in ({"dbname": "no_such_database"}, {"user": "no_such_role"}):
        settings = Settings(home=tmp_path, database_url=make_conninfo(server_url, **wrong))
        async with looked_at(settings) as examined:
            [refused] = await OF_INSTALLATION["database"](examined)
        assert "runs, and refuses" in refused.found
        assert (refused.remedy or "").startswith("put the right user, password and database name into DATABASE_URL")


async def test_a_homes_own_database_that_stopped_is_started_with_its_home(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    code, report = await doctor("--json", "--home", str(tmp_path))
    assert code == 1
    assert f"-> start it: `dynaris up --home {tmp_path}`" in said(report, "database")
    _, report = await doctor("--json", "--home", str(tmp_path / "never-existed"))
    assert f"{tmp_path / 'never-existed'} has none" in said(report, "database")
    assert "name the home" in said(report, "database")


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "free space"), (errno.EROFS, "mount it writable"), (errno.EACCES, "chown")]
)
async def test_a_home_that_cannot_be_written_has_the_remedy_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    examined = Examined(settings=Settings(home=tmp_path), db=None, vault=None)
    [disk] = await OF_INSTALLATION["disk"](examined)
    [files] = await OF_INSTALLATION["files"](examined)
    assert disk.status == files.status == "failed"
    assert remedy in (disk.remedy or "")
    assert "dynaris up" not in (files.remedy or "")


async def test_beside_a_running_product_its_own_settings_hold(tmp_path: Path) -> None:
    told = {"DYNARIS_HOST": HOST, "DYNARIS_PORT": "18111", "DYNARIS_SANDBOX_SMTP_PORT": "18112"}
    told["DYNARIS_PRIVATE_NETWORKS"] = "loopback"
    (tmp_path / "running.json").write_text(json.dumps(told))
    url = f"postgresql://dynaris@{HOST}:{free_port(HOST)}/dynaris"
    _, report = await doctor("--json", "--home", str(tmp_path), DATABASE_URL=url)
    assert any("18111" in (each["subject"] or "") for each in found(report, "public"))


async def test_a_migration_that_is_pending_is_the_one_to_be_run(server_url: str, tmp_path: Path) -> None:
    async with a_database(server_url, revisions()[-2]) as url:
        code, report = await doctor("--json", DATABASE_URL=url, DYNARIS_HOME=str(tmp_path))
    assert code == 1
    assert "1 migrations are pending" in said(report, "migrations")
    assert "dynaris migrate" in said(report, "migrations")


async def test_planted_faults_are_found_each_with_its_remedy(
    db: Database, workspace: NewWorkspace, database_url: str, tmp_path: Path
) -> None:
    """A wrong password, a refused sign-in, a dead worker, a home that cannot be written, an address that nobody answers
    at, and no knowledge: all in one installation."""
    imap = ImapServer(Mailbox(tmp_path / "sandbox"), FaultPlan(tmp_path / "sandbox"))
    imap_port = await imap.start(HOST, 0)
    smtp = await asyncio.start_server(_refusing, HOST, 0)
    smtp_port = smtp.sockets[0].getsockname()[1]
    async with db.transaction(workspace.id) as connection:
        await connection.execute("SELECT stored_key_check(%s)", (Vault(KEY).seal("right", "key_check"),))
        await add_account(
            connection,
            workspace.id,
            Vault(KEY),
            channel="email",
            address=f"{workspace.id}@clinic.test",
            settings={
                "smtp_url": f"smtp://me:wrong-smtp-word@{HOST}:{smtp_port}",
                "imap_url": f"imap://me%40clinic.test:wrong-imap-word@{HOST}:{imap_port}",
            },
            agent=None,
        )
    async with db.system() as connection:
        await connection.execute("DELETE FROM procrastinate_workers")
    slug = await _slug(db, workspace)
    try:
        whole, own = await asyncio.gather(
            doctor(
                "--json",
                DATABASE_URL=database_url,
                DYNARIS_HOME="/proc/self",
                DYNARIS_PUBLIC_URL=f"http://{HOST}:{free_port(HOST)}",
                DYNARIS_PRIVATE_NETWORKS="127.0.0.0/8",
                DYNARIS_SECRET_KEY="quite another key than the right one",
            ),
            doctor(
                *("--json", "--workspace", slug),
                DATABASE_URL=database_url,
                DYNARIS_HOME=str(tmp_path),
                DYNARIS_PRIVATE_NETWORKS="127.0.0.0/8",
            ),
        )
    finally:
        imap.close()
        smtp.close()
    code, report = whole
    assert code == 1
    assert "not the one of this database -> start with the key" in said(report, "keys")
    assert "no worker runs" in said(report, "jobs")
    assert "dynaris worker" in said(report, "jobs")
    assert "cannot be written" in said(report, "disk")
    assert "cannot be used" in said(report, "files") or "does not exist" in said(report, "files")
    assert "cannot be reached" in said(report, "public")
    code, report = own
    assert code == 1
    assert "does not accept the user and password" in said(report, "accounts.imap")
    assert "does not accept the user and password" in said(report, "accounts.smtp")
    assert "renew the password" in said(report, "accounts.smtp")
    assert "no worker listens" in said(report, "listeners")
    assert "no source of knowledge" in said(report, "knowledge")
    assert not any(word in whole[1] + own[1] for word in ("wrong-smtp-word", "wrong-imap-word", KEY))


async def _slug(db: Database, workspace: NewWorkspace) -> str:
    async with db.workspace(workspace.id) as connection:
        row = await (await connection.execute("SELECT slug FROM workspace WHERE id = %s", (workspace.id,))).fetchone()
    assert row is not None
    return row["slug"]


async def _refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An SMTP server that lets nobody in."""
    writer.write(b"220 mx.test ESMTP\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"EHLO":
            writer.write(b"250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n")
        elif verb == b"AUTH":
            writer.write(b"535 5.7.8 wrong\r\n")
        else:
            writer.write(b"250 ok\r\n")
        await writer.drain()
    writer.close()


def an_installation(tmp_path: Path, **settings: Any) -> Examined:
    return Examined(settings=Settings(home=tmp_path, **settings), db=None, vault=Vault(KEY))


async def test_a_check_that_hangs_or_breaks_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynaris.app.doctor.examine.CHECK_SECONDS", 0.05)

    async def hangs(_: Examined) -> list[Finding]:
        await asyncio.Event().wait()
        return []

    async def breaks(_: Examined) -> list[Finding]:
        raise RuntimeError("quotes secret-word")

    report = await examine(an_installation(tmp_path), {"one": hangs, "two": breaks, "disk": OF_INSTALLATION["disk"]})
    assert [(each.check, each.status) for each in report.findings[:2]] == [("one", "failed"), ("two", "failed")]
    assert len(report.findings) == 3
    assert "secret-word" not in report.model_dump_json()


class Nothing(BaseModel):
    """The settings of a channel that has none."""


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


async def test_a_probe_leaves_nothing_behind(db: Database, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    chosen = {name: OF_INSTALLATION[name] for name in ("disk", "files", "clock", "database")}
    async with looked_at(Settings(home=tmp_path, database_url=database_url, secret_key=SecretStr(KEY))) as examined:
        report = await examine(examined, chosen)
    assert {each.status for each in report.findings if each.check != "disk"} == {"ok"}
    assert everything_in(tmp_path) <= {"files", "files/doctor"}


async def test_the_public_address_must_be_this_very_installation(db: Database, tmp_path: Path) -> None:
    answers: dict[str, str | None] = {"installation": str(new_id())}

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **answers})

    application = web.Application()
    application.router.add_get("/healthz", healthz)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    try:
        settings = Settings(home=tmp_path, public_url=f"http://{HOST}:{runner.addresses[0][1]}")
        examined = Examined(settings=settings, db=db, vault=None)
        [other] = await OF_INSTALLATION["public"](examined)
        async with db.system() as connection:
            row = await (await connection.execute("SELECT installation_id() AS id")).fetchone()
        assert row is not None
        answers["installation"] = str(row["id"])
        [own] = await OF_INSTALLATION["public"](examined)
        [unsure] = await OF_INSTALLATION["public"](replace(examined, db=None))
        answers["installation"] = None
        [proxy] = await OF_INSTALLATION["public"](examined)
    finally:
        await runner.cleanup()
    assert (other.status, other.found) == ("failed", "another installation answers there")
    assert own.status == "ok"
    assert unsure.status == "warning", "without its database it is not known which installation this is"
    assert (proxy.status, proxy.found) == ("failed", "something else answers there (status 200)")


async def test_a_channel_that_breaks_while_it_is_looked_at_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dynaris.app.doctor import accounts

    class Broken:
        async def examine(self, _: Account[Any]) -> list[Any]:
            raise ZeroDivisionError

    monkeypatch.setattr(accounts, "channels", lambda: {"broken": Broken()})
    account = Account(id=new_id(), workspace_id=new_id(), channel="broken", address="a", settings=Nothing())
    findings = await accounts._examined([("w", account)])
    assert [(each.status, each.found) for each in findings] == [("failed", "it cannot be looked at: ZeroDivisionError")]


async def test_an_admin_sees_their_workspace_and_of_the_installation_only_whether_it_is_well(
    db: Database, workspace: NewWorkspace, tmp_path: Path
) -> None:
    from dynaris.app.doctor import routes

    app = web_app(db, tmp_path, [routes.router])
    key = await new_key(db, workspace.id)
    async with client_of(app) as client:
        assert (await client.get("/api/doctor")).status_code == 401
        answer = await client.get("/api/doctor", headers={"authorization": f"Bearer {key}"})
        again = await client.get("/api/doctor", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    assert again.json()["at"] == answer.json()["at"], "providers are not asked again at once"
    checks = {each["check"]: each for each in answer.json()["findings"]}
    assert checks["knowledge"]["status"] == "warning"
    assert checks["database"]["found"] == "well"
    assert str(tmp_path) not in answer.text
    assert set(OF_WORKSPACE) >= {"accounts", "listeners", "outbox", "agents", "speech"}
    assert isinstance(answer, httpx.Response)


async def test_the_products_own_sender_is_tried_and_its_unsent_mails_are_told(db: Database, tmp_path: Path) -> None:
    smtp = await asyncio.start_server(_refusing, HOST, 0)
    settings = Settings(
        home=tmp_path, smtp_url=SecretStr(f"smtp://me:wrong-smtp-word@{HOST}:{smtp.sockets[0].getsockname()[1]}")
    )
    configure_channels(settings)
    services = Services(
        db=db, settings=settings, accounts=Accounts(db, Vault(KEY)), files=Files(None, tmp_path / "files")
    )
    await ensure_system_mail(services)
    examined = await known_to(Examined(settings=settings, db=db, vault=Vault(KEY)))
    try:
        findings = await OF_INSTALLATION["system_mail"](examined)
    finally:
        smtp.close()
        configure_channels(Settings(home=tmp_path))
    assert ["does not accept the user and password" in each.found for each in findings if each.status == "failed"] == [
        True
    ]
    async with db.transaction(SYSTEM) as connection:
        await mail.send(connection, "ada@people.example", mail_texts.no_account("https://d.example"))
        await connection.execute("UPDATE outbox SET status = 'failed' WHERE workspace_id = %s", (SYSTEM,))
    try:
        told = await OF_WORKSPACE["outbox"](examined)
        of_a_workspace = await OF_WORKSPACE["outbox"](replace(examined, local=False))
    finally:
        async with db.transaction(SYSTEM) as connection:
            await connection.execute("DELETE FROM outbox WHERE workspace_id = %s", (SYSTEM,))
    [own] = [each for each in told if each.check == "system_mail"]
    assert (own.status, "own mails" in own.found) == ("failed", True)
    assert "system_mail" not in [each.check for each in of_a_workspace], "other workspaces are told nothing of it"


async def test_an_old_backup_is_told_and_a_young_installation_left_alone(server_url: str, tmp_path: Path) -> None:
    async with a_database(server_url) as url:
        examined = Examined(settings=Settings(home=tmp_path), db=Database(url), vault=None)
        assert examined.db is not None
        await examined.db.open()

        async def looked() -> list[tuple[str, str]]:
            return [(each.status, each.found) for each in await OF_INSTALLATION["backup"](examined)]

        try:
            assert await looked() == [], "no process ran yet"
            await installation_id(examined.db)
            assert await looked() == []
            await ask(url, "UPDATE installation SET made_at = made_at - interval '25 hours' RETURNING 1")
            assert await looked() == [("warning", "`dynaris backup` was never run here")]
            await make_backup(url, None, tmp_path / "backup.tar")
            [(status, told)] = await looked()
            assert (status, told[:27]) == ("ok", "the last backup was made 0 ")
            await ask(url, "UPDATE installation SET backed_up_at = backed_up_at - interval '8 days' RETURNING 1")
            assert await looked() == [("warning", "the last backup was made 192 h ago")]
        finally:
            await examined.db.close()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, []),
        ({"sandbox_pages": True}, []),
        ({"sandbox_pages": True, "public_url": "https://dynaris.example"}, ["warning"]),
        ({"sandbox_pages": True, "host": "0.0.0.0"}, ["warning"]),
    ],
    ids=str,
)
async def test_a_sandbox_mailbox_of_an_installation_for_others_is_named(
    tmp_path: Path, given: dict[str, Any], status: list[str]
) -> None:
    examined = Examined(settings=Settings(home=tmp_path, **given), db=None, vault=None)
    found = await examine(examined, {"sandbox": OF_INSTALLATION["sandbox"]})
    assert [finding.status for finding in found.findings] == status
