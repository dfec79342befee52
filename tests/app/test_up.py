"""`dynaris up`, as a newcomer runs it: the whole process tree, and each reason not to start."""

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from dynaris.app.ports import free_port
from dynaris.app.up import with_ports
from dynaris.core.crypto import Vault
from dynaris.core.settings import Settings, unknown_variables
from dynaris.sandbox.meta.account import open_account

HOST = "127.0.0.1"
KEY = "a key that only the tests know"


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "dynaris", *map(str, arguments)]


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DYNARIS_", "DATABASE_"))}
    return kept | {"DYNARIS_QUIET_PERIOD": "0"} | extra


def ports() -> dict[str, int]:
    return {name: free_port(HOST) for name in ("port", "smtp-port", "imap-port")}


@contextmanager
def running(home: Path, chosen: dict[str, int]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, once it is ready, and the path of its sign-in link."""
    options = [text for name, port in chosen.items() for text in (f"--{name}", str(port))]
    process = subprocess.Popen(
        command("up", "--home", home, *options), stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    try:
        ready = process.stdout.readline().strip()
        assert ready == f"ready http://{HOST}:{chosen['port']}"
        yield process, process.stdout.readline().strip().rsplit(str(chosen["port"]), 1)[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def family_of(home: Path) -> list[psutil.Process]:
    """Every process that works on this home."""
    found = []
    for process in psutil.process_iter():
        try:
            named = str(home) in " ".join(process.cmdline()) or process.environ().get("DYNARIS_HOME") == str(home)
        except psutil.Error:
            continue
        if named:
            found.append(process)
    return found


def child(home: Path, name: str) -> psutil.Process:
    return next(each for each in family_of(home) if each.cmdline()[-1] == name)


def test_one_command_runs_everything_and_leaves_nothing_behind(tmp_path: Path) -> None:
    home, chosen = tmp_path / "home", ports()
    address = f"http://{HOST}:{chosen['port']}"
    with running(home, chosen) as (process, link), httpx.Client(base_url=address) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/sandbox/mail").status_code == 200
        assert client.get("/sandbox/whatsapp/").status_code == 200
        assert client.get("/sandbox/whatsapp/state").json()["webhook_url"] == f"{address}/meta/webhook"
        kept = client.post("/sandbox/whatsapp/media", params={"kind": "document"}, content=b"x" * 2_000_000)
        assert kept.status_code == 201, kept.text
        assert client.get("/api/me").status_code == 401
        signed_in = client.post(link, follow_redirects=False)
        assert signed_in.status_code in (200, 302, 303)
        assert client.get("/api/me").json()["role"] == "owner"
        assert httpx.post(address + link).status_code >= 400, "the link works once"

        worker = child(home, "worker")
        worker.kill()
        deadline = time.monotonic() + 20
        while child(home, "web").is_running() and not any(
            each.cmdline()[-1] == "worker" and each.pid != worker.pid for each in family_of(home) if each.is_running()
        ):
            assert time.monotonic() < deadline, "a killed worker is started again"
            time.sleep(0.1)
        assert "in use by another dynaris" in refused("up", "--home", home, *_options(ports()))
    assert process.returncode == 0
    assert family_of(home) == []


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, int]]]:
    """A home that an older release had before, and the ports on which the product runs in it now."""
    home, chosen = tmp_path_factory.mktemp("older") / "home", ports()
    for name in ("files", "sandbox"):
        (home / name / "older").mkdir(parents=True)
        (home / name / "older" / "letter").write_text("as an older release left it")
    with running(home, chosen):
        yield home, chosen


@pytest.mark.xdist_group("older")
def test_who_asks_for_a_person_in_the_demo_is_told_of_in_the_sandboxs_slack(
    older: tuple[Path, dict[str, int]],
) -> None:
    with httpx.Client(base_url=f"http://{HOST}:{older[1]['port']}") as client:
        assert client.get("/sandbox/slack.json").json() == []
        asked = {"session_id": f"visitor-{'0' * 24}", "message": "I need to talk to a real person please"}
        answer = client.post("/api/chat-widget/message", json=asked, headers={"x-api-key": "demo"})
        assert answer.status_code == 202, answer.text
        deadline = time.monotonic() + 30
        while not (posted := client.get("/sandbox/slack.json").json()):
            assert time.monotonic() < deadline, "it is told within moments"
            time.sleep(0.1)
        assert "/inbox/all/" in posted[0]["blocks"][-1]["elements"][0]["url"]
        assert "a real person" in client.get("/sandbox/slack").text


@pytest.mark.xdist_group("older")
def test_nobody_else_may_read_what_lies_in_the_home(older: tuple[Path, dict[str, int]]) -> None:
    home, chosen = older
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ada@example.com", "hello@demo.localhost", "Parking"
    mail.set_content("Is there parking?")
    mail.add_attachment(b"private", maintype="application", subtype="octet-stream", filename="letter.bin")
    with smtplib.SMTP(HOST, chosen["smtp-port"]) as smtp:
        smtp.send_message(mail)
        deadline = time.monotonic() + 20
        while not (list(home.glob("files/*/*[0-9]*")) and list(home.glob("sandbox/mail/ada*/*.eml"))):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        private = [home / "secret.key", *home.glob("files/**"), *home.glob("sandbox/**/*"), *home.glob("files/**/*")]
        assert {path for path in private if path.exists() and path.stat().st_mode & 0o077} == set()


@pytest.fixture
def short_home() -> Iterator[Path]:
    """Short enough for the database's socket: a killed parent cannot remove the folder outside that others need."""
    with tempfile.TemporaryDirectory(prefix="dynaris-test-") as folder:
        yield Path(folder, "home")


def test_everything_ends_with_a_killed_parent(short_home: Path) -> None:
    with running(short_home, ports()) as (process, _):
        process.kill()
        process.wait()
        deadline = time.monotonic() + 5
        while family := family_of(short_home):
            assert time.monotonic() < deadline, family
            time.sleep(0.1)
    assert list(short_home.glob("postgres/socket-folder")) == []


def _options(chosen: dict[str, int]) -> list[str]:
    return [text for name, port in chosen.items() for text in (f"--{name}", str(port))]


def refused(*arguments: str | Path, **variables: str) -> str:
    """The one line that a command gives up with."""
    return said_once(1, *arguments, **variables)


def said_once(code: int, *arguments: str | Path, **variables: str) -> str:
    ended = subprocess.run(
        command(*arguments), check=False, capture_output=True, text=True, env=environment(**variables), timeout=60
    )
    assert ended.returncode == code, ended.stderr
    assert re.fullmatch(r"dynaris: [^\n]+\n", ended.stderr), ended.stderr
    return ended.stderr


@pytest.mark.parametrize("option", ["port", "smtp-port", "imap-port"])
def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path, option: str) -> None:
    chosen = ports()
    with socket.create_server((HOST, chosen[option])):
        line = refused("up", "--home", tmp_path, *_options(chosen))
    assert str(chosen[option]) in line
    assert f"--{option}" in line


