"""The sandbox mailbox as its own process: ready, stopped, killed, and in the way of another."""

import imaplib
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from dynaris.core.errors import StartupError
from dynaris.sandbox.process import RunningSandbox, sandbox_mailbox
from tests.sandbox.conftest import new_mail

PROGRAM = """
import asyncio, sys
from pathlib import Path
from dynaris.sandbox.process import run_sandbox
asyncio.run(run_sandbox(Path(sys.argv[1]), host="127.0.0.1", smtp_port=0, imap_port=0,
                        ready=lambda smtp, imap: print(smtp, imap, flush=True)))
"""
ROOT = Path(__file__).parents[2]


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        assert process.stdout
        smtp_port, imap_port = map(int, process.stdout.readline().split())
        try:
            yield process, smtp_port, imap_port
        finally:
            process.kill()


def test_a_mail_that_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    with running(tmp_path) as (process, smtp_port, _), smtplib.SMTP("127.0.0.1", smtp_port) as client:
        for number in range(5):
            client.send_message(new_mail(Subject=str(number)))
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(tmp_path) as (_, _, imap_port):
        client = imaplib.IMAP4("127.0.0.1", imap_port)
        client.login("bob@example.com", "demo")
        assert client.select()[1] == [b"5"]
        client.logout()


def test_sigterm_ends_it_within_a_second_and_without_a_word_although_clients_are_connected(tmp_path: Path) -> None:
    with running(tmp_path) as (process, smtp_port, imap_port):
        client = imaplib.IMAP4("127.0.0.1", imap_port)
        client.login("bob@example.com", "demo")
        sender = smtplib.SMTP("127.0.0.1", smtp_port)
        began = time.monotonic()
        process.terminate()
        assert process.wait(5) == 0
        assert time.monotonic() - began < 1
        assert process.stderr
        assert process.stderr.read() == ""
        client.shutdown()
        sender.close()


def test_it_is_small_and_does_nothing_when_idle(tmp_path: Path) -> None:
    with running(tmp_path) as (process, _, _):
        watched = psutil.Process(process.pid)
        before = sum(watched.cpu_times()[:2])
        time.sleep(0.3)
        assert sum(watched.cpu_times()[:2]) - before <= 0.02  # one or two clock ticks
        assert watched.memory_full_info().pss < 35 * 1024 * 1024


@pytest.mark.parametrize("taken", ["smtp_port", "imap_port"])
async def test_a_port_in_use_is_one_clear_line(sandbox: RunningSandbox, tmp_path: Path, taken: str) -> None:
    port = getattr(sandbox, taken)
    with pytest.raises(StartupError, match=rf"cannot listen for (SMTP|IMAP) on 127.0.0.1:{port}: Address already"):
        async with sandbox_mailbox(tmp_path, **{taken: port}):
            pass


async def test_a_folder_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartupError, match="cannot use its folder"):
        async with sandbox_mailbox(tmp_path / "file"):
            pass
