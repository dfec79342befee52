"""The job that visits a page or a site: robots.txt, sitemaps, page after page, politely, in portions.

Which pages wait is in the table of documents: those of this visit that were not looked at since it began.
"""

import hashlib
import time
from asyncio import sleep, to_thread
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from dynaris.core import clock
from dynaris.core.db import Connection
from dynaris.core.errors import NoStorage
from dynaris.core.ids import new_id
from dynaris.core.jobs import defer
from dynaris.core.live import publish
from dynaris.knowledge.documents.actions import LIVE_TOPIC, Stored, add_version, folder_of
from dynaris.knowledge.documents.blocks import Unreadable
from dynaris.knowledge.documents.leftovers import reading_folder
from dynaris.knowledge.documents.limits import MOST_PIECES, Desk
from dynaris.knowledge.documents.reader import FileReader, Read
from dynaris.knowledge.documents.reading import failed, finish
from dynaris.knowledge.web import pages
from dynaris.knowledge.web.addresses import host_of, may_be_page, plain, robots_address
from dynaris.knowledge.web.fetch import AGENT, Fetched, NotFetched, NotTaken, Web, opened, unpacked
from dynaris.knowledge.web.sitemaps import is_sitemap, pages_of

log = structlog.get_logger()

VISIT_JOB = "knowledge.visit.v1"

_PORTION_SECONDS = 20.0
_STORAGE_SECONDS = 60.0  # until pages can be kept again
_LONGEST_PAUSE = 30.0  # what a site may ask for between two pages
_MOST_FAILURES = 5  # in a row: then the site is left alone until the next visit
_LINK_SECONDS = 1.0
_SITEMAP_BYTES = 50_000_000
_ROBOTS_BYTES = 500_000
_MEDIA = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "txt",
    "text/markdown": "md",
    "application/pdf": "pdf",
}
_GONE = frozenset({404, 410})


@dataclass(slots=True)
class _Visit:
    desk: Desk
    web: Web
    reader: FileReader
    source: dict[str, Any]
    robots: Any  # protego's

    @property
    def workspace_id(self) -> UUID:
        return self.source["workspace_id"]

    def fault_of(self, url: str) -> str | None:
        """Why a page may not be fetched."""
        if host_of(url) != host_of(self.source["url"]):
            return "the page leads to another site; if that is wanted, add its address as a source of its own"
        if not self.robots.can_fetch(url, AGENT):
            return f"the site's robots.txt does not allow {AGENT} to read this page; its owner can allow it there"
        return None

    @property
    def pause(self) -> float:
        asked = self.robots.crawl_delay(AGENT)
        return min(max(float(asked or 0), self.desk.settings.crawl_pause), _LONGEST_PAUSE)


async def visit(desk: Desk, workspace_id: UUID, source_id: UUID, number: int, failures: int = 0) -> None:
    """A portion of a visit; what is left is a job of its own. A newer visit ends an older one. `failures`: how often
    the site did not answer, in a row, when the portion before this one ended.
    """
    if desk.free <= 0:
        async with desk.db.workspace(workspace_id) as connection:
            await queue_visit(connection, workspace_id, source_id, number, seconds=1.0, failures=failures)
        return
    source = await pages.of_visit(desk.db, workspace_id, source_id, number)
    if source is None:
        return
    source |= {"room": desk.settings.knowledge_documents, "failures": failures}
    desk.free -= 1
    try:
        async with opened(desk.outbound) as web, FileReader(most_pieces=MOST_PIECES) as reader:
            await _portion(desk, web, reader, source)
    except (NoStorage, OSError) as error:
        log.warning("knowledge.no_storage", workspace=str(workspace_id), error=str(error))
        await _again(desk, source, seconds=_STORAGE_SECONDS)  # the site is not asked over and over meanwhile
    finally:
        desk.free += 1


