"""What mails to our own people say: our links work, and nothing else in them is one (core/unlinked.py)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dynaris.core.addresses import Addresses
from dynaris.core.unlinked import unlinked
from dynaris.notifications.links import PREFERENCES, link_to
from dynaris.notifications.topics import TOPICS

_MOST_LINES = 50
_LONGEST_LINE = 300


class Mail(NamedTuple):
    subject: str
    text: str


def single(told: dict[str, Any], public: Addresses) -> Mail:
    """`told`: title, body and subject of a notification."""
    title = unlinked(told["title"])
    parts = [title, unlinked(told["body"]).strip(), f"Open it: {link_to(public, told['subject'])}", _foot(public)]
    return Mail(title, "\n\n".join(part for part in parts if part))


def digest(told: Sequence[dict[str, Any]], business: str, public: Addresses) -> Mail:
    """Oldest first, topic by topic. Of one thing alone it is the mail about that thing."""
    if len(told) == 1:
        return single(told[0], public)
    parts: list[str] = []
    shown = told[:_MOST_LINES]
    for topic in dict.fromkeys(each["topic"] for each in shown):
        lines = [_line(each, public) for each in shown if each["topic"] == topic]
        parts.append(f"{TOPICS[topic].title if topic in TOPICS else topic}\n\n" + "\n".join(lines))
    if left := len(told) - len(shown):
        parts.append(f"And {left} more: {public.link('/')}")
    title = f"{len(told)} notifications from {unlinked(business)}"
    return Mail(title, "\n\n".join([title, *parts, _foot(public)]))


def _line(each: dict[str, Any], public: Addresses) -> str:
    said = " ".join(unlinked(each["title"]).split())[:_LONGEST_LINE]
    return f"- {said}\n  {link_to(public, each['subject'])}"


def _foot(public: Addresses) -> str:
    return f"--\nWhat you are told of, and when: {public.link(PREFERENCES)}"
