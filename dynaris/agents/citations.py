"""Which passages an answer rests on: read from its markers and its own words, recorded, and named to the contact.

A model cites with `[n]`, the passage's place in its instructions, or `[p…]`, which search results carry. The markers
are for us: they are taken out of what is sent. Who quotes word for word, as the built-in model does, needs none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import unescape
from typing import Any

from pydantic import BaseModel

from dynaris.agents.builtin.situation import shortened
from dynaris.agents.turn import Citation, Done
from dynaris.channels.contract import ChannelTraits
from dynaris.core.language import detect

_PASSAGE = re.compile(r"<passage\b([^>]*)>(.*?)</passage>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_ONE = r"(?:p[0-9a-f]{4}|\d{1,2})"
_MARKER = re.compile(rf"(?<![ \t])[ \t]*\[({_ONE}(?:\s*[,;]\s*{_ONE})*)\](?!\()")
_QUOTED = 40  # characters of a passage that stand in an answer make it one that was used
_MOST = 10

_WORDS = {
    "en": ("Source", "page", "p."),
    "de": ("Quelle", "Seite", "S."),
    "es": ("Fuente", "página", "pág."),
    "fr": ("Source", "page", "p."),
}


class Shown(BaseModel):
    """A passage as the model had it before it."""

    id: str
    title: str = ""
    heading: str = ""
    text: str = ""
    page: str | None = None
    link: str | None = None


def marker_of(passage_id: object) -> str:
    """By which a passage is cited, wherever it was shown: the end of its id is as good as unique in a run."""
    return f"p{str(passage_id)[-4:]}"


def shown_in(instructions: Iterable[str], results: Iterable[Any]) -> list[Shown]:
    """The passages that a run's instructions and its tools' results had, in this order."""
    found: dict[str, Shown] = {}
    for text in instructions:
        for attributes, inside in _PASSAGE.findall(text):
            given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
            if "id" in given:
                found.setdefault(given["id"], _shown(given, unescape(inside)))
    for result in results:
        for row in _rows(result):
            found.setdefault(str(row["id"]), _shown(row, str(row["text"])))
    return list(found.values())


def _shown(given: Mapping[str, Any], text: str) -> Shown:
    places = {name: str(given[name]) for name in ("page", "link") if given.get(name)}
    words = {name: str(given.get(name) or "") for name in ("title", "heading")}
    return Shown(id=str(given["id"]), text=text.strip(), **words, **places)


def _rows(result: Any) -> Iterable[dict[str, Any]]:
    """Search results, however they are wrapped."""
    if isinstance(result, dict):
        if {"id", "title", "text"} <= result.keys():
            yield result
            return
        result = list(result.values())
    if isinstance(result, list):
        for each in result:
            yield from _rows(each)


def cited(text: str, shown: Sequence[Shown]) -> tuple[str, list[Citation]]:
    """The text without markers, and what it cites; a marker of nothing that was shown is only taken out."""
    by_marker = {marker_of(one.id): one for one in reversed(shown)}
    used: dict[str, Shown] = {}

    def taken(match: re.Match[str]) -> str:
        for marker in re.findall(_ONE, match[1]):
            place = int(marker) - 1 if marker.isdigit() else None
            one = by_marker.get(marker) if place is None else shown[place] if 0 <= place < len(shown) else None
            if one is not None:
                used[one.id] = one
        return ""

    text = _MARKER.sub(taken, text)
    for one in shown:
        if len(one.text) >= _QUOTED and shortened(one.text).removesuffix(" …") in text:
            used[one.id] = one
    return text, [
        Citation(passage_id=one.id, title=one.title, heading=one.heading, page=one.page, link=one.link)
        for one in list(used.values())[:_MOST]
    ]


def with_sources(text: str, citations: Sequence[Citation], traits: ChannelTraits) -> str:
    """The documents are named where the channel's letters have room for a line; else in brackets. What has neither
    page nor link is the business's own words, which need no source."""
    source, page, short = _WORDS.get(detect(text) or "en", _WORDS["en"])
    places: dict[str, list[str]] = {}
    for one in citations:
        if (one.page or one.link) and one.title:
            pages = places.setdefault(_name(one), [])
            if one.page and one.page not in pages:
                pages.append(one.page)
    # A heading that is the title stands in the text for its own sake.
    headed = {one.title for one in citations if one.page and one.heading == one.title}
    named = {title: pages for title, pages in places.items() if title not in text or title in headed}
    if not named or not text:
        return text
    if traits.subject:
        lines = (f"{source}: {_place(title, pages, page)}" for title, pages in named.items())
        return "\n".join([text, "", *lines])
    return f"{text} ({'; '.join(_place(title, pages, short) for title, pages in named.items())})"


def _name(one: Citation) -> str:
    """A site is called by where it begins: what is quoted stands on one of its pages."""
    return one.link if one.link and "://" in one.title else one.title


def settled(done: Done, instructions: Iterable[str], results: Iterable[Any], traits: ChannelTraits) -> Done:
    """With what its text cites recorded and named."""
    if not done.text:
        return done
    text, citations = cited(done.text, shown_in(instructions, results))
    return done.model_copy(update={"text": with_sources(text, citations, traits), "citations": citations})


def _place(title: str, pages: Sequence[str], word: str) -> str:
    """A page is a number; other places, as `slide 3`, say themselves what they are."""
    told = (f"{word} {page}" if page[:1].isdigit() else page for page in pages)
    return ", ".join([title, *told])
