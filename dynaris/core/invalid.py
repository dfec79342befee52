"""What is wrong with a value, in words for whoever sent it: the validation library's own speak of its patterns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

_WRITTEN: dict[str, str] = {}


def written(pattern: str, like: str) -> str:
    """The pattern itself, once it is known how to say it: `a time span like 09:00-17:30`."""
    _WRITTEN[pattern] = like
    return pattern


def faults_in(errors: ValidationError | Sequence[Any], *, below: str = "") -> list[dict[str, str]]:
    """[{field, message}], the field as a path below `below`. What was sent is not repeated: it may be private."""
    if isinstance(errors, ValidationError):
        errors = errors.errors(include_url=False, include_input=False)
    return [{"field": _path((below, *one["loc"])) or "body", "message": in_words(one)} for one in errors]


def told(faults: Sequence[Mapping[str, str]], most: int = 3) -> str:
    """In one line."""
    return "; ".join(f"{one['field']}: {one['message']}" for one in faults[:most])


def _path(parts: Sequence[int | str]) -> str:
    """Without the library's own marks: `[key]` after a key that is wrong itself, the branches of a union."""
    return ".".join(str(part) for part in parts if part != "" and "[" not in str(part))


def in_words(error: Mapping[str, Any]) -> str:
    say = _WORDS.get(error["type"])
    return say(error.get("ctx", {})) if say else _plain(error["msg"])


def _plain(message: str) -> str:
    for theirs, ours in _OTHERWISE:
        message = message.replace(theirs, ours)
    return message


_OTHERWISE = (
    ("Value error, ", ""),
    ("Input should be a valid string", "expected text"),
    ("Input should be a valid list", "expected a list"),
    ("Input should be a valid dictionary", "expected an object"),
    ("Input should be a valid boolean, unable to interpret input", "expected true or false"),
    ("Input should be a valid", "expected a valid"),
    ("Input should be", "expected"),
    ("Input should have", "expected"),
    ("String should have", "expected"),
    ("List should have", "expected"),
    ("Dictionary should have", "expected"),
    ("Data should have", "expected"),
    (" after validation", ""),
)


def _pattern(context: Mapping[str, Any]) -> str:
    pattern = context.get("pattern", "")
    if like := _WRITTEN.get(pattern):
        return f"expected {like}"
    return "control characters are not possible here" if r"\x00" in pattern else "it is not written as expected here"


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "this is required",
    "extra_forbidden": lambda _: "there is no such field",
    "string_pattern_mismatch": _pattern,
    "model_attributes_type": lambda _: "expected an object",
    "model_type": lambda _: "expected an object",
    "int_parsing": lambda _: "expected a whole number",
    "int_type": lambda _: "expected a whole number",
    "int_from_float": lambda _: "expected a whole number",
    "float_parsing": lambda _: "expected a number",
    "bool_parsing": lambda _: "expected true or false",
    "bool_type": lambda _: "expected true or false",
    "uuid_parsing": lambda _: "expected an id, like 01a1fda6-58f3-75e5-b81f-bf669e1fccbd",
    "datetime_parsing": lambda _: "expected a time, like 2026-11-21T09:00:00Z",
    "datetime_from_date_parsing": lambda _: "expected a time, like 2026-11-21T09:00:00Z",
    "timezone_aware": lambda _: "expected a time with its zone, like 2026-11-21T09:00:00Z",
    "date_parsing": lambda _: "expected a date, like 2026-12-24",
    "date_from_datetime_parsing": lambda _: "expected a date, like 2026-12-24",
}
