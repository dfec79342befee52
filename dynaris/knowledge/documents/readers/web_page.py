"""HTML: headings with their ids, paragraphs, lists and tables of what a page is about, without what frames it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from dynaris.knowledge.documents.blocks import Block, Reading, Unreadable, one_line
from dynaris.knowledge.documents.readers.rows import table_blocks

_MOST_LINKS = 5000
_DEEPEST = 200
_SKIPPED = frozenset(
    re.findall(
        r"\w+",
        "script style noscript template svg canvas iframe object embed form button select textarea input nav dialog "
        "head audio video map math",
    )
)
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q s samp small span strong sub sup "
        "time tt u var wbr",
    )
)
_FRAMING = frozenset({"header", "footer", "aside"})
_PARAGRAPHS = frozenset(re.findall(r"\w+", "p li dt dd blockquote pre figcaption caption summary address"))
_HEADING = re.compile(r"h([1-6])")
_FRAME_WORDS = re.compile(
    r"\b(?:cookie|consent|breadcrumbs?|navigation|navbar|menu|sidebar|skip-?link|newsletter|social|share)\b", re.I
)
_SHORT = 600  # characters of what asks for a click, and is no content
_COOKIES = re.compile(r"\bcookie", re.I)
_NO_DISPLAY = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def read_html(reading: Reading) -> Iterator[Block]:
    root = _parsed(reading)
    base = reading.base
    for tag in root.iter("base"):
        if tag.get("href") and reading.base:
            base = _joined(reading.base, tag.get("href")) or base
            break
    _head(root, reading)
    if base:
        _links(root, reading, base)
    body = _main(root)
    yield from _Walk().blocks(body)


def _parsed(reading: Reading) -> Any:
    from lxml import html
    from lxml.etree import ParserError, XMLSyntaxError

    raw = reading.path.read_bytes()
    encoding = "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        encoding = None
    parser = html.HTMLParser(encoding=encoding, no_network=True, huge_tree=False, recover=True)
    try:
        root = html.document_fromstring(raw, parser=parser)
    except (ParserError, XMLSyntaxError, ValueError) as error:
        raise Unreadable("the page holds no text that can be read") from error
    return root


def _head(root: Any, reading: Reading) -> None:
    title = next((one_line(tag.text_content()) for tag in root.iter("title")), "")
    reading.title = title[:200] or None
    language = (root.get("lang") or root.get("xml:lang") or "").split("-")[0].lower()
    reading.language = language if re.fullmatch("[a-z]{2,3}", language) else None
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href") and reading.base:
            reading.canonical = _joined(reading.base, link.get("href"))
            break
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() in ("robots", "dynaris"):
            reading.unwanted |= bool(
                {"noindex", "none"} & set(re.split(r"[\s,]+", (meta.get("content") or "").lower()))
            )


def _links(root: Any, reading: Reading, base: str) -> None:
    seen: dict[str, None] = {}
    for link in root.iter("a"):
        href = link.get("href")
        if href and "nofollow" not in (link.get("rel") or "").lower() and (found := _joined(base, href)):
            seen[found] = None
            if len(seen) >= _MOST_LINKS:
                break
    reading.links = list(seen)


def _joined(base: str, href: str) -> str | None:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return None


def _main(root: Any) -> Any:
    """What the page says its content is, where that is most of what it says; else all of it."""
    for path in ("//main", "//*[@role='main']", "//article"):
        found = root.xpath(path)
        if len(found) == 1 and len(found[0].text_content().strip()) > 200:
            return found[0]
    body = root.find("body")
    return root if body is None else body


class _Walk:
    """Goes through a page in reading order."""

    def __init__(self) -> None:
        self._loose: list[str] = []  # text between paragraphs
        self._anchor: str | None = None

    def blocks(self, body: Any) -> Iterator[Block]:
        yield from self._inside(body, 0)
        yield from self._flush()

    def _inside(self, element: Any, depth: int) -> Iterator[Block]:
        if depth > _DEEPEST:
            self._add(element.text_content())
            return
        self._add(element.text)
        for child in element:
            if isinstance(child.tag, str) and not _is_frame(child):
                yield from self._element(child, depth)
            self._add(child.tail)

    def _element(self, element: Any, depth: int) -> Iterator[Block]:
        tag = element.tag.lower()
        if heading := _HEADING.fullmatch(tag):
            yield from self._flush()
            if text := one_line(_text(element)):
                self._anchor = _anchor_of(element)
                yield Block(text, level=int(heading[1]), anchor=self._anchor)
        elif tag == "table":
            yield from self._flush()
            yield from self._table(element)
        elif tag == "br":
            self._loose.append("\n")
        elif tag in _PARAGRAPHS and not any(
            child.tag in _PARAGRAPHS or child.tag == "table" for child in element.iter() if child is not element
        ):
            yield from self._flush()
            text = _text(element, lines=tag == "pre")
            if text.strip():
                yield Block(f"- {text.strip()}" if tag == "li" else text.strip(), anchor=self._anchor)
        elif tag in _INLINE:
            yield from self._inside(element, depth + 1)
        else:
            yield from self._flush()
            yield from self._inside(element, depth + 1)
            yield from self._flush()

    def _table(self, table: Any) -> Iterator[Block]:
        rows = [[one_line(_text(cell)) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        for block in table_blocks(rows):
            yield Block(block.text, row=True, anchor=self._anchor)

    def _add(self, text: str | None) -> None:
        if text:
            self._loose.append(re.sub(r"\s+", " ", text))

    def _flush(self) -> Iterator[Block]:
        text = "".join(self._loose).strip()
        self._loose.clear()
        if text:
            yield Block("\n".join(filter(None, map(one_line, text.split("\n")))), anchor=self._anchor)


def _is_frame(element: Any) -> bool:
    tag = element.tag.lower()
    if _is_hidden(element):
        return True
    if tag in _FRAMING or element.get("role") in ("navigation", "banner", "contentinfo", "search"):
        return not (
            tag == "header"
            and element.getparent() is not None
            and element.getparent().tag in ("article", "main", "section")
        )
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    if not _FRAME_WORDS.search(named) or any(True for _ in element.iter("main", "article", "h1")):
        return False
    return bool(_COOKIES.search(named)) or _leads_away(element)


def _is_hidden(element: Any) -> bool:
    if element.tag.lower() in _SKIPPED or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return _NO_DISPLAY.search(element.get("style") or "") is not None


def _leads_away(element: Any) -> bool:
    """Most of what it says are links and buttons; the menu of a restaurant is what its page is about."""
    said = len(one_line(element.text_content()))
    away = sum(len(one_line(inner.text_content())) for inner in element.iter("a", "button", "label"))
    asks = any(True for _ in element.iter("form", "button", "input"))
    return said < 2 * away or (asks and said < _SHORT)


def _anchor_of(heading: Any) -> str | None:
    """Its own id, one inside it, or that of the section that it begins."""
    if found := heading.get("id"):
        return found
    for inner in heading.iter("a", "span"):
        if found := inner.get("id") or inner.get("name"):
            return found
    parent = heading.getparent()
    if parent is not None and parent.tag in ("section", "article", "div") and next(iter(parent), None) is heading:
        return parent.get("id")
    return None


def _text(element: Any, *, lines: bool = False) -> str:
    parts: list[str] = []
    _gather(element, parts, 0)
    text = "".join(parts)
    return text if lines else "\n".join(filter(None, map(one_line, text.split("\n"))))


def _gather(element: Any, parts: list[str], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if element.text:
        parts.append(element.text if element.tag == "pre" else re.sub(r"\s+", " ", element.text))
    for child in element:
        if isinstance(child.tag, str) and not _is_hidden(child):
            parts.append("\n" if child.tag == "br" else " " if child.tag not in _INLINE else "")
            _gather(child, parts, depth + 1)
        if child.tail:
            parts.append(re.sub(r"\s+", " ", child.tail))
