"""Addresses of a chat's files: made for whoever may read the chat, good for a day, and for nothing else."""

import hmac
import time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from dynaris.channels.contract import Account, ChannelHost
from dynaris.core.errors import Forbidden

_DAY = 86_400
_HOUR = 3_600  # by which ends are rounded, so that a page which asks again finds the file in its cache


def with_links(host: ChannelHost, account: Account[Any], key: str, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    until = (int(time.time()) // _HOUR + 1) * _HOUR + _DAY
    return [{**file, "url": _link(host, account, key, file["id"], until)} for file in files]


def check(host: ChannelHost, account: Account[Any], key: str, file_id: UUID, *, until: int, signature: str) -> None:
    """Raises `Forbidden`."""
    if not hmac.compare_digest(signature.encode(), _signature(host, account, key, str(file_id), until).encode()):
        raise Forbidden("this link is not one of ours")
    if until < time.time():
        raise Forbidden("this link is too old: open the chat again")


def _link(host: ChannelHost, account: Account[Any], key: str, file_id: Any, until: int) -> str:
    signature = _signature(host, account, key, str(file_id), until)
    query = urlencode({"api_key": account.address, "thread": key, "until": until, "signature": signature})
    return f"/api/chat-widget/attachments/{file_id}?{query}"


def _signature(host: ChannelHost, account: Account[Any], key: str, file_id: str, until: int) -> str:
    return host.fingerprint(f"chat file:{account.id}:{key}:{file_id}:{until}")
