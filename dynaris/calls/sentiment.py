"""How a caller feels by their words: VADER's compound score, from -1 (most negative) to 1, of English alone.

Hutto and Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", 2014. Its
lexicon is English: of other languages it would say what is not so.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

LANGUAGE = "en"


@cache
def _analyzer() -> "SentimentIntensityAnalyzer":
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def sentiment_of(text: str, language: str | None) -> float | None:
    """`None`: not known of this language."""
    if (language or "").partition("-")[0] != LANGUAGE:
        return None
    return float(_analyzer().polarity_scores(text)["compound"])


def over_all(scores: Sequence[float]) -> dict[str, float] | None:
    """Of a call; `None` where nothing is known of it."""
    if not scores:
        return None
    return {"mean": round(sum(scores) / len(scores), 3), "lowest": min(scores), "last": scores[-1]}
