"""The fault plan: what the stand-in does wrong, on request, to the next sends, webhooks or media."""

from typing import Any

from dynaris.core.errors import InvalidInput
from dynaris.sandbox.meta.store import Row, Store

# Sends: `error` answers with `code` and keeps nothing; `failed_later` accepts, and a failed status with `code` follows;
# `lost_receipt` accepts and drops the connection before the answer; `dropped` drops it and keeps nothing; `slow` waits.
# Webhooks: `duplicate` posts it `copies` times; `reorder` lets the next pass; `delay` waits; `status_lost` drops it.
# Media: `expired` answers 404, `slow` waits, `wrong_bytes` gives others than were sent.
KINDS = {
    "send": ("error", "failed_later", "lost_receipt", "dropped", "slow"),
    "webhook": ("duplicate", "reorder", "delay", "status_lost"),
    "media": ("expired", "slow", "wrong_bytes"),
}
MOST_TIMES = 10_000
LONGEST_DELAY = 300.0
MOST_COPIES = 20
_WITH_CODE = ("error", "failed_later")


def plan_fault(store: Store, asked: Row) -> None:
    """`on`, `kind`, and where they make sense `code`, `seconds`, `copies`, `recipient` (a number or user id), `times`.
    Raises `InvalidInput`."""
    unknown = set(asked) - {"on", "kind", "code", "seconds", "copies", "recipient", "times"}
    if unknown:
        raise InvalidInput(f"unknown {', '.join(sorted(unknown))} in a fault")
    place, kind, code = asked.get("on", "send"), asked.get("kind"), asked.get("code")
    if place not in KINDS:
        raise InvalidInput(f"on must be one of {', '.join(KINDS)}, not {place!r}")
    if kind not in KINDS[place]:
        raise InvalidInput(f"kind must be one of {', '.join(KINDS[place])}, not {kind!r}")
    if (kind in _WITH_CODE) != (isinstance(code, int) and 0 <= code < 10**7):
        raise InvalidInput(f"a code of Meta's, a number, is needed by {' and '.join(_WITH_CODE)}, and by no other")
    recipient = asked.get("recipient")
    if recipient is not None and not (isinstance(recipient, str) and len(recipient) <= 100):
        raise InvalidInput("recipient must be a number or a user id")
    store.run(
        "INSERT INTO fault (place, kind, code, seconds, copies, recipient, times) "
        "VALUES (:place, :kind, :code, :seconds, :copies, :recipient, :times)",
        place=place,
        kind=kind,
        code=code,
        seconds=_within(asked, "seconds", 0.0, LONGEST_DELAY, 0.0),
        copies=int(_within(asked, "copies", 1, MOST_COPIES, 2)),
        recipient=(recipient or "").lstrip("+") or None,
        times=int(_within(asked, "times", 1, MOST_TIMES, 1)),
    )


def planned_faults(store: Store) -> list[Row]:
    columns = 'place AS "on", kind, code, seconds, copies, recipient, times'
    return store.rows(f"SELECT {columns} FROM fault ORDER BY n")


def forget_faults(store: Store) -> None:
    store.run("DELETE FROM fault")


def take_fault(
    store: Store, place: str, *, kinds: tuple[str, ...] | None = None, of: tuple[Any, ...] = ()
) -> Row | None:
    """The first planned fault of this place for any of these numbers or user ids; one of its times is then used up."""
    with store.together():
        for fault in store.rows("SELECT * FROM fault WHERE place = :place ORDER BY n", place=place):
            if kinds is not None and fault["kind"] not in kinds:
                continue
            if fault["recipient"] is not None and fault["recipient"] not in of:
                continue
            store.run("UPDATE fault SET times = times - 1 WHERE n = :n", n=fault["n"])
            store.run("DELETE FROM fault WHERE times <= 0")
            return fault
    return None


def _within(asked: Row, name: str, least: float, most: float, default: float) -> float:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(f"{name} must be a number from {least:g} to {most:g}, not {value!r}")
    return value
