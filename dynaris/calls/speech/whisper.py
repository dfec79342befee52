"""Hearing with a Whisper model of one's own, in a folder as CTranslate2 has it: `model.bin`, `config.json`, a
vocabulary. Its library is an extra, as it weighs more than all that is needed for a call with providers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, stt, utils
from livekit.agents.types import NOT_GIVEN, NotGivenOr

from dynaris.calls.audio.rates import at_rate
from dynaris.calls.speech.source import Unusable

_RATE = 16_000
_FULL_SCALE = 32_768.0
_NO_SPEECH = 0.6  # as Whisper's own programs have it: it invents words for a noise


@cache
def loaded(directory: Path) -> Any:
    """One model for all calls of this process. Raises `Unusable`."""
    for name in ("model.bin", "tokenizer.json"):  # without the second its library would ask the network
        if not (directory / name).is_file():
            raise Unusable(f"no {name} is in {directory}: a Whisper model for CTranslate2 is expected there")
    try:
        from faster_whisper import WhisperModel  # pyright: ignore[reportMissingImports] - an extra
    except ImportError as error:
        raise Unusable("its library is not installed: pip install 'dynaris[whisper]'") from error
    try:
        return WhisperModel(str(directory), device="cpu", compute_type="int8", local_files_only=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise Unusable(f"the model in {directory} cannot be loaded: {error}"[:300]) from error


@cache
def _thread() -> ThreadPoolExecutor:
    """One sentence after another: a model takes all the cores that it is given."""
    return ThreadPoolExecutor(1, thread_name_prefix="whisper")


class WhisperSTT(stt.STT):
    def __init__(self, model: Any, directory: Path, language: str) -> None:
        """`language`: ISO 639-1."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._model, self._name, self._language = model, directory.name, LanguageCode(language)

    @property
    def model(self) -> str:
        return self._name

    @property
    def provider(self) -> str:
        return "whisper"

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - of the whole call
        conn_options: APIConnectOptions,  # noqa: ARG002 - nothing is connected
    ) -> stt.SpeechEvent:
        sound = np.frombuffer(at_rate(rtc.combine_audio_frames(buffer), _RATE), np.int16) / np.float32(_FULL_SCALE)
        text = await asyncio.get_running_loop().run_in_executor(_thread(), self._hear, sound)
        said = stt.SpeechData(language=self._language, text=text)
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[said])

    def _hear(self, sound: np.ndarray) -> str:
        segments, _ = self._model.transcribe(
            sound,
            language=self._language.language,
            beam_size=1,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        return " ".join(each.text.strip() for each in segments if each.no_speech_prob < _NO_SPEECH)
