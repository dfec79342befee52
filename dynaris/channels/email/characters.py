"""Characters as they arrive: decoded from any charset, and cleaned so that JSON and PostgreSQL accept them."""

import codecs
import re
from functools import lru_cache

# What PostgreSQL's text, JSON or a reader's terminal would choke on: NUL and other controls, lone surrogates.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\x0c\x85\u2028\u2029]")
# They turn the reading direction, so that "gpj.exe" shows as "exe.jpg".
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Of these, the ones that can put words in another order; single marks stand in Arabic and Hebrew names.
_MISLEADING = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_WHITE = re.compile(r"\s+")

# Names that mailers use and Python does not know, or knows as something narrower than what they send.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "8bit": "utf-8",
    "unicode": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-windows-949": "cp949",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "x-euc-jp": "euc-jp",
    "big5": "big5hkscs",
    "cp-850": "cp850",
}
# Python codecs that are not charsets of mail, or take quadratic time on hostile input.
_NOT_CHARSETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "oem",
    "unicode-escape",
}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def clean(text: str) -> str:
    """Line ends become `\\n`, forbidden characters go, lone surrogates too; everything else stays."""
    text = _LINE_ENDS.sub("\n", text)
    return _FORBIDDEN.sub("", text)


def clean_line(text: str, limit: int) -> str:
    """One line for people: white space collapsed, direction marks removed, at most `limit` characters."""
    return _WHITE.sub(" ", _DIRECTIONS.sub("", clean(text[: limit * 4]))).strip()[:limit].rstrip()


def misleads(name: str) -> bool:
    """It has characters that nobody's name has: controls, or what turns the reading direction."""
    return _MISLEADING.search(name) is not None


def decode(data: bytes, charset: str | None) -> str:
    """Never fails: the declared charset if it fits, else UTF-8, else Windows-1252 with replacements."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data.decode(codec, errors="replace")
    declared = codec_of(charset) if charset else None
    for codec in (declared, "utf-8"):
        try:
            if codec:
                return data.decode(codec)
        except (UnicodeError, ValueError):
            continue
    if declared not in (None, "utf-8"):
        return data.decode(declared, errors="replace")
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if sum(character > "\x7f" for character in text[:100_000]) >= 2 * broken:
        return text  # UTF-8 with a few bytes damaged on the way
    return data.decode(_guess(data), errors="replace")


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """The Python codec for a declared charset; `None` when there is none that is safe to use."""
    name = charset.strip().strip("\"'").lower()[:60]
    name = _ALIASES.get(name, name)
    if not name.isascii() or "\0" in name:
        return None
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)  # bytes-to-bytes codecs such as "zlib" and "hex"
    return found.name if is_text and found.name not in _NOT_CHARSETS else None


def _guess(data: bytes) -> str:
    """Text that is not UTF-8 and says nothing usable: mostly non-ASCII means a non-Latin charset."""
    sample = data[:20_000]
    high = sum(byte > 0x7F for byte in sample)
    if high < 40 or high * 4 < len(sample):
        return "cp1252"
    from charset_normalizer import from_bytes  # 5 MB of memory, and rarely needed

    best = from_bytes(sample).best()
    return (best and codec_of(best.encoding)) or "cp1252"
