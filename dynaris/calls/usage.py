"""What a call used of whoever hears, thinks and speaks on it: added up as it happens, told to billing once it ends."""

from collections import defaultdict
from typing import Any

from livekit.agents.metrics import STTMetrics, TTSMetrics

from dynaris.calls.atlas import Voice

Metrics = dict[str, list[dict[str, Any]]]


class Used:
    """Of one line of a call."""

    def __init__(self, voice: Voice) -> None:
        self._heard: dict[tuple[str, str], float] = defaultdict(float)  # seconds, by provider and model
        self._spoken: dict[tuple[str, str], int] = defaultdict(int)  # characters
        self.add(voice)

    def add(self, voice: Voice) -> None:
        """Another one of the same line."""
        voice.hears.on("metrics_collected", self._hear)
        voice.speaks.on("metrics_collected", self._speak)

    def _hear(self, metrics: STTMetrics) -> None:
        if metrics.audio_duration:
            self._heard[_by(metrics)] += metrics.audio_duration

    def _speak(self, metrics: TTSMetrics) -> None:
        self._spoken[_by(metrics)] += metrics.characters_count

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


def _by(metrics: STTMetrics | TTSMetrics) -> tuple[str, str]:
    known = metrics.metadata
    return (known and known.model_provider) or "", (known and known.model_name) or ""
