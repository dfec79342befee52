"""Where a browser goes after it signed in: a path of ours that it came for, and nowhere else."""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import Query

# Browsers read `//`, `/\` and `/<tab>/` as another host: one slash at first, no backslash, nothing invisible.
_OURS = re.compile(r"/(?!/)[^\\\s]*")
_LONGEST = 2_000

Next = Annotated[str, Query(alias="next", description="A path of ours to go to after it.")]


def onward(path: str, otherwise: str = "/") -> str:
    """The path, where it is one of ours; whatever else was asked for leads to `otherwise`."""
    ours = len(path) <= _LONGEST and path.isprintable() and _OURS.fullmatch(path)
    return path if ours else otherwise


def with_next(page: str, path: str) -> str:
    """The address of a page that goes on to `path`; without it where that is the start page anyway."""
    goes_to = onward(path)
    return page if goes_to == "/" else f"{page}?next={quote(goes_to, safe='')}"
