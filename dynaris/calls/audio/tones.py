"""What a caller hears where nobody speaks: ringing, busy, and quiet music while somebody works for them."""

from collections.abc import Callable
from functools import cache

import numpy as np

Sound = Callable[[int], bytes]
"""So many samples of it, from where it was left."""

_RING, _BUSY = (425.0,), (425.0,)  # Hz, ITU-T E.180 supplement 2: most of Europe
_RINGS = (1.0, 4.0)  # seconds of sound and of quiet
_BUSY_BEATS = (0.48, 0.48)
_RING_US, _RINGS_US = (440.0, 480.0), (2.0, 4.0)
_LEVEL = 2_500.0  # of 32,767
# Slow broken chords: known to be music over a line that carries 300 to 3,400 Hz, and no tune to tire of.
_CHORDS = ((392.0, 493.88, 587.33), (440.0, 523.25, 659.25), (349.23, 440.0, 523.25), (392.0, 493.88, 587.33))
_NOTE_SECONDS = 0.6


def ringback(rate: int, *, north_american: bool = False) -> Sound:
    tone, beats = (_RING_US, _RINGS_US) if north_american else (_RING, _RINGS)
    return _looped(_beaten(rate, tone, beats))


def busy(rate: int) -> Sound:
    return _looped(_beaten(rate, _BUSY, _BUSY_BEATS))


def hold_music(rate: int) -> Sound:
    return _looped(_music(rate))


def _looped(samples: np.ndarray) -> Sound:
    at = 0

    def following(count: int) -> bytes:
        nonlocal at
        found = np.take(samples, range(at, at + count), mode="wrap")
        at = (at + count) % len(samples)
        return found.tobytes()

    return following


@cache
def _beaten(rate: int, tone: tuple[float, ...], beats: tuple[float, float]) -> np.ndarray:
    on, off = (round(seconds * rate) for seconds in beats)
    at = np.arange(on) / rate
    sound = sum(np.sin(2 * np.pi * each * at) for each in tone) * _LEVEL / len(tone)
    return np.concatenate([sound, np.zeros(off)]).astype(np.int16)


@cache
def _music(rate: int) -> np.ndarray:
    """Each note fades in and out, and rings on into the next."""
    count = round(_NOTE_SECONDS * rate)
    notes = [note for chord in _CHORDS for note in (*chord, chord[1])]
    found = np.zeros(count * len(notes))
    at = np.arange(2 * count) / rate
    fades = np.minimum(at / 0.08, 1.0) * np.exp(-2.2 * at)
    for number, note in enumerate(notes):
        sound = (np.sin(2 * np.pi * note * at) + 0.3 * np.sin(4 * np.pi * note * at)) * fades
        places = (number * count + np.arange(2 * count)) % len(found)
        found[places] += sound
    return (found * _LEVEL / np.abs(found).max()).astype(np.int16)


def repeated(samples: bytes) -> Sound:
    """Linear samples of 16 bits, again and again."""
    return _looped(np.frombuffer(samples, np.int16))


def played_once(samples: bytes, over: Callable[[], None]) -> Sound:
    """And then quiet; `over` is told."""
    left = samples

    def following(count: int) -> bytes:
        nonlocal left
        now, left = left[: 2 * count], left[2 * count :]
        if not left:
            over()
        return now.ljust(2 * count, b"\0")

    return following
