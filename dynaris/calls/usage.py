"""What a call used of whoever hears, thinks and speaks on it: added up as it happens, told to billing once it ends."""

from collections import defaultdict
from typing import Any

from livekit.agents import stt, tts
from livekit.agents.metrics import STTMetrics, TTSMetrics

from dynaris.calls.atlas import Voice

Metrics = dict[str, list[dict[str, Any]]]


class Used:
    """Of one line of a call."""

    def __init__(self, voice: Voice) -> None:
        self._heard: dict[tuple[str, str], float] = defaultdict(float)  # seconds, by provider and model
        self._spoken: dict[tuple[str, str], int] = defaultdict(int)  # characters
        voice.hears.on("metrics_collected", lambda metrics: self._hear(voice.hears, metrics))
        voice.speaks.on("metrics_collected", lambda metrics: self._speak(voice.speaks, metrics))

    def _hear(self, source: stt.STT, metrics: STTMetrics) -> None:
        self._heard[source.provider, source.model] += metrics.audio_duration

    def _speak(self, source: tts.TTS, metrics: TTSMetrics) -> None:
        self._spoken[source.provider, source.model] += metrics.characters_count

    def metrics(self) -> Metrics:
        return {
            "stt": [
                {"provider": provider, "model": model, "duration_seconds": round(seconds, 3)}
                for (provider, model), seconds in self._heard.items()
            ],
            "tts": [
                {"provider": provider, "model": model, "characters": count}
                for (provider, model), count in self._spoken.items()
            ],
        }
