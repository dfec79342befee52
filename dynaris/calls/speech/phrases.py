"""Hearing with no provider and no network: one of the sentences that a caller is expected to say, in English.

Demo quality, and labelled so: who says something else is not understood rather than misunderstood. Free speech with
what is installed here was wrong in 36 to 63 words of a hundred; of a closed list in 0 to 17.
"""

import asyncio
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, LanguageCode, stt, utils
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from pocketsphinx import Decoder

from dynaris.calls.audio.rates import at_rate
from dynaris.calls.speech.spoken import spoken

_RATE = 16_000  # of the model that comes with the library
_LANGUAGE = LanguageCode("en")
_NOISE = 20  # of 32,767: a model of real rooms hears nothing in perfect silence
_MOST_PHRASES = 500


class Sphinx:
    """One decoder for all calls of this process. It needs some 30 ms for a sentence, one after another."""

    def __init__(self) -> None:
        self._decoder = Decoder(loglevel="FATAL", lm=None)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sphinx")
        self._known: dict[frozenset[str], str] = {}

    def words_of(self, phrase: str) -> str | None:
        """As it is said; None where a word is not in the dictionary."""
        words = re.findall(r"[a-z']+", spoken(phrase, _LANGUAGE).lower().replace("’", "'").replace("-", " "))
        return " ".join(words) if words and all(map(self._decoder.lookup_word, words)) else None

    async def hear(self, samples: bytes, phrases: frozenset[str]) -> str:
        """Which of them was said whole, of mono sound with 16 bits at 16 kHz; empty where none was."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._hear, samples, phrases)

    def _hear(self, samples: bytes, phrases: frozenset[str]) -> str:
        if not phrases:
            return ""
        self._decoder.activate_search(self._search(phrases))
        sound = np.frombuffer(samples, np.int16).astype(np.float32)
        sound += np.random.default_rng(0).normal(0, _NOISE, len(sound))
        self._decoder.start_utt()
        self._decoder.process_raw(np.clip(sound, -32_768, 32_767).astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found and found.hypstr in phrases else ""

    def _search(self, phrases: frozenset[str]) -> str:
        if phrases not in self._known:
            name = f"phrases{len(self._known)}"
            listed = " | ".join(sorted(phrases))
            self._decoder.add_jsgf_string(name, f"#JSGF V1.0;\ngrammar {name};\npublic <one> = {listed};\n")
            self._known[phrases] = name
        return self._known[phrases]


@cache
def sphinx() -> Sphinx:
    return Sphinx()


class PhraseSTT(stt.STT):
    def __init__(self, phrases: Iterable[str]) -> None:
        """Those with a word that is in no dictionary are left out; `understood` are the others."""
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))
        self._written: dict[str, str] = {}
        for phrase in phrases:
            if len(self._written) < _MOST_PHRASES and (words := sphinx().words_of(phrase)):
                self._written.setdefault(words, phrase)
        self._phrases = frozenset(self._written)

    @property
    def understood(self) -> list[str]:
        return list(self._written.values())

    @property
    def model(self) -> str:
        return "pocketsphinx"

    @property
    def provider(self) -> str:
        return "local"

    async def _recognize_impl(
        self,
        buffer: utils.AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,  # noqa: ARG002 - it has one
        conn_options: APIConnectOptions,  # noqa: ARG002 - nothing is connected
    ) -> stt.SpeechEvent:
        heard = await sphinx().hear(at_rate(rtc.combine_audio_frames(buffer), _RATE), self._phrases)
        said = stt.SpeechData(language=_LANGUAGE, text=self._written.get(heard, ""))
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[said])
