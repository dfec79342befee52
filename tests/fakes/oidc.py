"""An OpenID provider on loopback: discovery, keys, authorisation without a form, tokens it can be told to spoil."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote_plus, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "dynaris-test", "provider secret"


@dataclass
class FakeProvider:
    """`claims` go over those of the next ID token; `signed_with` replaces its signature."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: _key("one"))
    subject: str = "subject-1"
    email: str = "ada@people.example"
    verified: Any = True
    claims: dict[str, Any] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    unsigned: bool = False
    stranger: RSAKey | None = None  # signs instead, under our key's name
    calls_itself: str | None = None
    asked: list[dict[str, str]] = field(default_factory=list)  # token requests
    keys_asked: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        self.key = _key(f"key-{self.keys_asked}-next")

    async def _document(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.calls_itself or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        self.keys_asked += 1
        return web.json_response({"keys": [self.key.as_dict(private=False, kid=self.key.kid, use="sig")]})

    async def _authorize(self, request: web.Request) -> web.Response:
        code = f"code-{len(self._codes)}-{time.monotonic_ns()}"
        self._codes[code] = dict(request.query)
        answer = urlencode({"code": code, "state": request.query["state"]})
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{answer}")

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        basic = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        begun = self._codes.pop(form.get("code", ""), None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if begun is None or request.headers.get("authorization") != f"Basic {basic}":
            return web.json_response({"error": "invalid_grant"}, status=400)
        if challenge != begun["code_challenge"] or form["redirect_uri"] != begun["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "access", "token_type": "Bearer", "id_token": self._id_token(begun)})

    def _id_token(self, begun: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": begun["nonce"],
            "email": self.email,
            "email_verified": self.verified,
            "name": "Ada of the provider",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        if self.unsigned:
            parts = ({"alg": "none", "kid": self.key.kid}, claims)
            return (
                ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
                + "."
            )
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.stranger or self.key)

    async def _userinfo(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"] == "Bearer access"
        return web.json_response({"sub": self.subject, "email": self.email, "email_verified": self.verified})


@cache
def _key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid})


@asynccontextmanager
async def fake_provider() -> AsyncIterator[FakeProvider]:
    provider = FakeProvider()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", provider._document)
    application.router.add_get("/keys", provider._keys)
    application.router.add_get("/authorize", provider._authorize)
    application.router.add_post("/token", provider._token)
    application.router.add_get("/userinfo", provider._userinfo)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield provider
    await runner.cleanup()