async def _portion(desk: Desk, web: Web, reader: FileReader, source: dict[str, Any]) -> None:
    workspace_id, source_id, number = source["workspace_id"], source["id"], source["visit"]
    if source["robots"] is None:
        try:
            source["robots"] = await _robots(web, source["url"])
        except NotFetched as error:
            await pages.ended(desk.db, workspace_id, source_id, number, error=str(error))
            return
    here = _Visit(desk, web, reader, source, await to_thread(_parsed, source["robots"]))
    if not source["begun"]:
        await pages.begin(desk.db, source, await _seeds(here), most=_most(here))
    began = time.monotonic()
    while (page := await pages.next_page(desk.db, workspace_id, source_id, number)) is not None:
        wait = await _look_at(here, page)
        if source["failures"] >= _MOST_FAILURES:
            break
        if wait + time.monotonic() - began > _PORTION_SECONDS:
            await _again(desk, source, seconds=wait)
            return
        await sleep(wait)
    error = "the site does not answer; what is known of it stays, and it is tried again at the next visit"
    await pages.ended(desk.db, workspace_id, source_id, number, error=error if page else None)


def _most(here: _Visit) -> int:
    return 1 if here.source["kind"] == "page" else here.source["max_pages"]


def _parsed(robots: str) -> Any:
    from protego import Protego

    return Protego.parse(robots)


async def _robots(web: Web, url: str) -> str:
    """Nothing, where a site has none. A site that is broken is not read at all (RFC 9309)."""
    found = await web.get(robots_address(url), most=_ROBOTS_BYTES)
    if found.status >= 500 or found.status == 429:
        raise NotFetched(f"the site does not answer (status {found.status} for its robots.txt)")
    return found.body.decode("utf-8", "replace").replace("\x00", "") if found.status == 200 else ""


async def _seeds(here: _Visit) -> list[str]:
    """Where the visit begins: the address itself, and what sitemaps name."""
    url = here.source["url"]
    if here.source["kind"] == "page":
        return [url]

    async def get(address: str) -> bytes | None:
        try:
            found = await here.web.get(address, allowed=here.fault_of, most=_SITEMAP_BYTES)
            return await to_thread(unpacked, found.body, _SITEMAP_BYTES) if found.status == 200 else None
        except NotFetched:
            return None

    named = [found for each in here.robots.sitemaps if (found := plain(each, url))]
    body = await get(url) if url.endswith((".xml", ".gz")) else None
    if body is not None and is_sitemap(body):
        starts, own = [url], []
    else:
        starts, own = named or [plain("/sitemap.xml", url) or url], [url]

    def fits(address: str) -> bool:
        return host_of(address) == host_of(url)

    return own + [page for page in await pages_of(starts, get, fits=fits, most=_most(here)) if may_be_page(page)]


async def _look_at(here: _Visit, page: dict[str, Any]) -> float:
    """One page; how long to wait before the next."""
    try:
        found = await here.web.get(
            page["place"],
            allowed=here.fault_of,
            etag=page["etag"] if page["fresh"] else None,
            last_modified=page["last_modified"] if page["fresh"] else None,
        )
    except NotFetched as error:
        if here.fault_of(page["place"]):
            await pages.refused(here.desk.db, page, str(error))
            return 0.0
        here.source["failures"] = 0 if isinstance(error, NotTaken) else here.source["failures"] + 1
        await pages.not_fetched(here.desk.db, page, str(error))
        return here.pause
    if found.status in _GONE:
        here.source["failures"] = 0
        await pages.gone(here.desk.db, page, f"the site says that the page is no more (status {found.status})")
    elif found.status == 304 and page["fresh"]:
        here.source["failures"] = 0
        await pages.unchanged(here.desk.db, page, found.etag, found.last_modified)
    elif found.status == 200:
        here.source["failures"] = 0
        await _take(here, page, found)
    else:
        here.source["failures"] += found.status >= 500 or found.status == 429
        await pages.not_fetched(here.desk.db, page, f"the site answers with status {found.status} instead of the page")
        return max(here.pause, found.retry_after or 0.0)
    return here.pause


async def _take(here: _Visit, page: dict[str, Any], found: Fetched) -> None:
    if found.unwanted and here.source["kind"] == "site":
        await pages.refused(here.desk.db, page, "the site asks not to index this page")
        return
    if found.url != page["place"] and here.source["kind"] == "site":
        await pages.leads_to(here.desk.db, here.source, page, found.url)
        return
    kind = _MEDIA.get(found.media_type)
    if kind is None:
        why = f"the address gives {found.media_type[:100] or 'no type'}, which is neither a page nor a PDF"
        await pages.refused(here.desk.db, page, why)
        return
    content = hashlib.sha256(found.body).hexdigest()
    if page["fresh"] and content == page["digest"]:
        await pages.unchanged(here.desk.db, page, found.etag, found.last_modified)
        return
    await _read(here, page, found, kind=kind, digest=content)


