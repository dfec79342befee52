"""CSV files for spreadsheets: what one would run as a formula goes out harmless, and is read back as it was."""

import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable

_PIECE = 64_000  # characters

# A spreadsheet evaluates what begins like this; an apostrophe before it makes it text. Where one stands already,
# another is put, so that reading back (one is taken away) always gives what was written. A cell begins behind a
# semicolon, too, where the spreadsheet's language separates by it; then a quoted line end begins a row.
_BEGINS = r"(?:\A(?={0} *[\t\r\n])|(?:\A|(?<=[;\r\n]))(?={0}[ \t]*[=+\-@＝＋－＠]))"
_FORMULA, _NEUTRALISED = re.compile(_BEGINS.format("'*")), re.compile(_BEGINS.format("'+") + "'")


def neutral(text: str) -> str:
    return _FORMULA.sub("'", text)


def restored(cell: str) -> str:
    return _NEUTRALISED.sub("", cell)


async def as_csv(header: Iterable[str], rows: AsyncIterable[Iterable[str]]) -> AsyncIterator[bytes]:
    """UTF-8 with a mark that makes spreadsheets read it as such, every cell neutral; in pieces."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    writer.writerow(map(neutral, header))
    async for row in rows:
        writer.writerow(map(neutral, row))
        if text.tell() > _PIECE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
