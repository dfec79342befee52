"""Voice notes: written down by the model that the workspace names, answered like a written message, never lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dynaris.agents import provider_store
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace
from tests.fakes.model_server import Fail, ModelServer, Say, model_server
from tests.flows.conftest import KEY, World, a_world
from tests.flows.phones import Phones, phones

__all__ = ["phones"]

SPOKEN = b"OggS\x00\x02 a voice"


@pytest.fixture
async def world(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[World]:
    """One that may ask a server on this machine."""
    async with a_world(db, workspace, tmp_path, private_networks="loopback") as world:
        yield world
        await world.services.models.close()


@pytest.fixture
async def ears() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


async def hears(
    phones: Phones, server: ModelServer, *, kind: str = "openai-compatible", cap: str | None = None
) -> None:
    world = phones.world
    base_url = server.url if kind == "anthropic" else f"{server.url}/v1"
    given = {"name": "ears", "kind": kind, "base_url": base_url, "api_key": "sk-local"}
    async with world.services.db.transaction(world.workspace.id) as connection:
        await provider_store.add(connection, world.workspace.id, Vault(KEY), given, by="system")
    changed = await phones.owner.patch("/api/settings/workspace", json={"transcription_model": "ears:whisper-1"})
    assert changed.json()["transcription_model"] == "ears:whisper-1"
    await phones.owner.patch("/api/model-spending", json={"monthly_cap": cap})


async def speaks(phones: Phones) -> str:
    ada = await phones.customer()
    asked: dict[str, Any] = {"params": {"kind": "audio"}, "content": SPOKEN, "headers": {"Content-Type": "audio/ogg"}}
    media = (await phones.control.post("media", **asked)).json()
    await phones.writes(ada, type="audio", media_id=media["media_id"], voice=True)
    for _ in range(5):
        await phones.settled()
    return ada


async def said(phones: Phones) -> dict[str, Any]:
    (message,) = await phones.world.rows(
        "SELECT id, text, data FROM message WHERE workspace_id = %s AND direction = 'inbound'"
    )
    return message


async def test_a_voice_note_is_answered_as_if_it_had_been_written(phones: Phones, ears: ModelServer) -> None:
    await hears(phones, ears)
    ears.will(Say(" Is there\n parking? "))
    ada = await speaks(phones)
    (reply,) = await phones.got(ada)
    assert "garage" in reply["text"]
    (asked,) = ears.asked
    assert (asked["model"], asked["file"]["bytes"]) == ("whisper-1", SPOKEN)
    assert asked["file"]["filename"].endswith(".ogg")
    assert ears.headers[0]["authorization"] == "Bearer sk-local"
    message = await said(phones)
    assert (message["text"], message["data"]["transcribed_by"]) == ("Is there parking?", "ears:whisper-1")
    (file,) = await phones.world.rows("SELECT storage_key FROM attachment WHERE workspace_id = %s")
    assert await phones.world.services.files.get(file["storage_key"]) == SPOKEN


async def test_without_a_model_the_recording_is_kept_and_nothing_is_made_up(phones: Phones) -> None:
    await speaks(phones)
    message = await said(phones)
    assert message["text"].startswith("[voice message: ")
    assert "transcribed_by" not in message["data"]


async def test_a_provider_that_is_down_is_asked_again(phones: Phones, ears: ModelServer) -> None:
    await hears(phones, ears)
    ears.will(Fail("overloaded"), Fail("rate_limit"), Say("Is there parking?"))
    ada = await speaks(phones)
    assert (await said(phones))["text"] == "Is there parking?"
    assert len(await phones.got(ada)) == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([Fail("bad_key")], "Incorrect API key"),
        ([Fail("server_error")] * 9, "The server had an error"),
        ([Say("")], "no words were heard"),
    ],
    ids=["a refused key", "down for good", "silence"],
)
async def test_what_cannot_be_transcribed_is_still_filed_and_says_why(
    phones: Phones, ears: ModelServer, answers: list[Any], why: str
) -> None:
    await hears(phones, ears)
    ears.will(*answers)
    await speaks(phones)
    message = await said(phones)
    assert message["text"].startswith("[voice message: ")
    assert why in message["data"]["not_transcribed"]


async def test_a_provider_that_hears_nothing_is_named(phones: Phones, ears: ModelServer) -> None:
    await hears(phones, ears, kind="anthropic")
    await speaks(phones)
    assert "offers no audio/transcriptions" in (await said(phones))["data"]["not_transcribed"]
    assert ears.asked == []


async def test_at_the_spending_cap_nothing_is_sent_to_be_heard(phones: Phones, ears: ModelServer) -> None:
    await hears(phones, ears, cap="0")
    await speaks(phones)
    assert ears.asked == []
    assert "spending cap" in (await said(phones))["data"]["not_transcribed"]


async def test_the_built_in_model_cannot_be_named_for_it(phones: Phones) -> None:
    refused = await phones.owner.patch("/api/settings/workspace", json={"transcription_model": "builtin"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "transcription_model"
    emptied = await phones.owner.patch("/api/settings/workspace", json={"transcription_model": ""})
    assert emptied.json()["transcription_model"] == ""


async def test_a_provider_that_hears_for_us_is_not_removed(phones: Phones, ears: ModelServer) -> None:
    await hears(phones, ears)
    refused = await phones.owner.delete("/api/model-providers/ears")
    assert refused.status_code == 409
    assert refused.json()["used_by"] == ["voice notes"]
