"""CSV files for spreadsheets: what one would run as a formula goes out harmless, and is read back as it was."""

import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable

_PIECE = 64_000  # characters

# A spreadsheet evaluates what begins like this; an apostrophe before it makes it text. Where one stands already,
# another is put, so that reading back (one is taken away) always gives what was written.
_FORMULA = re.compile(r"'* *[=+\-@\t\r\n＝＋－＠]")
_NEUTRALISED = re.compile(r"'+ *[=+\-@\t\r\n＝＋－＠]")


def neutral(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def restored(cell: str) -> str:
    return cell[1:] if _NEUTRALISED.match(cell) else cell


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
