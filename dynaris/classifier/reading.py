"""Reading a sentence with the trained weights."""

import json
import math
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from dynaris.classifier.features import features, words_of

LONGEST = 2000  # characters of a text that are looked at
MOST_SENTENCES = 12
_FAR = 10.0  # natural logarithm: labels so much less likely change no share, all together, by a hundredth
_TOLD = 0.05  # a label with a smaller share is not worth a word
_ZERO = 128  # what a weight of nothing is written as
# A German date's day has a point, too: "am 3. Dezember".
_SENTENCE = re.compile(r"(?<=[.!?…])(?!(?<=\d\.) (?:Jan|Jän|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez))\s+|\n+")


@dataclass(frozen=True, slots=True)
class Reading:
    label: str
    share: float  # how sure, 0 to 1
    shares: Mapping[str, float]  # of every label that comes into question, the likeliest first

    def of(self, *labels: str) -> float:
        """How sure it is that it is any of these."""
        return sum(self.shares.get(label, 0) for label in labels)


@dataclass(frozen=True, slots=True)
class Weights:
    """A row of a byte per label for every bucket of signs."""

    labels: tuple[str, ...]
    biases: tuple[float, ...]
    scale: float
    examples: str  # digest of the sentences they were learnt from
    rows: bytes

    def sums(self, buckets: list[int]) -> tuple[int, ...]:
        """The rows added up, by label. Each is taken as one large number with two bytes for a label, so that a
        single addition adds them all: fifteen times as fast as a loop, and no library is needed for it."""
        size = len(self.labels)
        total, wide = 0, bytearray(2 * size)
        for bucket in buckets:
            wide[::2] = self.rows[bucket * size : (bucket + 1) * size]
            total += int.from_bytes(wide, "little")
        return struct.unpack(f"<{size}H", total.to_bytes(2 * size, "little"))


@lru_cache(maxsize=1)
def weights() -> Weights:
    head, _, packed = (files(__package__ or __name__) / "weights.bin").read_bytes().partition(b"\n")
    told = json.loads(head)
    return Weights(
        tuple(told["labels"]), tuple(told["biases"]), told["scale"], told["examples"], zlib.decompress(packed)
    )


def read(sentence: str) -> Reading:
    return _read(words_of(sentence))


@lru_cache(maxsize=512)  # routing, searching and answering read the same sentences
def _read(words: tuple[str, ...]) -> Reading:
    known, buckets = weights(), features(words)
    scale = known.scale / math.sqrt(len(buckets) or 1)
    nothing = _ZERO * len(buckets)
    scores = [(total - nothing) * scale + bias for total, bias in zip(known.sums(buckets), known.biases, strict=True)]
    highest = max(scores)
    by_label = zip(scores, known.labels, strict=True)
    near = [(score - highest, label) for score, label in by_label if score > highest - _FAR]
    shares = [(math.exp(score), label) for score, label in sorted(near, reverse=True)]
    whole = sum(share for share, _ in shares)
    return Reading(
        shares[0][1], shares[0][0] / whole, {label: share / whole for share, label in shares if share >= _TOLD * whole}
    )


def sentences(text: str) -> Iterator[str]:
    found = (sentence.strip() for sentence in _SENTENCE.split(text[:LONGEST]))
    yield from list(filter(None, found))[:MOST_SENTENCES]


def readings(text: str) -> list[Reading]:
    return [read(sentence) for sentence in sentences(text)]
