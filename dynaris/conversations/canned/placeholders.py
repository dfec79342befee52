"""Places in a canned reply that are filled for a conversation: `{{contact.first_name|there}}`."""

import re
from collections.abc import Mapping

from dynaris.core.errors import InvalidInput

KNOWN: Mapping[str, str] = {
    "contact.name": "the contact's name",
    "contact.first_name": "the first word of the contact's name",
    "contact.email": "the contact's e-mail address",
    "contact.phone": "the contact's telephone number",
    "member.name": "your name",
    "member.first_name": "the first word of your name",
    "business.name": "the workspace's name",
    "conversation.subject": "the conversation's subject",
}
_PLACE = re.compile(r"\{\{([^{}|]{0,80})(?:\|([^{}]{0,200}))?\}\}")


def check(text: str) -> None:
    """Raises `InvalidInput` for a placeholder that nothing could fill."""
    for place in _PLACE.finditer(text):
        if (name := place[1].strip()) not in KNOWN:
            raise InvalidInput(f"unknown placeholder {{{{{name}}}}}; there are {', '.join(sorted(KNOWN))}")


def filled(text: str, values: Mapping[str, str | None]) -> tuple[str, list[str]]:
    """The text with what is known, else with what stands after the bar; and what stays open."""
    missing: list[str] = []

    def value(place: re.Match[str]) -> str:
        name = place[1].strip()
        known = (values.get(name) or "").strip()
        if known or place[2] is not None:
            return known or place[2].strip()
        missing.append(name)
        return place[0]

    return _PLACE.sub(value, text), sorted(set(missing))
