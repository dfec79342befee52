"""Which texts are a person's, told by how much more their words are like such texts than like everyday ones.

Beside the patterns of `concerns`, which know phrases: people say the same in ways that nobody foresees. Words, their
beginnings and neighbours are counted in the examples of `matter_words` (a naive Bayes classifier); nothing is learnt
while it runs, the same text always has the same weight.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from dynaris.agents.builtin import matter_words
from dynaris.agents.builtin.plain_words import LONGEST, folded

SURE = 2.5  # natural logarithm of how many times likelier the words are in a matter than in an everyday message
LIKELY = 1.0
ANSWERED = 3.5  # of a question that what is written answers, and of a few words
_SMOOTHING = 0.3
_SENTENCE = re.compile(r"(?<=[.!?\n])\s")
_WORDS_OF_A_SENTENCE = 6  # shorter ones are read with the next one

_EXAMPLES = {
    name.lower(): examples for name, examples in vars(matter_words).items() if name.isupper() and name != "EVERYDAY"
}


class Matter(NamedTuple):
    name: str
    weight: float


@lru_cache(maxsize=128)  # routing and answering read the same text
def matter_of(text: str) -> Matter:
    """The weightiest of the text's sentences: a long letter about other things takes nothing from it."""
    return max((_weighed(sentence) for sentence in _sentences(text[:LONGEST])), key=lambda matter: matter.weight)


def _weighed(sentence: str) -> Matter:
    weights, sizes = _weights()
    known = [weights[sign] for sign in _signs(folded(sentence)) if sign in weights]
    total = sum(weight for weight, _ in known)
    if total < LIKELY:
        return Matter("", total)
    by_name = {name: -size * len(known) for name, size in sizes.items()}
    for _, shares in known:
        for name, share in shares:
            by_name[name] += share
    return Matter(max(by_name, key=by_name.__getitem__), total)


def _sentences(text: str) -> Iterator[str]:
    held = ""
    for sentence in _SENTENCE.split(text):
        held = f"{held} {sentence}"
        if held.count(" ") > _WORDS_OF_A_SENTENCE:
            yield held
            held = ""
    yield held


def _signs(words: str) -> set[str]:
    split = words.split()
    begun = [word[:6] for word in split]
    signs = set(split)
    signs.update([f"^{word[:5]}" for word in split if len(word) > 5])
    signs.update([f"{one} {other}" for one, other in pairwise(begun)])
    return signs


Share = tuple[str, float]


@cache
def _weights() -> tuple[dict[str, tuple[float, tuple[Share, ...]]], dict[str, float]]:
    """By sign: how much it speaks for any matter, and for which ones more than a sign that none of theirs has; and how
    many signs each has in all, as a logarithm."""
    everyday = _counted(matter_words.EVERYDAY)
    named = {name: _counted(examples) for name, examples in _EXAMPLES.items()}
    matters: Counter[str] = Counter()
    for counts in named.values():
        matters.update(counts)
    kinds = len(everyday.keys() | matters.keys())
    sizes = {name: math.log(counts.total() + _SMOOTHING * kinds) for name, counts in named.items()}
    all_matters, all_everyday = (counts.total() + _SMOOTHING * kinds for counts in (matters, everyday))
    weights: dict[str, tuple[float, tuple[Share, ...]]] = {}
    for sign in everyday.keys() | matters.keys():
        weight = math.log((matters[sign] + _SMOOTHING) / all_matters * all_everyday / (everyday[sign] + _SMOOTHING))
        shares = [(name, math.log(counts[sign] / _SMOOTHING + 1)) for name, counts in named.items() if sign in counts]
        weights[sign] = (weight, tuple(shares))
    return weights, sizes


def _counted(examples: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in examples.strip().splitlines():
        for example in line.split("|"):
            counts.update(_signs(folded(example)))
    return counts
