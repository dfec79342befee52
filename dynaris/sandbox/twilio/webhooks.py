"""Requests of Twilio's to the product: signed, and posted again where that is asked for."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

import aiohttp
import structlog

log = structlog.get_logger()

_SECONDS = aiohttp.ClientTimeout(total=15)  # Twilio's own limit


def signature(url: str, fields: Mapping[str, str], token: str) -> str:
    """twilio.com/docs/usage/security: HMAC-SHA1 over the address and the sorted fields."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Webhooks:
    """`times`: how often each is posted; Twilio itself may ask twice, and the second answer is dropped. What begins
    with the first of `reached` is found on this machine at the second."""

    def __init__(self, token: str, reached: tuple[str, str] = ("", "")) -> None:
        self._public, self._here = reached
        self.times = 1
        self.failed: list[str] = []
        self._token = token
        self._http: aiohttp.ClientSession | None = None

    def reached(self, url: str) -> str:
        within = self._here and url.startswith(f"{self._public}/")
        return f"{self._here}{url.removeprefix(self._public)}" if within else url

    async def ask(self, url: str, fields: Mapping[str, str]) -> str | None:
        """The answer's body; `None` where it was none that Twilio takes."""
        self._http = self._http or aiohttp.ClientSession(timeout=_SECONDS)
        headers = {"X-Twilio-Signature": signature(url, fields, self._token), "I-Twilio-Idempotency-Token": "sandbox"}
        first: str | None = None
        for time in range(self.times):
            try:
                async with self._http.post(
                    self.reached(url), data=dict(fields), headers=headers, allow_redirects=False
                ) as answer:
                    text = await answer.text()
                    if answer.status >= 300:
                        self._note(f"11200 {url} answered {answer.status}: {text[:200]}")
                    elif time == 0:
                        first = text
            except (aiohttp.ClientError, TimeoutError) as error:
                self._note(f"11205 {url} cannot be reached: {error or type(error).__name__}")
        return first

    async def close(self) -> None:
        if self._http:
            await self._http.close()

    def _note(self, what: str) -> None:
        log.warning("sandbox.twilio_webhook_failed", what=what)
        self.failed.append(what)
