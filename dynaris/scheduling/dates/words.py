"""How a language's words for days and times are written down, and how a rule's placeholders become groups.

The words themselves are data, a file for each language.

A rule is a kind and a pattern over folded text (lower case, no accents). Placeholders: {W} weekday, {M} month,
{K} which one of the month, {N} how many, {D} day of the month ({V}, {F}: the one that it begins with), {O} an
ordinal, {T} a time of day ({A}, {B}: two of them), {t} one that cannot be another number ({a}, {b} likewise), {Y} a
year that may follow a date. In a time {H} is a number of hours, {I} minutes in words.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import count

LANGUAGES = ("en", "de", "es", "fr")
_FILES = {"en": "english", "de": "german", "es": "spanish", "fr": "french"}
_ANY_NAME = re.compile(r"\(\?P<(\w+)>")
_NAME = re.compile(r"\(\?P<([qhmzpx]\d?)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """In times: <q> "half past", <h> the hour, <m> minutes, <z> "and a half" behind the hour, <p> am or pm, <x> a name
    such as noon; a digit tells alternatives apart."""

    weekdays: tuple[str, ...]  # patterns, Monday first
    weekday_names: tuple[str, ...]  # as spelled rightly, for what is misspelled
    months: tuple[str, ...]
    numbers: dict[str, int]
    minutes: dict[str, int]  # as said behind the hour: "four thirty"
    counts: dict[str, int]  # "a couple of"
    ordinals: dict[str, int]
    nth: dict[str, int]  # "the second Tuesday in May"; from the month's end where negative
    time: str
    strict_time: str  # has minutes, or says that it is a time
    not_a_time: str  # what follows a number that is none
    shifts: dict[str, int]  # minutes, by what <q> and <z> say
    named_times: dict[str, int]  # minutes after midnight
    morning: str  # what <p> says before noon
    parts_of_day: tuple[tuple[str, str], ...]  # (name in `times.PARTS`, pattern)
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    kind: str
    pattern: re.Pattern[str]


def numbered(words: str) -> dict[str, int]:
    """The words for one, two, three…"""
    return {word: number for number, word in enumerate(words.split(), 1)}


def composed(said: str, tens: Mapping[str, int], ones: Mapping[str, int]) -> dict[str, int]:
    """Numbers such as "thirty-five"; `said`: how its {ten} and {one} are put together."""
    return {said.format(ten=ten, one=one): tens[ten] + ones[one] for ten in tens for one in ones}


@lru_cache(maxsize=16)
def fold(text: str) -> str:
    """Lower case without accents, every character in its place; kept, because each language reads the same text."""
    return "".join(_folded(character) for character in text)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character in "’‘´`":
        return "'"
    if character in "–—‐‑−":
        return "-"
    if character.isspace() and character != "\n":
        return " "
    plain = unicodedata.normalize("NFD", character)[0].lower()
    return {"ß": "s", "ı": "i"}.get(plain, plain if len(plain) == 1 else character)


@lru_cache(maxsize=len(LANGUAGES))
def words_of(language: str) -> Words:
    return import_module(f"dynaris.scheduling.dates.{_FILES[language]}").WORDS


@lru_cache(maxsize=len(LANGUAGES))
def rules_of(language: str) -> tuple[Rule, ...]:
    words = words_of(language)
    parts = tuple((f"part:{name}", pattern) for name, pattern in words.parts_of_day)
    groups = _groups(words)
    return tuple(
        Rule(kind, re.compile(rf"(?<![\w@])(?:{_filled(pattern, groups)})(?![\w@])"))
        for kind, pattern in words.rules + parts
    )


def said(match: re.Match[str]) -> dict[str, str]:
    """What the groups of a rule matched, those that did."""
    return {name.partition("_")[0]: value for name, value in match.groupdict().items() if value is not None}


def _filled(pattern: str, groups: dict[str, str]) -> str:
    """A name may stand in several alternatives: `W`, `W_1`."""
    for placeholder, group in groups.items():
        pattern = pattern.replace(placeholder, group)
    number = count(1)
    return _ANY_NAME.sub(lambda name: f"(?P<{name[1]}_{next(number)}>", pattern)


def _groups(words: Words) -> dict[str, str]:
    weekday = "|".join((*words.weekdays, r"@\d~*"))
    numbers = _alternatives(words.numbers)
    counts = _alternatives({**words.numbers, **words.counts})
    hours, minutes = rf"\d{{1,2}}(?!\d)|{numbers}", f"(?:{_alternatives(words.minutes)})"
    loose, strict = (time.replace("{H}", hours).replace("{I}", minutes) for time in (words.time, words.strict_time))
    loose += rf"(?!{words.not_a_time})"
    return {
        "{T}": f"(?:{loose})",
        "{t}": f"(?:{strict})",
        "{A}": f"(?:{_renamed(loose, 'a')})",
        "{B}": f"(?:{_renamed(loose, 'b')})",
        "{a}": f"(?:{_renamed(strict, 'a')})",
        "{b}": f"(?:{_renamed(strict, 'b')})",
        "{W}": f"(?P<W>{weekday})",
        "{V}": f"(?P<V>{weekday})",
        "{F}": r"(?P<F>\d{1,2})",
        "{M}": f"(?P<M>{'|'.join(words.months)})",
        "{N}": rf"(?P<N>\d{{1,3}}|{counts})",
        "{K}": f"(?P<K>{_alternatives(words.nth)})",
        "{O}": f"(?P<O>{_alternatives(words.ordinals)})",
        "{D}": r"(?P<D>\d{1,2})",
        "{Y}": r"(?:,? (?:de |of )?(?P<Y>(?:19|20)\d\d))?",
    }


def _alternatives(words: Iterable[str]) -> str:
    """The longest first; parted by their first letter, so that most places of a text are passed after one look."""
    rests: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        rests.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items())


def _renamed(pattern: str, suffix: str) -> str:
    return _NAME.sub(rf"(?P<\g<1>{suffix}>", pattern)
