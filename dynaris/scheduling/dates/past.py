"""What is told of the past, "I was there on Tuesday", left out: it is no wish for that day."""

from collections.abc import Iterable

from dynaris.scheduling.dates.scan import Token

_BESIDE = 12  # characters between days that are told of together: "on Monday and on Tuesday"
_WITHIN = 60  # characters from "I was there" to its day
_NAMES = frozenset({"day", "time", "or_at"})


def without_past(tokens: Iterable[Token]) -> list[Token]:
    """Without the day right before "I was there", the first behind it in the same clause, and those beside that."""
    kept: list[Token] = []
    reached: int | None = None  # where it was last told of the past
    named = False
    for token in tokens:
        if token.kind == "past":
            reached, named = token.end, False
            _drop_last(kept, token.start)
        elif reached is not None and token.kind in _NAMES and token.start - reached <= (_BESIDE if named else _WITHIN):
            reached, named = token.end, True
        elif reached is None or token.kind != "or" or not named:
            reached = None
            kept.append(token)
    return kept


def _drop_last(kept: list[Token], start: int) -> None:
    """ "On Tuesday at four I was there"."""
    while kept and kept[-1].kind in _NAMES and start - kept[-1].end <= _BESIDE:
        start = kept.pop().start
