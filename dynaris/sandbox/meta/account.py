"""The business's account at the stand-in: app, number, token and webhook, made with random secrets at first use.

`credentials` needs no server: the product's demo reads them to connect its number.
"""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dynaris.core import clock
from dynaris.core.errors import InvalidInput
from dynaris.sandbox.meta.store import Row, Store
from dynaris.sandbox.meta.templates import add_first_templates

FOLDER = "whatsapp"  # below the sandbox's own
SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")
FIELDS = ("messages", "message_template_status_update", "smb_message_echoes", "user_preferences", "account_update")
STATUSES = ("sent", "held", "none")  # status webhooks: sent at once, held back until released, or not made


def open_account(folder: Path) -> Store:
    """`folder` is `<home>/sandbox/whatsapp`."""
    store = Store(folder)
    with store.together():
        if store.row("SELECT 1 AS one FROM app") is None:
            _create(store)
    return store


def credentials(folder: Path) -> dict[str, str]:
    """What a person would copy from Meta's pages, and `graph_url`: where the server last listened ("" before that)."""
    store = open_account(folder)
    try:
        app, number = app_of(store), number_of(store)
    finally:
        store.close()
    return {
        "phone_number_id": number["id"],
        "display_phone_number": number["display"],
        "waba_id": app["waba_id"],
        "app_id": app["app_id"],
        "access_token": app["access_token"],
        "app_secret": app["app_secret"],
        "verify_token": app["verify_token"],
        "graph_url": app["graph_url"] or "",
    }


def last_port(folder: Path) -> int:
    """Where it listened last; 0 where it never did."""
    if not (folder / "state.sqlite").exists():
        return 0
    return urlsplit(credentials(folder)["graph_url"]).port or 0


def app_of(store: Store) -> Row:
    found = store.row("SELECT * FROM app")
    assert found is not None
    return {**found, "scopes": json.loads(found["scopes"]), "webhook_fields": json.loads(found["webhook_fields"])}


def number_of(store: Store, number_id: str | None = None) -> Row:
    """The first one, or the one with this id. Raises KeyError."""
    found = store.row("SELECT * FROM number WHERE :id IS NULL OR id = :id ORDER BY rowid LIMIT 1", id=number_id)
    if found is None:
        raise KeyError(number_id)
    return {**found, "profile": json.loads(found["profile"])}


def change_account(store: Store, changes: dict[str, Any]) -> None:
    """What the control API may set. Raises `InvalidInput` before anything is changed."""
    unknown = set(changes) - set(_CHANGES)
    if unknown:
        raise InvalidInput(f"unknown {', '.join(sorted(unknown))}: expected {', '.join(_CHANGES)}")
    for name, value in changes.items():
        if not _CHANGES[name](value):
            raise InvalidInput(f"{name} cannot be {value!r}")
    with store.together():
        for name, value in changes.items():
            if name == "registered":
                store.run("UPDATE number SET registered = :value", value=int(value))
            elif name == "token":
                now = clock.now().timestamp()
                store.run("UPDATE app SET expires_at = :at", at=_EXPIRES[value](now))
            else:
                plain = json.dumps(value) if isinstance(value, list) else value
                store.run(f"UPDATE app SET {name} = :value", value=plain)


def token_state(expires_at: float) -> str:
    if not expires_at:
        return "valid"
    return "expired" if expires_at <= clock.now().timestamp() else "expiring"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and len(each) <= 100 for each in value)


def _is_address(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.startswith(("http://", "https://")) and len(value) < 2000)


# When the token ends: not at all, a minute ago, or in a month.
_EXPIRES: dict[str, Callable[[float], float]] = {
    "valid": lambda _: 0,
    "expired": lambda now: now - 60,
    "expiring": lambda now: now + 30 * 86_400,
}
_CHANGES = {
    "webhook_url": _is_address,
    "webhook_fields": _is_texts,
    "subscribed": lambda value: isinstance(value, bool),
    "registered": lambda value: isinstance(value, bool),
    "scopes": _is_texts,
    "token": lambda value: value in tuple(_EXPIRES),
    "statuses": lambda value: value in STATUSES,
}


def _create(store: Store) -> None:
    store.run(
        "INSERT INTO app (one, app_id, app_secret, verify_token, access_token, scopes, waba_id, webhook_fields) "
        "VALUES (1, :app_id, :secret, :verify, :token, :scopes, :waba, :fields)",
        app_id=digits(15),
        secret=secrets.token_hex(16),
        verify=secrets.token_urlsafe(24),
        token="EAA" + secrets.token_hex(48),
        scopes=json.dumps(SCOPES),
        waba=digits(15),
        fields=json.dumps(FIELDS),
    )
    store.run(
        "INSERT INTO number (id, display, name) VALUES (:id, :display, 'Demo business')",
        id=digits(15),
        display="+1 555-01" + digits(1) + "-" + digits(4),  # of a range that is nobody's
    )
    add_first_templates(store)


def digits(count: int) -> str:
    """An id as Meta's: of digits, and not beginning with 0."""
    return str(1 + secrets.randbelow(9)) + "".join(str(secrets.randbelow(10)) for _ in range(count - 1))
