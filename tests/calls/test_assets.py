"""Sound files that somebody named for callers."""

import io
import wave

import numpy as np
import pytest

from dynaris.calls.audio.assets import AssetRefused, decoded, fetched
from dynaris.calls.audio.tones import played_once, repeated
from dynaris.core.outbound import Outbound


def a_wav(seconds: float, rate: int = 8_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, rate, 0, "NONE", ""))
        made.writeframes((np.sin(np.arange(round(rate * seconds)) / 5) * 20_000).astype(np.int16).tobytes())
    return file.getvalue()


async def test_a_file_becomes_what_the_line_carries_and_quieter() -> None:
    samples = np.frombuffer(await decoded(a_wav(1), 16_000, "audio/wav"), np.int16)
    assert 15_000 < len(samples) < 17_000
    assert 10_000 < samples.max() < 13_000


@pytest.mark.parametrize("body", [b"", b"<html>", b"RIFF" + b"\0" * 100])
async def test_what_is_no_sound_is_refused(body: bytes) -> None:
    with pytest.raises(AssetRefused):
        await decoded(body, 16_000)


@pytest.mark.parametrize(
    "url", ["http://example.com/a.mp3", "file:///etc/passwd", "https://127.0.0.1/a.mp3", "https://"]
)
async def test_nothing_inside_is_fetched(url: str) -> None:
    with pytest.raises(AssetRefused):
        await fetched(url, 16_000, Outbound())


def test_once_ends_and_again_and_again_does_not() -> None:
    over: list[bool] = []
    once = played_once(b"\1\0" * 30, lambda: over.append(True))
    assert (once(20), len(once(20)), over) == (b"\1\0" * 20, 40, [True])
    again = repeated(b"\1\0\2\0")
    assert again(3) == b"\1\0\2\0\1\0"
