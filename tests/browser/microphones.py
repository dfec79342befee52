"""Browsers with somebody at their microphone: a file that Chromium plays again and again where it would listen."""

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from playwright.async_api import BrowserType, Page

from dynaris.calls.speech.espeak import EspeakProcess, EspeakTTS
from tests.browser.conftest import DESKTOP, the_browser

_RATE = 16_000
BEFORE, AFTER = 7.0, 12.0  # seconds of quiet: a greeting is heard, and an answer


async def said_into(file: Path, text: str) -> Path:
    from livekit import rtc

    process = EspeakProcess()
    frame = await EspeakTTS(process).synthesize(text).collect()
    await process.aclose()
    resampler = rtc.AudioResampler(frame.sample_rate, _RATE)
    said = b"".join(bytes(each.data) for each in [*resampler.push(frame), *resampler.flush()])
    quiet = [np.random.default_rng(1).normal(0, 12, round(_RATE * seconds)) for seconds in (BEFORE, AFTER)]
    sound = np.concatenate([quiet[0], np.frombuffer(said, np.int16), quiet[1]]).astype(np.int16)
    with wave.open(str(file), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(_RATE)
        wav.writeframes(sound.tobytes())
    return file


@asynccontextmanager
async def at_microphone(browser_type: BrowserType, file: Path | None) -> AsyncIterator[Page]:
    """A page of a browser of its own; without a file there is no microphone, and nobody is asked for one."""
    args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    if file:
        args += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        args += [f"--use-file-for-fake-audio-capture={file}"]
    browser = await browser_type.launch(executable_path=the_browser(), args=args)
    try:
        context = await browser.new_context(viewport=DESKTOP, locale="en-GB", reduced_motion="reduce")  # type: ignore[arg-type]
        yield await context.new_page()
    finally:
        await browser.close()
