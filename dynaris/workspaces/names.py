"""Names that mails show: of workspaces and people, which strangers choose and other strangers read."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from dynaris.workspaces.profile import Line

_JOINERS = "\u200c\u200d"  # Persian, Hindi and others are not written without them
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
# A scheme, www., an address with a path, query or port. "booking.com GmbH" is a business: a bare domain may stand.
_LINK = re.compile(
    r":[/\\]{2}|\bwww\.|\.[^\W\d_]{2,}\.?(?:[/\\?#]|:\d)|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:mailto|javascript|data):",
    re.IGNORECASE,
)


def _checked(name: str) -> str:
    if any(unicodedata.category(sign) in _INVISIBLE and sign not in _JOINERS for sign in name):
        raise ValueError("a name holds no invisible characters")
    if _LINK.search(unicodedata.normalize("NFKC", name).replace("\u3002", ".").replace("\u2215", "/")):
        raise ValueError("a name holds no web address")
    return name


Name = Annotated[Line, Field(max_length=100), AfterValidator(_checked)]
