"""One of those who hear or speak on a call, and what their failures have in common."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from livekit.agents import APIConnectOptions, APIError, APIStatusError, stt, tts
from livekit.agents.metrics import STTMetrics, TTSMetrics

from dynaris.calls.speech.resting import Rests

log = structlog.get_logger()

Made = TypeVar("Made", stt.STT, tts.TTS)
Metrics = TypeVar("Metrics", STTMetrics, TTSMetrics)


class Unusable(Exception):
    """Why a provider cannot be asked; another one is."""


@dataclass(frozen=True, slots=True)
class Source(Generic[Made]):
    name: str  # as settings, agents and usage call it
    made: Made
    patience: float  # seconds without a sign of life until another one is asked
    told_of_pauses: bool = True  # whether it wants to know that the caller paused, and answers then
    is_last: bool = False  # it needs nobody, and is always there
    voice: str | None = None
    key: Hashable = field(init=False)  # by what it is known to have failed: another model of a provider may work

    def __post_init__(self) -> None:
        kind = "hears" if isinstance(self.made, stt.STT) else "speaks"
        object.__setattr__(self, "key", (kind, self.name, self.made.model, self.voice))

    @property
    def options(self) -> APIConnectOptions:
        """Another one is asked rather than the same one again."""
        return APIConnectOptions(max_retry=0, timeout=self.patience)


def in_turn(sources: list[Source[Made]], rests: Rests) -> list[Source[Made]]:
    """Who is asked, one after the other."""
    return [source for source in sources if source.is_last or not rests.holds(source.key)]


def note_failure(source: Source[Made], rests: Rests, error: Exception) -> None:
    """Without the error's words: a provider may repeat there what was said, or a part of the key."""
    rested = 0.0 if source.is_last else rests.failed(source.key)
    log.warning(
        "speech.failed",
        provider=source.name,
        model=source.made.model,
        kind="stt" if isinstance(source.made, stt.STT) else "tts",
        why=_why(error),
        rests=rested,
    )


def _why(error: Exception) -> str:
    if isinstance(error, APIStatusError):
        return f"status {error.status_code}"
    if isinstance(error, TimeoutError):
        return "silent for too long"
    cause = error.__cause__ if isinstance(error, APIError) else None
    return type(cause or error).__name__


def named(source: Source[Made], metrics: Metrics) -> Metrics:
    """With our name of whom it is of: some plugins give their server's address."""
    known = metrics.metadata
    called = known.model_copy(update={"model_provider": source.name}) if known else None
    return metrics.model_copy(update={"metadata": called})
