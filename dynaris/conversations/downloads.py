"""How a file from outside is handed to a browser: as something to keep, to see or to hear, never to run."""

import re
from urllib.parse import quote

from fastapi import Response

_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,100}")
# Types that no browser runs; any other goes out as plain bytes.
_INERT = re.compile(r"image/(png|jpeg|gif|webp|avif|bmp)|(audio|video)/[a-z0-9.+-]+|application/pdf|text/plain")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def download(content: bytes, *, filename: str, mime_type: str, wanted: str | None = None) -> Response:
    """`wanted`: the request's `Range`; players ask for parts of what they play, and Safari plays nothing without."""
    kind = mime_type.partition(";")[0].strip().lower()  # what follows names a codec at most
    inert = _TYPE.fullmatch(kind) and _INERT.fullmatch(kind)
    status, content, length = _part(content, wanted)
    return Response(
        content,
        status,
        media_type=None,
        headers={
            "Accept-Ranges": "bytes",
            **length,
            "Content-Type": kind if inert else "application/octet-stream",
            "Content-Disposition": _disposition(filename),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _part(content: bytes, wanted: str | None) -> tuple[int, bytes, dict[str, str]]:
    """Status, bytes and header of one range (RFC 9110, 14.2); all of it for what is no range, or several."""
    found = _RANGE.fullmatch(wanted or "")
    if not found or not any(found.groups()):
        return 200, content, {}
    size = len(content)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        first, last = max(0, size - int(found[2])), size - 1
    if found[1] and found[2] and int(found[1]) > int(found[2]):
        return 200, content, {}
    if first > last:
        return 416, b"", {"Content-Range": f"bytes */{size}"}
    return 206, content[first : last + 1], {"Content-Range": f"bytes {first}-{last}/{size}"}


def _disposition(filename: str) -> str:
    name = _NOT_IN_A_NAME.sub("_", filename).strip(" .")[:150] or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
