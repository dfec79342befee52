"""Stored secrets: AES-256-GCM under `DYNARIS_SECRET_KEY`, bound to the row they belong to."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dynaris.core.errors import Unavailable

_PREFIX = "enc:v1:"


class UnreadableSecret(Unavailable):
    """The process has another key than the one that stored the secret: with the right key all goes on."""

    code = "unreadable_secret"


class Vault:
    """Encrypts and decrypts; the key is derived from the setting, so any long random text will do."""

    def __init__(self, secret_key: str) -> None:
        self._aead = AESGCM(hashlib.sha256(b"dynaris.vault:" + secret_key.encode()).digest())
        self._fingerprints = hashlib.sha256(b"dynaris.fingerprint:" + secret_key.encode()).digest()

    def fingerprint(self, value: str) -> str:
        """Always the same for a value, and nothing to whoever has not the key: by it something can be recognised that
        may not be kept."""
        return hmac.digest(self._fingerprints, value.encode("utf-8", "surrogatepass"), "sha256").hex()

    def seal(self, plain: str, bound_to: str) -> str:
        """`bound_to` names the row and field: a sealed value copied elsewhere does not open there."""
        nonce = os.urandom(12)
        sealed = self._aead.encrypt(nonce, plain.encode(), bound_to.encode())
        return _PREFIX + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, bound_to: str) -> str:
        try:
            blob = base64.b64decode(sealed.removeprefix(_PREFIX))
            return self._aead.decrypt(blob[:12], blob[12:], bound_to.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableSecret(
                f"the secret of {bound_to} cannot be read: DYNARIS_SECRET_KEY is not the one it was stored with"
            ) from error


def is_sealed(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_PREFIX)


def hmac_sha256(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Constant-time comparison."""
    return hmac.compare_digest(one.encode(), other.encode())
