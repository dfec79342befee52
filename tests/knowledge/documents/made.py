"""Files that are made by hand. PDFs come from the benchmarks."""

import io
import zipfile

from benchmarks.papers import pdf

__all__ = ["archive", "pdf"]


def archive(**parts: bytes) -> bytes:
    """A zip file; `__` in a name stands for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in parts.items():
            folder, _, file = name.rpartition("__")
            path = f"{folder.replace('__', '/')}/{file}.xml".lstrip("/")
            # of no time: pytest's workers, which name tests by such bytes, must agree on the names
            zipped.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
