"""A template with its gaps filled: what leaves, how it reads, and what may stand in a gap.

Gaps take one line without tabs and with at most four spaces in a row; the whole body at most 1,024 characters
(developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from dynaris.channels.contract import TemplateUse
from dynaris.core.errors import Conflict, InvalidInput

Fact = Literal["contact_name", "first_name", "business", "agent_name", "reply"]
FACTS: tuple[Fact, ...] = get_args(Fact)

LONGEST = 1_024  # characters of a filled body
_LONGEST_LINK, _LONGEST_CODE = 2_000, 15
_GAP = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_LINES = re.compile(r"[\r\n\t]| {5,}")
_NAME = re.compile(r"[^\W\d_]+([ '-][^\W\d_]+)?\.?")  # one or two words, as somebody is called
_SENTENCE = 20  # characters from which an example is no name, date or number


@dataclass(frozen=True, slots=True)
class Filled:
    use: TemplateUse
    text: str  # as the contact reads it


def fill(template: Mapping[str, Any], values: Mapping[str, str]) -> Filled:
    """Raises `Conflict` for a template that may not be sent now, `InvalidInput` with `errors` by gap."""
    if template["status"] != "approved":
        raise Conflict(f"the template {template['name']} is {template['status']}: only an approved one leaves")
    gaps = {one["name"]: one["kind"] for one in template["variables"]}
    faults = {name: "there is no such gap" for name in values if name not in gaps}
    given = {name: values[name].strip() for name in gaps if values.get(name, "").strip()}
    faults |= {name: "must be filled" for name in gaps if name not in given}
    faults |= {name: fault for name, value in given.items() if (fault := _fault(gaps[name], value))}
    body = _put(template["body"], "body", given)
    if len(body) > LONGEST:
        faults["body"] = f"with these values it has {len(body)} characters; {LONGEST:,} are the most"
    if faults:
        errors = [{"field": f"values.{name}", "message": fault} for name, fault in faults.items()]
        raise InvalidInput("; ".join(f"{name}: {fault}" for name, fault in faults.items())[:500], errors=errors)
    text = _as_read(template, given, body)
    return Filled(TemplateUse(name=template["name"], language=template["language"], values=given), text)


def _fault(kind: str, value: str) -> str | None:
    if kind in ("image", "video", "document"):
        split = urlsplit(value)
        if split.scheme != "https" or not split.hostname or len(value) > _LONGEST_LINK:
            return "the address of a file that begins with https:// is expected"
    elif kind == "code" and len(value) > _LONGEST_CODE:
        return f"a code has at most {_LONGEST_CODE} characters"
    elif _LINES.search(value):
        return "a gap takes one line, without tabs and with at most four spaces in a row"
    elif len(value) > LONGEST:
        return f"has {len(value)} characters; {LONGEST:,} are the most"
    return None


def _put(text: str, place: str, values: Mapping[str, str]) -> str:
    return _GAP.sub(lambda gap: values.get(f"{place}.{gap[1]}", gap[0]), text)


def _as_read(template: Mapping[str, Any], values: Mapping[str, str], body: str) -> str:
    header = _put(template["header"], "header", values) if template["header"] else values.get("header")
    parts = [header, body, template["footer"]]
    buttons = " ".join(f"[{each}]" for each in template["buttons"] if each)
    return "\n\n".join(part for part in (*parts, buttons) if part)


def fills_of(template: Mapping[str, Any]) -> dict[str, str]:
    """What each gap is filled with: as the workspace chose, else by the gap's name or example. A fact's name, or
    `text:` and the text itself; what nobody can guess is left out."""
    chosen: dict[str, str] = dict(template["fills"])
    for number, gap in enumerate(template["variables"]):
        if gap["name"] not in chosen and gap["kind"] == "text" and (guess := _guess(gap, number)):
            chosen[gap["name"]] = guess
    return chosen


def _guess(gap: Mapping[str, Any], number: int) -> Fact | None:
    place, _, name = gap["name"].partition(".")
    words = name.lower()
    if place == "button":
        return None
    if "first" in words or words in ("name", "vorname", "nombre", "prenom"):
        return "first_name"
    if "name" in words:
        return "contact_name"
    if any(word in words for word in ("business", "company", "clinic", "shop")):
        return "business"
    if any(word in words for word in ("message", "text", "update", "answer", "reply")):
        return "reply"
    example = gap.get("example") or ""
    if number == 0 and _NAME.fullmatch(example):
        return "first_name"
    return "reply" if len(example) >= _SENTENCE else None


def values_from(template: Mapping[str, Any], facts: Mapping[str, str]) -> dict[str, str]:
    """Of the gaps, those that can be filled from these facts."""
    values = {}
    for name, source in fills_of(template).items():
        value = source.removeprefix("text:") if source.startswith("text:") else facts.get(source, "")
        if line := " ".join(value.split()):
            values[name] = line
    return values
