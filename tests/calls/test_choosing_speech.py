"""Who hears and who speaks on a call: whom the agent's record and the installation name, where they can be asked."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dynaris.agents.agent_parts import VoiceConfig
from dynaris.calls.atlas import Voice
from dynaris.calls.speech.choosing import chosen
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.fallback_stt import FallbackSTT
from dynaris.calls.speech.fallback_tts import FallbackTTS
from dynaris.calls.speech.needed import NAMES, why_not
from dynaris.calls.speech.phrases import PhraseSTT
from dynaris.calls.speech.resting import Rests
from dynaris.core.settings import Settings

KEYS = {name: "k" for name in ("deepgram_api_key", "elevenlabs_api_key", "cartesia_api_key", "openai_api_key")}


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakTTS]:
    process = EspeakProcess()
    yield EspeakTTS(process)
    await process.aclose()


def settings(**given: Any) -> Settings:
    return Settings(**given)


async def voice(of_all: Settings, espeak: EspeakTTS, language: str = "en", **named: Any) -> Voice:
    found = await chosen(of_all, VoiceConfig(**named), language, PhraseSTT([]), espeak)
    await found.aclose()
    return found


def names(voice: Voice) -> tuple[list[str], list[str]]:
    hears, speaks = voice.hears, voice.speaks
    return (
        [f"{each.name}:{each.made.model}" for each in hears.sources] if isinstance(hears, FallbackSTT) else [],
        [f"{each.name}:{each.made.model}" for each in speaks.sources] if isinstance(speaks, FallbackTTS) else [],
    )


async def test_without_any_provider_what_is_installed_hears_and_speaks(espeak: EspeakTTS) -> None:
    found = await voice(settings(**KEYS), espeak)
    assert isinstance(found.hears, PhraseSTT)
    assert found.speaks is espeak, "a key alone sends nobody's voice anywhere"


async def test_the_agents_own_is_asked_first_and_nobody_twice(espeak: EspeakTTS) -> None:
    given = settings(
        **KEYS, stt_providers="openai:whisper-1, Deepgram , ,", tts_providers="openai, elevenlabs:eleven_flash_v2_5"
    )
    found = await voice(given, espeak, stt_provider="Deepgram", stt_model="nova-2", tts_provider="cartesia")
    hears, speaks = names(found)
    assert hears == ["deepgram:nova-2", "openai:whisper-1", "local:pocketsphinx"]
    assert speaks == ["cartesia:sonic-3", "openai:gpt-4o-mini-tts", "elevenlabs:eleven_flash_v2_5", "local:espeak-ng"]


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"stt_provider": "deepgrm"}, "there is none of this name; there are deepgram, elevenlabs"),
        ({"tts_provider": "whisper"}, "there is none of this name"),
        ({"stt_provider": "deepgram"}, "DEEPGRAM_API_KEY is not set"),
        ({"stt_provider": "openai-compatible"}, "DYNARIS_SPEECH_URL is not set"),
        ({"stt_provider": "whisper"}, "DYNARIS_WHISPER_DIRECTORY is not set"),
        ({"tts_provider": "elevenlabs", "voice": "rachel"}, "ELEVENLABS_API_KEY is not set"),
        ({"pipeline_mode": "realtime"}, "models that hear and speak by themselves are not supported"),
    ],
)
async def test_who_cannot_be_asked_is_passed_over_and_it_is_said(
    named: dict[str, str], why: str, espeak: EspeakTTS, capfd: pytest.CaptureFixture[str]
) -> None:
    given = settings(openai_api_key="k", stt_providers="openai", tts_providers="openai")
    hears, speaks = names(await voice(given, espeak, **named))
    assert (hears[0], speaks[0]) == ("openai:gpt-4o-mini-transcribe", "openai:gpt-4o-mini-tts")
    logged = capfd.readouterr().out
    assert "speech.unusable" in logged
    assert why in logged


async def test_a_voice_of_another_language_is_not_taken_for_the_callers(
    espeak: EspeakTTS, capfd: pytest.CaptureFixture[str]
) -> None:
    given = settings(**KEYS, tts_providers="deepgram, cartesia")
    assert names(await voice(given, espeak, "de"))[1][0] == "cartesia:sonic-3"
    assert "name a voice for 'de'" in capfd.readouterr().out


async def test_a_folder_that_is_no_model_and_a_library_that_is_missing_are_said(
    tmp_path: Path, espeak: EspeakTTS, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    given = settings(whisper_directory=tmp_path, stt_providers="whisper")
    for made, why in (("config.json", "no model.bin"), ("model.bin", "no tokenizer.json"), ("tokenizer.json", "pip ")):
        (tmp_path / made).touch()
        assert names(await voice(given, espeak))[0] == []
        assert why in capfd.readouterr().out


def test_who_fails_again_rests_twice_as_long_and_who_answers_not_at_all() -> None:
    rests = Rests(first=10, longest=35)
    assert [rests.failed("one") for _ in range(4)] == [10, 20, 35, 35]
    assert (rests.holds("one"), rests.holds("another")) == (True, False)
    rests.answered("one")
    assert not rests.holds("one")
    assert rests.failed("one") == 10


def test_no_plugin_is_loaded_before_it_is_chosen() -> None:
    """They are seldom needed, and one weighs 20 MB."""
    program = (
        "import sys, dynaris.calls.live; "
        "print([name for name in sys.modules if name.startswith(('livekit.plugins', 'openai', 'faster_whisper'))])"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    loaded = ended.stdout.replace("'openai'", "")
    assert "livekit.plugins" not in loaded
    assert "faster_whisper" not in loaded


def test_what_doctors_know_is_what_is_offered() -> None:
    given = settings(**KEYS, speech_url="http://127.0.0.1:9/v1/", whisper_directory=Path("/models/small"))
    assert given.speech_url == "http://127.0.0.1:9/v1"
    assert [why_not(given, "stt", name) for name in NAMES["stt"]] == [None] * 6
    assert [why_not(given, "tts", name) for name in NAMES["tts"]] == [None] * 5


def test_an_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="it must be like https"):
        settings(deepgram_url="api.deepgram.com")
