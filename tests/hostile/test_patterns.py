"""Every regular expression of the product, found by itself, against texts that make a careless one take for ever."""

import importlib
import multiprocessing
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import dynaris
from dynaris.agents.builtin.plain_words import Spotter
from dynaris.scheduling.dates.words import LANGUAGES, rules_of

Pattern = re.Pattern[str] | re.Pattern[bytes]
Look = Callable[..., Any]

_SOURCE = "".join(path.read_text() for path in Path(dynaris.__file__).parent.rglob("*.py"))

_SIZE = 20_000  # characters; work that grows with their square is 400 million steps, work that grows with them none
_WORST = 0.25  # seconds for one search of one text
_MANY = 50  # times: a repeat of more is tried as one without end
# What may take the square of its text, because it is only given so many characters.
_CUT = {
    "dynaris.agents.builtin.concerns._SPOTTER": 2_000,
    "dynaris.agents.failures._HISTORY": 4_000,  # a tag that we write once
    "dynaris.agents.builtin.given._ATTRIBUTE": 500,  # of a tag that we wrote
    "dynaris.agents.builtin.given._PASSAGE": 4_000,  # tags that we wrote: in texts from outside they are escaped
    "dynaris.agents.builtin.given._MESSAGE": 4_000,
    "dynaris.channels.email.subjects._GATEWAY": 1_000,
    "dynaris.core.masking._URL": 1_200,
    "dynaris.core.masking._EMAIL": 1_200,
    "dynaris.knowledge.questions._BREAK": 2_000,
    "dynaris.knowledge.questions._SAID_OTHERWISE": 2_000,
    "dynaris.knowledge.questions._NO_SUBJECT": 2_000,
    "dynaris.pipeline.typed_codes._ASKS_AGAIN": 1_000,  # after a look that the text has ten words at most
}
_PUMPS = (" ", "\t", "\n", "a", "A1", "1", "-", ".", ">", "<", "é", "a ", "1 ", "a@", "a.", "\n ", ", ")
_TEXTS = [
    "=?a?q?",
    "\\",
    '"',
    "(",
    "[",
    "{",
    "()",
    "<a",
    "data:a,",
    ";a=",
    "a:",
    "00:00",
    "On",
    "wrote:",
    "From:",
    "http://a",
    "日本",
    "ha",
    "!?",
    "\u200b",
]


def patterns() -> Iterator[tuple[str, Pattern]]:
    """Of every module, also inside its tuples, lists and dicts."""
    for module in pkgutil.walk_packages(dynaris.__path__, "dynaris."):
        if "migrations" in module.name or "test_" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for each in _inside(value):
                yield f"{module.name}.{name}", each


def _inside(value: object, depth: int = 0) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Spotter):
        yield from value.patterns().values()
    elif depth < 3 and isinstance(value, dict):
        for one in value.values():
            yield from _inside(one, depth + 1)
    elif depth < 3 and isinstance(value, tuple | list | set | frozenset):
        for one in value:
            yield from _inside(one, depth + 1)


def texts(pattern: Pattern, size: int) -> Iterator[str]:
    """What leads up to each of its repeats, then what the repeat takes again and again, then what ends it in vain."""
    pieces = {(before, pump) for before, own in _repeats(_tree(pattern), "") for pump in (*_PUMPS, own) if pump}
    pieces |= {("", pump) for pump in (*_PUMPS, *_TEXTS)}
    for before, pump in sorted(pieces):
        yield before + _filled(pump, size) + "\x01"
        if before:
            yield _filled(before + pump, size) + "\x01"


