"""Twilio's REST API, as far as calls need it (twilio.com/docs/voice/api)."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import orjson

from dynaris.channels.contract import Account, CannotSend, Refused, TryLater
from dynaris.channels.voice_twilio.settings import API, SANDBOX, TwilioVoiceSettings
from dynaris.core.answers import beginning
from dynaris.core.networks import networks_of
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

Number = Account[TwilioVoiceSettings]
Fields = Sequence[tuple[str, str]]

_SECONDS = aiohttp.ClientTimeout(total=15, connect=5)
_MOST_ANSWER = 200_000
_GONE = (20404, 21220)  # no such call, or it is not in progress
_OURS_IS_WRONG = (20003, 20005, 21210, 21606)  # of the account: not authenticated, suspended, not its number
# Calls are processed, and asked about, where the account's region is (twilio.com/docs/global-infrastructure).
_EDGES = {"ie1": "dublin", "au1": "sydney"}


class TwilioApi:
    """Nothing is kept open: Twilio is asked a few times for each call at most."""

    def __init__(self) -> None:
        self._outbound, self._sandbox = Outbound(), 0

    def configure(self, settings: Settings) -> None:
        self._outbound, self._sandbox = Outbound.of(settings), settings.sandbox_twilio_port

    async def get(self, number: Number, path: str, query: dict[str, str] | None = None) -> dict[str, Any]:
        """Raises `TryLater` or `Refused`."""
        return await self._ask("GET", number, path, params=query)

    async def post(self, number: Number, path: str, fields: Fields) -> dict[str, Any]:
        """Raises `TryLater` or `Refused`."""
        return await self._ask("POST", number, path, data=list(fields))

    async def change(self, number: Number, sid: str, fields: Fields) -> bool:
        """A call; False where it has ended. Raises `TryLater` or `Refused`."""
        try:
            await self.post(number, f"Calls/{sid}.json", fields)
        except _Gone:
            return False
        return True

    async def _ask(self, method: str, number: Number, path: str, **sent: Any) -> dict[str, Any]:
        settings = number.settings
        url = f"{self._base(number)}/2010-04-01/Accounts/{settings.account_sid}{path and '/'}{path or '.json'}"
        proof = aiohttp.encode_basic_auth(settings.account_sid, settings.auth_token.get_secret_value())
        # The sandbox is on this machine, where nothing else may be called.
        outbound = Outbound(networks_of("loopback")) if settings.api_url == SANDBOX else self._outbound
        try:
            async with (
                aiohttp.ClientSession(connector=outbound.http_connector(limit=1), timeout=_SECONDS) as http,
                http.request(method, url, headers={"Authorization": proof}, allow_redirects=False, **sent) as response,
            ):
                status, body = response.status, await beginning(response, _MOST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater(f"Twilio cannot be reached: {error or type(error).__name__}") from error
        said = _parsed(body)
        if status < 300:
            return said
        code = said.get("code")
        why = f"Twilio answered {status}: {str(said.get('message') or 'no reason')[:300]}"
        if code in _GONE or status == 404:
            raise _Gone(why)
        if status == 429 or status >= 500:
            raise TryLater(why)
        raise Refused(why, "account" if status in (401, 403) or code in _OURS_IS_WRONG else "message")

    def _base(self, number: Number) -> str:
        settings = number.settings
        if settings.api_url == SANDBOX:
            if not self._sandbox:
                raise CannotSend("this number is the sandbox's, which runs only with `dynaris up`", 300)
            return f"http://127.0.0.1:{self._sandbox}"
        if settings.api_url == API and (edge := _EDGES.get(settings.region)):
            return f"https://api.{edge}.{settings.region}.twilio.com"
        return settings.api_url.rstrip("/")


class _Gone(Refused):
    """There is no such call any more, or nothing else by that name."""


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
