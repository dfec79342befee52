"""What one form brought: fields and files, read from the body whatever its kind, within limits that hold."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import orjson
from python_multipart.multipart import parse_options_header

from dynaris.channels.contract import Attachment, Rejected
from dynaris.core.errors import DynarisError
from dynaris.core.http import checked_json

MOST_BODY = 12_000_000
MOST_FIELDS = 100
MOST_FILES = 10
MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_FILES_BYTES = 10 * 1024 * 1024
LONGEST_NAME = 100
LONGEST_VALUE = 20_000
LONGEST_TEXT = 100_000  # of all values together
_MOST_TEXT_BODY = 1_500_000  # bytes, of a body that holds no files: more is more than all fields may have
_MOST_HEADER = 4_096  # of one part
_BOUNDARY = re.compile(rb"[ -~]{1,70}")
_MIME_TYPE = re.compile(r"[a-z0-9!#$&.+^_-]{1,60}/[a-z0-9!#$&.+^_-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Submission:
    """Fields in the order they came; what was sent twice under one name is joined with commas."""

    fields: dict[str, str]
    files: tuple[Attachment, ...] = ()


def read_submission(content_type: str, body: bytes) -> Submission:
    """Raises `Rejected` with a 4xx that says what was expected and what came."""
    kind, options = parse_options_header(content_type)
    if len(body) > MOST_BODY:
        _refuse(413, "too_large", f"a form may have {MOST_BODY} bytes, not {len(body)}")
    if kind == b"multipart/form-data":
        return _multipart(options.get(b"boundary", b""), body)
    if not (content_type or body):
        return Submission({})  # a form without a single field
    if len(body) > _MOST_TEXT_BODY:
        _refuse(413, "too_large", f"a form without files may have {_MOST_TEXT_BODY} bytes, not {len(body)}")
    if kind == b"application/x-www-form-urlencoded":
        return Submission(_joined(_urlencoded(body)))
    if kind in (b"application/json", b"text/json") or kind.endswith(b"+json"):
        return Submission(_joined(_json(body)))
    came = f"not {content_type[:80]}" if content_type else "and no Content-Type came"
    _refuse(
        415,
        "unsupported_media_type",
        f"expected application/json, application/x-www-form-urlencoded or multipart/form-data, {came}",
    )


def _refuse(status: int, code: str, why: str) -> NoReturn:
    raise Rejected(why, status, code)


def _malformed(why: str) -> NoReturn:
    _refuse(400, "malformed_request", why)


def _joined(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, list[str]] = {}
    size = 0
    for number, (given, value) in enumerate(pairs, 1):
        name = _clean(given).strip()
        if number > MOST_FIELDS:
            _refuse(422, "invalid_input", f"a form may have {MOST_FIELDS} fields")
        if not name or len(name) > LONGEST_NAME:
            _refuse(422, "invalid_input", f"a field's name has 1 to {LONGEST_NAME} characters, not {len(name)}")
        if len(value) > LONGEST_VALUE:
            _refuse(422, "invalid_input", f"{name}: at most {LONGEST_VALUE} characters, not {len(value)}")
        size += len(value)
        if size > LONGEST_TEXT:
            _refuse(422, "invalid_input", f"all fields together may have {LONGEST_TEXT} characters")
        fields.setdefault(name, []).append(_clean(value).strip())
    return {name: ", ".join(value for value in values if value) for name, values in fields.items()}


def _clean(text: str) -> str:
    """Line ends as ours; no control characters: a database and a mail cannot hold them."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _text(raw: bytes) -> str:
    """Old pages send what their own encoding was."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _urlencoded(body: bytes) -> Iterator[tuple[str, str]]:
    if body.count(b"&") > MOST_FIELDS:
        _refuse(422, "invalid_input", f"a form may have {MOST_FIELDS} fields, not {body.count(b'&') + 1}")
    for pair in body.split(b"&"):
        if not pair.strip():
            continue
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        yield _text(unquote_to_bytes(name)), _text(unquote_to_bytes(value))


def _json(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        value = checked_json(body)
    except DynarisError as error:
        raise Rejected(error.detail, error.status, error.code) from error
    if not isinstance(value, dict):
        _refuse(422, "invalid_input", "expected an object of fields and their values")
    if len(value) > MOST_FIELDS:
        _refuse(422, "invalid_input", f"a form may have {MOST_FIELDS} fields, not {len(value)}")
    for name, given in value.items():
        yield name, _as_text(given)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""  # as a checkbox that is not ticked
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(str(one) for one in value)
    return orjson.dumps(value).decode()


def _multipart(boundary: bytes, body: bytes) -> Submission:
    """Split by hand: one pass over the bytes, whatever they are."""
    if not _BOUNDARY.fullmatch(boundary):
        _malformed("multipart/form-data needs a boundary of 1 to 70 characters in its Content-Type")
    delimiter = b"\r\n--" + boundary
    if (count := body.count(b"--" + boundary)) > MOST_FIELDS + MOST_FILES + 1:
        _refuse(422, "invalid_input", f"a form may have {MOST_FIELDS} fields and {MOST_FILES} files, not {count} parts")
    _, *parts = (b"\r\n" + body).split(delimiter)
    if not parts or not parts[-1].startswith(b"--"):
        _malformed("the multipart body does not end with its boundary: it was cut off, or the boundary is another")
    pairs: list[tuple[str, str]] = []
    files: list[Attachment] = []
    for part in parts[:-1]:
        name, filename, mime_type, content = _part(part)
        if filename is None:
            pairs.append((name, _text(content[: LONGEST_VALUE * 4 + 1])))
        elif content or filename:
            files.append(Attachment(filename=safe_name(filename), mime_type=mime_type, content=content))
    _check_files(files)
    return Submission(_joined(iter(pairs)), tuple(files))


def _part(part: bytes) -> tuple[str, str | None, str, bytes]:
    head, separator, content = part[:_MOST_HEADER].partition(b"\r\n\r\n")
    if not separator:
        _malformed(f"a part of the form has no headers, or more than {_MOST_HEADER} bytes of them")
    content = part[len(head) + len(separator) :]
    headers: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        headers[name.strip().lower()] = value.strip()
    disposition, options = parse_options_header(headers.get(b"content-disposition"))
    if disposition != b"form-data" or b"name" not in options:
        _malformed('a part of the form has no `Content-Disposition: form-data; name="..."`')
    filename = options.get(b"filename")
    mime_type = headers.get(b"content-type", b"").partition(b";")[0].decode("latin-1").strip().lower()
    if not _MIME_TYPE.fullmatch(mime_type):
        mime_type = "application/octet-stream"
    return _text(options[b"name"]), None if filename is None else _text(filename), mime_type, content


def _check_files(files: list[Attachment]) -> None:
    if len(files) > MOST_FILES:
        _refuse(422, "invalid_input", f"a form may have {MOST_FILES} files, not {len(files)}")
    for file in files:
        if len(file.content) > MOST_FILE_BYTES:
            _refuse(413, "too_large", f"{file.filename}: a file may have {MOST_FILE_BYTES} bytes")
    if sum(len(file.content) for file in files) > MOST_FILES_BYTES:
        _refuse(413, "too_large", f"all files together may have {MOST_FILES_BYTES} bytes")


def safe_name(filename: str) -> str:
    """The last part of a path, without signs that a disk, a header or a reader's eye would take for something else."""
    last = filename.replace("\\", "/").rstrip("/").rpartition("/")[2]
    shown = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    name = _NOT_IN_NAMES.sub("_", shown).strip(" .")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:100]}{dot}{ending[:20]}" if dot else name[:100] or "attachment"
