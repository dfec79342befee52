"""How facts may be written, as patterns for the database: it finds the few texts that are then read for them.

A pattern may find too much and never too little. What the database takes for a letter depends on how it was set up,
so a letter outside ASCII is any character here.
"""

import re
from collections.abc import Iterator

from dynaris.evals.facts import Facts
from dynaris.evals.words import MINUTES, MONTHS, NUMBERS

_APART = "[.,’' ]?"  # thousands
_MOMENT = r"\d{4}-\d\d-\d\d"  # in whichever zone: such a text is read, whatever day and time it names
_CURRENCY = r"(?:[€$£]|eur|usd|dollar|gbp|chf|franken)"
_PERCENT = r"\s*(?:%|percent|prozent|por ciento|pour ?cent)"
_HALF = "half|h.lfte|mitad|moiti."
_AFTER_HOUR = r"\s*(?:[:.]00|h|uhr|[ap]\.?\s?m|[–—-]|bis|to|and|un|till|hasta|et|[aày]\s)"
_BETWEEN_DIGITS = r"[\s()/.-]*"
_LAST_DIGITS = 6  # by which a telephone number is told, whatever is dialled before them


def spellings(facts: Facts, words: str) -> str:
    """One pattern for all, to be matched without regard to case. `words`: what was read already, in lower case."""
    return "|".join(f"(?:{each})" for each in _each(facts, words))


def _each(facts: Facts, words: str) -> Iterator[str]:
    if facts.times or facts.dates:
        yield _MOMENT
    for minute in facts.times:
        yield from _time(minute)
    for month, day in facts.dates:
        yield from _date(month, day)
    for minutes in facts.minutes:
        yield from _duration(minutes)
    for amount in facts.amounts:
        yield rf"{_CURRENCY}\s*{_number(f'{amount:f}')}|{_number(f'{amount:f}')}\s*{_CURRENCY}"
    for percent in facts.percents:
        yield f"{_number(f'{percent:f}')}{_PERCENT}"
        if percent == 50:
            yield _HALF
    yield from map(_number, facts.numbers)
    for digits in facts.phones:
        yield _BETWEEN_DIGITS.join(digits[-_LAST_DIGITS:])
    yield from map(_literal, facts.addresses)
    for name in facts.names:
        yield from (_literal(word) for word in name.split() if word not in words)


def _time(minute: int) -> Iterator[str]:
    """Of 3:30 also 15:30: a reply's own may be the afternoon's."""
    for each in (minute, minute + 720) if minute < 780 else (minute,):
        hour, past = divmod(each, 60)
        after = rf"\s*(?:[:.]|h|uhr)\s*{past:02}" if past else _AFTER_HOUR
        yield rf"(?<!\d)0?(?:{hour}|{(hour - 1) % 12 + 1}){after}"


def _date(month: int, day: int) -> Iterator[str]:
    names = "|".join(_literal(name) for name, number in MONTHS.items() if number == month)
    yield rf"(?<!\d)0?{day}(?:st|nd|rd|th|er|\.)?\s*(?:of\s+|de\s+)?(?:{names})|(?:{names})\.?\s+0?{day}(?!\d)"
    yield rf"(?<!\d)0?{day}(?:\.\s?|/)0?{month}(?!\d)"


def _duration(minutes: float) -> Iterator[str]:
    for unit in sorted(set(MINUTES.values())):
        many = round(minutes / unit, 4)
        if many * unit == minutes:
            named = [_literal(word) for word, number in NUMBERS.items() if number == many]
            units = "|".join(_literal(word) for word, length in MINUTES.items() if length == unit)
            yield rf"(?:{'|'.join([_number(f'{many:.4f}'), *named])})[\s-]*(?:{units})"


def _number(plain: str) -> str:
    """With whatever parts its thousands, and zeros before and after."""
    whole, _, part = plain.partition(".")
    part = part.rstrip("0")
    return rf"(?<!\d)0*{_APART.join(whole)}{f'[.,]{part}0*' if part else '(?:[.,]0+)?'}(?!\d)"


def _literal(text: str) -> str:
    return "".join(re.escape(letter) if letter.isascii() else "." for letter in text)
