"""Which kind of file bytes are: told by what they hold, and by the name only where that says nothing."""

import re
import zipfile
from pathlib import Path

from dynaris.knowledge.documents.blocks import Unreadable

# The endings that can be uploaded, with the media type that a download is given.
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "htm": "text/html",
    "txt": "text/plain",
    "json": "application/json",
}
_TEXTS = {"csv": "csv", "tsv": "csv", "md": "markdown", "markdown": "markdown", "json": "json"}
_OFFICE = {"word/document.xml": "docx", "ppt/presentation.xml": "pptx", "xl/workbook.xml": "xlsx"}
_BINARY = frozenset({"pdf", "docx", "pptx", "xlsx", "xlsm"})
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*+<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)

MOST_UNPACKED = 300_000_000  # bytes of all parts of an office file
MOST_PART = 100_000_000  # of one XML part
_MOST_PARTS = 10_000


def ending(name: str) -> str:
    return Path(name).suffix.lower().removeprefix(".")


def format_of(path: Path, name: str) -> str:
    """`pdf`, `docx`, `pptx`, `xlsx`, `html`, `csv`, `markdown`, `json` or `text`. Raises `Unreadable`."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise Unreadable("the file is empty; upload one with text in it")
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK"):
        return _office_format(path)
    if start.startswith(_OLD_OFFICE):
        raise Unreadable(_why_old(path))
    suffix = ending(name)
    if suffix in _BINARY:
        raise Unreadable(f"the file is named .{suffix} and is none, or is damaged; save it again and upload that")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or not _looks_binary(start):
        if _HTML.match(start.removeprefix(b"\xef\xbb\xbf")) or suffix in {"html", "htm"}:
            return "html"
        return _TEXTS.get(suffix, "text")
    raise Unreadable("the file holds no text that can be read; save it as PDF, Word or plain text")


def _looks_binary(start: bytes) -> bool:
    odd = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in start)
    return b"\x00" in start or odd > len(start) / 50


def _why_old(path: Path) -> str:
    """An encrypted office file is a container of the old kind."""
    with path.open("rb") as file:
        found = "EncryptedPackage".encode("utf-16-le") in file.read(2_000_000)
    if found:
        return "the file is protected by a password; remove the password and upload it again"
    return "this is an old Office format (.doc, .xls or .ppt); save it as .docx, .xlsx or .pptx and upload that"


def _office_format(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            found = next((kind for part, kind in _OFFICE.items() if part in archive.NameToInfo), None)
            if found is None:
                raise Unreadable("this is an archive and no document; unpack it and upload the files in it")
            _check_parts(archive, parts)
            return found
    # NotImplementedError: of zipfile, for a compression, an encryption or a version that it does not know.
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError, EOFError) as error:
        raise Unreadable("the file is damaged; save it again in the program it comes from and upload that") from error


def _check_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """What unpacks to far more than a document is, and what defines entities, is an attack and no document."""
    largest = max((part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))), default=0)
    if len(parts) > _MOST_PARTS or largest > MOST_PART or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("the file unpacks to far too much; save a smaller one, without pictures or in several parts")
    for part in parts:
        if part.flag_bits & 1:
            raise Unreadable("the file is protected by a password; remove the password and upload it again")
        if part.filename.endswith((".xml", ".rels")):
            with archive.open(part) as file:
                if b"<!DOCTYPE" in file.read(8192).replace(b"\x00", b"").upper():
                    raise Unreadable("the file defines its own XML entities, which is not accepted; save it again")
