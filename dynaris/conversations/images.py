"""Images in a message's HTML: those that came with it are shown, those from elsewhere only when somebody asks.

A remote image tells its sender that, when, where and on what device the mail was read. Stored HTML therefore names
every image's address in `data-src`, which loads nothing.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Any, Literal
from urllib.parse import unquote

Images = Literal["blocked", "remote"]

# As the sanitiser writes it: each attribute in double quotes, quotes inside escaped. No text looks like it.
_IMAGE = re.compile(r'<img((?: [a-zA-Z-]+="[^"]*")*)>')
_SOURCE = re.compile(r' data-src="([^"]*)"')


def with_images(html: str, attachments: Sequence[Mapping[str, Any]], images: Images) -> tuple[str, int]:
    """The HTML as it may be shown, and how many images from elsewhere are left out."""
    own = {each["content_id"]: f"/api/attachments/{each['id']}" for each in attachments if each["content_id"]}
    blocked = 0

    def shown(image: re.Match[str]) -> str:
        nonlocal blocked
        found = _SOURCE.search(image[1])
        if found is None:
            return image[0]
        address = unescape(found[1]).strip()
        kind = address.partition(":")[0].lower()
        if kind == "cid":
            address = own.get(unquote(address[4:]), "")
        elif kind != "data" and images == "blocked":
            blocked += 1
            return image[0]
        attributes = image[1].replace(found[0], "")
        source = f' src="{escape(address)}" referrerpolicy="no-referrer"' if address else ""
        return f"<img{attributes}{source}>"

    return _IMAGE.sub(shown, html), blocked
