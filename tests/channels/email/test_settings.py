"""What the URLs of an account mean, and what is wrong with a wrong one."""

import pytest
from pydantic import ValidationError

from dynaris.channels.email.adapter import EmailChannel
from dynaris.channels.email.settings import EmailSettings, imap_server, smtp_server
from dynaris.core.errors import StartupError
from dynaris.core.settings import Settings


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://ann:s%40crt@mail.example.com:2587", "mail.example.com", 2587, "required"),
        ("smtp://ann:secret@mail.example.com", "mail.example.com", 587, "required"),
        ("smtp://relay.example.com", "relay.example.com", 25, "offered"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "offered"),
        ("smtp://ann:secret@[::1]:1025", "::1", 1025, "offered"),
        ("smtp://relay.example.com?starttls=never", "relay.example.com", 25, "never"),
        ("smtps://ann:secret@mail.example.com", "mail.example.com", 465, "at_once"),
    ],
)
def test_an_smtp_url_names_host_port_and_encryption(url: str, host: str, port: int, tls: str) -> None:
    server = smtp_server(url)
    assert (server.host, server.port, server.tls) == (host, port, tls)


def test_an_imap_url_names_user_and_folder_and_is_encrypted_away_from_this_machine() -> None:
    server = imap_server("imaps://ann%40example.com:p%2Fw@imap.example.com/Kunden%20neu")
    assert (server.username, server.password, server.folder) == ("ann@example.com", "p/w", "Kunden neu")
    assert (server.port, server.tls) == (993, "at_once")
    assert imap_server("imap://a:b@imap.example.com").tls == "required"
    assert imap_server("imap://a:b@127.0.0.1:1143").tls == "never"
    assert imap_server("imap://a:b@imap.example.com").folder == "INBOX"


@pytest.mark.parametrize(
    ("field", "url", "says"),
    [
        ("smtp_url", "mail.example.com:587", "must begin with smtp:// or smtps://"),
        ("smtp_url", "smtp://", "needs a host"),
        ("smtp_url", "smtp://a:hunter2@host:port", "%40"),
        ("smtp_url", "smtp://a:hunter2@host/path", "no path"),
        ("smtp_url", "smtp://a:hunter2@host?tls=1", "starttls"),
        ("smtp_url", "smtps://a:hunter2@host?starttls=never", "encrypted from the start"),
        ("smtp_url", "smtp://a:hunter2@host\r\nQUIT", "control characters"),
        ("imap_url", "imaps://imap.example.com", "user and a password"),
        ("imap_url", "imap://a:hunter2@host?starttls=offered", "required or never"),
    ],
)
def test_a_wrong_url_is_explained_without_its_password(field: str, url: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says) as caught:
        EmailSettings.model_validate({field: url})
    assert "hunter2" not in str(caught.value)


def test_aliases_and_relays_are_checked_and_normalised() -> None:
    settings = EmailSettings(aliases=["Info@Clinic.Example"], trusted_relays=["10.0.0.7", "192.0.2.0/24"])
    assert settings.aliases == ["info@clinic.example"]
    assert settings.trusts_relay("192.0.2.9")
    assert not settings.trusts_relay("192.0.3.9")
    assert not settings.trusts_relay("")
    with pytest.raises(ValidationError, match="not an e-mail address: nobody"):
        EmailSettings(aliases=["nobody"])
    with pytest.raises(ValidationError, match="trusted_relays"):
        EmailSettings(trusted_relays=["mail.example.com"])


def test_an_unusable_default_server_stops_the_start() -> None:
    with pytest.raises(StartupError, match="DYNARIS_SMTP_URL cannot be used"):
        EmailChannel().configure(Settings.model_validate({"smtp_url": "http://example.com"}))
