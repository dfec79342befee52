"""PDF files written by hand: real text in a standard font, an outline, as many pages as are wanted."""

import io
import random
import re
from collections.abc import Sequence

_WORDS = re.findall(
    r"\w+",
    "practice hour patient treatment price massage therapist morning evening week insurance letter doctor garden "
    "parking bicycle children family discount payment card invoice reminder holiday session course yoga back knee",
)


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", outline: Sequence[tuple[str, int]] = ()) -> bytes:
    """Real text in Helvetica, line by line."""
    objects: list[bytes] = []

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    add(b"")  # 1: the catalog, written at the end
    add(b"")  # 2: the pages
    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids: list[int] = []
    for lines in pages:
        text = b"BT /F1 11 Tf 14 TL 60 780 Td " + b" ".join(
            b"("
            + line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
            + b") Tj T*"
            for line in lines
        )
        text += b" ET"
        stream = add(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
        kids.append(
            add(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> >>" % (stream, font)
            )
        )
    names = add(b"<< /Title (%s) >>" % title.encode("cp1252"))
    catalog = b"<< /Type /Catalog /Pages 2 0 R"
    if outline:
        first = len(objects) + 2
        root = add(b"<< /Type /Outlines /First %d 0 R /Last %d 0 R >>" % (first, first + len(outline) - 1))
        for at, (name, page) in enumerate(outline):
            after = b"/Next %d 0 R" % (first + at + 1) if at + 1 < len(outline) else b""
            add(
                b"<< /Title (%s) /Parent %d 0 R /Dest [%d 0 R /Fit] %s >>"
                % (name.encode("cp1252"), root, kids[page - 1], after)
            )
        catalog += b" /Outlines %d 0 R" % root
    objects[0] = catalog + b" >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    return _pdf_file(objects, names)


def _pdf_file(objects: Sequence[bytes], names: int) -> bytes:
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, names))
    out.write(b"startxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def handbook(pages: int, chance: random.Random) -> bytes:
    """A book of full pages with a running header, a footer with the page's number, and ten chapters."""
    written: list[list[str]] = []
    for number in range(1, pages + 1):
        lines = [f"On page {number} it is said that locker {number} costs {number} Euro."]
        while len(lines) < 45:
            lines.append(" ".join(chance.choice(_WORDS) for _ in range(12)).capitalize() + ".")
        written.append(["Handbook of the practice", *lines, f"Page {number} of {pages}"])
    chapters = [(f"Chapter {at + 1}", 1 + at * pages // 10) for at in range(10)]
    return pdf(written, title="Handbook", outline=chapters)
