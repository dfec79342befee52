"""Providers that hear calls, in their vendors' wire formats, and what is understood when they fail."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import stt

from dynaris.agents.agent_parts import VoiceConfig
from dynaris.calls.atlas import Voice
from dynaris.calls.speech import fallback_stt
from dynaris.calls.speech.choosing import chosen
from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.phrases import PhraseSTT
from dynaris.calls.speech.resting import rests
from dynaris.calls.usage import Used
from dynaris.core import mulaw
from tests.calls.telephone import speech
from tests.calls.vendors import KEY, Mode, Vendors, vendors

SAID = "Is there parking?"
NAMES = ("deepgram", "elevenlabs", "cartesia", "openai", "openai-compatible")
STREAMING = ("deepgram", "elevenlabs", "cartesia")
_AT_ONCE = mulaw.RATE // 50


@pytest.fixture(autouse=True)
def nobody_rests() -> None:
    rests.cache_clear()


@pytest.fixture(scope="module")
async def said() -> AsyncIterator[bytes]:
    """As it comes over a telephone."""
    process = EspeakProcess()
    yield await speech(EspeakTTS(process), SAID)
    await process.aclose()


@dataclass
class Ears:
    """What they understand of a call, which goes on for as long as this is open."""

    stream: stt.RecognizeStream
    voice: Voice
    understood: list[str] = field(default_factory=list)
    asked_again: int = 0

    async def hear(self, sound: bytes, quiet: float = 0.8) -> None:
        """As a line brings it, but four times as fast."""
        noise = np.random.default_rng(1)
        whole = np.frombuffer(bytes(6_400) + sound + bytes(round(quiet * mulaw.RATE) * 2), np.int16)
        for at in range(0, len(whole), _AT_ONCE):
            part = whole[at : at + _AT_ONCE] + noise.normal(0, 15, len(whole[at : at + _AT_ONCE]))
            frame = np.clip(part, -32_768, 32_767).astype(np.int16).tobytes()
            self.stream.push_frame(rtc.AudioFrame(frame, mulaw.RATE, 1, len(frame) // 2))
            await asyncio.sleep(0.005)

    async def until_understood(self, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while len(self.understood) + self.asked_again < times:  # noqa: ASYNC110 - sound takes its time
                await asyncio.sleep(0.02)


@asynccontextmanager
async def ears(made: Vendors, language: str = "en", *, also: str = "", **named: Any) -> AsyncIterator[Ears]:
    process = EspeakProcess()
    settings = made.settings(stt_providers=also)
    voice = await chosen(settings, VoiceConfig(**named), language, PhraseSTT([SAID]), EspeakTTS(process))
    stream = voice.hears.stream()
    found = Ears(stream, voice)

    def again() -> None:
        found.asked_again += 1

    async def listen() -> None:
        async for event in stream:
            if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT:
                found.understood.append(event.alternatives[0].text)

    voice.hears.on("not_understood", again)  # type: ignore[arg-type]
    listening = asyncio.create_task(listen())
    try:
        yield found
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await stream.aclose()
        await voice.aclose()
        await process.aclose()


def wire(name: str) -> str:
    return "own" if name == "openai-compatible" else name


@pytest.mark.parametrize("name", NAMES)
async def test_what_a_caller_says_is_understood_by_the_provider_of_the_agent(name: str, said: bytes) -> None:
    async with vendors() as made, ears(made, stt_provider=name) as heard:
        made.text = "Wo kann ich parken?"
        for times in (1, 2):
            await heard.hear(said)
            await heard.until_understood(times)
    assert heard.understood == [made.text] * 2
    assert len(made.ways(wire(name))) == (1 if name in STREAMING else 2), "one line for the whole call"
    assert made.heard[wire(name)] > len(said)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *((name, mode) for name in NAMES for mode in ("hangs", "cut", "refuses")),
        *((name, "hangs midway") for name in STREAMING),
    ],
)
async def test_what_a_failing_provider_did_not_understand_is_heard_whole_by_the_next(
    name: str, mode: Mode, said: bytes
) -> None:
    other = "openai-compatible" if name != "openai-compatible" else "openai"
    async with vendors({wire(name): mode}) as made, ears(made, stt_provider=name, also=other) as heard:
        await heard.hear(said)
        await heard.until_understood()
        asked = len(made.ways(wire(name)))
        assert made.heard[wire(other)] > len(said), "all that was said"
        await heard.hear(said)
        await heard.until_understood(2)
        assert len(made.ways(wire(name))) == asked, "it is left alone for a while"
    assert heard.understood == [made.text] * 2


async def test_a_line_that_broke_once_is_opened_again_and_nobody_else_is_asked(said: bytes) -> None:
    async with vendors({"deepgram": "cut"}) as made, ears(made, stt_provider="deepgram", also="openai") as heard:
        hearing = asyncio.create_task(heard.hear(said))
        while made.heard.get("deepgram", 0) <= 16_000:  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(0.01)
        made.mode.clear()
        await hearing
        await heard.until_understood()
    assert heard.understood == [SAID]
    assert made.ways("openai") == []


async def test_a_line_that_breaks_in_a_pause_is_open_again_before_somebody_speaks(
    said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback_stt, "_MENDED", 0.1)
    async with vendors() as made, ears(made, stt_provider="deepgram") as heard:
        await heard.hear(said)
        await heard.until_understood()
        made.mode["deepgram"] = "cut"
        await heard.hear(b"", quiet=1)
        made.mode.clear()
        await heard.hear(b"", quiet=1)
        before = len(made.ways("deepgram"))
        await heard.hear(said)
        await heard.until_understood(2)
        assert len(made.ways("deepgram")) == before
    assert heard.understood == [SAID] * 2


async def test_no_line_of_the_log_has_a_key_or_what_was_said(
    said: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for name in NAMES:
        modes: dict[str, Mode] = {wire(name): "refuses"}
        async with vendors(modes) as made, ears(made, stt_provider=name) as heard:
            await heard.hear(said)
            await heard.until_understood()
    gc.collect()
    output = capfd.readouterr()
    logged = output.out + output.err + caplog.text
    assert logged.count("speech.failed") == len(NAMES)
    assert KEY not in logged
    assert SAID not in logged


async def test_where_all_fail_what_is_installed_hears_its_phrases_and_asks_for_the_rest_again(said: bytes) -> None:
    process = EspeakProcess()
    other = await speech(EspeakTTS(process), "The weather is so very nice in autumn.")
    await process.aclose()
    modes: dict[str, Mode] = {"deepgram": "hangs", "openai": "refuses"}
    async with vendors(modes) as made, ears(made, stt_provider="deepgram", also="openai") as heard:
        await heard.hear(said)
        await heard.until_understood()
        assert heard.understood == [SAID]
        await heard.hear(other)
        await heard.until_understood(2)
    assert (heard.understood, heard.asked_again) == ([SAID], 1)


async def test_a_noise_is_nothing_and_does_not_count_against_a_provider() -> None:
    bang = (np.random.default_rng(2).normal(0, 9_000, mulaw.RATE // 4)).astype(np.int16).tobytes()
    async with vendors() as made, ears(made, stt_provider="deepgram") as heard:
        made.text = ""
        await heard.hear(bang)
        await asyncio.sleep(1)
        hears = heard.voice.hears
        assert hears.provider == "deepgram", "it is asked next, too"
    assert (heard.understood, heard.asked_again) == ([], 0)


async def test_the_key_the_language_and_the_model_reach_the_provider_in_its_terms(said: bytes) -> None:
    async with vendors() as made:
        for name, model in [*((name, None) for name in NAMES), ("deepgram", "nova-2")]:
            async with ears(made, "de", stt_provider=name, stt_model=model) as heard:
                await heard.hear(said)
                await heard.until_understood()
    (deepgram, chosen_model), (eleven,), (cartesia,), (openai,), (own,) = (made.ways(wire(name)) for name in NAMES)
    assert (deepgram["model"], deepgram["language"], deepgram["encoding"]) == ("nova-3", "de", "linear16")
    assert chosen_model["model"] == "nova-2"
    assert (eleven["model_id"], eleven["language_code"]) == ("scribe_v2_realtime", "de")
    assert (cartesia["model"], cartesia["language"]) == ("ink-whisper", "de"), "its other model speaks English alone"
    assert (openai["model"], openai["language"]) == ("gpt-4o-mini-transcribe", "de")
    assert (own["model"], own["language"], own["key"]) == ("whisper-1", "de", "no-key")
    assert {told["key"] for told in (deepgram, eleven, cartesia, openai)} == {KEY}


async def test_what_each_heard_is_counted_by_its_name(said: bytes) -> None:
    async with vendors() as made, ears(made, stt_provider="openai", also="deepgram") as heard:
        used = Used(heard.voice)
        await heard.hear(said)
        await heard.until_understood()
        (counted,) = used.metrics()["stt"]
    assert (counted["provider"], counted["model"]) == ("openai", "gpt-4o-mini-transcribe")
    assert counted["duration_seconds"] == pytest.approx(len(said) / 2 / mulaw.RATE, abs=1)
