"""The business's account at the stand-in: made with random secrets at first use, kept in one file."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dynaris.core.private import private_folder

FOLDER = "twilio"  # below the sandbox's own
_FIRST_NUMBER = "+15005550006"  # Twilio's own test number: nobody's
_FILE = "account.json"


@dataclass
class Number:
    """One of the business's: where Twilio asks what to do with its calls."""

    sid: str
    phone_number: str
    friendly_name: str = "Sandbox"
    voice_url: str = ""
    voice_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"


@dataclass
class Account:
    """`url`: where the stand-in listened last."""

    sid: str
    auth_token: str
    numbers: list[Number] = field(default_factory=list)
    url: str = ""

    def number(self, named: str) -> Number | None:
        """By its id or by itself."""
        return next((each for each in self.numbers if named in (each.sid, each.phone_number)), None)


def open_account(folder: Path) -> Account:
    """`folder` is `<home>/sandbox/twilio`."""
    file = folder / _FILE
    if file.exists():
        known = json.loads(file.read_text())
        return Account(**{**known, "numbers": [Number(**each) for each in known["numbers"]]})
    made = Account("AC" + secrets.token_hex(16), secrets.token_hex(16))
    made.numbers.append(Number("PN" + secrets.token_hex(16), _FIRST_NUMBER))
    keep(folder, made)
    return made


def keep(folder: Path, account: Account) -> None:
    private_folder(folder)
    (folder / f"{_FILE}.new").write_text(json.dumps(asdict(account), indent=2))
    (folder / f"{_FILE}.new").replace(folder / _FILE)


def credentials(folder: Path) -> dict[str, str]:
    """What a person would copy from Twilio's console, and `api_url`: where the server last listened ("" before)."""
    known = open_account(folder)
    return {
        "account_sid": known.sid,
        "auth_token": known.auth_token,
        "phone_number": known.numbers[0].phone_number,
        "api_url": known.url,
    }


def last_port(folder: Path) -> int:
    """Where it listened last; 0 where it never did."""
    return urlsplit(open_account(folder).url).port or 0 if (folder / _FILE).exists() else 0
