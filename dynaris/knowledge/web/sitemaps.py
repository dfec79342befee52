"""Sitemaps: which pages a site names, an index's own sitemaps too; XML that defines entities is refused."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from html import unescape
from itertools import islice

from dynaris.knowledge.web.addresses import plain

_LOCATION = re.compile(rb"<(?:\w{1,20}:)?loc>(?:\s*<!\[CDATA\[)?([^<]{1,4000})<")
_AROUND = b" \t\r\n]>"
_INDEX = re.compile(rb"<(?:\w+:)?sitemapindex[\s>]")
_SET = re.compile(rb"<(?:\w+:)?urlset[\s>]")
_MOST_SITEMAPS = 50
_MOST_NAMED = 50_000  # of one sitemap, as the protocol has it


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
        if _INDEX.search(body[:4096]):
            waiting += await asyncio.to_thread(_named, body, url, fits, _MOST_SITEMAPS)
        else:
            pages.update(dict.fromkeys(await asyncio.to_thread(_named, body, url, fits, most)))
    return list(pages)[:most]


def _named(body: bytes, url: str, fits: Callable[[str], bool], most: int) -> list[str]:
    """In a thread: a sitemap may have 50 MB, and the worker has answers to give meanwhile."""
    found = (_address(match[1], url) for match in islice(_LOCATION.finditer(body), _MOST_NAMED))
    return list(islice((address for address in found if address and fits(address)), most))


def _address(raw: bytes, base: str) -> str | None:
    return plain(unescape(raw.strip(_AROUND).decode("utf-8", "replace")), base)
