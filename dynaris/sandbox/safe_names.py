"""File names for addresses and folders that anyone may have made up."""

import hashlib
import unicodedata
from urllib.parse import quote

_LONGEST = 200  # bytes; every common file system allows 255


def safe_name(text: str) -> str:
    """A name that is one path component, never hidden, and different for different texts.

    Ordinary addresses stay readable (`ann+shop@example.com`); everything else is percent-encoded.
    """
    encoded = quote(text.encode("utf-8", "surrogatepass"), safe="@+=").replace("~", "%7E")
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if len(encoded) <= _LONGEST:
        return encoded or "%"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{encoded[:100]}~{digest}"  # `~` occurs in no other name


def plain_address(address: str) -> str:
    """How an address is compared: the mailbox of `Ann@Example.com` is that of `ann@example.com`."""
    return unicodedata.normalize("NFC", address.strip()).lower()
