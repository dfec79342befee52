"""Texts in lower case, without accents and punctuation, and patterns that look through them."""

import re
import unicodedata
from functools import lru_cache

_BETWEEN = re.compile(r"[\W_]+")
LONGEST = 2_000  # characters of a text that are looked through


@lru_cache(maxsize=64)
def folded(text: str) -> str:
    """Words separated by single blanks, a blank at both ends."""
    lowered = text[:LONGEST].lower().replace("ß", "ss")
    if not lowered.isascii():
        lowered = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return f" {_BETWEEN.sub(' ', lowered).strip()} "


def any_of(patterns: str) -> re.Pattern[str]:
    """One pattern a line, each matches whole words; a pattern goes on where its next line begins with a bar."""
    joined = re.sub(r"\n\s*(?=\|)", "", patterns.strip())
    return re.compile(r" (?:" + "|".join(line.strip() for line in joined.splitlines()) + ")(?= )")
