"""Posts to one channel of a Slack workspace, by an incoming webhook or by a bot; nothing ever comes in."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from dynaris.channels.contract import (
    Account,
    AddressKind,
    Arrival,
    CannotSend,
    ChannelTraits,
    Examination,
    Inbound,
    OutboundMessage,
    Received,
    Refused,
    Rejected,
    SendReceipt,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from dynaris.channels.slack import answers
from dynaris.channels.slack.blocks import body_of
from dynaris.core.answers import beginning
from dynaris.core.networks import networks_of
from dynaris.core.outbound import Outbound
from dynaris.core.settings import Settings

SANDBOX = "sandbox"
_EXAMINE_SECONDS = 3.5
_MOST_READ = 20_000


class SlackSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    webhook_url: SecretStr | None = Field(
        default=None,
        description="An incoming webhook's address, https://hooks.slack.com/services/…; or token and channel. "
        "`sandbox` is the channel of `dynaris up`.",
    )
    token: SecretStr | None = Field(default=None, description="A bot's token, xoxb-…, with the scope chat:write.")
    channel: str | None = Field(
        default=None,
        max_length=80,
        pattern=r"^[#A-Za-z0-9._-]+$",
        description="Where the bot writes: the channel's id, such as C0123456789.",
    )
    api_url: str = Field(
        default="https://slack.com/api", max_length=500, description="Slack's Web API, for a bot; GovSlack has its own."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "SlackSettings":
        if self.webhook_url is None and not (self.token and self.channel):
            raise ValueError("give `webhook_url`, or `token` and `channel`")
        if self.webhook_url is not None and self.token is not None:
            raise ValueError("give `webhook_url` or `token`, not both")
        return self


class SlackChannel:
    name: ClassVar[str] = "slack"
    traits: ClassVar[ChannelTraits] = ChannelTraits(tells="workspace", shared_addresses=True, arrivals=())
    address_kind: ClassVar[AddressKind] = AddressKind.SLACK
    settings: type[SlackSettings] = SlackSettings

    def __init__(self) -> None:
        self._http: dict[bool, aiohttp.ClientSession] = {}  # by whether it is for the sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbound = Outbound()
        self._sandbox = ""

    def configure(self, settings: Settings) -> None:
        self._outbound = Outbound.of(settings)
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
        sandbox = f"http://{host}:{settings.port}/sandbox/slack/services/T0/B0/demo"
        self._sandbox = sandbox if settings.sandbox_pages else ""

    async def close(self) -> None:
        for session in self._http.values():
            await session.close()
        self._http.clear()

    def faults_of(self, settings: Mapping[str, Any]) -> dict[str, str]:
        """Dialling: of the two addresses."""
        given = ((name, settings.get(name)) for name in ("webhook_url", "api_url"))
        found = ((name, self._fault_of(url)) for name, url in given if isinstance(url, str) and url != SANDBOX)
        return {name: fault for name, fault in found if fault}

    def receive(self, request: WebhookRequest, account: Account[SlackSettings]) -> Received:  # noqa: ARG002 - contract
        raise Rejected("our own people are told in Slack: nothing comes in from there", 404, "not_found")

    def read(self, arrival: Arrival, account: Account[SlackSettings]) -> Inbound:  # noqa: ARG002 - contract
        raise Unreadable("our own people are told in Slack: nothing comes in from there")

    async def send(self, message: OutboundMessage, account: Account[SlackSettings]) -> SendReceipt:
        settings, body = account.settings, body_of(message)
        if settings.webhook_url is not None:
            url = settings.webhook_url.get_secret_value()
            if url == SANDBOX and not self._sandbox:
                raise Refused("this is the channel of the sandbox, which is there only with `dynaris up`", "account")
            status, said, headers = await self._post(url, body, {})
            return answers.of_webhook(status, said, headers)
        body["channel"] = settings.channel
        status, said, headers = await self._post(_method(settings, "chat.postMessage"), body, _bearer(settings))
        return answers.of_api(status, said, headers)

    async def examine(self, account: Account[SlackSettings]) -> Sequence[Examination]:
        """Examinable: who the token belongs to. A webhook can be asked nothing without writing something."""
        settings = account.settings
        if settings.webhook_url is not None:
            found = "an incoming webhook says only when it is written to whether it works: send a test"
            return [Examination("slack", "ok", found)]
        try:
            async with asyncio.timeout(_EXAMINE_SECONDS):
                _, said, _ = await self._post(_method(settings, "auth.test"), {}, _bearer(settings))
        except Refused as error:
            return [Examination("slack", "failed", error.reason, "correct the address")]
        except (TryLater, TimeoutError, aiohttp.ClientError, OSError) as error:
            return [Examination("slack", "failed", f"Slack does not answer: {error}", "look whether it is up")]
        answer = answers.read(said)
        if answer.get("ok") is True:
            return [Examination("slack", "ok", f"signed in to {answer.get('team')} as {answer.get('user')}")]
        name = str(answer.get("error") or "nothing that can be read")[:100]
        return [Examination("slack", "failed", f"Slack says {name}", answers.remedy(name) or "give another token")]

    async def _post(
        self, url: str, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        is_sandbox = url == SANDBOX
        if not is_sandbox and (fault := self._fault_of(url)):
            raise Refused(f"nothing can be sent there: {fault}", "account")
        sent = {"content-type": "application/json; charset=utf-8", **headers}
        try:
            async with self._session(is_sandbox=is_sandbox).post(
                self._sandbox if is_sandbox else url, data=orjson.dumps(body), headers=sent, allow_redirects=False
            ) as response:
                said = await beginning(response, _MOST_READ)
                return response.status, said, {name.lower(): value for name, value in response.headers.items()}
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise CannotSend(f"Slack cannot be reached: {error}") from error

    def _fault_of(self, url: str) -> str | None:
        try:
            there = urlsplit(url)
            host, _ = there.hostname or "", there.port
        except ValueError as error:
            return f"this is no address: {error}"
        if there.scheme not in ("http", "https") or not host or there.username is not None:
            return "an address like https://hooks.slack.com/services/… is expected"
        if fault := self._outbound.fault_of_host(host):
            return fault
        if there.scheme == "http" and (Outbound().permits(host) or not self._outbound.permits(host)):
            return "secrets are sent by https only"
        return None

    def _session(self, *, is_sandbox: bool) -> aiohttp.ClientSession:
        """The sandbox is on this machine, where nothing else may be called."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._http.clear()
        if is_sandbox not in self._http:
            outbound = Outbound(networks_of("loopback")) if is_sandbox else self._outbound
            self._http[is_sandbox] = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=20, sock_connect=10),
                connector=outbound.http_connector(limit=16),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http[is_sandbox]


def _method(settings: SlackSettings, name: str) -> str:
    return f"{settings.api_url.rstrip('/')}/{name}"


def _bearer(settings: SlackSettings) -> dict[str, str]:
    assert settings.token is not None
    return {"authorization": f"Bearer {settings.token.get_secret_value()}"}
