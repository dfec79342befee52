"""Identifiers and tokens: time-ordered ids for rows, unguessable tokens for people and keys."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """UUID version 7: sorts by creation time, so that indexes and cursors follow it."""
    return uuid7()


def first_id(moment: datetime) -> UUID:
    """No id that is made from this moment on is below it, and none that was made before is above."""
    return UUID(int=int(moment.timestamp() * 1_000) << 80)


def id_of(key: str, since: UUID) -> UUID:
    """The same id for the same key, sorting with the time of `since` (a version 7 id): written twice, it is one row."""
    digest = hashlib.sha256(key.encode()).digest()
    return UUID(
        bytes=since.bytes[:6] + bytes([0x70 | digest[0] & 0x0F, digest[1], 0x80 | digest[2] & 0x3F]) + digest[3:10]
    )


def new_token(prefix: str = "") -> str:
    """256 random bits, URL-safe."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token: it has 256 random bits, so a plain digest is enough and can be indexed."""
    return hashlib.sha256(token.encode()).digest()
