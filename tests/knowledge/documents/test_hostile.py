"""Broken, locked and hostile files end in a sentence about what to do, and never in the worker's end."""

import io
import os
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from benchmarks.measure import process_tree
from dynaris.core.ids import new_id
from dynaris.knowledge.documents.blocks import Unreadable
from dynaris.knowledge.documents.formats import format_of
from dynaris.knowledge.documents.reader import FileReader
from tests.knowledge.documents.conftest import Library
from tests.knowledge.documents.made import archive, pdf

_CONTENT = b"""<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""
_ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><w:document>&c;</w:document>"""


def _zip_bomb() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped,
        zipped.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(110):
            part.write(b"\0" * 1_000_000)
    return out.getvalue()


def _wide_sheet() -> bytes:
    """A sheet whose one row has tens of thousands of cells, and whose last row is the last that there can be."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Course", "Price"])
    sheet.append(["Yoga", 12])
    out = io.BytesIO()
    book.save(out)
    found = io.BytesIO()
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                cells = b"".join(b"<c><v>1</v></c>" for _ in range(60_000))
                content = content.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
                content = content.replace(b"</sheetData>", b"<row>" + cells + b"</row></sheetData>")
            target.writestr(name, content)
    return found.getvalue()


def _loop() -> bytes:
    """A tree of pages that holds itself, and an outline that goes in a circle."""
    good = pdf([["Some text."]], outline=[("One", 1), ("Two", 1)])
    return good.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]").replace(b"/Next 10 0 R", b"/Next 9 0 R ")


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.7 and nothing more", "damaged"),
        ("a.pdf", pdf([[], []]), "text recognition"),
        ("a.pdf", _loop(), ""),
        ("a.docx", b"not a zip file at all", "is none, or is damaged"),
        ("a.docx", b"PK\x03\x04 broken", "damaged"),
        ("a.docx", archive(**{"[Content_Types]": _CONTENT, "word__document": _ENTITIES}), "entities"),
        ("a.docx", _zip_bomb(), "unpacks to far too much"),
        ("a.docx", archive(notes__text=b"<a/>"), "archive and no document"),
        ("a.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.pptx", OLD, "old Office format"),
        ("a.txt", b"\x00\x01\x02\x03" * 100, "no text that can be read"),
        ("a.txt", b"  \n ", "empty"),
        ("a.json", b"{nope", "no JSON"),
        ("a.json", b"[" * 100_000 + b"]" * 100_000, ""),
        ("a.html", b"<html><body>" + b"<div>" * 100_000 + b"</body></html>", ""),
    ],
)
async def test_what_cannot_be_read_says_why_and_the_next_file_is_read(
    library: Library, name: str, content: bytes, said: str
) -> None:
    broken = await library.upload(name, content)
    fine = await library.upload("b.txt", b"The garden is open.")
    await library.read()
    document = await library.document(broken["id"])
    assert (document["status"], document["passages"]) == ("failed", 0), document
    assert said in document["error"]
    assert (await library.document(fine["id"]))["status"] == "ready"


async def test_a_sheet_of_endless_columns_is_read_up_to_a_few(library: Library) -> None:
    document = await library.uploaded("wide.xlsx", _wide_sheet())
    assert document["status"] == "ready", document["error"]
    assert (await library.passages(document["id"]))[0]["text"].startswith("Course: Yoga; Price: 12")


async def test_a_locked_pdf_says_that_it_is_locked(library: Library) -> None:
    locked = pdf([["Secret."]]).replace(
        b"trailer << ",
        b"trailer << /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>] /Encrypt << "
        b"/Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <" + b"ab" * 32 + b"> /U <" + b"cd" * 32 + b"> >> ",
    )
    assert "password" in (await library.uploaded("locked.pdf", locked))["error"]


async def test_a_reader_that_hangs_or_dies_is_replaced(tmp_path: Path) -> None:
    """As a file would make it that breaks the library."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"Some text.")
    async with FileReader(most_pieces=10, seconds=5) as reader:
        await reader.read(path, "a.txt", title="a")
        assert reader.pid is not None
        first = reader.pid
        pipe = tmp_path / "pipe.txt"
        os.mkfifo(pipe)
        reader._seconds = 0.2
        with pytest.raises(Unreadable, match="takes too long"):
            await reader.read(pipe, "pipe.txt", title="pipe")
        reader._seconds = 5
        assert [piece.text for piece in (await reader.read(path, "a.txt", title="a")).pieces] == ["Some text."]
        assert reader.pid != first
        assert first not in process_tree([os.getpid()])


