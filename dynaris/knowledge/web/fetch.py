"""One page fetched: checked addresses only, few redirects, bounded bytes and time, whatever the server does."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp

import dynaris
from dynaris.core import clock
from dynaris.core.outbound import AddressRefused, Outbound
from dynaris.knowledge.web.addresses import plain

AGENT = "DynarisBot"  # what robots.txt calls us
USER_AGENT = f"Mozilla/5.0 (compatible; {AGENT}/{dynaris.__version__}; reads pages for the business's own answers)"
MOST_BYTES = 10_000_000  # of one page, unpacked
_SECONDS = 30.0
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 600
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotFetched(Exception):
    """In plain words why; nothing can be said about the page itself."""


class NotTaken(NotFetched):
    """The site is there, and this page of it is not to be had."""


@dataclass(frozen=True, slots=True)
class Fetched:
    url: str  # after redirects
    status: int
    body: bytes = b""
    media_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    retry_after: float | None = None  # seconds
    unwanted: bool = False  # the server asks not to index it


class Web:
    """A session without cookies; `allowed` is asked for each address, redirects too, and says what is wrong with it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(
        self,
        url: str,
        *,
        allowed: Callable[[str], str | None] = lambda _: None,
        etag: str | None = None,
        last_modified: str | None = None,
        most: int = MOST_BYTES,
    ) -> Fetched:
        """Raises `NotFetched`."""
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        sent = {name: value for name, value in headers.items() if value}
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._followed(url, allowed, sent, most)
        except TimeoutError as error:
            raise NotFetched(f"the site did not answer within {_SECONDS:.0f} seconds") from error
        except AddressRefused as error:
            raise NotFetched(str(error)) from error
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            raise NotFetched(_why(error)) from error

    async def _followed(
        self, url: str, allowed: Callable[[str], str | None], headers: Mapping[str, str], most: int
    ) -> Fetched:
        for _ in range(_MOST_REDIRECTS + 1):
            if fault := allowed(url):
                raise NotTaken(fault)
            async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in _REDIRECTS:
                    return await _fetched(url, answer, most)
                target = plain(answer.headers.get("Location", ""), url)
            if target is None:
                raise NotTaken("the page redirects to an address that cannot be read")
            url = target
        raise NotTaken(f"the page redirects more than {_MOST_REDIRECTS} times")


async def _fetched(url: str, answer: aiohttp.ClientResponse, most: int) -> Fetched:
    body = await _body(answer, most) if answer.status == 200 else b""
    return Fetched(
        url,
        answer.status,
        body,
        media_type=answer.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        etag=_short(answer.headers.get("ETag")),
        last_modified=_short(answer.headers.get("Last-Modified")),
        retry_after=_seconds(answer.headers.get("Retry-After")),
        unwanted="noindex" in answer.headers.get("X-Robots-Tag", "").lower(),
    )


async def _body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Unpacked here, so that a small answer cannot become a large one."""
    packing = answer.headers.get("Content-Encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise NotTaken(f"the site packs its pages as {packing[:30]!r}, which is not understood")
    unpacker = zlib.decompressobj(47) if packing in ("gzip", "x-gzip", "deflate") else None
    found = bytearray()
    async for piece in answer.content.iter_chunked(65536):
        found += unpacker.decompress(piece, most + 1 - len(found)) if unpacker else piece
        if len(found) > most or (unpacker and unpacker.unconsumed_tail):
            raise NotTaken(f"the page is larger than {most // 1_000_000} MB")
    return bytes(found)


def unpacked(body: bytes, most: int) -> bytes:
    """Of a sitemap that is a gzip file by itself."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(47)
    found = unpacker.decompress(body, most + 1)
    if len(found) > most:
        raise NotFetched(f"the sitemap is larger than {most // 1_000_000} MB")
    return found


def _short(header: str | None) -> str | None:
    return header if header and len(header) <= 500 and header.isascii() else None


def _seconds(header: str | None) -> float | None:
    if not header:
        return None
    if header.strip().isdigit():
        return float(min(int(header.strip()[:6]), _LONGEST_WAIT))
    try:
        wait = (parsedate_to_datetime(header) - clock.now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), _LONGEST_WAIT)


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "the site's certificate is not valid; its owner must renew it"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
        return str(error.os_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the site cannot be reached; check the address"
    return "the site broke off its answer, or answered with something that is no page"


@asynccontextmanager
async def opened(outbound: Outbound) -> AsyncIterator[Web]:
    async with aiohttp.ClientSession(
        connector=outbound.http_connector(limit=2),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip, deflate"},
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
    ) as session:
        yield Web(session)
