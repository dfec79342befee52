"""Whether Twilio sent a request: HMAC-SHA1 over the address it was sent to and its sorted parameters
(twilio.com/docs/usage/webhooks/webhooks-security)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from dynaris.core.crypto import same

HEADER = "x-twilio-signature"
_PORTS = {"http": 80, "https": 443}


def signed(url: str, parameters: Iterable[tuple[str, str]], token: str) -> str:
    """A parameter that is there several times counts once with each value, in the values' order."""
    text = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(url: str, parameters: Sequence[tuple[str, str]], token: str, signature: str) -> bool:
    """With the port in the address and without: which of them Twilio signed depends on its mood."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port or _PORTS.get(parts.scheme, 443)
    addresses = {url, *(parts._replace(netloc=netloc).geturl() for netloc in (host, f"{host}:{port}"))}
    return any([same(signed(each, parameters, token), signature) for each in addresses])
