"""Words as PostgreSQL's text search has them: asked for once, since a dictionary does not change while it runs."""

from collections.abc import Iterable

from dynaris.core.db import Connection
from dynaris.knowledge.language import configuration

_MOST = 50_000  # words that a process remembers

Stems = tuple[str, ...]
_known: dict[tuple[str, str], Stems] = {}  # (language, words separated by blanks)

_ASK = """SELECT language, words, tsvector_to_array(to_tsvector(rules::regconfig, words)) AS stems
    FROM unnest(%(languages)s::text[], %(rules)s::text[], %(words)s::text[]) AS asked (language, rules, words)"""


async def stems_of(
    connection: Connection, languages: Iterable[str], words: Iterable[str]
) -> dict[tuple[str, str], Stems]:
    """For each language and text its stems, none where it says nothing; a round trip for those not known yet."""
    wanted = [(language, each) for language in languages for each in words]
    found = {pair: _known[pair] for pair in wanted if pair in _known}
    if new := [pair for pair in wanted if pair not in found]:
        if len(_known) > _MOST:
            _known.clear()
        cursor = await connection.execute(
            _ASK,
            {
                "languages": [language for language, _ in new],
                "rules": [configuration(language) for language, _ in new],
                "words": [each for _, each in new],
            },
        )
        told = {(row["language"], row["words"]): tuple(row["stems"]) for row in await cursor.fetchall()}
        _known.update(told)
        found |= told
    return found
