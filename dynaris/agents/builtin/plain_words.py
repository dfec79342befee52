"""Texts in lower case, without accents and punctuation, and patterns that look through them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

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
    return re.compile(r" (?:" + "|".join(_lines(patterns)) + ")(?= )")


def _lines(patterns: str) -> list[str]:
    joined = re.sub(r"\n\s*(?=\|)", "", patterns.strip())
    return [line.strip() for line in joined.splitlines()]


class Spotter:
    """Many patterns under names, of which a word's first letters choose the few that are tried at it.

    Nothing is compiled before a text asks for it: trying hundreds of alternatives at every word cost more than all
    else that is done with a usual text.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._patterns = patterns
        self._compiled: dict[str, re.Pattern[str]] = {}

    def found(self, words: str) -> set[str]:
        """The names of which a pattern matches."""
        found: set[str] = set()
        at = words.find(" ")
        while at >= 0:
            for head in (words[at + 1 : at + 1 + length] for length in range(_HEAD + 1)):
                for name, line in self._by_head.get(head, ()):
                    if name not in found and self._pattern(line).match(words, at):
                        found.add(name)
            at = words.find(" ", at + 1)
        return found

    def patterns(self) -> dict[str, re.Pattern[str]]:
        """All of a name as one."""
        return {name: any_of(lines) for name, lines in self._patterns.items()}

    def _pattern(self, line: str) -> re.Pattern[str]:
        compiled = self._compiled.get(line)
        if compiled is None:
            compiled = self._compiled[line] = re.compile(f" (?:{line})(?= )")
        return compiled

    @cached_property
    def _by_head(self) -> dict[str, list[tuple[str, str]]]:
        by_head: dict[str, list[tuple[str, str]]] = {}
        for name, patterns in self._patterns.items():
            for line in _lines(patterns):
                for head in {head.rstrip(_OPEN) for head in _heads(parser.parse(line))}:
                    by_head.setdefault(head, []).append((name, line))
        return by_head


_HEAD = 4  # letters
_OPEN = "*"  # after a head of fewer letters: anything may follow


def _heads(items: Any) -> set[str]:
    """How a text begins that these parts of a pattern match."""
    heads = {""}
    for kind, given in items:
        if all(head.endswith(_OPEN) or len(head) >= _HEAD for head in heads):
            break
        after = set(_heads_of(kind, given))
        heads = {_cut(head + more) for head in heads for more in ({""} if _is_whole(head) else after)}
    return heads


def _is_whole(head: str) -> bool:
    return head.endswith(_OPEN) or len(head) >= _HEAD


def _cut(head: str) -> str:
    return head[:_HEAD] if len(head.rstrip(_OPEN)) >= _HEAD else head


def _heads_of(kind: Any, given: Any) -> Iterator[str]:
    if kind is kinds.LITERAL:
        yield chr(given)
    elif kind is kinds.BRANCH:
        for branch in given[1]:
            yield from _heads(branch)
    elif kind is kinds.SUBPATTERN:
        yield from _heads(given[-1])
    elif kind is kinds.MAX_REPEAT:
        least, most, body = given
        if least == 0:
            yield ""
        yield from (head if most == 1 or _is_whole(head) else head + _OPEN for head in _heads(body))
    elif kind is kinds.IN and all(one is kinds.LITERAL for one, _ in given):
        yield from (chr(letter) for _, letter in given)
    elif kind in (kinds.ASSERT, kinds.ASSERT_NOT):
        yield ""
    else:
        yield _OPEN
