"""Every setting of the product, typed; read once in `app` and passed on."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dynaris.core.networks import networks_of

SAFE_KEY = 16  # characters; with fewer it can be guessed by whoever has the database
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.IGNORECASE)
_STORAGES = frozenset({"s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "file"})
_NO_SETTINGS = frozenset({"DYNARIS_CALLS_SOCKET", "DYNARIS_LIFELINE_FD", "DYNARIS_TEST_DATABASE_URL"})  # read elsewhere


def default_home() -> Path:
    return Path.home() / ".local" / "share" / "dynaris"


class Settings(BaseSettings):
    """Read from the environment with the prefix `DYNARIS_`; `docs/settings.md` lists each one."""

    model_config = SettingsConfigDict(env_prefix="DYNARIS_", extra="ignore", populate_by_name=True)

    home: Annotated[Path, Field(description="Folder of the database, the files and the keys.")] = Field(
        default_factory=default_home
    )
    database_url: Annotated[
        str | None,
        Field(validation_alias="DATABASE_URL", description="PostgreSQL to use instead of the embedded one."),
    ] = None
    migrate_url: Annotated[
        str | None, Field(description="The tables' owner, when `DATABASE_URL` is not; used to migrate only.")
    ] = None
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Encrypts stored secrets: 16 random characters or more. Generated in the home; "
            "required with `DATABASE_URL`."
        ),
    ] = None

    host: Annotated[
        str, Field(description="Address that web and SMTP listen on; the sandbox listens on 127.0.0.1.")
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port of the web process.")] = 8000
    smtp_port: Annotated[int, Field(ge=0, le=65535, description="Port of the built-in SMTP listener.")] = 2525
    imap_port: Annotated[int, Field(ge=0, le=65535, description="Port of the sandbox mailbox's IMAP.")] = 1143
    sandbox_smtp_port: Annotated[
        int, Field(ge=0, le=65535, description="Port of the sandbox mailbox's own SMTP; 0 picks a free one.")
    ] = 0
    sandbox_meta_port: Annotated[
        int,
        Field(ge=0, le=65535, description="Port of the sandbox's WhatsApp API; 0 picks a free one, the last if it is."),
    ] = 0
    sandbox_twilio_port: Annotated[
        int,
        Field(ge=0, le=65535, description="Port of the sandbox's Twilio API; 0 picks a free one, the last if it is."),
    ] = 0
    sandbox_pages: Annotated[
        bool | None,
        Field(
            description="Shows the sandbox (`/sandbox/mail`, `…/slack`, `…/whatsapp`, `…/twilio`) to this "
            "machine alone. If unset, `dynaris up` does where it listens on a loopback address and has no public one."
        ),
    ] = None
    public_url: Annotated[
        str | None, Field(description="Address people reach the web process at; links derive from it.")
    ] = None
    docs_url: Annotated[
        str | None, Field(description="Address of the documentation; the API's reference below `DYNARIS_PUBLIC_URL`.")
    ] = None
    auth_url: Annotated[
        str | None,
        Field(
            description="Address of the web process for sign-in links and identity providers, on the host of "
            "`DYNARIS_PUBLIC_URL`; that one if unset."
        ),
    ] = None
    gateway_url: Annotated[
        str | None,
        Field(
            validation_alias="AI_BACKEND_URL",
            description="Address of the web process for events, forms, widgets and webhooks; `DYNARIS_PUBLIC_URL`.",
        ),
    ] = None
    calls_url: Annotated[
        str | None,
        Field(
            description="Address below which carriers and browsers open sockets for calls; without it the web process "
            "passes them on to a calls process on this machine."
        ),
    ] = None
    calls_port: Annotated[
        int,
        Field(ge=0, le=65535, description="Port of the calls process; for 0 `up` picks a free one, for this machine."),
    ] = 0
    livekit_url: Annotated[
        str | None,
        Field(description="LiveKit server of this installation (`wss://…`), for accounts that name none of their own."),
    ] = None
    livekit_api_key: Annotated[str | None, Field(description="API key at that LiveKit server.")] = None
    livekit_api_secret: Annotated[SecretStr | None, Field(description="The key's secret.")] = None
    smtp_url: Annotated[
        SecretStr | None,
        Field(description="SMTP server for e-mail accounts that name none; `dynaris up` sets the sandbox mailbox."),
    ] = None
    private_networks: Annotated[
        str | None,
        Field(
            description="Networks that accounts and reply addresses may lead to although they are not public, e.g. "
            "`10.1.0.0/16, loopback`; `dynaris up` without a public address allows `loopback`."
        ),
    ] = None
    files_url: Annotated[
        str | None,
        Field(description="Where attachments are stored, e.g. `s3://bucket/prefix`; the home's folder if unset."),
    ] = None

    document_megabytes: Annotated[
        int, Field(ge=1, le=200, description="Most megabytes of one uploaded file, and of one upload.")
    ] = 50
    knowledge_documents: Annotated[
        int, Field(ge=1, description="Most documents (files, web pages) of a workspace.")
    ] = 10_000
    knowledge_passages: Annotated[int, Field(ge=1, description="Most passages of a workspace's documents.")] = 250_000
    crawl_pages: Annotated[int, Field(ge=1, le=10_000, description="Most pages that one site may be asked for.")] = 1000
    crawl_pause: Annotated[
        float, Field(ge=0, le=60, description="Seconds between two pages of a site that asks for no longer pause.")
    ] = 1.0

    stt_providers: Annotated[
        str | None,
        Field(
            description="Who hears calls: by the agents that name nobody, and next where one fails; by comma, each "
            "with a model if need be: `deepgram, openai:whisper-1` (docs/speech.md)."
        ),
    ] = None
    tts_providers: Annotated[
        str | None, Field(description="Who speaks on calls, in the same way: `elevenlabs, openai`.")
    ] = None
    speech_timeout: Annotated[
        float,
        Field(gt=0, le=30, description="Seconds of silence of such a provider until the next one is asked instead."),
    ] = 3.0
    deepgram_api_key: Annotated[
        SecretStr | None, Field(validation_alias="DEEPGRAM_API_KEY", description="Key of `deepgram`, for calls.")
    ] = None
    deepgram_url: Annotated[str, Field(description="Where it is.")] = "https://api.deepgram.com"
    elevenlabs_api_key: Annotated[
        SecretStr | None, Field(validation_alias="ELEVENLABS_API_KEY", description="Key of `elevenlabs`, for calls.")
    ] = None
    elevenlabs_url: Annotated[str, Field(description="Where it is.")] = "https://api.elevenlabs.io/v1"
    cartesia_api_key: Annotated[
        SecretStr | None, Field(validation_alias="CARTESIA_API_KEY", description="Key of `cartesia`, for calls.")
    ] = None
    cartesia_url: Annotated[str, Field(description="Where it is.")] = "https://api.cartesia.ai"
    openai_api_key: Annotated[
        SecretStr | None,
        Field(validation_alias="OPENAI_API_KEY", description="Key of `openai`, for calls as for models."),
    ] = None
    openai_speech_url: Annotated[str, Field(description="Where it hears and speaks.")] = "https://api.openai.com/v1"
    speech_url: Annotated[
        str | None,
        Field(
            description="Address of a server of your own that hears or speaks as OpenAI's does: `openai-compatible`, "
            "for calls, e.g. `http://127.0.0.1:8000/v1`."
        ),
    ] = None
    speech_api_key: Annotated[SecretStr | None, Field(description="Its key, if it asks for one.")] = None
    whisper_directory: Annotated[
        Path | None,
        Field(
            description="Folder of a Whisper model for CTranslate2 (`model.bin`), which hears calls as `whisper`; "
            "needs `dynaris[whisper]`."
        ),
    ] = None

    quiet_period: Annotated[
        float,
        Field(
            ge=0,
            le=60,
            description="Seconds without a further message that end a burst; 0 gives every message a turn.",
        ),
    ] = 1.0
    worker_concurrency: Annotated[int, Field(ge=1, le=256, description="Jobs one worker runs at a time.")] = 16
    database_pool: Annotated[int, Field(ge=2, le=200, description="Most database connections a process holds.")] = 12
    respond_within_minutes: Annotated[int, Field(ge=1, description="Deadline of an event that waits for a person.")] = (
        240
    )
    approval_minutes: Annotated[
        int, Field(ge=1, description="How long an approval waits before it expires and hands off.")
    ] = 240
    hold_minutes: Annotated[
        int,
        Field(ge=1, description="How long a teammate's hold keeps the agents silent after their last reply."),
    ] = 720
    outage_hours: Annotated[
        float,
        Field(
            ge=0,
            le=168,
            description="How long an inquiry that the team got only because a model was down may come back to the "
            "agents when the model answers again; 0: never.",
        ),
    ] = 12.0
    run_timeout: Annotated[float, Field(gt=0, description="Most seconds one agent run may take.")] = 120.0
    herald_url: Annotated[
        str | None,
        Field(description="A Herald elsewhere that answers turns instead of this process's agents (docs/herald.md)."),
    ] = None
    herald_source: Annotated[str, Field(description="Our name there: the address of its `herald` account.")] = "dynaris"
    herald_secret: Annotated[SecretStr | None, Field(description="The secret of that account.")] = None
    sign_up: Annotated[
        str, Field(description="`open`, or `closed`: then only invited people get in.", pattern="^(open|closed)$")
    ] = "open"
    mail_from: Annotated[
        str | None,
        Field(description="Sender of the installation's own mails; `no-reply@` the public address's host if unset."),
    ] = None
    trusted_proxies: Annotated[
        str, Field(description="Addresses or networks of reverse proxies whose X-Forwarded-For is believed, by comma.")
    ] = "127.0.0.1,::1"
    oidc_issuer: Annotated[
        str | None,
        Field(description="Address of an OpenID provider; with it and a client id people may sign in there."),
    ] = None
    oidc_client_id: Annotated[str | None, Field(description="This installation's name at the provider.")] = None
    oidc_client_secret: Annotated[
        SecretStr | None, Field(description="Its secret there; unset for a public client.")
    ] = None
    oidc_name: Annotated[str, Field(description="What the button says: Sign in with ….")] = "your company's account"
    log_level: Annotated[str, Field(description="DEBUG, INFO, WARNING or ERROR.")] = "INFO"
    log_format: Annotated[str, Field(description="`console` or `json`.", pattern="^(console|json)$")] = "console"
    log_pii: Annotated[
        bool, Field(description="Also logs the `pii.` fields: addresses, texts, the words of errors. For debugging.")
    ] = False
    log_requests: Annotated[bool, Field(description="Logs every answered HTTP request as `http.answered`.")] = False
    metrics_token: Annotated[
        SecretStr | None,
        Field(description="Who sends it as a bearer token may read `/metrics`; unset, only this machine may."),
    ] = None

    @field_validator("home")
    @classmethod
    def _absolute_home(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("secret_key")
    @classmethod
    def _no_empty_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not key.get_secret_value().strip():
            raise ValueError("it is empty; a long random text is needed")
        return key

    @field_validator("public_url", "docs_url", "auth_url", "gateway_url", "calls_url", "speech_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url and not _WEB_ADDRESS.fullmatch(url):
            raise ValueError("it must be like https://dynaris.example")
        return url or None

    @field_validator("livekit_url")
    @classmethod
    def _socket_address(cls, url: str | None) -> str | None:
        if url and not _WEB_ADDRESS.fullmatch(f"http{url.removeprefix('ws').removeprefix('http')}"):
            raise ValueError("it must be like wss://livekit.example")
        return url or None

    @field_validator("deepgram_url", "elevenlabs_url", "cartesia_url", "openai_speech_url", "speech_url")
    @classmethod
    def _base_of_paths(cls, url: str | None) -> str | None:
        if url is not None and not _WEB_ADDRESS.fullmatch(url):
            raise ValueError("it must be like https://speech.example/v1")
        return url and url.rstrip("/")

    @field_validator("private_networks")
    @classmethod
    def _readable_networks(cls, networks: str | None) -> str | None:
        if networks is not None:
            networks_of(networks)
        return networks

    @field_validator("metrics_token")
    @classmethod
    def _no_short_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value().strip()) < SAFE_KEY:
            raise ValueError(f"it needs {SAFE_KEY} characters or more")
        return token

    @field_validator("mail_from")
    @classmethod
    def _mailbox(cls, address: str | None) -> str | None:
        if address and not re.fullmatch(r"[^@\s\x00-\x1f<>\"]{1,64}@[^@\s\x00-\x1f<>\"]{1,253}", address):
            raise ValueError("it must be like no-reply@dynaris.example")
        return address.lower() if address else None

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, proxies: str) -> str:
        try:
            networks_of(proxies)
        except ValueError as error:
            raise ValueError("it must be addresses or networks such as 10.0.0.0/8, by comma") from error
        return proxies

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, url: str | None) -> str | None:
        local = url and urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
        if url and not (_WEB_ADDRESS.fullmatch(url) and (local or url.startswith("https://"))):
            raise ValueError("it must be like https://login.example.com")
        return url or None

    @field_validator("files_url")
    @classmethod
    def _storage_address(cls, url: str | None) -> str | None:
        if url is not None and url.partition("://")[0] not in _STORAGES:
            raise ValueError("it must be like s3://bucket/prefix (or gs, az, file)")
        return url

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str, info: ValidationInfo) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError(f"{info.field_name} is DEBUG, INFO, WARNING or ERROR, not {level!r}")
        return level.upper()

    @model_validator(mode="after")
    def _known_to_the_provider(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("DYNARIS_OIDC_ISSUER needs DYNARIS_OIDC_CLIENT_ID: this installation's name there")
        return self

    @model_validator(mode="after")
    def _one_host_for_sessions(self) -> Self:
        """Cookies are good for one host, and behind https only: people would be signed in where they do not work."""
        if self.auth_url and _host(self.auth_url) != _host(self.base_url):
            raise ValueError(
                f"DYNARIS_AUTH_URL must have the scheme and host of DYNARIS_PUBLIC_URL ({_shown(self.base_url)}): a "
                f"session begun at {_shown(self.auth_url)} would not exist there"
            )
        return self

    @property
    def sender(self) -> str:
        """Of the installation's own mails."""
        host = urlsplit(self.public_url).hostname if self.public_url else None
        named = host and "." in host and not re.fullmatch(r"[\d.]+", host)
        return self.mail_from or f"no-reply@{host if named else 'dynaris.localhost'}"

    @property
    def base_url(self) -> str:
        """Public address without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _host(url: str) -> tuple[str, str | None]:
    """What a cookie is bound to; ports do not count."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname


def _shown(url: str) -> str:
    return "{}://{}".format(*_host(url))


def unknown_variables(names: Iterable[str]) -> dict[str, str | None]:
    """Variables that look like settings and are none, each with the setting that was probably meant."""
    known = {name.upper(): f"DYNARIS_{name.upper()}" for name in Settings.model_fields}
    given = (name for name in names if name.startswith("DYNARIS_") and name not in {*known.values(), *_NO_SETTINGS})
    nearest = {name: get_close_matches(name.removeprefix("DYNARIS_"), known, 1) for name in sorted(given)}
    return {name: known[found[0]] if found else None for name, found in nearest.items()}
