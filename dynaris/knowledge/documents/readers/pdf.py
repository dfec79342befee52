"""PDF: the text of each page, without running headers and footers, words joined over the ends of lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from dynaris.knowledge.documents.blocks import MOST_CHARACTERS, Block, Reading, Unreadable, one_line

MOST_PAGES = 5000
_MOST_OUTLINE = 5000
_EDGE = 3  # lines at the top and the bottom of a page that may be running ones
_OFTEN = 0.5  # of the pages show a running line
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[^\W\d_][^.!?;]{2,80}")
_ENDS = re.compile(r"[.!?:;…]['\"»“”’)\]]*$")
_ITEM = re.compile(r"(?:[-–•▪*·]|\d{1,2}[.)]|[a-z]\))\s+")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_PASSWORD, _SECURITY = 4, 5  # FPDF_GetLastError


def read_pdf(reading: Reading) -> Iterator[Block]:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(str(reading.path))
    except pdfium.PdfiumError as error:
        raise Unreadable(_why(error)) from error
    try:
        pages = len(document)
        if pages > MOST_PAGES:
            raise Unreadable(f"the PDF has {pages:,} pages, and {MOST_PAGES:,} are the most; split it")
        reading.title = one_line(document.get_metadata_value("Title"))[:200] or None
        lines = _all_lines(document, pages, reading)
        outline = _outline(document)
    finally:
        document.close()
    if not any(lines):
        raise Unreadable(
            "the PDF holds pictures of pages and no text (a scan); run text recognition (OCR) over it and upload that"
        )
    yield from _blocks(_without_running(lines), outline)


def _why(error: Exception) -> str:
    code = getattr(error, "err_code", None)
    if code in (_PASSWORD, _SECURITY) or "password" in str(error).lower():
        return "the PDF is protected by a password; remove the password and upload it again"
    return "the PDF is damaged; print it to a new PDF and upload that"


def _all_lines(document: Any, pages: int, reading: Reading) -> list[list[str]]:
    """Of each page; a page that cannot be read is empty."""
    import pypdfium2 as pdfium

    found: list[list[str]] = []
    characters = 0
    for number in range(pages):
        try:
            page = document[number]
            text_page = page.get_textpage()
            text = text_page.get_text_range()
            text_page.close()
            page.close()
        except pdfium.PdfiumError:
            text = ""
        characters += len(text)
        if characters > MOST_CHARACTERS:
            raise Unreadable(f"the PDF holds more than {MOST_CHARACTERS:,} characters; split it into several files")
        found.append(_lines_of(text))
        reading.progress(number + 1, pages)
    return found


def _lines_of(text: str) -> list[str]:
    text = text.replace("\ufffe", "\u00ad").replace("\x02", "\u00ad")  # how the library marks a hyphen at a line's end
    lines = (_UNREADABLE.sub(" ", line).strip() for line in text.splitlines())
    return [" ".join(line.split()) for line in lines if line.strip()]


def _outline(document: Any) -> list[tuple[int, int, str]]:
    """(page from 0, level, title) in reading order. A damaged outline is none."""
    import pypdfium2 as pdfium

    found: list[tuple[int, int, str]] = []
    try:
        for bookmark in document.get_toc(max_depth=6):
            destination = bookmark.get_dest()
            page = destination.get_index() if destination else None
            title = one_line(bookmark.get_title())[:200]
            if page is not None and title:
                found.append((page, min(bookmark.level + 1, 6), title))
            if len(found) >= _MOST_OUTLINE:
                break
    except (pdfium.PdfiumError, ValueError, RecursionError):
        return []
    return found if all(one[0] <= other[0] for one, other in pairwise(found)) else []


def _running(pages: Sequence[list[str]]) -> frozenset[str]:
    """Lines at the edge of pages that come again and again, whatever number stands in them."""
    filled = [page for page in pages if page]
    if len(filled) < 3:
        return frozenset()
    seen = Counter(key for page in filled for key in {_key(line) for line in _edges(page)})
    return frozenset(key for key, count in seen.items() if count >= max(3, len(filled) * _OFTEN))


def _edges(page: list[str]) -> list[str]:
    return page if len(page) <= 2 * _EDGE else page[:_EDGE] + page[-_EDGE:]


def _key(line: str) -> str:
    return _DIGITS.sub("#", line.lower())


def _without_running(pages: Sequence[list[str]]) -> Sequence[list[str]]:
    """Pages that say hardly more than such a line say it for its own sake."""
    running = _running(pages)
    kept = [
        [
            line
            for at, line in enumerate(page)
            if not ((at < _EDGE or at >= len(page) - _EDGE) and _key(line) in running)
        ]
        for page in pages
    ]
    return kept if 2 * sum(map(bool, kept)) >= sum(map(bool, pages)) else pages


def _blocks(pages: Sequence[list[str]], outline: Sequence[tuple[int, int, str]]) -> Iterator[Block]:
    waiting = list(outline)
    for number, lines in enumerate(pages):
        page = str(number + 1)
        due = []
        while waiting and waiting[0][0] <= number:
            due.append(waiting.pop(0))
        yield from _page_blocks(lines, page, due, numbered=not outline)


def _page_blocks(lines: list[str], page: str, due: list[tuple[int, int, str]], *, numbered: bool) -> Iterator[Block]:
    """Headings of the outline take effect at the line that says them, else at the top of the page."""
    known = {_bare(line) for line in lines}
    for _, level, title in [entry for entry in due if _bare(entry[2]) not in known]:
        yield Block(title, level=level, page=page, anchor=f"page={page}")
    titles = {_bare(title): (level, title) for _, level, title in due if _bare(title) in known}
    width = _usual_width(lines)
    paragraph: list[str] = []
    for at, line in enumerate(lines):
        heading = titles.pop(_bare(line), None)
        if heading is None and numbered and _NUMBERED.fullmatch(line) and not line[-1].isdigit():
            heading = (min(line.split()[0].rstrip(".").count(".") + 1, 6), line)
        if heading:
            yield from _joined(paragraph, page)
            paragraph = []
            yield Block(heading[1], level=heading[0], page=page, anchor=f"page={page}")
            continue
        if paragraph and _ITEM.match(line):
            yield from _joined(paragraph, page)
            paragraph = []
        paragraph.append(line)
        if _ENDS.search(line) and (len(line) < 0.8 * width or at + 1 == len(lines)):
            yield from _joined(paragraph, page)
            paragraph = []
    yield from _joined(paragraph, page)


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", re.sub(r"^[\d.\s]+", "", text)).lower()


def _usual_width(lines: list[str]) -> int:
    return sorted(map(len, lines))[len(lines) * 3 // 4] if lines else 0


def _joined(lines: list[str], page: str) -> Iterator[Block]:
    text = ""
    for line in lines:
        if text.endswith(("\u00ad", "-")) and len(text) > 1 and text[-2].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text = f"{text.removesuffix(chr(0xAD))}{'-' if text.endswith(chr(0xAD)) else ' '}{line}" if text else line
    if text := text.replace("\u00ad", "").strip():
        yield Block(text, page=page, anchor=f"page={page}")
