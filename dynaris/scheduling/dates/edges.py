"""From, until, before, after a day: one token with the days that are meant."""

import re
from datetime import date, timedelta

from dynaris.scheduling.dates.days import Days, Span, Weekdays, coming, ends_of, weekdays_through
from dynaris.scheduling.dates.scan import Scanned, Token
from dynaris.scheduling.dates.words import fold

EDGE_DAYS = 14  # that "from Monday" or "after that" reaches
_ARTICLES = frozenset({"the", "den", "dem", "der", "el", "la", "le", "au", "du"})
_NEAR = 12  # characters between "from" and its day, an article at most
_WHERE_TO = re.compile(r"to|al?|au|-")  # "to Monday", "a lunes": where something is moved to


def with_edges(scanned: Scanned, today: date) -> list[Token]:
    """ "Monday to Wednesday", "from Monday", "before Friday": one token with the days that are meant."""
    tokens: list[Token] = []
    waiting: Token | None = None
    for token in scanned.tokens:
        if token.kind.startswith("mod:"):
            waiting = token
            continue
        if waiting and token.days and token.start - waiting.end <= _NEAR and _plain(scanned.text, waiting, token):
            word = fold(scanned.text[waiting.start : waiting.end]).strip()
            tokens.append(_edged(tokens, waiting, token, today, word))
        else:
            tokens.append(token)
        waiting = None
    return tokens


def _plain(text: str, before: Token, token: Token) -> bool:
    """Nothing between them but an article."""
    between = text[before.end : token.start].split()
    return not between or (len(between) == 1 and between[0].lower() in _ARTICLES)


def _edged(tokens: list[Token], edge: Token, token: Token, today: date, word: str) -> Token:
    assert token.days is not None
    side = edge.kind.removeprefix("mod:")
    before = tokens[-1] if tokens else None
    joined = side == "until" and before and before.days and edge.start - before.end <= 2
    together = _through(before.days, token.days, today) if joined and before and before.days else None
    if before and together:
        tokens.pop()
        return Token("day", before.start, token.end, together, token.clock)
    if side == "until" and _WHERE_TO.fullmatch(word):
        return token
    first, last = ends_of(token.days, today)
    day = timedelta(days=1)
    if side in ("from", "after"):
        begins = first if side == "from" else last + day
        return Token("day", edge.start, token.end, Span(begins, max(last, begins + day * EDGE_DAYS)), token.clock)
    ends = last if side == "until" else first - day
    return Token("day", edge.start, token.end, Span(today, max(ends, today)), token.clock)


def _through(first: Days, last: Days, today: date) -> Days | None:
    if isinstance(first, Weekdays) and isinstance(last, Weekdays):
        return weekdays_through(min(first.days), min(last.days), first.which)
    begins, ends = ends_of(first, today)[0], ends_of(last, today)[1]
    if isinstance(last, Weekdays) and ends < begins:
        ends = coming(min(last.days), begins)
    return Span(begins, ends) if begins <= ends else None
