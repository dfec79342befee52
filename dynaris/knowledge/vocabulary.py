"""The words of a workspace's passages: how many have each, and which one a mistyped word means.

What was read is remembered with the version of the workspace's knowledge; the search itself says when that is old.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dynaris.core.db import Connection

_KEPT = 2_000  # workspaces that a process remembers
_MOST_WORDS = 20_000  # of one of them
_SHORTEST = 5  # letters: a shorter word differs from too many by one
_TWO_FAULTS = 9  # letters from which on two faults are forgiven
_MOST_LIKE = 3

_READ = """SELECT coalesce((SELECT version FROM knowledge_state WHERE workspace_id = %(ws)s), 0) AS version,
    coalesce((SELECT passages FROM passage_word WHERE workspace_id = %(ws)s AND lexeme = 'ws:' || %(ws)s::text), 0)
        AS passages,
    array(SELECT substr(lexeme, 6) FROM passage_word
          WHERE workspace_id = %(ws)s AND lexeme >= 'lang:' AND lexeme < 'lang;') AS languages,
    (SELECT to_jsonb(m) FROM (SELECT id, name, near FROM embedding_model
        WHERE workspace_id = %(ws)s AND status = 'serving' AND dimensions IS NOT NULL
          AND to_regtype('public.halfvec') IS NOT NULL) AS m LIMIT 1) AS model"""
_COUNT = "SELECT lexeme, passages FROM passage_word WHERE workspace_id = %s AND lexeme = ANY(%s)"

# A word with one fault has its first or its second half right.
_LIKE = """SELECT lexeme FROM passage_word WHERE workspace_id = %(ws)s AND lexeme >= %(head)s AND lexeme < %(head_end)s
        AND length(lexeme) BETWEEN %(shortest)s AND %(longest)s
    UNION SELECT lexeme FROM passage_word WHERE workspace_id = %(ws)s
        AND ending >= %(tail)s AND ending < %(tail_end)s
        AND length(lexeme) BETWEEN %(shortest)s AND %(longest)s
    LIMIT 2000"""


@dataclass(frozen=True, slots=True)
class Serving:
    """The model whose embeddings are complete."""

    id: UUID
    name: str
    near: float  # from this similarity on a passage is taken for what was meant


@dataclass(slots=True)
class Vocabulary:
    version: int
    passages: int
    languages: list[str]
    model: Serving | None = None
    counts: dict[str, int] = field(default_factory=dict)
    meant: dict[str, tuple[str, ...]] = field(default_factory=dict)


_known: dict[UUID, Vocabulary] = {}


async def vocabulary_of(connection: Connection, workspace_id: UUID) -> Vocabulary:
    """As it was last read here, which may be out of date."""
    known = _known.get(workspace_id)
    if known is None or len(known.counts) > _MOST_WORDS:  # who searches with the old one goes on with it
        cursor = await connection.execute(_READ, {"ws": workspace_id})
        row = await cursor.fetchone()
        assert row is not None
        known = Vocabulary(row["version"], row["passages"], row["languages"], _serving(row["model"]))
        if len(_known) >= _KEPT:
            _known.clear()
        _known[workspace_id] = known
    return known


def _serving(model: dict[str, Any] | None) -> Serving | None:
    return Serving(UUID(model["id"]), model["name"], float(model["near"])) if model else None


def forget(workspace_id: UUID) -> None:
    _known.pop(workspace_id, None)


async def count(connection: Connection, workspace_id: UUID, words: Vocabulary, lexemes: Iterable[str]) -> None:
    """Reads how many passages have each of these, where that is not known yet."""
    if new := [lexeme for lexeme in dict.fromkeys(lexemes) if lexeme not in words.counts]:
        cursor = await connection.execute(_COUNT, (workspace_id, new))
        words.counts.update(dict.fromkeys(new, 0))
        words.counts.update({row["lexeme"]: row["passages"] for row in await cursor.fetchall()})


async def meant_by(connection: Connection, workspace_id: UUID, words: Vocabulary, lexeme: str) -> tuple[str, ...]:
    """Lexemes that passages have and that this one, which none has, may be a slip of."""
    if len(lexeme) < _SHORTEST or not lexeme.isalpha():
        return ()
    if lexeme not in words.meant:
        faults = allowed(lexeme)
        half = len(lexeme) // 2
        head, tail = lexeme[:half], lexeme[::-1][:half]
        cursor = await connection.execute(
            _LIKE,
            {
                "ws": workspace_id,
                "head": head,
                "head_end": _after(head),
                "tail": tail,
                "tail_end": _after(tail),
                "shortest": len(lexeme) - faults,
                "longest": len(lexeme) + faults,
            },
        )
        words.meant[lexeme] = nearest(lexeme, [row["lexeme"] for row in await cursor.fetchall()])
    return words.meant[lexeme]


def allowed(word: str) -> int:
    """Faults that are forgiven in a word of this length."""
    return 2 if len(word) >= _TWO_FAULTS else 1


def nearest(word: str, among: Iterable[str]) -> tuple[str, ...]:
    """Those with the fewest faults, at most as many as are allowed; the first letter is seldom wrong."""
    best, found = allowed(word), []
    for other in among:
        if other[0] != word[0] or not other.isalpha():
            continue
        faults = distance(word, other, best)
        if faults < best:
            best, found = faults, []
        if faults == best:
            found.append(other)
    return tuple(sorted(found)[:_MOST_LIKE])


def distance(one: str, other: str, most: int) -> int:
    """Letters left out, added, exchanged or swapped with their neighbour; more than `most` is not counted exactly."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, above = [], list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, against in enumerate(other, 1):
            cost = min(above[column] + 1, line[column - 1] + 1, above[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return above[-1]


def _after(prefix: str) -> str:
    """The first string that no longer begins so, by code points."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
