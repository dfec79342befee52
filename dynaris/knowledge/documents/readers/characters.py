"""How a text file's bytes become characters."""

from pathlib import Path

from dynaris.knowledge.documents.blocks import MOST_CHARACTERS, Unreadable


def decoded(path: Path) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"the text is longer than {MOST_CHARACTERS:,} characters; split it into several files")
    return text.replace("\r\n", "\n").replace("\r", "\n")
