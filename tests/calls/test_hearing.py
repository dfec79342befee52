"""The ears that need no provider: what our own voice says over a telephone is understood, anything else is not."""

import numpy as np
import pytest
from livekit import rtc

from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from dynaris.calls.speech.phrases import PhraseSTT
from dynaris.core import mulaw

PHRASES = (
    "Is there parking?",
    "What are your opening hours?",
    "What does a sports massage cost?",
    "I would like to book an appointment.",
    "Can I cancel my appointment?",
    "Yes, please.",
    "No, thank you.",
    "Tuesday at 10:00",
    "I want to talk to a person.",
)


async def over_a_telephone(text: str) -> rtc.AudioFrame:
    process = EspeakProcess()
    try:
        frame = await EspeakTTS(process).synthesize(text).collect()
    finally:
        await process.aclose()
    resampler = rtc.AudioResampler(frame.sample_rate, mulaw.RATE)
    said = b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
    line = mulaw.decode(mulaw.encode(said))
    return rtc.AudioFrame(line, mulaw.RATE, 1, len(line) // 2)


async def heard(ears: PhraseSTT, text: str) -> str:
    event = await ears.recognize(await over_a_telephone(text))
    return event.alternatives[0].text


async def test_what_is_expected_is_understood_as_it_is_written() -> None:
    ears = PhraseSTT(PHRASES)
    said = {phrase: await heard(ears, phrase.replace("10:00", "ten a m")) for phrase in PHRASES}
    assert sum(phrase == understood for phrase, understood in said.items()) >= len(PHRASES) - 1, said


@pytest.mark.parametrize("text", ["The weather is so very nice in autumn.", "Elephants fly over Paris at night."])
async def test_what_is_not_expected_is_not_understood(text: str) -> None:
    assert await heard(PhraseSTT(PHRASES), text) == ""


async def test_silence_is_nothing_and_ears_without_phrases_hear_nothing() -> None:
    silence = rtc.AudioFrame(np.zeros(8_000, np.int16).tobytes(), 8_000, 1, 8_000)
    for ears in (PhraseSTT(PHRASES), PhraseSTT([])):
        assert (await ears.recognize(silence)).alternatives[0].text == ""


def test_what_nobody_can_pronounce_is_left_out() -> None:
    ears = PhraseSTT(["Is there parking?", "Wo ist die Xyzzqk?", "…", "Is there parking"])
    assert ears.understood == ["Is there parking?"]
