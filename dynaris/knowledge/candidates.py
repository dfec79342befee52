"""Which passages are looked at for a question: few, and with them those that cover most of it.

The words' index cannot order by how much a passage covers. So it is asked in tiers, from what promises most to what
promises least: every passage with a rare word, every one with a rare word in its heading, then those that have
several of the more frequent words, which the index intersects itself. How many passages have each word is known, so
no tier reads more of the index than it may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

MOST = 600  # passages that are scored for one part of a text
_RARE = 300  # passages that have a rare word, all together
_RARE_HEADING = 200
_READ = 4_000  # entries of the index that one tier may read
_ALL_READ = 12_000  # and the one of all words
_FEW_READ = 3_000  # of which so few have two words that none is cut off
_LIMIT = 120  # passages of a tier that is cut off
_COMBINED = 6  # words: the pairs and triples of more make a long query


@dataclass(frozen=True)
class Group:
    """A word and those that mean the same, as one query, and how many passages have each."""

    query: str
    counts: tuple[int, ...]

    @cached_property
    def passages(self) -> int:
        """At most."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term anywhere in a passage, and in its heading."""

    text: Group
    heading: Group


@dataclass(frozen=True, slots=True)
class Tier:
    query: str
    limit: int


def tiers(wanted: Sequence[Wanted]) -> list[Tier]:
    """For one part of a text; words that no passage has are left out before."""
    texts = _rarest_first([each.text for each in wanted])
    headings = _rarest_first([each.heading for each in wanted])
    found: list[Tier] = []
    if len(texts) > 1 and reading(texts) <= _ALL_READ:
        found.append(Tier("&".join(each.query for each in texts), _LIMIT))
    if rare := _within(_RARE, texts):
        found.append(Tier("|".join(rare), _RARE))
    if headed := _within(_RARE_HEADING, headings):
        found.append(Tier("|".join(headed), _RARE_HEADING))
    found += _together(headings, (3, 2))
    found += _together(texts, (4, 3, 2))
    found += _mixed(headings, wanted)
    if texts and not rare:
        found.append(Tier(texts[0].query, _LIMIT))
    return list({tier.query: tier for tier in found}.values())


def everything(wanted: Sequence[Wanted]) -> list[Tier]:
    """Every passage that has any of the words: what the bounded search is measured against."""
    return [Tier("|".join(each.text.query for each in wanted), 10_000_000)] if wanted else []


def reading(groups: Sequence[Group]) -> int:
    """Entries that the index reads for the passages that have all of the groups.

    Of frequent lexemes it reads none, where the others tell every passage that may fit.
    """
    most = min(max(group.counts) for group in groups)
    return sum(count for group in groups for count in group.counts if count <= most)


def _rarest_first(groups: Sequence[Group]) -> list[Group]:
    return sorted((group for group in groups if group.passages), key=lambda group: group.passages)


def _within(most: int, groups: Sequence[Group]) -> list[str]:
    """As many as have together no more passages than that; rarest first."""
    taken: list[str] = []
    for group in groups:
        most -= group.passages
        if most < 0:
            break
        taken.append(group.query)
    return taken


def _together(groups: Sequence[Group], sizes: Sequence[int]) -> list[Tier]:
    """Several words at once; more of them first, where so many passages have two that the tier would be cut off."""
    taken = _within(_READ, groups)
    if sum(group.passages for group in groups[: len(taken)]) <= _FEW_READ:
        sizes = sizes[-1:]
    return [tier for size in sizes for tier in _of(taken[:_COMBINED], size)]


def _of(queries: Sequence[str], size: int) -> list[Tier]:
    """At least so many of them at once."""
    if len(queries) < size or (size > 2 and len(queries) == size):  # all of them at once is the first tier's
        return []
    return [Tier(_at_least(size, queries), _LIMIT)]


def _at_least(size: int, queries: Sequence[str]) -> str:
    """Each query as seldom as can be: the index looks at all of them for every passage that has one."""
    if size == 1 or size == len(queries):
        return ("|" if size == 1 else "&").join(queries)
    first, rest = queries[0], queries[1:]
    return f"{first}&({_at_least(size - 1, rest)})|{_at_least(size, rest)}"


def _mixed(headings: Sequence[Group], wanted: Sequence[Wanted]) -> list[Tier]:
    """A word in the heading and another one anywhere, where both are frequent."""
    of_heading = {each.heading.query: each.text for each in wanted}
    texts = _rarest_first(list(of_heading.values()))[:3]
    pairs = [
        f"{heading.query}&{other.query}"
        for heading in headings[:2]
        for other in texts
        if other is not of_heading[heading.query] and min(heading.passages, other.passages) <= _READ
    ]
    return [Tier("|".join(pairs), 2 * _LIMIT)] if pairs else []
