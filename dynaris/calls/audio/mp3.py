"""Recordings as files: MP3, in stereo. Other than WAV it is small, and other than Opus every browser plays it."""

from typing import IO, Any

import av
import numpy as np

_RATE, _BIT_RATE = 16_000, 48_000
_GAP = 0.1  # seconds from which on silence is put between two pieces


class Mp3:
    def __init__(self, into: IO[bytes]) -> None:
        self._file = av.open(into, "w", format="mp3")
        self._stream = self._file.add_stream("mp3", rate=_RATE, layout="stereo", bit_rate=_BIT_RATE)
        self._resamplers: dict[int, av.AudioResampler] = {}
        self._frames = 0  # so far, at the file's rate

    def put(self, begin: int, rate: int, chunk: bytes) -> None:
        """Frames of two interleaved samples of 16 bits, the first one at `begin` of so many a second."""
        sound = np.frombuffer(chunk, np.int16).reshape(1, -1)
        if (gap := round(begin * _RATE / rate) - self._frames) > _GAP * _RATE:
            self._encode(np.zeros((1, 2 * gap), np.int16), _RATE)
        self._encode(sound, rate)

    def _encode(self, sound: np.ndarray[Any, np.dtype[np.int16]], rate: int) -> None:
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="stereo")
        frame.sample_rate = rate
        if rate not in self._resamplers:
            self._resamplers[rate] = av.AudioResampler(format=self._stream.format, layout="stereo", rate=_RATE)
        for made in self._resamplers[rate].resample(frame):
            made.pts = None
            self._frames += made.samples
            self._file.mux(self._stream.encode(made))

    def close(self) -> None:
        for resampler in self._resamplers.values():
            for made in resampler.resample(None):
                made.pts = None
                self._file.mux(self._stream.encode(made))
        self._file.mux(self._stream.encode(None))
        self._file.close()
