"""Which approved template says what is to be said, when nothing else may leave."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dynaris.core.errors import Conflict, InvalidInput
from dynaris.templates.filling import Filled, fill, fills_of, values_from

_WORD = re.compile(r"[^\W\d_]{4,}")


def fitting(
    templates: Sequence[Mapping[str, Any]],
    *,
    facts: Mapping[str, str],
    language: str | None,
    likely: str,
    about: str,
    marketing: bool,
) -> Filled | None:
    """The best that can be filled: one that carries the text itself, else one whose purpose is what this is about.

    `about`: why something is sent, in words. `marketing`: whether the contact lets that be sent, too. Where none is in
    `language`, which is known to be the contact's, none fits; one in the `likely` language is better than any other.
    """
    best: tuple[tuple[bool, int], Filled] | None = None
    for template in templates:
        if not template["for_agents"] or (template["category"] == "marketing" and not marketing):
            continue
        if template["category"] == "authentication" or (language and not speaks(template["language"], language)):
            continue
        points = _points(template, about)
        rank = (speaks(template["language"], likely), points)
        if points and (best is None or rank > best[0]):
            try:
                best = rank, fill(template, values_from(template, facts))
            except (Conflict, InvalidInput):
                continue
    return best[1] if best else None


def speaks(spelled: str, language: str) -> bool:
    """Whether `en_US` and `en-GB` are both English."""
    return _base(spelled) == _base(language)


def _base(language: str) -> str:
    return language.replace("-", "_").partition("_")[0].lower()


def _points(template: Mapping[str, Any], about: str) -> int:
    """0: it would say something else than is to be said."""
    carries = "reply" in fills_of(template).values()
    common = len(_words(template["purpose"]) & _words(about))
    utility = template["category"] == "utility"
    return 4 * common + 3 * carries + utility if carries or common else 0


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
