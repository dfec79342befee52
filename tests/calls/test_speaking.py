"""The voice that needs no provider."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS


@pytest.fixture
async def process() -> AsyncIterator[EspeakProcess]:
    made = EspeakProcess()
    yield made
    await made.aclose()


async def sound_of(voice: EspeakTTS, text: str) -> np.ndarray:
    frame = await voice.synthesize(text).collect()
    assert (frame.sample_rate, frame.num_channels) == (voice.sample_rate, 1)
    return np.frombuffer(frame.data, np.int16)


async def test_a_sentence_is_spoken_as_long_as_it_takes(process: EspeakProcess) -> None:
    voice = EspeakTTS(process)
    short = await sound_of(voice, "Hello.")
    long = await sound_of(voice, "Hello, this is the clinic in the garden street, what can I do for you today?")
    assert 0.3 < len(short) / voice.sample_rate < 1.5
    assert 3 < len(long) / voice.sample_rate < 8
    assert np.abs(long.astype(int)).max() > 5_000, "and heard"


async def test_languages_sound_different_and_an_unknown_one_is_english(process: EspeakProcess) -> None:
    said = {code: await sound_of(EspeakTTS(process, language=code), "Information 12") for code in ("en", "de", "zz")}
    assert len(said["en"]) != len(said["de"])
    assert len(said["zz"]) > 1_000


async def test_many_speak_at_once_each_its_own(process: EspeakProcess) -> None:
    voice = EspeakTTS(process)
    texts = ["One.", "Two hundred and twenty-two.", "Three thousand three hundred and thirty-three, and more."] * 4
    alone = [len(await sound_of(voice, text)) for text in texts[:3]]
    together = await asyncio.gather(*(sound_of(voice, text) for text in texts))
    assert [len(sound) for sound in together] == pytest.approx(alone * 4, rel=0.01)


async def test_who_stops_in_the_middle_leaves_the_next_one_whole(process: EspeakProcess) -> None:
    """A sentence that nobody listens to any more is not heard at the beginning of the next."""
    voice = EspeakTTS(process)
    alone = await sound_of(voice, "Yes.")
    async with voice.synthesize("A long sentence that nobody will ever hear to its end. " * 20) as stream:
        await anext(aiter(stream))
    assert len(await sound_of(voice, "Yes.")) == pytest.approx(len(alone), rel=0.01)


async def test_a_voice_that_died_speaks_again(process: EspeakProcess) -> None:
    voice = EspeakTTS(process)
    alone = await sound_of(voice, "Yes.")
    running = process._process
    assert running is not None
    running.kill()
    await running.wait()
    assert len(await sound_of(voice, "Yes.")) == pytest.approx(len(alone), rel=0.01)
