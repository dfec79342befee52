"""Hostile bodies are refused quickly with a 4xx that says why; what is let in can always be read later."""

import time
from typing import Any

import pytest

from dynaris.channels.contract import Account, Rejected, WebhookRequest
from dynaris.channels.forms import channel
from dynaris.channels.forms.mapping import mapping_of, plain
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.submission import MOST_BODY, read_submission, safe_name
from dynaris.core.ids import new_id

URLENCODED, JSON = "application/x-www-form-urlencoded", "application/json"
MULTIPART = "multipart/form-data; boundary=b"


def part(name: str, content: bytes = b"x", more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


END = b"--b--\r\n"
MANY_PARTS = b"".join(part(f"f{number}") for number in range(100_000)) + END


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (MULTIPART, MANY_PARTS, 422),
        (MULTIPART, b"--b\r\n" * 1_000_000, 422),
        (MULTIPART, b"\r\n--" * 2_000_000, 400),
        (MULTIPART, b"--b\r\n" + b"A: b\r\n" * 100_000 + END, 400),
        (MULTIPART, b"--b\r\nContent-Disposition: form-data; name=" + b"x" * 1_000_000 + b"\r\n\r\nx\r\n" + END, 400),
        (MULTIPART, b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END, 400),
        (MULTIPART, part("a") + b"--b", 400),
        (MULTIPART, b"", 400),
        ("multipart/form-data", part("a") + END, 400),
        ("multipart/form-data; boundary=" + "b" * 5_000, part("a") + END, 400),
        (MULTIPART, part("f", b"x" * 5_300_000, '; filename="a"') + END, 413),
        (MULTIPART, part("f", b"x" * 4_000_000, '; filename="a"') * 3 + END, 413),
        (MULTIPART, part("f", b"x", '; filename="a"') * 11 + END, 422),
        (MULTIPART, b"x" * (MOST_BODY + 1), 413),
        (URLENCODED, b"a=1&" * 300_000, 422),
        (URLENCODED, b"n" * 1_000_000 + b"=1", 422),
        (URLENCODED, b"a=" + b"%41" * 400_000, 422),
        (URLENCODED, b"a=" + b"%41" * 1_000_000, 413),
        (JSON, b"[" * 1_000_000, 400),
        (JSON, b'{"a":' * 200_000 + b"1" + b"}" * 200_000, 400),
        (JSON, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", 400),
        (JSON, b'{"a": 1e999}', 400),
        (JSON, b'{"a": "\\u0000"}', 400),
        (JSON, b'{"a": "\\ud800"}', 400),
        (JSON, b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}", 422),
        (JSON, b'{"' + b"n" * 101 + b'": 1}', 422),
        (JSON, b'{"": 1}', 422),
        (JSON, b"[]", 422),
        ("text/plain", b"a=1", 415),
        ("", b"a=1", 415),
    ],
    ids=lambda value: None if isinstance(value, int | str) else f"{value[:20]!r}x{len(value)}",
)
def test_a_hostile_body_is_refused_quickly(content_type: str, body: bytes, status: int) -> None:
    began = time.perf_counter()
    with pytest.raises(Rejected) as refused:
        read_submission(content_type, body)
    assert time.perf_counter() - began < 1
    assert refused.value.status == status
    assert refused.value.reason


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (URLENCODED, b"email=a%40b.example&message=%00%01%ED%A0%80%FF"),
        (URLENCODED, "message=%s" % ("é\u202e" * 400)),
        (JSON, b'{"message": {"a": [1, {"b": null}]}, "x": [true, "y"], "n": 9223372036854775807}'),
        (MULTIPART, part("message", b"\x00\xff" * 3_000) + part("f", b"", '; filename=""') + END),
        (MULTIPART, b"preamble\r\n" + part("a", b"--\r\n--c") + b"--b--epilogue"),
    ],
)
def test_what_is_let_in_can_be_read_and_stored(content_type: str, body: Any) -> None:
    raw = body.encode() if isinstance(body, str) else body
    account = Account(new_id(), new_id(), "forms", "x", FormSettings())
    call = WebhookRequest("POST", {"content-type": content_type}, {}, raw)
    (arrival,) = channel.receive(call, account).arrivals
    inbound = channel.read(arrival, account)
    assert inbound.text
    assert "\x00" not in inbound.model_dump_json()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.pdf", "b.pdf"),
        ("a\r\nX: y.txt", "aX_ y.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("..", "attachment"),
        ("", "attachment"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
        ("Befund März.pdf", "Befund März.pdf"),
    ],
)
def test_names_of_files_are_made_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("Vorname/Nachname/E-Mail-Adresse/Telefonnummer/Ihre Nachricht", "first_name last_name email phone message"),
        ("prénom/nom de famille/courriel/téléphone/société", "first_name last_name email phone company"),
        ("nome/cognome/posta elettronica/cellulare/messaggio", "name last_name email phone message"),
        ("nombre/apellidos/correo electrónico/teléfono/asunto", "name last_name email phone subject"),
        ("your-name/your-email/your-message", "name email message"),
        ("form_fields[name]/form_fields[email]/contact[body]", "name email message"),
        ("FULL NAME/eMail/Comments", "name email message"),
    ],
)
def test_common_names_are_recognised_in_five_languages(names: str, found: str) -> None:
    mapping = mapping_of(FormSettings(), dict.fromkeys(names.split("/"), ""))
    assert list(mapping.values()) == found.split()


def test_of_two_fields_that_could_be_the_same_the_first_is() -> None:
    assert mapping_of(FormSettings(), {"email": "", "E-Mail": ""}) == {"email": "email"}
    assert plain("Größe") == "grosse"
