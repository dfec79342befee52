"""What `dynaris doctor` could not look at is never called well, and nobody is told of what is not theirs."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dynaris.app.doctor import examine as examining
from dynaris.app.doctor.examine import OF_INSTALLATION, OF_WORKSPACE, examine, known_to
from dynaris.app.doctor.finding import Examined, Report
from dynaris.app.doctor.reachable import _lasting
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.workspaces.actions import NewWorkspace

EVERYTHING = {**OF_INSTALLATION, **OF_WORKSPACE}


@pytest.fixture
def examined(db: Database, workspace: NewWorkspace, tmp_path: Path) -> Examined:
    return Examined(
        settings=Settings(home=tmp_path), db=db, vault=Vault("a key"), workspaces=((workspace.id, "clinic"),)
    )


def of(report: Report, check: str) -> list[tuple[str, str]]:
    return [(each.status, each.found) for each in report.findings if each.check == check]


async def hangs(_: Database) -> Any:
    await asyncio.Event().wait()


async def test_what_cannot_be_counted_is_not_well(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "_work", hangs)
    with monkeypatch.context() as patch:
        patch.setattr(examining, "CHECK_SECONDS", 0.5)
        known = await known_to(examined)
    report = await examine(known, {"jobs": OF_INSTALLATION["jobs"]})
    assert [status for status, _ in of(report, "jobs")] == ["failed"]
    assert "no answer" in of(report, "jobs")[0][1]


async def test_workspaces_that_could_not_be_listed_are_not_taken_for_none(
    examined: Examined, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(examining, "CHECK_SECONDS", 0.5)
        known = await known_to(replace(examined, workspaces=()), workspaces=hangs)
    report = await examine(known, {name: OF_WORKSPACE[name] for name in ("accounts", "outbox")})
    assert [status for status, _ in of(report, "accounts") + of(report, "outbox")] == ["failed", "failed"]


async def test_workspaces_that_are_too_many_are_said(examined: Examined) -> None:
    known = await known_to(replace(examined, more_workspaces=3))
    report = await examine(known, {"accounts": OF_WORKSPACE["accounts"]})
    assert any(
        status == "warning" and found.startswith("3 more workspaces") for status, found in of(report, "accounts")
    )


async def test_a_copy_that_stands_by_needs_no_worker(examined: Examined) -> None:
    known = replace(await known_to(examined), stands_by="restored from a backup")
    report = await examine(known, {name: EVERYTHING[name] for name in ("standby", "jobs", "events", "listeners")})
    assert [(each.check, each.status) for each in report.findings] == [("standby", "warning")]
    assert "restored from a backup" in report.findings[0].found


async def test_an_admin_is_not_told_which_machine_listens(examined: Examined, workspace: NewWorkspace) -> None:
    account = new_id()
    assert examined.db is not None
    async with examined.db.workspace(workspace.id) as connection:
        await connection.execute(
            "INSERT INTO account (workspace_id, id, channel, address) VALUES (%s, %s, 'email', 'a@clinic.example')",
            (workspace.id, account),
        )
        await connection.execute(
            """INSERT INTO listener (workspace_id, account_id, holder, lease_until)
               VALUES (%s, %s, %s, clock_timestamp() + interval '1 minute')""",
            (workspace.id, account, new_id()),
        )
    sample = ["", {"account": str(account)}, datetime.now(UTC).timestamp()]
    family = {"name": "dynaris_listener_success_timestamp_seconds", "samples": [sample]}
    known = replace(
        await known_to(examined), figures=[{"process": "worker:machine-7:42", "kind": "worker", "figures": [family]}]
    )
    [told] = await OF_WORKSPACE["listeners"](known)
    [shown] = await OF_WORKSPACE["listeners"](replace(known, local=False))
    assert told.found.endswith("s ago, in worker:machine-7:42")
    assert "last success" in shown.found
    assert "machine-7" not in shown.found


def a_certificate(folder: Path, days: int) -> Path:
    """For localhost, that vouches for itself; with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=[(30, []), (9, ["warning"]), (2, ["failed"])], ids=lambda param: f"{param[0]} days")
async def certified(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, int, list[str]]]:
    """An https address, how long its certificate lasts, and what is to be said of it."""
    days, said = request.param
    path = a_certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    yield f"https://localhost:{server.sockets[0].getsockname()[1]}", days, said
    server.close()


async def test_a_certificate_that_ends_soon_is_said_before_it_ends(certified: tuple[str, int, list[str]]) -> None:
    url, days, said = certified
    findings = await _lasting("app", url)
    assert [finding.status for finding in findings] == said
    assert all(f"ends in {days} days" in finding.found and finding.remedy for finding in findings)
