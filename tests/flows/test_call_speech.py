"""Calls with providers of speech, which fail in the middle: a caller over the telephone, to the record of the call."""

from collections.abc import AsyncIterator

import pytest

from dynaris.app.doctor.finding import Examined
from dynaris.app.doctor.speech import speech
from dynaris.calls import live
from dynaris.calls.speech.resting import rests
from tests.calls.vendors import Vendors, vendors
from tests.flows.telephones import Telephones, telephones

__all__ = ["telephones"]

PARKING, HOURS = "Is there parking?", "What are your opening hours?"


@pytest.fixture
async def made(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Vendors]:
    rests.cache_clear()
    async with vendors() as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DYNARIS_STT_PROVIDERS", "openai-compatible")
        monkeypatch.setenv("DYNARIS_TTS_PROVIDERS", "cartesia")
        yield found
    rests.cache_clear()


async def test_a_call_goes_on_with_the_next_ones_when_its_providers_fail_in_the_middle(
    made: Vendors, telephones: Telephones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_COUNT_SECONDS", 0.3)
    await telephones.agent(voice={"stt_provider": "deepgram", "tts_provider": "elevenlabs", "voice": "rachel"})
    sid = await telephones.calls()
    await telephones.until_said(1)
    made.text = PARKING
    await telephones.says(sid, PARKING)
    await telephones.until_said(2)
    made.mode |= {"deepgram": "hangs midway", "elevenlabs": "hangs midway"}
    made.text = HOURS
    await telephones.says(sid, HOURS)
    await telephones.until_said(3)
    (call,) = await telephones.found(
        "SELECT metrics FROM call WHERE workspace_id = %s AND metrics::text LIKE '%%deepgram%%cartesia%%'"
    )
    await telephones.hangs_up(sid)
    await telephones.ended()
    assert [text for author, text in await telephones.spoken() if author == "contact"] == [PARKING, HOURS]
    assert made.ways("elevenlabs")[0]["voice"] == "rachel"
    used = next(line for line in call["metrics"].values() if line.get("tts"))
    assert {each["provider"] for each in used["stt"]} >= {"deepgram", "openai-compatible"}
    assert {each["provider"] for each in used["tts"]} == {"elevenlabs", "cartesia"}
    assert not [each for each in used["tts"] if not each["characters"]]


async def test_whom_an_agent_names_in_vain_is_found_by_the_doctor(made: Vendors, telephones: Telephones) -> None:
    await telephones.agent(voice={"stt_provider": "deepgrm", "tts_provider": "elevenlabs"})
    world = telephones.world
    examined = Examined(
        settings=made.settings(tts_providers="whisper"),
        db=world.services.db,
        vault=None,
        workspaces=((world.workspace.id, "clinic"),),
    )
    found = {(each.subject, each.status): each.found for each in await speech(examined)}
    assert found["voice", "warning"].startswith("deepgrm is named, and cannot be asked: there is none of this name")
    assert found["voice", "ok"] == "elevenlabs speaks on calls"
    assert ("the installation", "warning") in found


async def test_a_caller_is_answered_in_the_language_that_they_ask_for(made: Vendors, telephones: Telephones) -> None:
    await telephones.agent(voice={"stt_provider": "deepgram", "tts_provider": "elevenlabs"})
    sid = await telephones.calls()
    await telephones.until_said(1)
    made.text = "Können wir bitte Deutsch sprechen?"
    await telephones.says(sid, PARKING)
    await telephones.until_said(2)
    assert (await telephones.spoken())[-1] == ("agent", "Gern, sprechen wir Deutsch.")
    made.text = PARKING
    await telephones.says(sid, PARKING)
    await telephones.until_said(3)
    await telephones.hangs_up(sid)
    assert (await telephones.ended())["language"] == "de"
    assert [each["language"] for each in made.ways("deepgram")] == ["en", "de"]
    assert "garage" in (await telephones.spoken())[-1][1], "and goes on with the same knowledge"