async def test_the_reading_process_has_no_secrets_and_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYNARIS_SECRET_KEY", "a secret that no file may see")
    path = tmp_path / "a.txt"
    path.write_bytes(b"Some text.")
    async with FileReader(most_pieces=10) as reader:
        await reader.read(path, "a.txt", title="a")
        process = Path(f"/proc/{reader.pid}")
        assert b"secret" not in (process / "environ").read_bytes()
        limits = (process / "limits").read_text()
    assert [line.split()[3] for line in limits.splitlines() if line.startswith("Max file size")] == ["0"]
    assert any(line.startswith("Max address space") and "1500000000" in line for line in limits.splitlines())


async def test_more_passages_than_a_document_may_have_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(f"{number} " + "word " * 200 for number in range(50)))
    async with FileReader(most_pieces=20) as reader:
        with pytest.raises(Unreadable, match="more than 20 passages"):
            await reader.read(path, "a.txt", title="a")


async def test_uploads_that_cannot_be_documents_are_refused_at_the_door(library: Library) -> None:
    for files, status in [
        ({"file": ("virus.exe", b"MZ")}, 422),
        ({"file": ("empty.pdf", b"")}, 422),
        ({}, 422),
        ({"file": ("large.txt", b"x" * 1_000_001)}, 413),
    ]:
        library.desk.settings.document_megabytes = 1
        answer = await library.api.post("/api/knowledge/files", files=files, data={"x": "y"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert (await library.api.get("/api/knowledge/documents")).json()["items"] == []
    assert not [path for path in library.desk.settings.home.glob("files/**/*") if path.is_file()]


async def test_a_workspace_has_room_for_so_many_documents_and_passages(library: Library) -> None:
    library.desk.settings.knowledge_documents = 1
    library.desk.settings.knowledge_passages = 1
    document = await library.uploaded("a.txt", b"One.")
    assert document["status"] == "ready"
    answer = await library.api.post("/api/knowledge/files", files={"file": ("b.txt", b"Two.")})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    library.desk.settings.knowledge_documents = 2
    other = await library.uploaded("b.txt", b"Two.")
    assert (other["status"], "room for 0 more" in other["error"]) == ("failed", True)


async def _endless(taken: list[int], *, pieces: int) -> AsyncIterator[bytes]:
    yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    for _ in range(pieces):
        taken.append(1_000_000)
        yield bytes(1_000_000)


async def test_a_stranger_is_refused_before_a_byte_of_the_file_is_taken(library: Library) -> None:
    taken: list[int] = []
    headers = {"content-type": "multipart/form-data; boundary=x", "authorization": "Bearer of nothing"}
    answer = await library.api.post("/api/knowledge/files", content=_endless(taken, pieces=40), headers=headers)
    assert (answer.status_code, taken) == (401, [])
    path = f"/api/knowledge/documents/{new_id()}/file"
    answer = await library.api.put(path, content=_endless(taken, pieces=40), headers=headers)
    assert (answer.status_code, taken) == (401, [])


async def test_an_upload_that_does_not_say_how_long_it_is_ends_at_the_limit(library: Library) -> None:
    taken: list[int] = []
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = await library.api.post("/api/knowledge/files", content=_endless(taken, pieces=80), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert len(taken) < 55


def test_comments_before_no_page_are_no_riddle(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"<!---->" * 60 + b" Only text follows.")
    began = time.process_time()
    assert format_of(path, "a.txt") == "text"
    path.write_bytes(b"<!-- a -->\n<!-- b --><html><p>A page.</p></html>")
    assert format_of(path, "a.txt") == "html"
    assert time.process_time() - began < 1
