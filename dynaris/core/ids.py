"""Identifiers and tokens: time-ordered ids for rows, unguessable tokens for people and keys."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """UUID version 7: sorts by creation time, so that indexes and cursors follow it."""
    return uuid7()


def new_token(prefix: str = "") -> str:
    """256 random bits, URL-safe."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token: it has 256 random bits, so a plain digest is enough and can be indexed."""
    return hashlib.sha256(token.encode()).digest()
