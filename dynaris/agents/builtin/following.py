"""A question that leans on what was said before: which thing it is about, and what to search for then."""

import re

from dynaris.knowledge.questions import Part, leans_back, parts

_LONGEST = 500  # characters of an earlier message
_MOST_TERMS = 3
_THINGS = ("thing", "action")
_MOST_NAMED = 2  # things of an earlier question, for it to be about them
_QUOTED = re.compile(r"[“„«]\s?([^“”„«»]{3,200}?)\s?[”“»]")  # a heading, as the phrases have it


def search_for(text: str, *, asked: list[Part], earlier: str, replied: str, answered: bool) -> str | None:
    """What to search for in place of the text alone; nothing where it names its thing itself."""
    if not earlier or not asked:
        return None
    if not any(leans_back(part) for part in asked) and (answered or not all(map(_is_open, asked))):
        return None
    return f"{_subject(earlier, replied)}. {text}"


def _is_open(part: Part) -> bool:
    """Asks for something usual, of what is not said: "Is there anything in writing?"."""
    if len(part.terms) > _MOST_TERMS or any(term.is_asked_for for term in part.terms):
        return False
    return any(term.concept for term in part.terms) and not any(
        term.kind in _THINGS and term.weight >= 1 for term in part.terms
    )


def _subject(earlier: str, replied: str) -> str:
    """What was asked about, where that is one thing; else that of the one passage that was quoted last."""
    before = parts(earlier)
    before = [part for part in before if part.asks] or before
    named = _words(before, *_THINGS)
    if 0 < len(named) <= _MOST_NAMED:
        return " ".join(_words(before, *_THINGS, "frame"))
    headings = list(dict.fromkeys(_QUOTED.findall(replied)))
    if len(headings) == 1 and (quoted := _words(parts(headings[0]), *_THINGS, "frame", "plain")):
        return " ".join(quoted)
    return " ".join(named) or earlier[-_LONGEST:]


def _words(asked: list[Part], *kinds: str) -> list[str]:
    return list(
        dict.fromkeys(term.word for part in asked for term in part.terms if term.kind in kinds and term.weight >= 1)
    )
