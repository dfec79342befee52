"""An OpenID provider, known by its issuer's address: discovery, its keys, and the tokens it signs."""

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from dynaris.core import clock
from dynaris.core.addresses import addresses
from dynaris.core.crypto import same
from dynaris.core.errors import Forbidden, Unavailable
from dynaris.core.settings import Settings
from dynaris.people.oidc_paths import CALLBACK

# Asymmetric ones only: with a shared secret, or none, whoever knows the client could sign.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
_MOST_BYTES = 1_000_000
_BELIEVED_SECONDS = 3_600.0  # what discovery said
_LEEWAY = 60  # seconds between the provider's clock and ours
_KEY_TYPES = ("RSA", "EC", "OKP")


class Identity(NamedTuple):
    """Whom the provider vouches for. `email` only where it says that it verified the address."""

    issuer: str
    subject: str
    email: str | None
    name: str


@dataclass
class _Known:
    document: dict[str, Any]
    keys: KeySet
    until: float


class Provider:
    """`settings.oidc_*`; asked over the network at the first sign-in, and again after an hour."""

    def __init__(self, settings: Settings) -> None:
        assert settings.oidc_issuer, "there is a provider only where an issuer is set"
        secret = settings.oidc_client_secret
        self.issuer, self.name = settings.oidc_issuer, settings.oidc_name
        self._client = settings.oidc_client_id or ""
        self._secret = secret.get_secret_value() if secret else None
        self._callback = addresses(settings).sign_in(CALLBACK)
        self._known: _Known | None = None

    async def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes to sign in."""
        known = await self._discovered()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._callback,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = known.document["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def identity(self, *, code: str, nonce: str, verifier: str) -> Identity:
        """Exchanges the code; every claim is checked. Raises `Forbidden`, or `Unavailable`."""
        known = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._client,
            "code_verifier": verifier,
        }
        methods = known.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers = {}
        if self._secret and "client_secret_basic" in methods:  # both form-encoded first (RFC 6749, 2.3.1)
            pair = quote_plus(self._client), quote_plus(self._secret)
            headers["authorization"] = aiohttp.encode_basic_auth(*pair)
        elif self._secret:
            form["client_secret"] = self._secret
        tokens = await _fetched("POST", known.document["token_endpoint"], data=form, headers=headers)
        claims = await self._claims(tokens.get("id_token"), nonce)
        if "email" not in claims and "userinfo_endpoint" in known.document:
            claims = {**await self._userinfo(tokens, claims["sub"]), **claims}
        said = claims.get("email_verified")
        email = claims.get("email") if said is True or said == "true" else None
        name = str(claims.get("name") or claims.get("email") or "").partition("@")[0]
        return Identity(self.issuer, claims["sub"], email if isinstance(email, str) else None, name)

    async def _claims(self, token: Any, nonce: str) -> dict[str, Any]:
        if not isinstance(token, str):
            raise _untrusted("it sent no ID token")
        try:
            try:
                claims = jwt.decode(token, (await self._discovered()).keys, algorithms=ALGORITHMS).claims
            except InvalidKeyIdError:  # its keys were changed since we asked
                claims = jwt.decode(token, (await self._discovered(again=True)).keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise _untrusted(f"its ID token is not signed with its keys ({type(error).__name__})") from error
        self._check(claims, nonce)
        return claims

    def _check(self, claims: dict[str, Any], nonce: str) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        now = clock.now().timestamp()
        if claims.get("iss") != self.issuer:
            raise _untrusted("the ID token is another issuer's")
        if self._client not in audiences or (len(audiences) > 1 and claims.get("azp") != self._client):
            raise _untrusted("the ID token is for another client")
        if not _number(claims.get("exp")) or claims["exp"] < now - _LEEWAY:
            raise _untrusted("the ID token has expired")
        if not _number(claims.get("iat")) or claims["iat"] > now + _LEEWAY:
            raise _untrusted("the ID token is from the future")
        if not same(str(claims.get("nonce", "")), nonce):
            raise _untrusted("the ID token was made for another sign-in")
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise _untrusted("the ID token names nobody")

    async def _userinfo(self, tokens: dict[str, Any], subject: str) -> dict[str, Any]:
        assert self._known is not None
        headers = {"authorization": f"Bearer {tokens.get('access_token')}"}
        said = await _fetched("GET", self._known.document["userinfo_endpoint"], headers=headers)
        return said if said.get("sub") == subject else {}

    async def _discovered(self, *, again: bool = False) -> _Known:
        if self._known and not again and self._known.until > time.monotonic():
            return self._known
        document = await _fetched("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise Unavailable(f"the provider calls itself {str(document.get('issuer'))[:200]!r}, not {self.issuer!r}")
        for needed in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(document.get(needed), str):
                raise Unavailable(f"the provider at {self.issuer} names no {needed}")
        keys = (await _fetched("GET", document["jwks_uri"])).get("keys", [])
        usable = [key for key in keys if key.get("kty") in _KEY_TYPES and key.get("use", "sig") == "sig"]
        try:
            known = _Known(document, KeySet.import_key_set({"keys": usable}), time.monotonic() + _BELIEVED_SECONDS)
        except (JoseError, ValueError) as error:
            raise Unavailable(f"the keys of the provider at {self.issuer} cannot be read") from error
        self._known = known
        return known


async def _fetched(method: str, url: str, **options: Any) -> dict[str, Any]:
    """A JSON object. Slow, endless and redirected answers are refused."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
            session.request(method, url, allow_redirects=False, **options) as response,
        ):
            body = b""
            async for chunk in response.content.iter_chunked(65_536):
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise Unavailable("the sign-in provider's answer is too long; try again")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable("the sign-in provider does not answer; try again") from error
    if response.status in (400, 401, 403):
        raise _untrusted("it refused this sign-in")
    try:
        said = orjson.loads(body) if response.status == 200 else None
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Unavailable(f"the sign-in provider answered {response.status} and no JSON object; try again")
    return said


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _untrusted(why: str) -> Forbidden:
    return Forbidden(f"the sign-in provider's answer is not trusted: {why}; sign in again")
