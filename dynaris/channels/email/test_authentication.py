"""Only what a trusted server says about the sender counts."""

import pytest

from dynaris.channels.contract import Identity, Inbound
from dynaris.channels.email.read import read_mail

TRUSTED = "mx.trusted.example"
RESULTS = "Authentication-Results: "


def read(*headers: str, sender: str = "From: Joe <joe@example.com>", trusted: str = TRUSTED) -> Inbound:
    raw = "\r\n".join([*headers, sender, "Subject: x", "", "Hello"]).encode()
    return read_mail(
        raw, own_addresses=frozenset(), trusted_authserv_ids=frozenset({trusted} - {""}), allow_reply_to=False, meta={}
    )


VERDICTS = {
    "dmarc=pass header.from=example.com": Identity.VERIFIED,
    "spf=fail smtp.mailfrom=x.org; dmarc=pass (p=none; dis=none) header.from=example.com": Identity.VERIFIED,
    "dkim=pass header.d=example.com": Identity.VERIFIED,
    "dkim=pass header.i=@example.com header.s=a header.b=abc": Identity.VERIFIED,
    "spf=pass smtp.mailfrom=joe@example.com": Identity.VERIFIED,
    "dmarc=fail header.from=example.com; spf=pass smtp.mailfrom=example.com": Identity.FAILED,
    "spf=fail smtp.mailfrom=example.com; dkim=none": Identity.FAILED,
    "dkim=fail header.d=example.com": Identity.FAILED,
    "dmarc=pass header.from=evil.example": Identity.CLAIMED,
    "dkim=pass header.d=evil.example": Identity.CLAIMED,
    "dkim=pass header.d=sub.example.com": Identity.CLAIMED,
    "dkim=pass header.d=com": Identity.CLAIMED,
    "spf=softfail smtp.mailfrom=example.com": Identity.CLAIMED,
    "dmarc=none header.from=example.com": Identity.CLAIMED,
    "none": Identity.CLAIMED,
}


@pytest.mark.parametrize("results", VERDICTS)
def test_trusted_results_decide(results: str) -> None:
    inbound = read(f"{RESULTS}{TRUSTED}; {results}")
    assert inbound.sender.identity is VERDICTS[results]
    assert inbound.sender.reason
    assert (inbound.needs_person is not None) is (VERDICTS[results] is Identity.FAILED)


def test_reason_says_what_was_proved_and_by_whom() -> None:
    reason = read(f"{RESULTS}MX.trusted.example; dmarc=pass header.from=example.com").sender.reason
    assert reason == "dmarc=pass for example.com by mx.trusted.example"


def test_results_of_an_unknown_server_count_for_nothing() -> None:
    assert read(f"{RESULTS}evil.example; dmarc=pass header.from=example.com").sender.identity is Identity.CLAIMED


def test_without_trusted_servers_nothing_is_proved() -> None:
    inbound = read(f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com", trusted="")
    assert inbound.sender.identity is Identity.CLAIMED


def test_forged_results_below_the_servers_own_are_not_read() -> None:
    forged = f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com"
    own = f"{RESULTS}{TRUSTED}; spf=none smtp.mailfrom=x.org"
    received = "Received: from x by mx.trusted.example; Mon, 5 Jan 2026 10:00:00 +0000"
    assert read(own, received, forged).sender.identity is Identity.CLAIMED
    assert read(received, own, forged).sender.identity is Identity.CLAIMED


def test_unreadable_results_do_not_let_forged_ones_speak() -> None:
    broken = f"{RESULTS}{TRUSTED}; spf=none (((" + "x" * 100
    assert read(broken, f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com").sender.identity is Identity.CLAIMED


def test_one_header_for_each_method_above_received_is_read_whole() -> None:
    received = "Received: from x by mx.trusted.example; Mon, 5 Jan 2026 10:00:00 +0000"
    inbound = read(
        f"{RESULTS}{TRUSTED}; dkim=none", f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com", received
    )
    assert inbound.sender.identity is Identity.VERIFIED


def test_several_addresses_in_from_prove_nobody() -> None:
    sender = "From: joe@example.com, ann@example.com"
    inbound = read(f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com", sender=sender)
    assert (inbound.sender.value, inbound.sender.identity) == ("joe@example.com", Identity.CLAIMED)


@pytest.mark.parametrize("trusted", [TRUSTED, ""])
def test_several_from_fields_are_a_failed_proof(trusted: str) -> None:
    for sender in ("From: joe@example.com\r\nFrom: ann@example.com", "From: joe@example.com\r\nFrom: x"):
        inbound = read(f"{RESULTS}{TRUSTED}; dmarc=pass header.from=example.com", sender=sender, trusted=trusted)
        assert (inbound.sender.value, inbound.sender.identity) == ("joe@example.com", Identity.FAILED)
        assert "several From" in str(inbound.needs_person)
    twice = read(f"{RESULTS}{TRUSTED}; none", sender="From: joe@example.com\r\nFrom: Joe <Joe@example.com>")
    assert twice.sender.identity is Identity.CLAIMED
