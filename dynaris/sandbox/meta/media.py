"""Media: files beside the state, within Meta's limits by type, fetched by an address that ends after minutes."""

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple

from dynaris.core import clock
from dynaris.core.errors import InvalidInput, NotFound
from dynaris.sandbox.meta.account import digits
from dynaris.sandbox.meta.graph_errors import GraphError
from dynaris.sandbox.meta.store import Row, Store

URL_SECONDS = 300
MEGABYTE = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"


class Limit(NamedTuple):
    most: int  # bytes
    types: tuple[str, ...]


# What a business may send, by https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
LIMITS = {
    "image": Limit(5 * MEGABYTE, ("image/jpeg", "image/png")),
    "sticker": Limit(500 * 1024, ("image/webp",)),
    "audio": Limit(16 * MEGABYTE, ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus")),
    "video": Limit(16 * MEGABYTE, ("video/mp4", "video/3gpp")),
    "document": Limit(
        100 * MEGABYTE,
        (
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation",
        ),
    ),
}
LARGEST = LIMITS["document"].most


def plain_type(mime_type: str) -> str:
    """Without its parameters."""
    return mime_type.partition(";")[0].strip().lower()


def keep_media(store: Store, content: bytes, mime_type: str, name: str | None = None) -> Row:
    media_id = digits(16)
    folder = store.folder / "media"
    folder.mkdir(mode=0o700, exist_ok=True)
    temporary = folder / f".{media_id}.tmp"
    temporary.write_bytes(content)
    temporary.rename(folder / media_id)
    store.run(
        "INSERT INTO media (id, mime_type, sha256, size, name, at) VALUES (:id, :type, :sha, :size, :name, :at)",
        id=media_id,
        type=mime_type,
        sha=hashlib.sha256(content).hexdigest(),
        size=len(content),
        name=name,
        at=clock.now().timestamp(),
    )
    return find_media(store, media_id)


def upload(store: Store, content: bytes, mime_type: str, name: str | None) -> Row:
    """By the business. Raises `GraphError` for a type that Meta does not take, or too large a file."""
    plain = plain_type(mime_type)
    limit = next((each for each in LIMITS.values() if plain in each.types), None)
    if limit is None:
        known = ", ".join(kind for each in LIMITS.values() for kind in each.types)
        words = f"Param file must be a file with one of the following types: {known}. Received file of type '{plain}'."
        raise GraphError(100, message=f"(#100) {words}")
    if not 0 < len(content) <= limit.most:
        raise GraphError(131053, f"Media file size {len(content)} is too big or 0. Max file size currently supported: "
                                 f"{limit.most} bytes for {plain}")  # fmt: skip
    return keep_media(store, content, mime_type, name)


def received(store: Store, kind: str, content: bytes, mime_type: str, name: str | None) -> Row:
    """From a customer: whatever a phone makes, up to the size that WhatsApp lets through."""
    if not 0 < len(content) <= LIMITS[kind].most:
        raise InvalidInput(f"a customer's {kind} has 1 to {LIMITS[kind].most} bytes, not {len(content)}")
    if kind != "document" and not plain_type(mime_type).startswith(("image/" if kind == "sticker" else f"{kind}/",)):
        raise InvalidInput(f"{mime_type!r} is no {kind}")
    return keep_media(store, content, mime_type, name)


def find_media(store: Store, media_id: str) -> Row:
    found = store.row("SELECT * FROM media WHERE id = :id", id=media_id)
    if found is None:
        raise NotFound(f"there is no medium {media_id}")
    return found


def read_media(store: Store, media_id: str) -> bytes:
    return (store.folder / "media" / find_media(store, media_id)["id"]).read_bytes()


def delete_media(store: Store, media_id: str) -> None:
    found = find_media(store, media_id)
    store.run("DELETE FROM media WHERE id = :id", id=found["id"])
    (store.folder / "media" / found["id"]).unlink(missing_ok=True)


def link_to(store: Store, base_url: str, media_id: str) -> str:
    """Good for five minutes, and only with the access token."""
    until = int(clock.now().timestamp()) + URL_SECONDS
    proof = _proof(store, media_id, until)
    return f"{base_url}/whatsapp_business/attachments/?mid={media_id}&source=getMedia&ext={until}&hash={proof}"


def may_fetch(store: Store, media_id: str, until: str, proof: str) -> bool:
    known = until.isdecimal() and len(until) < 15
    in_time = known and clock.now().timestamp() <= int(until)
    return bool(in_time) and hmac.compare_digest(_proof(store, media_id, int(until)).encode(), proof.encode())


def base64_sha(media: Row) -> str:
    """As webhooks have it; the API has it in hex."""
    return base64.b64encode(bytes.fromhex(media["sha256"])).decode()


def other_bytes(content: bytes) -> bytes:
    """As long, and not the same."""
    return secrets.token_bytes(len(content)) if content else b"x"


def _proof(store: Store, media_id: str, until: int) -> str:
    secret = store.value("SELECT app_secret FROM app")
    return hmac.new(secret.encode(), f"{media_id}.{until}".encode(), hashlib.sha256).hexdigest()[:40]
