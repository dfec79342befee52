"""Settings of a mail account, and the servers that its URLs name."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from dynaris.channels.email.addresses import normalise

Tls = Literal["at_once", "required", "offered", "never"]
_StartTls = Literal["required", "offered", "never"]


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    tls: Tls
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    folder: str = "INBOX"
    trusted: bool = False  # the operator named it, not a workspace: it may stand in a private network

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """On this machine: encryption adds nothing, and a certificate's name proves nothing."""
        return _is_local(self.host)


class EmailSettings(BaseModel):
    # An error about a URL must not show the password in it.
    model_config = ConfigDict(hide_input_in_errors=True, extra="forbid")

    name: str = Field(
        default="",
        max_length=120,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Shown as the sender beside the address; the business's name by default.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Server mail leaves through: smtp://user:password@host:587, smtps://…; the product's by default.",
    )
    imap_url: SecretStr | None = Field(
        default=None, description="Mailbox to read: imaps://user:password@host/INBOX; unset if mail is forwarded to us."
    )
    aliases: list[str] = Field(default=[], max_length=50, description="Further addresses of this account.")
    trusted_authserv_ids: list[str] = Field(
        default=[],
        max_length=20,
        description="Whose Authentication-Results are believed: your mail provider's name there, e.g. mx.google.com.",
    )
    trusted_relays: list[str] = Field(
        default=[],
        max_length=20,
        description="IP addresses or networks that forward to the built-in listener and are believed there too.",
    )
    use_reply_to: bool = Field(default=False, description="Who Reply-To names is who wrote, as in mails from a form.")
    mark_seen: bool = Field(default=False, description="Mark mails as read in the mailbox once they are stored.")

    @field_validator("smtp_url")
    @classmethod
    def _readable_smtp(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            smtp_server(url.get_secret_value())
        return url

    @field_validator("imap_url")
    @classmethod
    def _readable_imap(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            imap_server(url.get_secret_value())
        return url

    @field_validator("aliases")
    @classmethod
    def _addresses(cls, aliases: list[str]) -> list[str]:
        wrong = [alias for alias in aliases if normalise(alias) is None]
        if wrong:
            raise ValueError(f"not an e-mail address: {', '.join(wrong)}")
        return [address for alias in aliases if (address := normalise(alias))]

    @field_validator("trusted_relays")
    @classmethod
    def _networks(cls, relays: list[str]) -> list[str]:
        return [str(ip_network(relay, strict=False)) for relay in relays]

    def trusts_relay(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in map(ip_network, self.trusted_relays))


@lru_cache(maxsize=1024)
def smtp_server(url: str) -> MailServer:
    """`smtp://user:password@host:587`, `smtps://…`; `?starttls=required|offered|never`. Raises ValueError.

    A password goes to another machine only over TLS, unless the URL says `starttls=never`: who strips the
    offer of STARTTLS from the server's greeting must not get the password.
    """
    parts, host, wanted = _parsed(url, ("smtp", "smtps"))
    if parts.path.strip("/"):
        raise ValueError(f"an SMTP URL has no path, this one has {parts.path!r}")
    tls: Tls = wanted or ("required" if parts.username and not _is_local(host) else "offered")
    if parts.scheme == "smtps":
        tls = "at_once"
    port = parts.port or (465 if tls == "at_once" else 587 if parts.username else 25)
    return MailServer(host, port, tls, _decoded(parts.username), _decoded(parts.password))


@lru_cache(maxsize=1024)
def imap_server(url: str) -> MailServer:
    """`imaps://user:password@host/INBOX`; `imap://` is STARTTLS except on this machine. Raises ValueError."""
    parts, host, wanted = _parsed(url, ("imaps", "imap"))
    if not parts.username or parts.password is None:
        raise ValueError("an IMAP URL needs a user and a password: imaps://user:password@host/INBOX")
    if wanted == "offered":
        raise ValueError("starttls is required or never for IMAP")
    tls: Tls = wanted or ("never" if _is_local(host) else "required")
    if parts.scheme == "imaps":
        tls = "at_once"
    port = parts.port or (993 if tls == "at_once" else 143)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    return MailServer(host, port, tls, _decoded(parts.username), _decoded(parts.password), folder)


def _parsed(url: str, schemes: tuple[str, ...]) -> tuple[SplitResult, str, _StartTls | None]:
    """The parts, the host, and what it says about STARTTLS."""
    if any(ord(character) <= 0x20 or ord(character) == 0x7F for character in url):
        raise ValueError("the URL has spaces or control characters: write these as %20 and the like")
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise ValueError(f"the URL must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    hint = "special characters in user or password are written as %XX (@ is %40)"
    try:
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        raise ValueError(f"the URL's port is no number from 0 to 65535; {hint}") from None
    if not parts.hostname or parts.fragment:
        raise ValueError(f"the URL needs a host; {hint}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    wanted = options.pop("starttls", None)
    if options or (wanted is not None and wanted not in get_args(_StartTls)):
        raise ValueError("the only option of the URL is starttls=required, offered or never")
    if wanted and parts.scheme in ("smtps", "imaps"):
        raise ValueError(f"{parts.scheme}:// is encrypted from the start: it has no starttls option")
    return parts, parts.hostname, wanted  # type: ignore[return-value]


def _decoded(value: str | None) -> str | None:
    return None if value is None else unquote(value)


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback
