"""A telephone call at the product as it runs from one command: nothing holds the calls' code until somebody calls."""

import asyncio
import subprocess
from pathlib import Path

import aiohttp

from tests.app.test_up import HOST, child, command, environment, family_of, ports, running
from tests.calls.telephone import Twilio, connected
from tests.web import client_at

SID, TOKEN, NUMBER = "AC00000000000000000000000000000000", "the auth token", "+493012345678"


def children(home: Path) -> set[str]:
    return {each.cmdline()[-1] for each in family_of(home)}


async def connect_number(home: Path) -> None:
    settings = ("--set", f"account_sid={SID}", "--set", f"auth_token={TOKEN}")
    added = command("account", "add", "--home", home, "voice_twilio", "--address", NUMBER, *settings)
    done = await asyncio.create_subprocess_exec(*added, env=environment(), stderr=subprocess.PIPE)
    _, said = await done.communicate()
    assert done.returncode == 0, said.decode()


async def says_something(twilio: Twilio, sid: str) -> bytes:
    """What is heard of it, up to its first sound."""
    url, ticket = await twilio.call(sid, "+491701234567")
    assert url.startswith(f"ws://{HOST}:"), "carriers reach the same port as everybody"
    async with connected(url.replace("ws", "http", 1), sid, ticket) as phone:
        await phone.hears_something()
        return b"".join(sound for _, sound in phone.heard)


async def is_closed(url: str) -> bool:
    async with aiohttp.ClientSession() as http:
        try:
            async with http.ws_connect(url) as socket:
                await socket.receive()
                return socket.close_code in (1008, 1013)
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status == 403


async def test_a_call_wakes_its_process_and_is_answered(tmp_path: Path) -> None:
    home, chosen = tmp_path / "home", ports()
    address = f"http://{HOST}:{chosen['port']}"
    with running(home, chosen):
        assert "calls" not in children(home)
        await connect_number(home)
        async with client_at(address) as client:
            twilio = Twilio(client, address, SID, TOKEN, NUMBER)
            assert await says_something(twilio, "CA0001")
            child(home, "calls").kill()
            assert await says_something(twilio, "CA0002"), "whoever calls next wakes another"
            for path in ("/calls/nobody", "/calls/email"):
                assert await is_closed(address + path), f"{path} is for no call"
            assert (await client.get("/readyz")).status_code == 200
    assert family_of(home) == []
