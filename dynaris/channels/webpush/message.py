"""What a push service is sent: the payload encrypted for one browser (RFC 8291), and who we are (VAPID, RFC 8292)."""

import base64
import hashlib
import os
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256
_RECORD = 4096  # what push services take at most (RFC 8291, section 4)
MOST_BYTES = _RECORD - 86 - 17  # without the header, the delimiter and the tag
_TOKEN_SECONDS = 12 * 3600
POINT, SECRET = 65, 16  # bytes of a browser's public key, and of its secret


def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Always the same for a secret of ours."""
    wide = HKDF(hashes.SHA256(), 48, salt=None, info=b"dynaris.vapid").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def read(value: str) -> bytes:
    """Raises `ValueError`."""
    return base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))


def browser_keys(keys: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Public key and secret. Raises `ValueError` for what is neither."""
    public, secret = read(keys["p256dh"]), read(keys["auth"])
    if len(public) != POINT or len(secret) != SECRET:
        raise ValueError(f"p256dh has {POINT} bytes and auth {SECRET}, not {len(public)} and {len(secret)}")
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    return public, secret


def encrypted(
    payload: bytes,
    keys: Mapping[str, str],
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """In the coding aes128gcm, as one record. `own` and `salt` are new for each message; tests bring their own."""
    public, secret = browser_keys(keys)
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    context = b"WebPush: info\0" + public + point(own)
    seed = HKDF(hashes.SHA256(), 32, salt=secret, info=context).derive(shared)
    key = HKDF(hashes.SHA256(), 16, salt=salt, info=b"Content-Encoding: aes128gcm\0").derive(seed)
    nonce = HKDF(hashes.SHA256(), 12, salt=salt, info=b"Content-Encoding: nonce\0").derive(seed)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([POINT]) + point(own)
    return header + AESGCM(key).encrypt(nonce, payload + b"\x02", None)


def authorization(endpoint: str, key: ec.EllipticCurvePrivateKey, subject: str, *, now: float | None = None) -> str:
    """`subject`: where a push service reaches whoever runs this installation."""
    there = urlsplit(endpoint)
    claims = {
        "aud": f"{there.scheme}://{there.netloc}",
        "exp": int(time.time() if now is None else now) + _TOKEN_SECONDS,
        "sub": subject,
    }
    token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(key))
    return f"vapid t={token}, k={written(point(key))}"


def topic(about: str) -> str:
    """32 letters of the URL-safe alphabet, as RFC 8030 wants them: a later push takes an earlier one's place."""
    return written(hashlib.sha256(about.encode()).digest())[:32]
