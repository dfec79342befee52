"""Mails and replies that other projects collected: all are read, and the expectations they come with are met."""

import json
from pathlib import Path
from typing import Any

import pytest

from dynaris.channels.contract import Inbound
from dynaris.channels.email.addresses import mailboxes
from dynaris.channels.email.body import body_of
from dynaris.channels.email.html import to_text
from dynaris.channels.email.mime import parse
from dynaris.channels.email.quick import glance
from dynaris.channels.email.quotes import split, split_quotes
from dynaris.channels.email.read import read_mail

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples" / "email"
MAILS = sorted(SAMPLES.rglob("*.eml"))
pytestmark = pytest.mark.skipif(not MAILS, reason=f"the shared samples are not at {SAMPLES}")


def read(raw: bytes) -> Inbound:
    return read_mail(
        raw,
        own_addresses=frozenset({"hello@demo.localhost"}),
        trusted_authserv_ids=frozenset(),
        allow_reply_to=True,
        meta={"mail_from": "envelope@example.com"},
    )


def same(one: str, other: str) -> bool:
    return one.split() == other.split()


@pytest.mark.parametrize("path", MAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_collected_mail_is_read(path: Path) -> None:
    raw = path.read_bytes()
    inbound = read(raw)
    json.dumps(inbound.model_dump(mode="json", exclude={"attachments"}), ensure_ascii=False).encode()
    assert inbound.text.strip()
    assert glance(raw).external_id


@pytest.mark.parametrize(
    "path", sorted((SAMPLES / "quoted-reply" / "talon").glob("*.expected.json")), ids=lambda p: p.stem
)
def test_talons_replies_agree(path: Path) -> None:
    expected = json.loads(path.read_text())
    name = path.name.removesuffix(".expected.json")
    if expected["kind"] == "html":
        html = path.with_name(f"{name}.html").read_text(encoding="utf-8", errors="replace")
        reply = split_quotes(to_text(html))[0]
        assert "".join(reply.split()) == "".join(expected["expected_reply_text_contains_only"].split())
    else:
        text = body_of(parse(path.with_name(f"{name}.eml").read_bytes())[0]).text
        assert same(split_quotes(text)[0], expected["expected_reply"])


# Where we differ on purpose: docs/integrations/email-quoted-replies.md says why.
CRISP_DIFFERS = {
    "email_2_1",
    "email_custom_quote_header",
    "email_sent_from_my_not_signature",
    "email_tricky_2_url_with_wrote",
}


def test_crisps_references_agree_but_for_the_documented_ones() -> None:
    paths = sorted((SAMPLES / "quoted-reply" / "crisp").glob("*.txt"))
    differing = {path.stem for path in paths if not same(split(_text(path)).text, _crisps_view(path))}
    assert differing == CRISP_DIFFERS
    assert len(differing) <= 0.15 * len(paths)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _crisps_view(path: Path) -> str:
    return json.loads(path.with_name(f"{path.stem}.reference.json").read_text())["visible"]


def test_stalwarts_expectations_are_met_by_nine_in_ten() -> None:
    met = total = 0
    for path in sorted((SAMPLES / "stalwart").glob("*.expected.json")):
        root, _ = parse(path.with_name(path.name.replace(".expected.json", ".eml")).read_bytes())
        for was, is_now in _comparisons(json.loads(path.read_text()), root):
            total += 1
            met += was.split() == is_now.split()
    assert total > 90
    assert met >= 0.9 * total


def _comparisons(expected: dict[str, Any], root: Any) -> list[tuple[str, str]]:
    """(their value, ours) for subject, sender and text, where they have one as text."""
    headers = {header["name"]: header["value"] for header in reversed(expected["parts"][0]["headers"]) if
               isinstance(header["name"], str)}  # fmt: skip
    pairs = []
    if isinstance(subject := _of(headers.get("subject"), "Text"), str):
        pairs.append((subject, root.headers.text("subject") or ""))
    senders = _of(_of(headers.get("from"), "Address"), "List") or []
    if senders and "@" in (senders[0]["address"] or ""):
        ours = mailboxes(root.headers.get("from"))
        pairs.append((senders[0]["address"].lower(), ours[0].address if ours else ""))
    texts = [_of(expected["parts"][number]["body"], "Text") for number in expected["text_body"]]
    if texts and all(isinstance(text, str) for text in texts):
        pairs.append((" ".join(map(str, texts)), " ".join(piece.text or "" for piece in body_of(root).shown)))
    return pairs


def _of(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