@pytest.mark.parametrize(
    ("option", "variables"),
    [("--smtp-port", {}), ("--imap-port", {}), ("DYNARIS_SANDBOX_SMTP_PORT", {"DYNARIS_SANDBOX_SMTP_PORT": "{port}"})],
)
def test_a_port_wanted_twice_is_named_with_the_way_out(tmp_path: Path, option: str, variables: dict[str, str]) -> None:
    chosen = ports()
    if not variables:
        chosen[option.removeprefix("--")] = chosen["port"]
    given = {name: text.format(**chosen) for name, text in variables.items()}
    line = refused("up", "--home", tmp_path, *_options(chosen), **given)
    assert f"port {chosen['port']} is wanted for --port already; choose another with {option}" in line


@pytest.mark.parametrize("name", ["DYNARIS_SANDBOX_SMTP_PORT", "DYNARIS_SANDBOX_META_PORT"])
def test_the_sandboxs_own_port_in_use_is_named(tmp_path: Path, name: str) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        line = refused("up", "--home", tmp_path, *_options(ports()), **{name: port})
    assert port in line
    assert name in line


def test_whatsapp_listens_where_it_did_unless_that_is_taken(tmp_path: Path) -> None:
    account = open_account(tmp_path / "sandbox" / "whatsapp")
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        account.run("UPDATE app SET graph_url = :url", url=f"http://{HOST}:{port}")
        assert with_ports(Settings(home=tmp_path)).sandbox_meta_port not in (0, port)
    assert with_ports(Settings(home=tmp_path)).sandbox_meta_port == port
    account.close()


UNCHECKED = """
import sys
from dynaris.app import processes, up
from dynaris.core.settings import Settings
up.check_ports = lambda _: None
sys.exit(processes.run(up.up, Settings()))
"""


def test_a_port_taken_after_the_check_is_still_one_line(tmp_path: Path) -> None:
    given = {f"DYNARIS_{name.replace('-', '_').upper()}": str(port) for name, port in ports().items()}
    with socket.create_server((HOST, int(given["DYNARIS_SMTP_PORT"]))):
        ended = subprocess.run(
            [sys.executable, "-c", UNCHECKED],
            check=False,
            capture_output=True,
            text=True,
            env=environment(DYNARIS_HOME=str(tmp_path / "home"), **given),
            timeout=60,
        )
    assert ended.returncode == 1, ended.stderr
    [line] = [line for line in ended.stderr.splitlines() if line.startswith("dynaris:")]
    assert "--smtp-port or DYNARIS_SMTP_PORT" in line


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert str(blocked) in refused("up", "--home", blocked / "home", *_options(ports()))


