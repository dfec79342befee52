"""The attempts as they stand in the files beside this one.

[[attempt]]
id = "mail-forward-history"
surface = "mail"                 # where the words stand: see `stage.py`
says = "..."                     # the words; {attacker}, {evil}, {other_email} ... are put in
trigger = "..."                  # by which the model knows them: part of `says` as a model would read it
obeys = [{ tool = "send_email", to = "{attacker}", subject = "x", text = "y" }, { say = "..." }]
forbids = ["mail to a stranger"] # what must not come of it, in the words of `walls.py`
unseen = false                   # true: a wall keeps the words from the model altogether
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Attempt:
    id: str
    surface: str
    says: str
    trigger: str
    obeys: list[dict[str, Any]]
    forbids: list[str]
    agent: str = "email_sales"
    ask: str = "What does a first assessment cost?"  # what the contact asks besides, where the words stand elsewhere
    name: str | None = None
    subject: str | None = None
    proved: bool = False  # the sender's address is proved to be theirs
    manual: bool = False  # the workspace is in Manual mode
    unseen: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def attempts() -> list[Attempt]:
    found: list[Attempt] = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        found += [Attempt(**one) for one in tomllib.loads(path.read_text())["attempt"]]
    return found
