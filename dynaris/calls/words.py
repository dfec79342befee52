"""What the product itself says on a call, in the seven languages that are spoken here."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, cast

Saying = Literal[
    "greeting", "greeting_unnamed", "moment", "still", "more", "there", "bye", "time", "colleague", "back", "sorry",
    "nobody", "note", "message", "message_unnamed",
    "still_colleague", "later", "emergency", "stop", "keys", "withheld", "calling", "voicemail", "again",
    "recorded", "not_recorded", "switched", "mail_subject", "mail", "asked", "answered",
]  # fmt: skip

LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl")
_SAYINGS = Path(__file__).parent / "sayings"


@cache
def _sayings(language: str) -> Mapping[Saying, str]:
    return cast("Mapping[Saying, str]", tomllib.loads((_SAYINGS / f"{language}.toml").read_text("utf-8")))


def words(saying: Saying, language: str, **filled: str) -> str:
    """In English where the language is none of ours."""
    return _sayings(language if language in LANGUAGES else "en")[saying].format(**filled)


# What people say while they listen, to show that they do.
_LISTENING = frozenset(
    [
        *(
            "yes",
            "yeah",
            "yep",
            "yup",
            "ok",
            "okay",
            "right",
            "sure",
            "mhm",
            "mm",
            "uh-huh",
            "aha",
            "ah",
            "oh",
            "i",
            "see",
        ),
        *("ja", "jo", "genau", "gut", "stimmt", "klar", "hm", "alles", "verstehe", "sí", "si", "claro", "vale", "ya"),
        *("bien", "oui", "ouais", "d'accord", "sûr", "sì", "va", "bene", "certo", "sim", "está", "bem", "tá", "goed"),
        *("oké", "precies"),
    ]
)


def shows_listening(text: str) -> bool:
    """A mere "yeah" or "genau", and not "yeah, but"."""
    said = text.casefold().replace(",", " ").replace(".", " ").replace("!", " ").split()
    return bool(said) and len(said) <= 3 and all(word in _LISTENING for word in said)


def stops_for(said: str, stop_words: Sequence[str]) -> str | None:
    """The one of them that was said, as words of their own."""
    heard = f" {plain(said)} "
    return next((each for each in stop_words if f" {plain(each)} " in heard), None)


def plain(text: str) -> str:
    """Words in small letters, and nothing between them but spaces."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


# What telephones say that ask for a caller before they ring (Google's Call Screen, Apple's call screening).
_SCREENS = (
    "record your name", "state your name", "say your name", "your name and reason", "reason for calling",
    "why you are calling", "who is calling", "see if this person is available", "namen und den grund",
    "ihren namen", "grund ihres anrufs",
    "wer ruft an", "weshalb sie anrufen",
)  # fmt: skip


def screens(said: str) -> bool:
    """A machine asks who calls, and about what."""
    heard = plain(said)
    return any(each in heard for each in _SCREENS)
