"""A story without a language model: what the contact asked for and what we promised, word for word."""

import re
from collections.abc import Sequence

MOST_REQUESTS = 8
MOST_PROMISES = 8
LONGEST = 3_000  # characters of a story
_LONGEST_LINE = 160

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
# What somebody of ours says when something is agreed or will be done.
_PROMISE = re.compile(
    r"\b(?:i['’]ll|we['’]ll|(?:i|we|you|it|they|who|colleague|somebody|someone)\s+(?:will|shall)|(?:is|are|have|has)\s+"
    r"(?:booked|confirmed|moved|cancelled|passed|reserved|noted)|promise|by (?:mon|tues|wednes|thurs|fri)day"
    r"|werden?|wird|gebucht|bestätigt|verschoben|storniert|weitergegeben|reserviert|zugesagt|"
    r"confirmad[oa]|reservad[oa]|le (?:llamaremos|escribiremos)|(?:llamará|responderá|confirmará|escribirá)|"
    r"confirmée?|réservée?|déplacée?|annulée?|transmise?|(?:rappellera|répondra|confirmera|recontactera))\b",
    re.IGNORECASE,
)
_NOTHING_ASKED = re.compile(
    r"^(?:hi|hello|hey|dear|hallo|guten|liebe|sehr geehrte|hola|buen|bonjour|salut|madame|thanks?|thank you|danke|"
    r"vielen dank|gracias|merci|ok(?:ay)?|regards|best|kind|mit freundlichen|viele grüße|saludos|cordialement)\b"
    r"[^.!?]{0,40}[.!,?]*$",
    re.IGNORECASE,
)


def story_of(before: str | None, said: Sequence[tuple[str, str]]) -> str:
    """`said`: author and text of each message, oldest first. What was told before stays, its oldest lines go first."""
    lines = before.split("\n") if before else []
    requests = [line for author, text in said if author == "contact" for line in _requests(text)]
    promises = [line for author, text in said if author in ("agent", "member") for line in _promises(text)]
    lines += [f"Contact: {line}" for line in _both_ends(requests, MOST_REQUESTS)]
    lines += [f"We said: {line}" for line in promises[-MOST_PROMISES:]]
    lines = list(dict.fromkeys(lines))
    while len(lines) > 1 and sum(map(len, lines)) + len(lines) > LONGEST:
        del lines[0]
    return "\n".join(lines)


def _requests(text: str) -> list[str]:
    """The first thing that a message says, and its questions."""
    sentences = [line for line in _sentences(text) if not _NOTHING_ASKED.match(line)]
    return [line for number, line in enumerate(sentences) if number == 0 or line.endswith("?")][:3]


def _promises(text: str) -> list[str]:
    return [line for line in _sentences(text) if _PROMISE.search(line) and not line.endswith("?")]


def _sentences(text: str) -> list[str]:
    lines = (" ".join(line.split()) for line in _SENTENCE.split(text[:4_000]))
    return [line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…" for line in lines if len(line) > 2]


def _both_ends(lines: list[str], most: int) -> list[str]:
    """The first, which say what it is about, and the last, which say where it stands."""
    return lines if len(lines) <= most else [*lines[: most // 2], *lines[-(most - most // 2) :]]
