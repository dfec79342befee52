"""The POST to a `reply_url`: where it may go, and what the answer to it means."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

from yarl import URL

from dynaris.channels.contract import Refused, SendReceipt, TryLater

_LATER = 30.0  # seconds, where the other side does not say
_SOONEST, _LATEST = 1.0, 3_600.0
_WEB_PORTS, _FIRST_FREE_PORT = (80, 443), 1024  # what listens below, as mail servers do, must not hear from us
_LONGEST_HOST, _LONGEST_LABEL = 253, 63  # RFC 1035


def fault_of(url: str) -> str | None:
    """Why no POST can ever be sent to this address, whatever the network says; `None`: it can be tried."""
    try:
        address = URL(url)
        host, port, user, password = address.raw_host, address.port, address.user, address.password
    except ValueError as error:
        return f"it is no address: {error}"
    if address.scheme not in ("http", "https") or not host:
        return "it must begin with http:// or https:// and a host"
    if port not in _WEB_PORTS and (port or 0) < _FIRST_FREE_PORT:
        return f"its port {port} is another service's: 80, 443 or one from {_FIRST_FREE_PORT} on is expected"
    if (user or password) and (":" in (user or "") or not _is_latin1(f"{user}{password}")):
        return "its user name or password cannot be sent: no colon in the name, and only letters of Latin-1"
    return None if ":" in host else _fault_of_name(host)


def host_of(url: str) -> str:
    """Of an address without `fault_of`, as it is connected to."""
    return URL(url).raw_host or ""


@lru_cache(maxsize=1024)
def _fault_of_name(host: str) -> str | None:
    name = host.removesuffix(".")
    if len(name) > _LONGEST_HOST:
        return f"its host name has {len(name)} characters; at most {_LONGEST_HOST} are possible"
    for label in name.split("."):
        if not 1 <= len(label) <= _LONGEST_LABEL:
            return f"a part of its host name has {len(label)} characters; 1 to {_LONGEST_LABEL} are possible"
    return None


def _is_latin1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def receipt_of(status: int, body: bytes, headers: Mapping[str, str], *, now: float) -> SendReceipt:
    """`body` is the answer's beginning. Raises `TryLater` or `Refused` where the reply surely was not taken."""
    if 200 <= status < 300:
        return SendReceipt(detail=f"{status}")
    said = body[:200].decode(errors="replace")
    if status in (429, 503):
        raise TryLater(f"answered {status}: {said}", pause_of(headers.get("retry-after", ""), now=now))
    if 300 <= status < 500:
        raise Refused(f"answered {status}: {said}")
    # A 5xx may come after the other side stored the message.
    raise RuntimeError(f"answered {status}: {said}")


def pause_of(retry_after: str, *, now: float) -> float:
    """Seconds to wait, from a number of them or an HTTP date (RFC 9110); an hour at most."""
    given = retry_after.strip()
    if given.isascii() and given.isdigit():
        wanted = float(given)
    else:
        try:
            moment = parsedate_to_datetime(given[:100])
            wanted = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
        except (ValueError, TypeError, IndexError, OverflowError):
            return _LATER
    return min(max(wanted, _SOONEST), _LATEST)
