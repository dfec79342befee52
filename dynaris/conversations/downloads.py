"""How a file from outside is handed to a browser: as something to keep, never as something to run."""

import re
from urllib.parse import quote

from fastapi import Response

_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+-]{1,100}")
# Types that no browser runs; any other goes out as plain bytes.
_INERT = re.compile(r"image/(png|jpeg|gif|webp|avif|bmp)|(audio|video)/[a-z0-9.+-]+|application/pdf|text/plain")
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')


def download(content: bytes, *, filename: str, mime_type: str) -> Response:
    kind = mime_type.lower()
    inert = _TYPE.fullmatch(kind) and _INERT.fullmatch(kind)
    return Response(
        content,
        media_type=None,
        headers={
            "Content-Type": kind if inert else "application/octet-stream",
            "Content-Disposition": _disposition(filename),
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


def _disposition(filename: str) -> str:
    name = _NOT_IN_A_NAME.sub("_", filename).strip(" .")[:150] or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
