"""Sitemaps: which pages a site names, an index's own sitemaps too; XML that defines entities is refused."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

from dynaris.knowledge.web.addresses import plain

_LOCATION = re.compile(rb"<(?:\w+:)?loc\s*>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,4000}?)\s*(?:\]\]>)?\s*</(?:\w+:)?loc\s*>")
_INDEX = re.compile(rb"<(?:\w+:)?sitemapindex[\s>]")
_SET = re.compile(rb"<(?:\w+:)?urlset[\s>]")
_MOST_SITEMAPS = 50


def is_sitemap(body: bytes) -> bool:
    start = body[:4096]
    return b"<!DOCTYPE" not in start.upper() and bool(_INDEX.search(start) or _SET.search(start))


async def pages_of(
    starts: list[str], get: Callable[[str], Awaitable[bytes | None]], *, fits: Callable[[str], bool], most: int
) -> list[str]:
    """What the sitemaps name, in their order; each sitemap is read once, however they name each other."""
    waiting, seen, pages = list(starts), set[str](), dict[str, None]()
    while waiting and len(seen) < _MOST_SITEMAPS and len(pages) < most:
        url = waiting.pop(0)
        if url in seen or not fits(url):
            continue
        seen.add(url)
        body = await get(url)
        if body is None or not is_sitemap(body):
            continue
        named = [found for match in _LOCATION.finditer(body) if (found := _address(match[1], url))]
        if _INDEX.search(body[:4096]):
            waiting += named
        else:
            pages.update(dict.fromkeys(page for page in named if fits(page)))
    return list(pages)[:most]


def _address(raw: bytes, base: str) -> str | None:
    return plain(unescape(raw.decode("utf-8", "replace")), base)
