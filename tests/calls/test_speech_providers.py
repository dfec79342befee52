"""Providers that speak on calls, in their vendors' wire formats, and what callers hear when they fail."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from livekit.agents import tts

from dynaris.agents.agent_parts import VoiceConfig
from dynaris.calls.atlas import Voice
from dynaris.calls.speech.choosing import chosen
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.phrases import PhraseSTT
from dynaris.calls.speech.resting import rests
from dynaris.calls.usage import Used
from tests.calls.vendors import KEY, Mode, Vendors, tone, vendors

SENTENCE = "Patients park free for two hours."
NAMES = ("deepgram", "elevenlabs", "cartesia", "openai", "openai-compatible")


@pytest.fixture(autouse=True)
def nobody_rests() -> None:
    rests.cache_clear()


@pytest.fixture
async def installed() -> AsyncIterator[EspeakTTS]:
    process = EspeakProcess()
    yield EspeakTTS(process)
    await process.aclose()


async def voice(made: Vendors, last: EspeakTTS, language: str = "en", *, also: str = "", **named: Any) -> Voice:
    settings = made.settings(tts_providers=also)
    return await chosen(settings, VoiceConfig(**named), language, PhraseSTT([]), last)


async def sound_of(speaks: tts.TTS, text: str = SENTENCE) -> np.ndarray:
    frame = await speaks.synthesize(text).collect()
    sound = np.frombuffer(frame.data, np.int16).astype(int)
    return np.trim_zeros(sound, "b") if sound.any() else sound


def wire(name: str) -> str:
    return "own" if name == "openai-compatible" else name


TONE = np.frombuffer(tone(), np.int16).astype(int)


@pytest.mark.parametrize("name", NAMES)
async def test_a_sentence_is_spoken_by_the_provider_of_the_agent(name: str, installed: EspeakTTS) -> None:
    async with vendors() as made:
        spoken = await voice(made, installed, tts_provider=name)
        heard = await sound_of(spoken.speaks)
        await spoken.aclose()
    assert made.said == [SENTENCE]
    assert heard[: len(TONE)] == pytest.approx(TONE, abs=2)
    assert len(heard) == len(TONE)


@pytest.mark.parametrize("mode", ["hangs", "hangs midway", "cut", "refuses"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_sentence_of_a_voice_that_fails_is_said_whole_by_the_next(
    name: str, mode: Mode, installed: EspeakTTS
) -> None:
    other = "cartesia" if name != "cartesia" else "elevenlabs"
    async with vendors({wire(name): mode}) as made:
        spoken = await voice(made, installed, tts_provider=name, also=other)
        heard = await sound_of(spoken.speaks)
        before = len(made.ways(wire(name)))
        assert heard[-len(TONE) :] == pytest.approx(TONE, abs=2)
        assert before == 1, "it is not asked twice for a sentence"
        await sound_of(spoken.speaks)
        assert len(made.ways(wire(name))) == before, "nor for the next one, so soon"
        await spoken.aclose()


async def test_where_all_fail_what_is_installed_speaks(installed: EspeakTTS) -> None:
    modes: dict[str, Mode] = {"deepgram": "hangs", "cartesia": "cut", "own": "refuses"}
    async with vendors(modes) as made:
        spoken = await voice(made, installed, tts_provider="deepgram", also="cartesia, openai-compatible")
        heard = await sound_of(spoken.speaks)
        await spoken.aclose()
    alone = await sound_of(installed)
    assert len(heard) / 24_000 == pytest.approx(len(alone) / installed.sample_rate + 0.5, abs=0.1), "after half a tone"


async def test_the_agents_voice_model_and_speed_reach_its_provider_in_its_terms(installed: EspeakTTS) -> None:
    async with vendors() as made:
        for named in (
            {"tts_provider": "elevenlabs", "tts_model": "eleven_flash_v2_5", "voice": "rachel", "speed": 3},
            {"tts_provider": "cartesia", "voice": "v-1", "speed": 1.5},
            {"tts_provider": "openai", "voice": "nova", "speed": 0.5},
            {"tts_provider": "deepgram", "voice": "viktoria", "speed": 0.5},
        ):
            spoken = await voice(made, installed, "de", **named)
            await sound_of(spoken.speaks)
            await spoken.aclose()
    (eleven,), (cartesia,), (openai,), (deepgram,) = map(made.ways, ("elevenlabs", "cartesia", "openai", "deepgram"))
    assert (eleven["voice"], eleven["model_id"], eleven["language_code"]) == ("rachel", "eleven_flash_v2_5", "de")
    assert eleven["voice_settings"]["speed"] == 1.2, "the most that it takes"
    assert (cartesia["voice"]["id"], cartesia["language"]) == ("v-1", "de")
    assert cartesia["generation_config"]["speed"] == 1.5
    assert (openai["voice"], openai["speed"]) == ("nova", 0.5)
    assert (deepgram["model"], deepgram["speed"]) == ("aura-2-viktoria-de", "0.7")


async def test_a_voice_that_rested_speaks_again(installed: EspeakTTS) -> None:
    async with vendors({"deepgram": "refuses"}) as made:
        spoken = await voice(made, installed, tts_provider="deepgram")
        await sound_of(spoken.speaks)
        assert made.said == []
        made.mode.clear()
        rests()._until.clear()
        await sound_of(spoken.speaks)
        await spoken.aclose()
    assert made.said == [SENTENCE]


async def test_what_each_spoke_is_counted_by_its_name(installed: EspeakTTS) -> None:
    async with vendors() as made:
        spoken = await voice(made, installed, tts_provider="openai", also="cartesia")
        used = Used(spoken)
        await sound_of(spoken.speaks)
        made.mode["openai"] = "refuses"
        await sound_of(spoken.speaks, "And more.")
        await spoken.aclose()
    assert used.metrics()["tts"] == [
        {"provider": "openai", "model": "gpt-4o-mini-tts", "characters": len(SENTENCE)},
        {"provider": "cartesia", "model": "sonic-3", "characters": len("And more.")},
    ]


async def test_no_line_of_the_log_has_a_key_or_what_was_said(
    installed: EspeakTTS, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    modes: dict[str, Mode] = {name: "refuses" for name in ("deepgram", "elevenlabs", "cartesia", "openai")}
    async with vendors(modes) as made:
        spoken = await voice(made, installed, tts_provider="deepgram", also="elevenlabs, cartesia, openai")
        await sound_of(spoken.speaks)
        await spoken.aclose()
    output = capfd.readouterr()
    logged = output.out + output.err + caplog.text
    assert "speech.failed" in logged
    assert "status 401" in logged
    assert KEY not in logged
    assert SENTENCE not in logged


async def test_a_sentence_without_words_is_a_pause_and_asks_nobody(installed: EspeakTTS) -> None:
    async with vendors() as made:
        spoken = await voice(made, installed, tts_provider="deepgram")
        heard = await sound_of(spoken.speaks, "…")
        await spoken.aclose()
    assert made.asked == []
    assert np.abs(heard).max() == 0
