"""Which passages are looked at for a question: few, and with them those that cover most of it.

The words' index cannot order by how much a passage covers. So it is asked in tiers, from what promises most to what
promises least: every passage with a rare word, every one with a rare word in its heading, then those that have
several of the more frequent words, which the index intersects itself. How many passages have each word is known, so
no tier reads more of the index than it may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

MOST = 600  # passages that are scored for one part of a text
_RARE = 300  # passages that have a rare word, all together
_RARE_HEADING = 200
_READ = 12_000  # entries of the index that one tier may read
_FEW_READ = 3_000  # of which so few have two words that none is cut off
_LIMIT = 120  # passages of a tier that is cut off
_COMBINED = 6  # terms: the pairs and triples of more make a long query


@dataclass(frozen=True, slots=True)
class Wanted:
    """A term as queries, in the text and in the heading, and how many passages have it there."""

    query: str
    passages: int
    heading: str
    headings: int


@dataclass(frozen=True, slots=True)
class Tier:
    query: str
    limit: int


def tiers(wanted: Sequence[Wanted]) -> list[Tier]:
    """For one part of a text; words that no passage has are left out before."""
    by_rarity = sorted(wanted, key=lambda each: each.passages)
    by_heading = sorted((each for each in wanted if each.headings), key=lambda each: each.headings)
    found: list[Tier] = []
    if len(by_rarity) > 1:
        found.append(Tier("&".join(each.query for each in by_rarity), _LIMIT))
    rare = _within(_RARE, [(each.query, each.passages) for each in by_rarity])
    if rare:
        found.append(Tier("|".join(rare), _RARE))
    if headed := _within(_RARE_HEADING, [(each.heading, each.headings) for each in by_heading]):
        found.append(Tier("|".join(headed), _RARE_HEADING))
    found += _together([(each.heading, each.headings) for each in by_heading], (3, 2))
    found += _together([(each.query, each.passages) for each in by_rarity], (4, 3, 2))
    found += _mixed(by_heading, by_rarity)
    if by_rarity:
        found.append(Tier(by_rarity[0].query, _LIMIT))
    return list({tier.query: tier for tier in found}.values())


def everything(wanted: Sequence[Wanted]) -> list[Tier]:
    """Every passage that has any of the words: what the bounded search is measured against."""
    return [Tier("|".join(each.query for each in wanted), 10_000_000)] if wanted else []


def _within(most: int, queries: Sequence[tuple[str, int]]) -> list[str]:
    """As many as have together no more passages than that; rarest first."""
    taken: list[str] = []
    for query, passages in queries:
        most -= passages
        if most < 0:
            break
        taken.append(query)
    return taken


def _together(queries: Sequence[tuple[str, int]], sizes: Sequence[int]) -> list[Tier]:
    """Several words at once; more of them first, where so many passages have two that the tier would be cut off."""
    taken = _within(_READ, queries)
    if sum(passages for _, passages in queries[: len(taken)]) <= _FEW_READ:
        sizes = sizes[-1:]
    return [tier for size in sizes for tier in _of(taken, size)]


def _of(queries: Sequence[str], size: int) -> list[Tier]:
    """At least so many of them at once."""
    queries = queries[:_COMBINED]
    if len(queries) < size or (size > 2 and len(queries) == size):  # all of them at once is the first tier's
        return []
    return [Tier("|".join(f"({'&'.join(some)})" for some in combinations(queries, size)), _LIMIT)]


def _mixed(by_heading: Sequence[Wanted], by_rarity: Sequence[Wanted]) -> list[Tier]:
    """A word in the heading and another one anywhere, where both are frequent."""
    return [
        Tier(f"{headed.heading}&{other.query}", _LIMIT)
        for headed in by_heading[:2]
        for other in by_rarity[:3]
        if other is not headed and min(headed.headings, other.passages) <= _READ
    ]
