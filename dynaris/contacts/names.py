"""People's names as they can be shown and stored."""

import unicodedata

_LONGEST = 200
_NO_NAME = frozenset({"", "none", "null", "undefined", "nan", "unknown", "anonymous"})


def readable_name(given: str | None) -> str | None:
    """Without control and invisible direction characters, on one line; `None` where nothing is left."""
    if given is None:
        return None
    kept = "".join(" " if c.isspace() else c for c in given if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(kept.split())[:_LONGEST].strip()
    return None if name.lower() in _NO_NAME else name