def _filled(piece: str, size: int) -> str:
    return piece * (size // len(piece))


def _tree(pattern: Pattern) -> Any:
    source = pattern.pattern
    return parser.parse(source if isinstance(source, str) else source.decode("latin-1"), pattern.flags & ~re.ASCII)


def _repeats(items: Any, before: str) -> Iterator[tuple[str, str]]:
    """For each repeat: a text that leads up to it, and one that it takes."""
    for kind, given in items:
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            _, most, body = given
            if most >= _MANY:
                yield before, _example(body)
            yield from _repeats(body, before)
        elif kind is kinds.BRANCH:
            for branch in given[1]:
                yield from _repeats(branch, before)
        elif kind in (kinds.SUBPATTERN, kinds.ASSERT, kinds.ASSERT_NOT):
            yield from _repeats(given[-1], before)
        before += _example([(kind, given)])


def _example(items: Any) -> str:
    """A text that these parts of a pattern match; without what they may leave out."""
    return "".join(_example_of(kind, given) for kind, given in items)


def _example_of(kind: Any, given: Any) -> str:
    if kind is kinds.LITERAL:
        return chr(given)
    if kind is kinds.IN:
        return _one_of(given)
    if kind in (kinds.ANY, kinds.NOT_LITERAL):
        return "a"
    if kind is kinds.BRANCH:
        return _example(given[1][0])
    if kind is kinds.SUBPATTERN:
        return _example(given[-1])
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        return _example(given[2]) * given[0]
    return ""


_OF_A_CLASS = {kinds.CATEGORY_DIGIT: "1", kinds.CATEGORY_SPACE: " ", kinds.CATEGORY_NOT_WORD: "-"}


def _one_of(choices: Any) -> str:
    if choices[0][0] is kinds.NEGATE:
        left_out = {_one_of([choice]) for choice in choices[1:]}
        return next(sign for sign in "a x1-~" if sign not in left_out)
    kind, given = choices[0]
    if kind is kinds.CATEGORY:
        return _OF_A_CLASS.get(given, "a")
    return chr(given if kind is kinds.LITERAL else given[0])


def _looks(name: str) -> Look:
    """As the pattern is used, so it is tried: what is only held against a beginning costs no square of it."""
    short = name.rpartition(".")[2]
    used = set(re.findall(rf"\b{short}\.(\w+)\(", _SOURCE))
    return re.Pattern.match if used and used <= {"match", "fullmatch"} else re.Pattern.search


def slow_ones(size: int) -> list[str]:
    found, seen = [], set()
    for name, pattern in patterns():
        if (pattern.pattern, pattern.flags) in seen:
            continue
        seen.add((pattern.pattern, pattern.flags))
        if slow := _slow(pattern, _CUT.get(name, size), _looks(name)):
            found.append(f"{name} {slow}: {str(pattern.pattern)[:100]}")
    assert len(seen) > 100
    return found


def _slow(pattern: Pattern, size: int, look: Look = re.Pattern.search) -> str | None:
    for text in texts(pattern, size):
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        began = time.process_time()
        look(pattern, given)
        if (spent := time.process_time() - began) > _WORST:
            return f"takes {spent:.2f} s for {text[:40]!r}…"
    return None


def test_a_careless_pattern_is_found() -> None:
    """Else the test below would prove nothing."""
    for careless in (r"\s+$", r"x-[^:]*[ \t]*:", r"<p>(.*?)</p>", r"\S+@\S+"):
        assert _slow(re.compile(careless), _SIZE), careless
    assert not _slow(re.compile(r"(?:^|;)\s*([a-z]{1,20})=([^;]*)"), _SIZE)


def _into(queue: "multiprocessing.Queue[list[str]]", size: int) -> None:
    queue.put(slow_ones(size))


@pytest.mark.hostile
def test_no_pattern_takes_long_for_any_text() -> None:
    """In a process of its own: a search that never ends cannot be interrupted."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[list[str]] = context.Queue()
    process = context.Process(target=_into, args=(queue, _SIZE))
    process.start()
    try:
        found = queue.get(timeout=300)
    finally:
        process.kill()
    assert not found, "\n".join(found)


@pytest.mark.hostile
def test_no_rule_that_dates_are_read_with_takes_long_for_any_text() -> None:
    rules = [(language, rule) for language in LANGUAGES for rule in rules_of(language)]
    found = [(language, rule.kind, slow) for language, rule in rules if (slow := _slow(rule.pattern, _SIZE))]
    assert len(rules) > 300
    assert not found
