"""Whoever is at a telephone, and the line there."""

from dataclasses import dataclass, field
from typing import Literal

Manner = Literal["answers", "busy", "no_answer", "unreachable", "machine"]


@dataclass
class Person:
    """Somebody who can be called. `machine`: a voicemail answers, says `says`, and beeps."""

    number: str
    manner: Manner = "answers"
    rings: float = 0.5  # seconds until they answer
    says: str = ""  # once they have answered
    presses: str = ""  # keys, once they were spoken to for
    presses_after: float = 2.0  # seconds
    language: str = "en"
    texts: list[str] = field(default_factory=list)  # that were sent to them


@dataclass
class Weather:
    """Of a line. `cut_after`: seconds until the socket breaks, once."""

    loss: float = 0.0  # share of the pieces that never arrive
    jitter: float = 0.0  # seconds by which a piece is late at most
    late: float = 0.0  # seconds that all sound to the product is late
    cut_after: float = 0.0
