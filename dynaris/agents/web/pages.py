"""Fetching one page for an agent: only from hosts that the workspace named, so much of it, for so long.

Nothing is crawled: one page, because somebody asked, as a browser would. So robots.txt is not asked for. An address
carries nothing of ours away: no query, no user, no address of a person in its path.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
import orjson

from dynaris.agents.guardrails.details import addresses_in
from dynaris.agents.guardrails.links import belongs
from dynaris.agents.provider_kinds import may_be_called
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

SECONDS = 12.0  # for the page with all its redirects
EXTRACT_SECONDS = 10.0
MOST_BYTES = 2_000_000
MOST_REDIRECTS = 4
LONGEST_TEXT = 12_000  # characters that are told
_LONGEST_PATH = 300
_HEADERS = {
    "user-agent": "Dynaris (reads one page on a person's behalf)",
    "accept": "text/html, application/xhtml+xml, text/plain",
    "accept-encoding": "identity",  # a few packed bytes may unpack to gigabytes
}
_KINDS = ("text/html", "application/xhtml+xml", "text/plain")
_MOVED = (301, 302, 303, 307, 308)


class PageRefused(Exception):
    """The page cannot be read; the text says why, for the model."""


class _Reach:
    outbound = Outbound()


def configure(settings: Settings) -> None:
    """Once per process: which private networks may be called."""
    _Reach.outbound = Outbound.of(settings)


async def read_page(url: str, hosts: Sequence[str]) -> dict[str, Any]:
    """`url` (where it ended), `title`, `text`, `cut`. Raises `PageRefused`."""
    try:
        async with asyncio.timeout(SECONDS):
            url, kind, body = await _fetched(url, hosts)
    except TimeoutError as error:
        raise PageRefused(f"the page did not come within {SECONDS:g} seconds") from error
    except (aiohttp.ClientError, OSError) as error:
        raise PageRefused(f"the page could not be read: {type(error).__name__}") from error
    page = {"title": "", "text": body.decode(errors="replace")} if kind == "text/plain" else await _readable(body)
    text = page["text"].strip()
    return {"url": url, "title": page["title"][:300], "text": text[:LONGEST_TEXT], "cut": len(text) > LONGEST_TEXT}


def fault_of(url: str, hosts: Sequence[str]) -> str | None:
    """Why this address is not called, before anything is looked up."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "that is no address"
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or "\\" in url:
        return "an address like https://clinic.example/prices is expected"
    if not any(belongs(host, allowed) for allowed in hosts):
        named = ", ".join(hosts) or "none"
        return f"{host[:100]} is not among the hosts whose pages may be read here: {named}"
    if port is not None and not may_be_called(port):
        return "that port is another service's"
    if parts.query or len(parts.path) > _LONGEST_PATH or addresses_in(unquote(parts.path)):
        return "the address may hold a host and a short path, without a query and without anybody's address"
    return None


async def _fetched(url: str, hosts: Sequence[str]) -> tuple[str, str, bytes]:
    connector = _Reach.outbound.http_connector(limit=1)
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS, auto_decompress=False) as session:
        for _ in range(MOST_REDIRECTS + 1):
            if fault := fault_of(url, hosts):
                raise PageRefused(fault)
            async with session.get(url.partition("#")[0], allow_redirects=False) as response:
                if response.status in _MOVED and (there := response.headers.get("location")):
                    url = _joined(url, there)
                    continue
                return url, response.content_type, await _body(response)
    raise PageRefused(f"the page leads on more than {MOST_REDIRECTS} times")


def _joined(url: str, there: str) -> str:
    try:
        return urljoin(url, there)
    except ValueError as error:
        raise PageRefused("the page leads on to no address") from error


async def _body(response: aiohttp.ClientResponse) -> bytes:
    if response.status != 200:
        raise PageRefused(f"the site answered {response.status}")
    if response.content_type not in _KINDS or response.headers.get("content-encoding", "identity") != "identity":
        raise PageRefused(f"that is no page but {response.content_type}"[:100])
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MOST_BYTES:
            raise PageRefused(f"the page has more than {MOST_BYTES} bytes")
    return bytes(body)


async def _readable(body: bytes) -> dict[str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dynaris.agents.web.extract"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(EXTRACT_SECONDS):
            said, _ = await process.communicate(body)
    except TimeoutError as error:
        raise PageRefused("the page is built so that its text cannot be found in time") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise PageRefused("the page's text could not be found")
    return orjson.loads(said)