async def _read(here: _Visit, page: dict[str, Any], found: Fetched, *, kind: str, digest: str) -> None:
    """Stores the bytes as a version, and puts what is read in place of what was there."""
    desk, workspace_id, source = here.desk, here.workspace_id, here.source
    key = folder_of(workspace_id, source["id"], page["id"]) + new_id().hex
    filename = f"page.{kind}"
    with reading_folder() as folder:
        path = Path(folder) / filename
        path.write_bytes(found.body)
        try:
            read = await here.reader.read(path, filename, title=page["name"], base=found.url)
        except Unreadable as error:
            await pages.refused(desk.db, page, str(error), gone=False)
            return
    if other := _canonical(here, page, read):
        await pages.leads_to(desk.db, source, page, other)
        return
    if read.unwanted and source["kind"] == "site":
        await pages.refused(desk.db, page, "the page asks not to be indexed")
        return
    links = await to_thread(_links, here, read)  # thousands, each held against thousands of rules
    await desk.files.put(key, found.body)
    media_type = found.media_type
    stored = Stored(filename=filename, media_type=media_type, size=len(found.body), digest=digest, key=key)
    async with desk.db.transaction(workspace_id) as connection:
        number = None
        if await pages.still_there(connection, page):
            number = await add_version(connection, workspace_id, page["id"], stored=stored, by="system")
            await pages.add_links(connection, source, page, links)
    if number is None:  # switched off, or removed meanwhile
        await desk.files.delete(key)
        return
    try:
        await finish(desk, workspace_id, page["id"], number, read)
    except Unreadable as error:
        await failed(desk, workspace_id, page["id"], number, str(error))
    await pages.looked_at(desk.db, page, found)


def _links(here: _Visit, read: Read) -> list[str]:
    """Pages of the same site that may be read; as many as can be held against its robots.txt in a moment."""
    if here.source["kind"] != "site":
        return []
    links = dict.fromkeys(plain(link) for link in read.links)
    until = time.monotonic() + _LINK_SECONDS
    inside = takewhile(lambda _: time.monotonic() < until, links)
    return [link for link in inside if link and may_be_page(link) and here.fault_of(link) is None]


def _canonical(here: _Visit, page: dict[str, Any], read: Read) -> str | None:
    """The address under which the page wants to be known, if it is another one of the site."""
    other = plain(read.canonical) if read.canonical else None
    if here.source["kind"] != "site" or other is None or other == page["place"]:
        return None
    return other if here.fault_of(other) is None and not page["is_target"] else None


async def _again(desk: Desk, source: dict[str, Any], *, seconds: float) -> None:
    workspace_id = source["workspace_id"]
    async with desk.db.workspace(workspace_id) as connection:
        await queue_visit(
            connection, workspace_id, source["id"], source["visit"], seconds=seconds, failures=source["failures"]
        )


async def take_up_visit(connection: Connection, workspace_id: UUID, source_id: UUID) -> None:
    """One that a switched-off source left in the middle."""
    cursor = await connection.execute(
        """SELECT visit FROM knowledge_source
           WHERE workspace_id = %s AND id = %s AND visit > 0 AND visit_ended_at IS NULL""",
        (workspace_id, source_id),
    )
    if row := await cursor.fetchone():
        await queue_visit(connection, workspace_id, source_id, row["visit"])


async def queue_visit(
    connection: Connection,
    workspace_id: UUID,
    source_id: UUID,
    number: int,
    *,
    seconds: float = 0.0,
    failures: int = 0,
) -> None:
    arguments: dict[str, Any] = {"workspace_id": str(workspace_id), "source_id": str(source_id), "number": number}
    if failures:
        arguments["failures"] = failures
    at = clock.now() + timedelta(seconds=seconds) if seconds else None
    await defer(connection, VISIT_JOB, arguments, lock=f"visit:{source_id}", at=at)
    await publish(connection, workspace_id, LIVE_TOPIC, {"source_id": str(source_id), "what": "visited"})
