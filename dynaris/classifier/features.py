"""The signs by which a sentence is told from others: its words, their neighbours, and pieces of longer words."""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from itertools import pairwise

BUCKETS = 1 << 14
LONGEST = 400  # characters of a sentence that are looked at
MOST = 250  # signs; two bytes hold the sum of so many weights
_PIECE = 4  # letters: bears with slips and endings, and finds what a compound is made of
_BEGINNING = 6  # letters of each of two neighbours
_WORD = re.compile(r"[^\W\d_]+|\d+|\?")


def folded(text: str) -> str:
    """Lower case without accents, as who types in haste leaves them out."""
    lowered = text[:LONGEST].lower().replace("ß", "ss")
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


def words_of(sentence: str) -> tuple[str, ...]:
    """All that is looked at: case, punctuation and which number it is tell nothing."""
    return tuple(["0" if word.isdigit() else word for word in _WORD.findall(folded(sentence))])


def features(words: Sequence[str]) -> list[int]:
    """The buckets of the signs of a sentence's words (feature hashing), each once, in order."""
    signs = set(words)
    signs.update([f"{one} {other}" for one, other in pairwise([word[:_BEGINNING] for word in words])])
    for word in words:
        if len(word) >= _PIECE:
            whole = f"<{word}>"
            signs.update([whole[at : at + _PIECE] for at in range(len(whole) - _PIECE + 1)])
    return sorted({zlib.crc32(sign.encode()) % BUCKETS for sign in signs})[:MOST]
