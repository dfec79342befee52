"""Hostile bodies are refused quickly with a 4xx that says why; what is let in can always be read later."""

import time
from typing import Any

import pytest

from dynaris.channels.contract import Account, Rejected, WebhookRequest
from dynaris.channels.forms import channel
from dynaris.channels.forms.lead import lead_of, mail_address, passed_on_subject, phone_number
from dynaris.channels.forms.mapping import mapping_of, plain
from dynaris.channels.forms.settings import FormSettings
from dynaris.channels.forms.submission import MOST_BODY, Submission, read_submission, safe_name
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


def test_what_is_read_at_the_door_is_read_alike_later() -> None:
    """Of a kind that is too long to be kept, no part that counts may be beyond what is."""
    account = Account(new_id(), new_id(), "forms", "x", FormSettings())
    kind = f"multipart/form-data; x={'x' * 300}; boundary=b"
    with pytest.raises(Rejected, match="boundary"):
        channel.receive(WebhookRequest("POST", {"content-type": kind}, {}, part("message") + END), account)


@pytest.mark.parametrize(
    "name",
    [
        "t.me/winner",
        "x.com",
        "evil.photography/now",
        "evil.international",
        "пример.рф",
        "evil．example",
        "evil。example",
        "evil.com",
        "93.184.216.34/a",
        "ａ＠evil.example",
        "www.evil",
        "HTTPS://EVIL",
        "evil\u200c.com",
        "evil\xad.com",
        "\u202emoc.live",
        "+49301234",
        "0900-123456",
        "1234567",
        "Call +1 (900) 555-0199 now",
        "1 900 555 0199",
        "(900) 555-0199",
        "900-555-0199",
        "tel:0900",
        "javascript:alert(1)",
        "evil[.]com",
        "[::1]/x",
        "💩.la",
        "x.com:",
        "é̈é̈.com",
    ],
)
def test_no_link_or_number_that_was_typed_is_sent_on(name: str) -> None:
    lead = lead_of(Submission({"name": f"Win {name}", "subject": name}), FormSettings())
    assert lead.name is None
    assert passed_on_subject(lead.known["subject"]) is None


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee",
        "J. R.Miller",
        "Appt. on 3.12. at 9.30",
        "Dr. Özlem Şahin",
        "AC/DC",
        "21/11/2026",
        "2026-11-21",
        "Re: 2026-11-21 14:30",
    ],
)
def test_names_and_dates_are_sent_on(name: str) -> None:
    assert passed_on_subject(name) == name


@pytest.mark.parametrize(
    ("sent", "given"),
    [("yes", True), ("on", True), ("", False), ("no", False), ("false", False), ("Nein", False), (None, False)],
)
def test_a_box_that_nobody_ticked_is_no_consent(sent: str | None, given: bool) -> None:
    fields = {"message": "Hello"} | ({} if sent is None else {"ok": sent})
    assert lead_of(Submission(fields), FormSettings(consent_field="ok")).consent is given


@pytest.mark.parametrize("size", [321, 20_000])
def test_an_address_or_number_of_any_length_is_refused_at_once(size: int) -> None:
    assert mail_address("a" * size + "@b.example") is None
    assert phone_number("1" * size, "DE") is None


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
