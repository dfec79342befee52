"""How a text file's bytes become characters."""

from pathlib import Path

from dynaris.knowledge.documents.blocks import MOST_CHARACTERS, Unreadable

_SAMPLE = 20_000  # bytes that tell the alphabet


def decoded(path: Path) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = _of_old_bytes(raw)
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"the text is longer than {MOST_CHARACTERS:,} characters; split it into several files")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _of_old_bytes(raw: bytes) -> str:
    """Western Europe's letters, unless that gives hardly any that are plain: then what the bytes look most like."""
    text = raw.decode("cp1252", "replace")
    sample = [sign for sign in text[:_SAMPLE] if not sign.isspace()]
    if sum(sign > "\x7f" for sign in sample) * 3 < len(sample):
        return text
    from charset_normalizer import from_bytes

    found = from_bytes(raw[:_SAMPLE]).best()
    return raw.decode(found.encoding, "replace") if found else text