def test_an_unreachable_database_is_one_clear_line() -> None:
    url = f"postgresql://nobody@{HOST}:{free_port(HOST)}/none"
    for name in ("web", "worker"):
        line = refused(name, DATABASE_URL=url, DYNARIS_SECRET_KEY=KEY)
        assert "cannot be reached" in line


def test_a_secret_key_is_required_with_a_database(database_url: str) -> None:
    assert "DYNARIS_SECRET_KEY" in refused("web", DATABASE_URL=database_url)


def test_another_secret_key_than_the_databases_is_refused(database_url: str, tmp_path: Path) -> None:
    vault = Vault("the first key")
    with psycopg.connect(database_url, autocommit=True) as owner:
        sealed = vault.seal("right", "key_check")
        owner.execute(  # over that of a process that another test started
            "INSERT INTO key_check VALUES (1, %(sealed)s) ON CONFLICT (id) DO UPDATE SET sealed = %(sealed)s",
            {"sealed": sealed},
        )
        for name in ("web", "worker", "up"):
            chosen = ("--home", tmp_path, *_options(ports())) if name == "up" else ()
            assert "secret key" in refused(name, *chosen, DATABASE_URL=database_url, DYNARIS_SECRET_KEY=KEY)
        owner.execute("DELETE FROM key_check")


def test_a_newer_schema_is_refused(server_url: str, database_url: str) -> None:
    name = "newer_schema"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name}")
    url = make_conninfo(server_url, dbname=name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    assert "newer than this release" in refused("worker", DATABASE_URL=url, DYNARIS_SECRET_KEY=KEY)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name}")


def test_a_setting_out_of_range_is_named(tmp_path: Path) -> None:
    line = refused("up", "--home", tmp_path, *_options(ports()), DYNARIS_QUIET_PERIOD="soon")
    assert "DYNARIS_QUIET_PERIOD" in line


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FILES_URL", "ftp://x", "s3://bucket/prefix"),
        ("FILES_URL", "s3://", "s3://bucket/prefix"),
        ("SMTP_URL", "foo", "smtp://"),
        ("PUBLIC_URL", "foo", "https://dynaris.example"),
        ("PUBLIC_URL", "https://", "https://dynaris.example"),
        ("SECRET_KEY", " ", "a long random text"),
    ],
)
def test_an_address_or_key_that_cannot_be_is_said_once(tmp_path: Path, name: str, value: str, says: str) -> None:
    line = refused("up", "--home", tmp_path, *_options(ports()), **{f"DYNARIS_{name}": value})
    assert f"DYNARIS_{name}" in line
    assert says in line
    assert "Debug" not in line
    assert list(tmp_path.glob("postgres*")) == [], "nothing was started for it"


def test_a_short_key_is_warned_of_and_not_shown() -> None:
    ended = subprocess.run(
        command("worker"),
        check=False,
        capture_output=True,
        text=True,
        env=environment(DYNARIS_SECRET_KEY="hunter2", DATABASE_URL="postgresql://x@127.0.0.1:1/x"),
        timeout=60,
    )
    warning, refusal = ended.stderr.splitlines()
    assert "16 random characters" in warning
    assert "cannot be reached" in refusal
    assert "hunter2" not in ended.stderr


def test_a_mistyped_variable_is_told_with_the_one_that_was_meant() -> None:
    told = {"DYNARIS_SMPT_URL": "DYNARIS_SMTP_URL", "DYNARIS_XYZ": None}
    known = ["DYNARIS_PORT", "DYNARIS_LIFELINE_FD", "DATABASE_URL", "PATH"]
    assert unknown_variables([*known, *told]) == told
    ended = subprocess.run(
        command("up", "--port", "70000"),
        check=False,
        capture_output=True,
        text=True,
        env=environment(DYNARIS_SMPT_URL="x"),
        timeout=60,
    )
    warning, refusal = ended.stderr.splitlines()
    assert warning == "dynaris: DYNARIS_SMPT_URL is no setting and is ignored; did you mean DYNARIS_SMTP_URL?"
    assert "DYNARIS_PORT" in refusal


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("up", "--port", "abc"), "--port"),
        (("up", "--prot", "1"), "--prot"),
        (("upp",), "upp"),
        (("trace",), "ID"),
    ],
)
def test_a_command_that_is_typed_wrong_is_one_line(arguments: tuple[str, ...], says: str) -> None:
    assert says in said_once(2, *arguments)
