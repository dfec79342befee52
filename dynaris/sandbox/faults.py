"""The fault plan: what the sandbox does wrong, on request, to the next mails, connections or posts.

Each planned fault is one small file, taken by removing it. So any process plans faults for the one that
serves, and a fault strikes once.
"""

import json
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from dynaris.core.errors import InvalidInput
from dynaris.sandbox.safe_names import plain_address

FaultKind = Literal["try_later", "refused", "lost_receipt", "dropped", "slow", "imap_drop"]
SlackFaultKind = Literal["rate_limited", "invalid_auth", "server_error", "lost_receipt"]
_KNOWN = (*get_args(FaultKind), *get_args(SlackFaultKind))

MOST_PLANNED = 1000
LONGEST_DELAY = 300.0


@dataclass(frozen=True)
class Fault:
    """SMTP, after the mail's data: `try_later` answers 451, `refused` 550, both without keeping the mail;
    `lost_receipt` keeps it and drops the connection before the answer, `dropped` drops both; `slow` only waits.
    IMAP: `imap_drop` cuts the connection at the next answer or push. `seconds` is waited first by every kind.
    Slack: `rate_limited` answers 429, `invalid_auth` that the token or webhook is not good, `server_error` 500, all
    three without keeping the post; `lost_receipt` keeps it and answers nothing that says so.
    `recipient` limits it to mails for, or sign-ins of, that address.
    """

    kind: FaultKind | SlackFaultKind
    seconds: float = 0.0
    recipient: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _KNOWN:
            raise InvalidInput(f"unknown fault {self.kind!r}: expected one of {', '.join(dict.fromkeys(_KNOWN))}")
        if not 0 <= self.seconds <= LONGEST_DELAY:
            raise InvalidInput(f"a fault waits 0 to {LONGEST_DELAY:.0f} seconds, not {self.seconds}")


class FaultPlan:
    """`folder` is the sandbox's own folder, `<home>/sandbox`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "faults"

    def add(self, fault: Fault, *, times: int = 1) -> None:
        """The next `times` mails (or IMAP answers) that it fits suffer it, after those planned before."""
        if not 1 <= times <= MOST_PLANNED - len(self._files()):
            raise InvalidInput(f"at most {MOST_PLANNED} faults are planned at once, and at least 1 is added")
        self._folder.mkdir(parents=True, exist_ok=True)
        first = time.time_ns()
        for number in range(times):
            temporary = self._folder / f".{first + number}.tmp"
            temporary.write_text(json.dumps(asdict(fault)))
            temporary.rename(self._folder / f"{first + number:020d}.json")

    def planned(self) -> list[Fault]:
        return [fault for path in self._files() if (fault := _read(path))]

    def clear(self) -> None:
        for path in self._files():
            path.unlink(missing_ok=True)

    def take(self, kinds: Collection[FaultKind | SlackFaultKind], recipients: Collection[str]) -> Fault | None:
        """The first planned fault of these kinds for any of these addresses; it is then used up."""
        plain = {plain_address(recipient) for recipient in recipients}
        for path in self._files():
            fault = _read(path)
            if fault is None or fault.kind not in kinds:
                continue
            if fault.recipient is not None and plain_address(fault.recipient) not in plain:
                continue
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            return fault
        return None

    def _files(self) -> list[Path]:
        try:
            return sorted(path for path in self._folder.iterdir() if path.suffix == ".json")
        except FileNotFoundError:
            return []


def _read(path: Path) -> Fault | None:
    try:
        return Fault(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
