"""LiveKit's tokens (docs.livekit.io/home/get-started/authentication): JWTs over HS256 with an API key's secret."""

import base64
import json
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from dynaris.channels.contract import Rejected, RoomServer
from dynaris.core.crypto import same

_SECONDS, _LEEWAY = 60, 60


def token(server: RoomServer, *, seconds: int = _SECONDS, identity: str = "", **claims: Any) -> str:
    """`claims`: `video`, `sip` and others, as LiveKit names them."""
    now = int(time.time())
    body = {"iss": server.key, "sub": identity, "nbf": now - _LEEWAY, "exp": now + seconds, **claims}
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, body, OctKey.import_key(server.secret))


def issuer(authorization: str) -> str:
    """The API key that a token names, not proved."""
    try:
        payload = authorization.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return str(claims["iss"])[:200]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise Rejected("Authorization: the token of a LiveKit webhook was expected") from error


def check_webhook(server: RoomServer, authorization: str, body: bytes) -> None:
    """LiveKit sends the bare token, whose `sha256` is the body's. Raises `Rejected`."""
    try:
        claims: Mapping[str, Any] = jwt.decode(
            authorization.removeprefix("Bearer ").strip(), OctKey.import_key(server.secret), algorithms=["HS256"]
        ).claims
    except (JoseError, ValueError) as error:
        raise Rejected("Authorization: the token is not signed with this API key's secret") from error
    now = time.time()
    if claims.get("iss") != server.key:
        raise Rejected("Authorization: the token is of another API key")
    if not _number(claims.get("nbf"), 0) - _LEEWAY <= now <= _number(claims.get("exp"), 0) + _LEEWAY:
        raise Rejected("Authorization: the token is not of now; look at both clocks")
    digest = base64.b64encode(sha256(body).digest()).decode()
    if not same(str(claims.get("sha256", "")), digest):
        raise Rejected("Authorization: the token was made for another body")


def _number(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) else default
