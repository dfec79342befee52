"""What becomes of two contacts' own fields when they are one, and how the kept one gets its own back."""

from typing import Any

from pydantic import BaseModel

FILLED = ("name", "owner_id", "language", "timezone")
COLUMNS = (*FILLED, "status", "tags", "fields", "blocked_channels")


class FieldConflict(BaseModel):
    """Both have a value: the kept contact's stays, the other one's remains on the merged-away contact."""

    field: str
    keep: Any
    drop: Any


def united(keep: dict[str, Any], drop: dict[str, Any]) -> dict[str, Any]:
    """The kept contact's fields after the merge: empty ones filled, tags and custom fields of both."""
    result: dict[str, Any] = {column: drop[column] if keep[column] is None else keep[column] for column in FILLED}
    result["status"] = _status(keep["status"], drop["status"])
    result["tags"] = [*keep["tags"], *(tag for tag in drop["tags"] if tag not in keep["tags"])]
    result["fields"] = {**drop["fields"], **keep["fields"]}
    # Who forbade something did so under both names.
    result["blocked_channels"] = sorted({*keep["blocked_channels"], *drop["blocked_channels"]})
    return result


def conflicts(keep: dict[str, Any], drop: dict[str, Any]) -> list[FieldConflict]:
    found = [
        FieldConflict(field=column, keep=keep[column], drop=drop[column])
        for column in (*FILLED, "status")
        if None not in (keep[column], drop[column]) and keep[column] != drop[column]
    ]
    found += [
        FieldConflict(field=f"fields.{name}", keep=value, drop=drop["fields"][name])
        for name, value in keep["fields"].items()
        if name in drop["fields"] and drop["fields"][name] != value
    ]
    return found


def parted(now: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The kept contact's fields after an undo: what the merge changed goes back, what people changed since stays."""
    result: dict[str, Any] = {
        column: before[column] if now[column] == after[column] else now[column] for column in (*FILLED, "status")
    }
    if now["tags"] == after["tags"]:
        result["tags"] = before["tags"]
    else:
        result["tags"] = [tag for tag in now["tags"] if tag in before["tags"] or tag not in after["tags"]]
    result["fields"] = {
        name: value
        for name, value in now["fields"].items()
        if name in before["fields"] or name not in after["fields"] or after["fields"][name] != value
    }
    if "blocked_channels" in before:  # a merge of an earlier release knew nothing of them
        now_blocked, joined = now["blocked_channels"], after["blocked_channels"]
        result["blocked_channels"] = before["blocked_channels"] if now_blocked == joined else now_blocked
    return result


def _status(keep: str, drop: str) -> str:
    """A person who asked not to be contacted stays so under whatever name; `lead` is what nobody chose."""
    if "do_not_contact" in (keep, drop):
        return "do_not_contact"
    return drop if keep == "lead" else keep
