"""Customers: who has a phone here, by number and business-scoped user id, and whether the 24 hours are open."""

import re
import secrets
import sqlite3
from typing import Any

from dynaris.core import clock
from dynaris.core.errors import Conflict, InvalidInput, NotFound
from dynaris.sandbox.meta.store import Row, Store

WINDOW_SECONDS = 24 * 3600
WINDOWS = ("real", "open", "closed")  # as the clock says, or whatever the clock says
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.[0-9]{5,30}")
_MOST_NAME = 200


def add_customer(store: Store, asked: Row) -> Row:
    """`name`, and `wa_id` unless `username_only`; `user_id` and `username` may be given. Raises `InvalidInput`."""
    unknown = set(asked) - {"name", "wa_id", "username_only", "user_id", "username"}
    if unknown:
        raise InvalidInput(f"unknown {', '.join(sorted(unknown))} in a customer")
    number = None if asked.get("username_only") else _number(asked.get("wa_id"))
    user_id = asked.get("user_id") or "US." + str(10**19 + secrets.randbelow(9 * 10**19))
    if not isinstance(user_id, str) or not _USER_ID.fullmatch(user_id):
        raise InvalidInput(f"user_id must be like US.13491208655302741918, not {user_id!r}")
    name = _text(asked.get("name"), "name")
    username = asked.get("username") or (re.sub(r"\W+", "", name.lower()) if number is None else None)
    try:
        store.run(
            "INSERT INTO customer (user_id, parent_user_id, wa_id, name, username) "
            "VALUES (:user_id, :parent, :wa_id, :name, :username)",
            user_id=user_id,
            parent=f"{user_id[:2]}.ENT.{user_id[3:][:20]}",
            wa_id=number,
            name=name,
            username=username and _text(username, "username"),
        )
    except sqlite3.IntegrityError:
        raise Conflict(f"there is a customer {number or user_id} already") from None
    return find_customer(store, user_id)


def find_customer(store: Store, who: str) -> Row:
    """By user id or number."""
    found = customer_of(store, who)
    if found is None:
        raise NotFound(f"there is no customer {who}")
    return found


def customer_of(store: Store, who: str) -> Row | None:
    plain = who.lstrip("+")
    return store.row("SELECT * FROM customer WHERE user_id = :who OR wa_id = :who", who=plain)


def customers_shown(store: Store) -> list[Row]:
    """Who wrote or was written to last comes first."""
    newest = "SELECT max(n) FROM message WHERE message.user_id = customer.user_id"
    unread = f"SELECT count(*) FROM message WHERE message.user_id = customer.user_id AND {UNREAD}"
    columns, order = f"*, ({newest}) AS newest, ({unread}) AS unread", "newest DESC NULLS LAST, rowid DESC"
    found = store.rows(f"SELECT {columns} FROM customer ORDER BY {order}")
    return [{**customer_shown(each), "unread": each["unread"]} for each in found]


UNREAD = "sender = 'business' AND status IN ('sent', 'delivered') AND type <> 'reaction'"


def customer_shown(customer: Row) -> Row:
    return {
        **{name: customer[name] for name in ("user_id", "wa_id", "name", "username", "window")},
        "receipts": bool(customer["receipts"]),
        "reachable": bool(customer["reachable"]),
        "window_open": window_is_open(customer),
        "typing": customer["typing_until"] > clock.now().timestamp(),
    }


def change_customer(store: Store, user_id: str, changes: Row) -> None:
    """`name`, `receipts` (tells when it has read), `reachable` (else sends fail with 131026), `window`."""
    for name, value in changes.items():
        if name == "name":
            store.run("UPDATE customer SET name = :value WHERE user_id = :id", value=_text(value, name), id=user_id)
        elif name in ("receipts", "reachable") and isinstance(value, bool):
            store.run(f"UPDATE customer SET {name} = :value WHERE user_id = :id", value=int(value), id=user_id)
        elif name == "window" and value in WINDOWS:
            store.run("UPDATE customer SET window = :value WHERE user_id = :id", value=value, id=user_id)
        else:
            raise InvalidInput(
                f"{name} cannot be {value!r}: name, receipts, reachable or window ({', '.join(WINDOWS)})"
            )


def change_number(store: Store, customer: Row, wa_id: Any) -> Row:
    """The customer with another number. Raises `InvalidInput`, `Conflict`."""
    number = _number(wa_id)
    if customer["wa_id"] is None:
        raise InvalidInput("a customer without a number cannot change it")
    try:
        store.run("UPDATE customer SET wa_id = :wa_id WHERE user_id = :id", wa_id=number, id=customer["user_id"])
    except sqlite3.IntegrityError:
        raise Conflict(f"somebody else has the number {number}") from None
    return {**customer, "wa_id": number}


def window_is_open(customer: Row) -> bool:
    if customer["window"] != "real":
        return customer["window"] == "open"
    return clock.now().timestamp() - customer["wrote_at"] < WINDOW_SECONDS


def _number(given: Any) -> str:
    number = re.sub(r"[\s()+-]", "", given) if isinstance(given, str) else ""
    if not _NUMBER.fullmatch(number):
        raise InvalidInput(f"wa_id must be an international number such as 16505551234, not {given!r}")
    return number


def _text(given: Any, what: str) -> str:
    if not isinstance(given, str) or not 1 <= len(given.strip()) <= _MOST_NAME:
        raise InvalidInput(f"{what} must be a text of 1 to {_MOST_NAME} characters")
    return given.strip()
