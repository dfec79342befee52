"""The stand-in as part of the sandbox process: what it was told survives kill -9, and it costs little."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from dynaris.app.ports import free_port
from dynaris.core.errors import StartupError
from dynaris.sandbox.meta.account import credentials, last_port
from dynaris.sandbox.meta.server import sandbox_meta
from tests.sandbox.meta.conftest import Receiver, until

ROOT = Path(__file__).parents[3]


@contextmanager
def running(folder: Path, product: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """As `dynaris up` starts it; the process and its address."""
    ports = [free_port("127.0.0.1") for _ in range(4)]
    process = subprocess.Popen(
        [sys.executable, "-m", "dynaris.sandbox", folder, "127.0.0.1", *map(str, ports), product, product],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        url = f"http://127.0.0.1:{ports[2]}"
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(f"{url}/sandbox/whatsapp/state")
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield process, url
    finally:
        process.kill()
        process.wait()


async def test_a_webhook_that_was_not_answered_is_posted_after_kill_9(tmp_path: Path, receiver: Receiver) -> None:
    folder = tmp_path / "sandbox"
    known = credentials(folder / "whatsapp")
    receiver.secret = known["app_secret"]
    with running(folder, "http://127.0.0.1:9/") as (process, url):
        async with httpx.AsyncClient(base_url=url) as client:
            customers = "/sandbox/whatsapp/customers"
            await client.post(customers, json={"name": "Ada", "wa_id": "16505551234"})
            await client.post(f"{customers}/16505551234/messages", json={"text": "Hello"})
            sent = await client.post(
                f"/v23.0/{known['phone_number_id']}/messages",
                json={"messaging_product": "whatsapp", "to": "16505551234", "text": {"body": "Hi"}},
                headers={"Authorization": f"Bearer {known['access_token']}"},
            )
        assert sent.status_code == 200
        process.kill()
    async with sandbox_meta(folder, webhook_url=receiver.url) as again:
        assert again.credentials | {"graph_url": ""} == known | {"graph_url": ""}
        await until(lambda: receiver.messages and len(receiver.statuses) == 2, 8)
        async with httpx.AsyncClient(base_url=again.control_url) as control:
            assert (await control.get("sent")).json()["count"] == 1
        assert last_port(folder / "whatsapp") == again.port
    assert receiver.forged == 0


def test_it_is_small_and_does_nothing_when_idle(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", "http://127.0.0.1:9/") as (process, _):
        watched = psutil.Process(process.pid)
        before = sum(watched.cpu_times()[:2])
        time.sleep(0.3)
        assert sum(watched.cpu_times()[:2]) - before <= 0.02
        assert watched.memory_full_info().pss < 55 * 1024 * 1024
        assert {path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077} <= {tmp_path}


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    async with sandbox_meta(tmp_path / "one") as first:
        with pytest.raises(StartupError, match=f"cannot listen for WhatsApp on 127.0.0.1:{first.port}: "):
            async with sandbox_meta(tmp_path / "two", port=first.port):
                pass


def test_credentials_need_no_server_and_stay_the_same(tmp_path: Path) -> None:
    first = credentials(tmp_path / "whatsapp")
    assert credentials(tmp_path / "whatsapp") == first
    assert all(value for name, value in first.items() if name != "graph_url")
    assert last_port(tmp_path / "whatsapp") == 0
    assert last_port(tmp_path / "nothing") == 0
    loaded = "import sys, dynaris.sandbox.meta.account; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout.split()
    assert not {"aiohttp", "fastapi", "pydantic"} & set(modules)
